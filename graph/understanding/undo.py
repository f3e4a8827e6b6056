"""Takes revisions back: "undo that", "back to the first version", "undo the budget change"."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from domain.base import Frozen
from domain.workload import WorkloadSpec
from graph.understanding.draft import changed_fields, taken_apart
from graph.understanding.history import History

NOTHING = (
    "There is nothing to take back yet: nothing has been changed since the first plan. "
    "To change it, say what should be different, for example “only on AWS” or “make it 500 users”.\n"
)
_COUNTS = {
    "one": 1,
    "a": 1,
    "two": 2,
    "both": 2,
    "twice": 2,
    "couple": 2,
    "three": 3,
    "thrice": 3,
    "four": 4,
    "five": 5,
}
_COUNT = re.compile(
    rf"\b(?P<count>{'|'.join(_COUNTS)}|\d+)\b(?:(?: of)? (?:\w+ )?(?:steps?|versions?|changes?|revisions?|turns?|times|"
    r"edits?|things|plans?)\b|$|[,.!])|\b(?P<alone>both|twice|thrice)\b"
)
_OTHER = re.compile(r"\bother\b")
_ORIGINAL = re.compile(r"\b(?:original|initial|first|starting)\b")


class TakenBack(Frozen):
    """What taking back comes to: the spec that stands again, the sentence that says so, and what else was said."""

    spec: WorkloadSpec
    history: History
    told: str
    rest: str = ""
    """The message without the words that take something back, every other letter in its place."""

    @property
    def nothing(self) -> bool:
        return not self.told


class _Words(Frozen):
    plan: str
    before: str
    one: tuple[str, ...]
    all: tuple[str, ...]
    redo: tuple[str, ...]
    part: tuple[str, ...]
    questions: tuple[str, ...]
    manners: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]]


def taken_back(message: str, spec: WorkloadSpec, history: History) -> TakenBack | None:
    """What the message takes back of the spec that stands; null when it is no such message."""
    words = _normal(message)
    if any(pattern.search(words) for pattern in _patterns("questions")):
        return None
    for way in ("redo", "all", "one"):
        if match := _first(way, words):
            whole = _whole(way, match, message, spec, history)
            return None if whole.nothing and whole.rest else whole
    for pattern in _patterns("part"):
        for match in pattern.finditer(words):
            if (part := _part(match, message, spec, history)) is not None:
                return part
    return None


def load_undo() -> None:
    """Reads the patterns, which the first message would otherwise wait for."""
    for way in ("redo", "all", "one", "part", "questions"):
        _patterns(way)
    _parts()
    _manners()


def the_last_change(spec: WorkloadSpec, history: History) -> TakenBack:
    """The one step back that a message in other words asks for."""
    if not history.before:
        return TakenBack(spec=spec, history=history, told="")
    stands, after = history.back(spec, 1)
    return TakenBack(
        spec=stands, history=after, told="Taken back, as you asked: the last change" + _quotes(spec, stands)
    )


def _whole(way: str, match: re.Match[str], message: str, spec: WorkloadSpec, history: History) -> TakenBack:
    rest = _without(message, match)
    redo = way == "redo" or (_OTHER.search(match.group()) and history.undone)
    if redo and history.undone:
        stands, after = history.forward(spec)
        return TakenBack(spec=stands, history=after, told="What was taken back stands again.", rest=rest)
    if not history.before or way == "redo":
        return TakenBack(spec=spec, history=history, told="", rest=rest)
    steps = len(history.before) if way == "all" else min(_steps(match.group()), len(history.before))
    stands, after = history.back(spec, steps)
    words = _quotes(spec, stands)
    if way == "all" or (not after.before and steps > 1):
        told = "Taken back, as you asked: every change since the first plan" + words
    elif steps == 1:
        told = "Taken back, as you asked: the last change" + words
    else:
        told = f"Taken back, as you asked: the last {steps} changes" + words
    return TakenBack(spec=stands, history=after, told=told, rest=rest)


def _part(match: re.Match[str], message: str, spec: WorkloadSpec, history: History) -> TakenBack | None:
    """One part as it was before its last change; null where it never changed, or is no part we know."""
    name = message[slice(*match.span("part"))].strip()
    paths = _paths(name.lower(), spec)
    stands = history.with_part(spec, paths, original=_ORIGINAL.search(match.group()) is not None) if paths else None
    if stands is None:
        return None
    told = f"Taken back, as you asked: the change of “{name}”" + _quotes(spec, stands)
    return TakenBack(spec=stands, history=history.revised(spec), told=told, rest=_without(message, match))


def _paths(name: str, spec: WorkloadSpec) -> tuple[str, ...]:
    """The fields that go by the name, or whose words hold it: "budget", "the L40S"."""
    draft = taken_apart(spec)
    every = (*draft.scalars, *draft.lists, "models")
    named = [path for path, pattern in _parts().items() if pattern.fullmatch(name)]
    found = [path for path in every if any(path == part or path.startswith(part + ".") for part in named)]
    if not found and len(name) > 1:
        found = [path for path, evidence in spec.evidence.items() if name in _normal(evidence.quote)]
    return tuple(dict.fromkeys(found))


def _quotes(before: WorkloadSpec, after: WorkloadSpec) -> str:
    """The words that made what is taken back."""
    fields = [field for field in changed_fields(before, after) if field in before.evidence]
    made = sorted({(before.evidence[field].turn, before.evidence[field].quote) for field in fields})
    return " (" + ", ".join(f"“{quote}”" for _, quote in made) + ")." if made else "."


def _steps(words: str) -> int:
    counted = _COUNT.search(words)
    if counted is None:
        return 1
    said = counted.group("alone") or counted.group("count")
    return max(1, _COUNTS.get(said, int(said) if said.isdigit() else 1))


def _normal(message: str) -> str:
    """Lower case and straight apostrophes, every letter in its place."""
    return re.sub(r"\s", " ", message.translate(str.maketrans("’‘`", "'''")).lower())


def _first(way: str, words: str) -> re.Match[str] | None:
    return next((match for pattern in _patterns(way) if (match := pattern.search(words))), None)


def _without(message: str, match: re.Match[str] | None) -> str:
    """The rest of the message; blank when nothing is left but the manners around it."""
    rest, again = message, match
    while again is not None:
        rest = rest[: again.start()] + " " * len(again.group()) + rest[again.end() :]
        again = _first("all", _normal(rest)) or _first("one", _normal(rest))
    return rest if re.search(r"\w", _manners().sub(" ", _normal(rest))) else ""


@lru_cache
def _words() -> _Words:
    text = Path(__file__).with_name("undo.yaml").read_text(encoding="utf-8")
    return _Words.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))


@lru_cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    words = _words()
    filled = (
        pattern.replace("{plan}", words.plan).replace("{before}", words.before) for pattern in getattr(words, name)
    )
    return tuple(re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])") for pattern in filled)


@lru_cache
def _parts() -> dict[str, re.Pattern[str]]:
    return {path: re.compile("|".join(names)) for path, names in _words().parts.items()}


@lru_cache
def _manners() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(_words().manners)})\b")
