"""The first screen as predicates: how large it is, what its first sentence says, and what has to be on it."""

import io
import re
from collections.abc import Iterator

from rich.console import Console

from domain.placement import PlacementOption
from evals.observation import Finding
from evals.rules.case import Case, check
from server.reply_markdown import ReplyMarkdown

LINES, COLUMNS = 40, 100
_AMOUNT = re.compile(r"\$\s?\d")
_NO_RENT = re.compile(r"\b(?:no rent|rent nothing|need not rent|own)\b", re.IGNORECASE)
_PACE = re.compile(r"\d\s?(?:tok/s|tokens? (?:a|per) second|ms|s|min|h|hours?|days?)\b")
_COMMAND = re.compile(r"`[^`]+`")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def screen_findings(case: Case) -> Iterator[Finding]:
    """In a terminal of 100 columns, and as a file."""
    lines = case.screen.splitlines()
    yield check("S.lines", len(lines) <= LINES, "the first screen is one", f"{LINES} lines", str(len(lines)))
    widest = max(lines, key=len, default="")
    yield check("S.columns", len(widest) <= COLUMNS, "no line is cut", f"{COLUMNS} columns", f"{len(widest)}: {widest}")
    shown = in_terminal(case.screen)
    yield check("S.terminal", len(shown) <= LINES, "it is one in a terminal", f"{LINES} lines", str(len(shown)))
    yield from _opening(case)
    yield from _contents(case)


def in_terminal(markdown: str) -> list[str]:
    """The lines that a terminal of 100 columns shows."""
    console = Console(file=io.StringIO(), width=COLUMNS, record=True, force_terminal=False)
    console.print(ReplyMarkdown(markdown))
    return console.export_text().rstrip("\n").splitlines()


def _opening(case: Case) -> Iterator[Finding]:
    answer, screen = " ".join(case.plan.answer.split()), case.screen_in_one_line
    sentence = _SENTENCE.split(answer)[0]
    there = bool(answer) and answer[:60] in screen
    yield check("S.answer", there, "the first screen has its one sentence", answer[:60])
    first = case.first
    if first is None:
        return
    price = _AMOUNT.search(sentence) or (first.is_own and _NO_RENT.search(sentence))
    yield check("S.opening-price", price is not None and price is not False, "the first sentence has the price", "$",
                sentence)  # fmt: skip
    together = case.plan.together
    on_shared = [part.machine.gpu.name for part in together.shared if part.machine.gpu] if together else []
    named = any(name in sentence for name in (machine(first), *on_shared))
    yield check("S.opening-machine", named, "the first sentence has the GPU", machine(first), sentence)
    before = case.screen_in_one_line.find(answer[:40])
    table = case.screen_in_one_line.find("| --- |")
    yield check("S.order", table < 0 or 0 <= before < table, "the sentence stands before the table")


def machine(option: PlacementOption) -> str:
    """The GPU, or the machine where there is none."""
    return option.offer.gpu.name if option.offer.gpu and option.gpus else option.offer.instance_type


def _contents(case: Case) -> Iterator[Finding]:
    plan, screen, first = case.plan, case.screen_in_one_line, case.first
    for predicate, heading, texts in (
        ("S.assumed", "**Assumed**", plan.assumptions),
        ("S.left-out", "**Not taken into account**", plan.not_taken_into_account),
        ("S.confirm", "**To confirm**", plan.cautions),
    ):
        if texts:
            yield check(predicate, heading in screen, "what the plan holds of it is on the first screen", heading)
    if first is None:
        return
    yield check("S.speed", _PACE.search(plan.answer) is not None, "speed or hours are told", "a figure", plan.answer)
    following = screen.partition("**Next**")[2]
    yield check("S.next", bool(following.strip()), "what to do next is told", "**Next**")
    yield check("S.command", _COMMAND.search(following) is not None, "the next thing to do is a command", "`...`",
                following[:100])  # fmt: skip
    choices = [choice.label for choice in plan.choices]
    labelled = bool(choices) and choices[0] in ("recommended", "own hardware", "to provide")
    yield check("S.choices", labelled, "the choices are labelled", "recommended first", ", ".join(choices))
    cheaper = any(option.label == "cheapest" for option in case.options)
    yield check("S.cheapest", not cheaper or "cheapest" in choices, "the cheapest is one of the choices")
