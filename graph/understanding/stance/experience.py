"""Reports of how something goes on hardware that is there: "I run out of memory on two A800", "my system: RTX 4080"."""

from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line


def wishing(line: Line) -> frozenset[int]:
    """The sentences that wish, or ask."""
    return line.sentences_of(book("experience", "wishes").find(line.words)) | line.asking


def ran_out_of_memory(line: Line) -> bool:
    """It is told, and not asked, that memory did not do."""
    return not line.sentences_of(book("experience", "ran_out").find(line.words)) <= line.asking


def seeks_hardware(line: Line) -> bool:
    """It is asked which card or machine to use."""
    return any(book("experience", "seeks").find(line.words))


def outgrown(line: Line) -> frozenset[int]:
    """The sentences that tell of hardware that does not do, where another is sought and not some more of it: those that
    say so and name hardware, else all that do not ask."""
    told = {line.words[match.first].sentence for match in book("experience", "outgrown").find(line.words)}
    if not told or not seeks_hardware(line) or any(book("experience", "adds").find(line.words)):
        return frozenset()
    named = {line.words[place].sentence for place, name in line.names if name.kind == "gpu"}
    return frozenset(told & named or set(line.sentence_places))


def reporting(line: Line) -> frozenset[int]:
    """The sentences that tell what is there and how it goes: those that report it, and in a message about trouble of
    one's own all others that neither wish nor ask."""
    troubles, reports = (
        line.sentences_of(book("experience", name).find(line.words)) for name in ("troubles", "reports")
    )
    told = frozenset(line.sentence_places) if troubles else reports
    return told - wishing(line)


def is_a_choice(line: Line) -> bool:
    """Machines are set side by side: "PC A: ..., PC B: ..."."""
    return len([*book("experience", "options").find(line.words)]) > 1
