"""What no field holds is named; what is no need is not."""

import pytest

from graph.understanding.mentions.line import Span
from graph.understanding.merge.residue import unplaced_in
from graph.understanding.roles.claim import Claim, Proposal, assigned, claims_of
from graph.understanding.roles.quantities import quantity_proposals
from graph.understanding.stance.stance import Stance, Stances
from tests.understanding.merge.lines import line
from tests.understanding.talking import spec_of


def unplaced(words: str, *claimed: str, stance: Stance = "wanted") -> list[str]:
    """What is left of a message when these of its words are claimed."""
    read = line(words)
    claims = [Claim("x", 1, Span(words.index(quote), words.index(quote) + len(quote))) for quote in claimed]
    left = unplaced_in(read, Stances([stance] * len(read.words)), (), claims, 0)
    return [one.quote for one in left]


@pytest.mark.parametrize(
    ("words", "claimed", "left"),
    [
        ("serve it with CUDA 11.8 and a 850 W PSU", [], ["with CUDA 11.8 and a 850 W PSU"]),
        ("below 30 dB please", [], ["below 30 dB"]),
        ("it must run on Windows", [], ["must run on Windows"]),
        ("Windows 10 only", [], ["Windows 10 only"]),
        ("no Docker", [], ["no Docker"]),
        ("only open source drivers", [], ["only open source drivers"]),
        ("it should go on a laptop under Suse Tumbleweed", [], ["under Suse Tumbleweed"]),
        ("an external GPU", [], ["external GPU"]),
        ("at most 20 epochs", ["20 epochs"], []),
        ("at most 20 epochs", [], ["at most 20 epochs"]),
        ("on Kafka", [], ["Kafka"]),
        ("on Kafka", ["Kafka"], []),
        ("rent me 50 TB of fast disk", [], ["50 TB of fast disk"]),
        ("2 questions, and one more thing", [], []),
        ("step 3, then option 2", [], []),
        ("see section 4 of version 2.1", [], []),
        ("from our office in Frankfurt", [], []),
        ("I have to ask my boss", [], []),
        ("must I pay attention to anything?", [], []),
        ("in English", [], []),
    ],
)
def test_what_nobody_placed_is_quoted(words: str, claimed: list[str], left: list[str]) -> None:
    assert unplaced(words, *claimed) == left


@pytest.mark.parametrize(
    ("words", "left"),
    [
        # the size of one input, in a unit of its science
        ("folding 740 nucleotides fails", ["740 nucleotides"]),
        ("we simulate 3 million atoms of water", ["3 million atoms"]),
        # the shape of the data and of training
        ("search over 768-dimensional vectors", ["over 768-dimensional vectors"]),
        ("tune it with batch size 32", ["batch size 32"]),
        ("each entry holds 256 floats", ["256 floats"]),
        ("a table with 340 columns", ["340 columns"]),
        ("10 million 128-dimension vectors", ["10 million 128-dimension vectors"]),
        ("my case is a mini-tower", ["mini-tower"]),
        # what is watched, and its pixels, frames and lengths
        ("watch 9 cameras", ["9 cameras"]),
        ("describe photos of 640x480 pixels", ["640x480 pixels"]),
        ("we must make 12 second clips", ["12 second clips"]),
        # how good it must be, how long it lasts, and that it grows
        ("with an accuracy of 97 %", ["accuracy of 97 %"]),
        ("hardware for the next 4 years", ["next 4 years"]),
        ("we want to extend it later", ["extend it later"]),
        # systems and software
        ("on an ordinary Ubuntu PC", ["on an ordinary Ubuntu"]),
        ("it needs Python 3.12", ["needs Python 3.12"]),
        ("without sudo", ["without sudo"]),
        # the machine as a thing, and how it is bought
        ("I want to buy a light laptop", ["buy a light laptop"]),
        ("can I pay with PayPal?", ["pay with PayPal"]),
        ("it is in continuous operation", ["continuous operation"]),
        # what is ruled out by a name that nobody knows
        ("the Zorg-9 box is no option", ["the Zorg-9 box is no option"]),
    ],
)
def test_what_has_no_field_is_named_by_its_kind(words: str, left: list[str]) -> None:
    assert unplaced(words) == left


@pytest.mark.parametrize(
    "words",
    [
        "it runs out of memory even with a batch size of 2",
        "I tried a smaller batch size 4",
        "Windows 11, 64 GB of RAM",
        "I use driver 550 and it crashes",
        "it dropped to 12 fps",
        "I am a Chinese programmer",
        "the card has 24 GB",
        "it cost $3 per hour",
        "our run takes 90 minutes and fails",
        "see the GPU as per Windows task manager",
        "the 2DPASS model",
        "it reached 40 tokens per second",
        "it went up to 80 %",
        "one has to wait for it",
    ],
)
def test_what_is_told_and_not_needed_is_not_named(words: str) -> None:
    assert unplaced(words) == []


def test_pixels_have_a_field_of_their_own() -> None:
    read = line("train on images of 300x300 pixels")
    stances = Stances(["wanted"] * len(read.words))
    won = assigned([*quantity_proposals(read, stances)])
    assert {claim.field for proposal in won for claim in proposal.claims} >= {"media.width", "training.resolution"}
    assert unplaced_in(read, stances, won, claims_of(won), 0) == ()


def test_a_large_number_of_what_no_field_counts_is_named_in_a_report_too() -> None:
    assert unplaced("it has 4096 environments and 2 questions", stance="at_hand") == ["4096 environments"]


@pytest.mark.parametrize("stance", ["background", "compared", "at_hand", "withdrawn"])
def test_what_is_only_spoken_of_is_no_need(stance: Stance) -> None:
    assert unplaced("they used Kafka and 50 TB", stance=stance) == []


def test_a_figure_that_a_role_understands_and_passes_over_is_not_named() -> None:
    read = line("our bill is $20k")
    ((_, bill),) = read.quantities
    won = (Proposal("bill", (bill,), (), 3.0),)
    assert unplaced_in(read, Stances(["wanted"] * len(read.words)), won, (), 0) == ()


async def test_what_a_short_message_counts_and_no_field_holds_is_named() -> None:
    spec = await spec_of("nnU-Net on 800 CT volumes, 5 organs, 1000 epochs each, done in a week")
    assert [left.quote for left in spec.unplaced] == ["5 organs"]
