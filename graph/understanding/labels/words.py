"""The fields that words alone settle: the kind of work, what it is for, and constraints with a word of their own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from graph.understanding.labels.book import Label, labels, stance_of
from graph.understanding.labels.data import modality_claims
from graph.understanding.labels.question import asking_sentences, troubles_in
from graph.understanding.labels.registry import address_claims, registry_claims
from graph.understanding.labels.sections import book
from graph.understanding.labels.sections import words as words_of
from graph.understanding.labels.sellers import seller_claims
from graph.understanding.labels.sensitive import sensitive_claims
from graph.understanding.labels.time import deadline_claims, schedule_claims
from graph.understanding.labels.tongues import language_claims
from graph.understanding.labels.tools import tool_claims
from graph.understanding.labels.trained_already import is_trained_already
from graph.understanding.labels.withdrawals import withdrawal_claims
from graph.understanding.labels.workload_joints import besides
from graph.understanding.mentions.line import Line
from graph.understanding.roles.claim import EXPLICIT, MEDIUM, STRONG, Claim, Operation
from graph.understanding.stance.stance import UNWANTED, Stance, Stances
from graph.understanding.text.phrases import Match
from graph.understanding.text.words import covered
from sizing.amount_of_work import TRAINING_TASKS

NAMED = EXPLICIT + 1
"""A named model settles the domain over any word."""
ADAPTED = "fine_tuning"
WHOLE, INSTEAD_OF_WHOLE = "full", ("lora", "qlora", "sft")
"""What is in doubt where somebody asks for it, and what is named beside it as the way out or as the manner."""
CHOICES, SIDE_BY_SIDE = ({WHOLE, "lora"}, {WHOLE, "qlora"}), 2
"""Methods that are a choice where they are listed, from the last word of one to the first of the next."""
WHOLE_OF_PARTS, USED_BY = "voice_assistant", frozenset({"for", "behind", "in", "inside", "of"})
"""A use that is made of others, and what stands between a part and the whole that uses it."""
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class _Manner:
    """How a field takes what is said of it: words in which stances count, what the unwanted ones do, and whether the
    value that the vocabulary declares first holds alone."""

    wanted: Operation = "set"
    excluded: Operation | None = "withdraw"
    ignored: frozenset[Stance] = frozenset({"background", "compared"})
    first_alone: bool = False


_PASSING = frozenset[Stance]({"background"})
_NOT_NEW = frozenset[Stance]({"background", "compared", "at_hand"})
_MANNERS = {
    "task_type": _Manner(ignored=_PASSING, first_alone=True),
    "domain": _Manner(excluded=None, ignored=frozenset(), first_alone=True),
    "use_case": _Manner(excluded=None, ignored=frozenset(), first_alone=True),
    "industry": _Manner(excluded=None, ignored=frozenset(), first_alone=True),
    "compliance": _Manner("add", ignored=_NOT_NEW),
    "stakes": _Manner(first_alone=True),
    "orchestration": _Manner(excluded=None, ignored=_PASSING | frozenset({"asked", "compared"}), first_alone=True),
    "pricing_allowed": _Manner("add", "drop", frozenset({"background", "compared", "asked"})),
    "availability.scale_to_zero": _Manner(ignored=_PASSING | frozenset({"asked", "compared"})),
    "license.allowed": _Manner("add", "exclude"),
    "features": _Manner("add", "drop", ignored=_NOT_NEW),
    "sources.excluded": _Manner(excluded="add", ignored=frozenset({"wanted", "at_hand", "asked", *_NOT_NEW})),
    "components.wanted": _Manner("add", "exclude", _NOT_NEW),
    "components.present": _Manner("add", None),
    "gpu_needed": _Manner(excluded=None, ignored=frozenset({"asked"})),
    "license.commercial": _Manner(excluded=None),
    "priorities.cost": _Manner(excluded=None),
    "priorities.latency": _Manner(excluded=None),
    "priorities.quality": _Manner(excluded=None),
}
_SUBJECTS = (
    "task", "domain", "use_case", "industry", "constraints", "priorities", "components", "hardware", "stakes",
    "features", "sources", "cadence",
)  # fmt: skip
Pass = Callable[[Line, Stances], Iterable[Claim]]


def label_claims(line: Line, stances: Stances) -> tuple[Claim, ...]:
    """What the words of the newest turn say, apart from figures and names of things; whether a GPU is needed stays open
    while it is asked."""
    said = _on_the_network(line, stances, tuple(claim for read in _PASSES for claim in read(line, stances)))
    asked = labels("asked").find(line)
    sentences = line.sentences_of(asked)
    without = any(
        claim.field == "gpu_needed" and claim.value is False and claim.strength >= STRONG
        and line.words[line.place_at(claim.span.start)].sentence not in sentences
        for claim in said
    )  # fmt: skip
    is_open = asked and not (without and all(match.value.value == "enough" for match in asked))
    return tuple(claim for claim in said if claim.field != "gpu_needed") if is_open else said


def _on_the_network(line: Line, stances: Stances, said: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """ "Without internet access" of what is rented is a network of one's own there; else it is a site cut off."""
    sold = any(name.kind == "provider" and stances.wants(place, place) for place, name in line.names)
    rented = sold or not line.words.places.keys().isdisjoint(words_of("hardware", "rented"))
    rented &= not any(claim.field == "hosting" and claim.value == "on_premises" for claim in said)

    def meant(claim: Claim) -> Claim:
        if claim.value != "air_gapped" or claim.operation != "set" or claim.strength == EXPLICIT:
            return claim
        if rented:
            return replace(claim, field="features", value="private_endpoint", operation="add")
        return replace(claim, strength=EXPLICIT)

    return tuple(map(meant, said))


def _said(line: Line, stances: Stances) -> Iterator[Claim]:
    for subject in _SUBJECTS:
        found = [(match, stance_of(match, stances)) for match in _apart(labels(subject).find(line), stances)]
        if any(match.value.value == ADAPTED for match, _ in found) and is_trained_already(line, stances):
            found = [(match, stance) for match, stance in found if match.value.value not in TRAINING_TASKS]
        for field in dict.fromkeys(match.value.field for match, _ in found):
            manner = _MANNERS.get(field, _Manner())
            held = [(_headed(line, match), stance) for match, stance in found if match.value.field == field]
            sentences = line.sentences_of(match for match, _ in held)
            if field.startswith("pricing") and _asking_which(line) & sentences:
                continue
            yield from _unwanted(line, held, manner)
            wanted = [match for match, stance in held if stance not in UNWANTED and stance not in manner.ignored]
            if field == "precision":
                wanted = _without_the_failing(line, _without_the_asked(line, wanted))
            if field == "orchestration":  # "I deployed it using Docker, now I want it on Kubernetes"
                had = [match for match, stance in held if stance == "at_hand"]
                wanted = [match for match in wanted if match not in had] or wanted
            if field == "training.method" and not wanted:
                wanted = [match for match, stance in held if stance in _PASSING]
            if field == "training.method" and _asks_about(line, wanted, WHOLE):
                wanted = [match for match in wanted if match.value.value not in INSTEAD_OF_WHOLE]
            if field == "task_type" and not any(match.value.strength >= MEDIUM for match in wanted):
                wanted += [match for match, stance in held if stance in _PASSING]  # it is about what it tells of
            if field == "use_case":
                wanted = _without_the_user(line, _before_others(line, wanted))
            for match in _first(wanted) if manner.first_alone else wanted:
                yield _claim(line, match, manner.wanted)


def _without_the_asked(line: Line, found: Sequence[Match[Label]]) -> list[Match[Label]]:
    """Without the number formats that a question sets side by side, or asks whether they are needed."""
    asking = asking_sentences(line)
    needs = [match for match in book("aspects", "aspects").find(line.words) if match.value == "need"]
    needed = {at for match in needs for at in range(match.first, match.last + 1)}
    values: dict[int, set[str]] = {}
    for match in found:
        values.setdefault(line.words[match.first].sentence, set()).add(match.value.value)
    beside = {at for at, said in values.items() if at in asking and len(said) > 1}
    return [match for match in found if line.words[match.first].sentence not in beside and match.first not in needed]


def _without_the_failing(line: Line, found: Sequence[Match[Label]]) -> list[Match[Label]]:
    """Without the number formats in a sentence that tells what goes wrong, or what they do to the answers, but for
    those of a clause that orders one: "it fails with bfloat16, so use float16". That memory runs out tells of the
    format that is used."""
    if not found:
        return []
    told = (*troubles_in(line), *book("experience", "spoils").find(line.words))
    full = {line.words[match.first].sentence for match in book("experience", "ran_out").find(line.words)}
    failing = {line.words[match.first].sentence for match in told} - full
    ordered = {line.words[match.first].clause for match in book("experience", "orders").find(line.words)}
    return [
        match for match in found
        if line.words[match.first].sentence not in failing or line.words[match.first].clause in ordered
    ]  # fmt: skip


def _before_others(line: Line, found: Sequence[Match[Label]]) -> list[Match[Label]]:
    """Without what is wanted besides: "a chatbot, also summarise every call" is a chatbot."""
    added = besides(line) if len(found) > 1 else frozenset[int]()
    return [match for match in found if line.words[match.first].clause not in added] or [*found]


def _without_the_user(line: Line, found: Sequence[Match[Label]]) -> list[Match[Label]]:
    """The part of a whole that is asked for, and not the whole that it is for: "text to speech for a phone bot" speaks.
    Who names two parts asks for the whole."""
    wholes = [match for match in found if match.value.value == WHOLE_OF_PARTS]
    inside = covered(wholes)
    parts = [match for match in found if match.first not in inside]
    if not wholes or len({match.value.value for match in parts}) != 1:
        return [*found]
    between = {word.text for word in line.words[parts[0].last + 1 : wholes[-1].first]}
    return parts if between & USED_BY else [*found]


def _asks_about(line: Line, found: Sequence[Match[Label]], value: str) -> bool:
    """It is asked whether that can be done or is needed: "can I fine-tune all weights, or do I need LoRA?". Methods
    side by side are a choice: "full fine-tuning or LoRA"."""
    forms = asking_sentences(line).items()
    asking = {number for number, form in forms if form != "open" and (form or number in line.asking)}
    lists = [pair for pair in pairwise(found) if pair[1].first - pair[0].last <= SIDE_BY_SIDE]
    rivals = any({one.value.value, other.value.value} in CHOICES for one, other in lists)
    return not rivals and any(
        match.value.value == value and line.words[match.first].sentence in asking for match in found
    )


def _apart(found: Sequence[Match[Label]], stances: Stances) -> Iterator[Match[Label]]:
    """Without the wishes for a kind of price inside the words that only permit it."""
    allowing = (match for match in found if match.value.field == "pricing_allowed")
    permitted = covered(match for match in allowing if stance_of(match, stances) not in UNWANTED)
    return (match for match in found if match.value.field != "pricing" or match.first not in permitted)


def _headed(line: Line, match: Match[Label]) -> Match[Label]:
    """ "Industry: mining": the name of the field before it, and nothing else can be meant."""
    name = match.value.field.split("_")[-1]
    headed = (
        match.first > 1 and line.words[match.first - 1].text in (":", "=") and line.words[match.first - 2].text == name
    )
    return replace(match, value=replace(match.value, strength=EXPLICIT)) if headed else match


def _asking_which(line: Line) -> frozenset[int]:
    """The sentences that are questions with an "or": "spot, or just on-demand instances?"."""
    return line.asking & line.sentences_with({"or"})


def _unwanted(line: Line, held: Iterable[tuple[Match[Label], Stance]], manner: _Manner) -> Iterator[Claim]:
    for match, stance in held:
        if stance not in UNWANTED or manner.excluded is None or match.value.strength < STRONG:
            continue
        if match.value.field == "training.method" and match.value.value == "lora" and stance == "excluded":
            yield replace(_claim(line, match, "set"), value=WHOLE)  # "without any PEFT"
        elif match.value.value == "spot" and stance == "excluded":
            yield Claim("pricing", "on_demand", line.span(match.first, match.last), strength=MEDIUM)
            yield Claim("pricing_allowed", "spot", line.span(match.first, match.last), "drop")
        else:
            yield _claim(line, match, manner.excluded if stance == "excluded" else "withdraw")


def _first(matches: Iterable[Match[Label]]) -> Iterator[Match[Label]]:
    """Of each strength, the value declared first, where it is first said."""
    best: dict[int, Match[Label]] = {}
    for match in matches:
        held = best.get(match.value.strength)
        if held is None or match.value.rank < held.value.rank:
            best[match.value.strength] = match
    for strength in sorted(best):
        yield best[strength]


def _claim(line: Line, match: Match[Label], operation: Operation) -> Claim:
    said = match.value.value
    value = int(said) if said.isdecimal() else _TRUTH.get(said, said)
    return Claim(match.value.field, value, line.span(match.first, match.last), operation, match.value.strength)


def _named(line: Line, stances: Stances) -> Iterator[Claim]:
    """The domain of the models that are named, and the need of a GPU where one is."""
    for place, name in line.names:
        stance = stances.of(place, place)
        domain = name.named[0].domain
        if name.kind == "model" and domain and stance not in ("excluded", "withdrawn"):
            settles = STRONG if domain == "embeddings" else NAMED
            strength = settles if stance in ("wanted", "asked", "at_hand") else MEDIUM
            yield Claim("domain", domain, line.span(place, place), strength=strength)
        if name.kind == "gpu" and stance in ("wanted", "asked"):
            yield Claim("gpu_needed", True, line.span(place, place), strength=MEDIUM)


_PASSES: tuple[Pass, ...] = (
    _said, _named, tool_claims, modality_claims, schedule_claims, deadline_claims, withdrawal_claims, sensitive_claims,
    seller_claims, language_claims, registry_claims, address_claims,
)  # fmt: skip
