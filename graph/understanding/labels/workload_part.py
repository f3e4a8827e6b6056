"""A workload of a message: its stretch, and what is named in it."""

from dataclasses import dataclass

from domain.workload import Cadence, Domain
from graph.understanding.mentions.mention import Quantity

RETRIEVING = "retrieval"
"""The kind that answers from documents, whose embedder is a part of it."""
UMBRELLA = "voice"
"""A kind that is made of others: a voice assistant hears, thinks and speaks."""
HEARS_AND_SPEAKS = ("transcription", "text_to_speech")
"""Kinds that "voice" stands for beside a language model."""
MADE_OF: dict[str, tuple[str, ...]] = {UMBRELLA: HEARS_AND_SPEAKS, "code": ("completion", "chat")}
"""Kinds that are a name for others, which are meant where they are named."""
PILED = ("items", "images", "videos", "documents")
"""What a model is trained on or run over, as a number without a period."""
ASKED = ("requests", "people", "cameras")
"""Whose number in a period is that of questions."""
SENDING = ("people", "cameras")
"""Who or what is served, as a number without a period; requests are, where they come at once."""
FEWEST_TO_TRAIN_ON = 100
FEWEST_TOKENS = 1e6
MEANT = ("smaller", "larger", "former", "latter")
"""How one of two workloads is spoken of."""


@dataclass(frozen=True)
class Part:
    """A workload of the message from one place to another; null `domain`: that of the model that another part names.

    `name_ends` is the last place of the clause that names it: what follows it may be said of all."""

    first: int
    last: int
    name_ends: int
    domain: Domain | None
    kind: str = ""
    models: frozenset[str] = frozenset()
    trains: bool = False
    serves: bool = False
    tunes: bool = False
    """It names a training by itself: "LoRA training on 50k examples" trains a model that another part names."""
    retrains: bool = False
    joint: str = ""
    """What stands before it: "next" where it follows on another."""
    infers: bool = False
    piled: bool = False
    """It names a number of examples that does not come in again and again."""
    pile: int | None = None
    """How many things a job goes through or is taught with, where it is said of nothing that is known."""
    batch: bool = False
    """It is run over what is there, with nobody waiting: "nightly", "once", "a batch"."""
    once: bool = False
    live: bool = False
    """It names who or what is served: people, streams, requests a second."""
    rate: bool = False
    """It names an amount that comes in again every hour, day or month."""
    comes_in: bool = False
    """What comes in again and again is more of what is there, and nothing that is asked: "then 50k a day"."""
    refers: bool = False
    """It speaks of a model that was named before: "the same", "with it"."""
    apart: bool = False
    """It is said to be a workload of its own: "separately", "another"."""
    article: str = ""
    """With which it begins, as what is listed does: "and a chatbot"."""
    asks: bool = False
    """Its sentence is a question."""
    named_at: int = 0
    """The first place of the name."""
    size_b: float | None = None
    """Billions of parameters of the largest model that it names."""
    alike: bool = False
    """Its load is that of the workload before it: "the same rate"."""
    means: str = ""
    """Which of the workloads before it the words say: "the small one", "the second"."""
    every: Cadence | None = None
    row: bool = False
    """It is a line of a table, whose heads say what its cells are."""
    more: tuple[tuple[int, int], ...] = ()
    """First and last place of what is said of it apart from the rest."""

    @property
    def has_model(self) -> bool:
        return bool(self.models)

    @property
    def runs(self) -> bool:
        """It serves somebody, whether or not it is told in so many words."""
        return self.serves or self.live or self.kind == RETRIEVING

    @property
    def loaded(self) -> bool:
        """It has a load of its own."""
        return self.live or self.rate


def is_pile(figure: Quantity, at_once: bool, *, trains: bool) -> bool:
    """What is gone through, or what a model is taught with, in tokens or in whatever it is called."""
    if figure.per or figure.dimension not in ("count", "number", "tokens"):
        return False
    if trains and (figure.dimension == "tokens" or figure.noun == "things"):
        return figure.high >= (FEWEST_TOKENS if figure.dimension == "tokens" else FEWEST_TO_TRAIN_ON)
    return figure.high >= FEWEST_TO_TRAIN_ON and (figure.noun in PILED or (figure.noun == "requests" and not at_once))


def is_live(figure: Quantity, at_once: bool) -> bool:
    """People, streams or requests at once or a second; "40 concurrent" counts people."""
    if at_once and figure.dimension == "number" and not (figure.unit or figure.per):
        return True
    if figure.dimension == "rate" or figure.per in ("second", "minute"):
        return figure.noun not in ("tokens", "bits")
    sends = figure.noun in SENDING or (figure.noun == "requests" and at_once)
    return figure.dimension == "count" and sends and not figure.per


def is_rate(figure: Quantity) -> bool:
    return figure.per in ("hour", "day", "night", "week", "month") and figure.dimension in (
        "count",
        "number",
        "time",
        "bytes",
    )
