"""Which tasks of a list words mean."""

from collections.abc import Collection, Sequence

from rapidfuzz import fuzz

from domain.base import Frozen
from domain.tasks import Task, Which
from graph.understanding.text.tokens import tokens_of

MOSTLY = 0.6
"""Share of the words asked for that a title must hold."""
MISSPELT = 88.0
"""Of 100, from which two words are one."""
SMALL = frozenset({"the", "a", "an", "of", "for", "to", "in", "on", "at", "my", "our", "and", "with", "about"})


class Meant(Frozen):
    """The tasks, or a sentence that says why there are none."""

    tasks: tuple[Task, ...] = ()
    problem: str = ""


def meant(which: Which, tasks: Sequence[Task], in_mind: Collection[int]) -> Meant:
    """`tasks` is the whole list in its order; `in_mind` are the ids that were spoken of last."""
    if not tasks:
        return Meant(problem="Your list is empty.")
    if which.numbers:
        return _numbered(which.numbers, tasks)
    if which.scope == "same":
        spoken = tuple(task for task in tasks if task.id in in_mind)
        return Meant(tasks=spoken) if spoken else Meant(problem="Which task? Say its number or its words.")
    if which.scope:
        return _of_scope(which, tasks)
    return _called(which.words, tasks)


def _numbered(numbers: Sequence[int], tasks: Sequence[Task]) -> Meant:
    missing = [number for number in numbers if not 1 <= number <= len(tasks)]
    if missing:
        named = ", ".join(str(number) for number in missing)
        there = f"it has {len(tasks)}" if len(tasks) > 1 else "it has one task"
        return Meant(problem=f"There is no task {named} on your list: {there}.")
    return Meant(tasks=tuple(tasks[number - 1] for number in dict.fromkeys(numbers)))


def _of_scope(which: Which, tasks: Sequence[Task]) -> Meant:
    undone = [task for task in tasks if not task.done]
    chosen = {
        "all": list(tasks), "open": undone, "done": [task for task in tasks if task.done],
        "last": list(tasks[-which.count :]), "next": undone[: which.count],
    }[which.scope]  # fmt: skip
    if not chosen:
        return Meant(problem="Nothing on your list is done." if which.scope == "done" else "Everything is done.")
    return Meant(tasks=tuple(chosen))


def _called(words: str, tasks: Sequence[Task]) -> Meant:
    asked = _content(words)
    if not asked:
        return Meant(problem="Which task? Say its number or its words.")
    scored = [(_share(asked, _content(task.title)), task) for task in tasks]
    best = max(score for score, _ in scored)
    if best < MOSTLY:
        return Meant(problem=f"There is no task “{words}” on your list.")
    likest = [task for score, task in scored if score == best]
    exact = [task for task in likest if sorted(_content(task.title)) == sorted(asked)]
    undone = [task for task in exact or likest if not task.done]
    found = undone or exact or likest
    if len(found) > 1:
        named = " or ".join(f"{tasks.index(task) + 1} (“{task.title}”)" for task in found[:4])
        return Meant(problem=f"“{words}” could be {named}. Which one? Say its number.")
    return Meant(tasks=(found[0],))


def _content(words: str) -> list[str]:
    said = [token.text for token in tokens_of(words) if token.text[0].isalnum()]
    return [word for word in said if word not in SMALL] or said


def _share(asked: Sequence[str], title: Sequence[str]) -> float:
    held = sum(any(_is_same(word, other) for other in title) for word in asked)
    return held / len(asked)


def _is_same(word: str, other: str) -> bool:
    if word == other:
        return True
    if min(len(word), len(other)) < 4 or not (word.isalpha() and other.isalpha()):
        return False
    return word.startswith(other) or other.startswith(word) or fuzz.ratio(word, other) >= MISSPELT
