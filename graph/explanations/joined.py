"""Answers to several questions of one message, each in short."""

import re
from collections.abc import Sequence

from graph.explanations.topics import Topic

_SENTENCE_ENDS = re.compile(r"(?<=[.!?]) (?=[A-Z*`])")
MOST_LINES = 3
"""Lines of a list that an answer beside others keeps."""
ENOUGH = 420
"""Characters after which an answer beside others begins no further paragraph."""
COVERED: dict[Topic, frozenset[Topic]] = {
    "supposed": frozenset({"cost", "cheaper", "idle", "budget", "runs", "unit_cost", "growth"}),
    "hosted": frozenset({"cost", "compare", "unit_cost", "cheaper"}), "buy": frozenset({"cost", "compare"}),
    "idle": frozenset({"cost", "cheaper"}), "speed": frozenset({"runs"}), "epochs": frozenset({"runs"}),
    "pricing": frozenset({"cost", "cheaper"}), "size": frozenset({"cost", "cheaper"}),
    "why_not": frozenset({"cost", "compare"}), "several": frozenset({"cost", "cheaper"}), "cost": frozenset({"budget"}),
}  # fmt: skip
"""What the answer to one topic says already, so that a question after it adds nothing."""


def is_covered(topic: Topic | None, before: Sequence[Topic | None]) -> bool:
    """Whether an answer before it says it already: the same topic, or one that includes it."""
    return topic is not None and any(topic == other or topic in COVERED.get(other, ()) for other in before if other)


def joined(answers: Sequence[str]) -> str:
    """One after another; of several each in short, the same thing once."""
    told: set[str] = set()
    kept = []
    for answer in dict.fromkeys(answer.strip() for answer in answers if answer.strip()):
        blocks = [block for block in answer.split("\n\n") if block not in told]
        told.update(blocks)
        kept += ["\n\n".join(blocks)] if blocks else []
    return "\n\n".join(kept if len(kept) == 1 else [brief(answer) for answer in kept])


def first_sentence(answer: str) -> str:
    """The first sentence that tells something: of one that leads in to a list, with its first row."""
    lines = [line.strip() for line in answer.split("\n") if line.strip()]
    if not lines:
        return answer
    head = lines[0]
    if head.endswith(":") and len(lines) > 1:
        return f"{head} {lines[1].removeprefix('- ')}"
    return _SENTENCE_ENDS.split(head, maxsplit=1)[0]


def brief(answer: str) -> str:
    """Its first paragraphs, lists cut and tables left out where there is anything else."""
    blocks = answer.split("\n\n")
    if "```" in answer:
        return answer
    said = [block for block in blocks if not block.startswith("|")] or blocks
    kept: list[str] = []
    for block in said:
        if sum(map(len, kept)) >= ENOUGH:
            break
        kept.append(_cut(block))
    return "\n\n".join(kept)


def _cut(block: str) -> str:
    lines = block.split("\n")
    return "\n".join(lines[:MOST_LINES]) if block.startswith("- ") else block
