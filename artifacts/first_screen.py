"""The first screen of a plan: at most 40 lines of 100 columns, everything that decides, in one order everywhere."""

import re
import textwrap
from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from artifacts.choices import ON_SITE, speed
from artifacts.figures_asked import piece_line
from artifacts.notation import dollars, inline, no_block, one_line, plain, table
from artifacts.parts import recurring_line, retrieval_line
from artifacts.together import HEADINGS, together_rows, together_terms
from artifacts.unit_cost import unit_cost_line
from domain.parts import Together
from domain.plan import Choice, DeploymentPlan

LINES, COLUMNS = 40, 100
LONGEST_WORD = 70
WRAPPED = 8
"""Lines that a terminal may need beyond those of the file: it breaks list items and cells anew."""
_WIDTHS = (*((width, 28) for width in range(44, 15, -4)), (16, 20), (16, 14), (8, 10))
"""Characters of a workload's name and of the other cells of its row: as many as leave the row on a line."""
CHANGED_LINES = 6
"""Lines of what a later turn changed, which come before the plan that it made."""
MOST_TERMS = 7
"""Lines on the rules that workloads break."""
_EQUALS = re.compile(r" = ")
"""What would underline a heading at the beginning of a line stays with the word before it."""
_SPAN = re.compile(r"(?<!\\)`[^`]*`")
_EACH = re.compile(r"costs? about \$")
"""Of a verdict that tells what one unit costs."""
_APART = " · "
_GLUE = "\u2060"
"""Stands for the spaces of a code span while lines are broken, so that no span is."""


def first_screen(plan: DeploymentPlan) -> str:
    """Markdown. What has no room is counted, and stands below in the plan."""
    opening = [f"# {_title(plan.title)}", ""]
    if plan.verdict:
        opening += [*_wrapped(f"**{_tamed(plan.verdict)}**"), ""]
    if plan.changes:
        opening += [*_fitted("Changed", [_tamed(text) for text in plan.changes], CHANGED_LINES), ""]
    opening += [*_wrapped(_tamed(plan.answer)), ""] if plan.answer else []
    opening += _workloads(plan.together) if plan.together else _choices(plan.choices, plan.catalog.as_of_newest)
    ending = []
    if plan.retrieval:
        ending += [*_wrapped(_first_bold(plain(retrieval_line(plan.retrieval)), " for ")), ""]
    if plan.recurring and plan.together is None:
        ending += [*_wrapped(plain(recurring_line(plan.recurring))), ""]
    if plan.hosted and (line := unit_cost_line(plan.hosted)):
        ending += [*_wrapped(_first_bold(plain(line), " $")), ""]
    if line := _piece(plan):
        ending += [*_wrapped(_first_bold(plain(line), " $")), ""]
    ending += _wrapped(f"**Next** {_commanded(plan.next_step)}") if plan.next_step else []
    room = LINES - len(opening) - len(ending) - WRAPPED
    notes = [
        ("Assumed", plan.assumptions),
        ("Not taken into account", plan.not_taken_into_account),
        ("To confirm", plan.cautions),
    ]
    return "\n".join([*opening, *_notes([note for note in notes if note[1]], room), *ending]).rstrip("\n") + "\n"


def _piece(plan: DeploymentPlan) -> str:
    """What one unit of the first recommendation's work costs, unless the verdict tells it."""
    if plan.spec is None or plan.together is not None or not plan.recommendations or _EACH.search(plan.verdict):
        return ""
    return piece_line(plan.spec, plan.recommendations[0].option, plan.hosted, plan.recurring)


def _title(text: str) -> str:
    words = _tamed(text)
    return words if len(words) <= COLUMNS - 2 else f"{plain(_clipped(one_line(text), COLUMNS // 2))}"


def _choices(choices: Sequence[Choice], newest: date) -> list[str]:
    if not choices:
        return []
    per = choices[0].per
    heading = "speed per user" if choices[0].tokens_per_s_per_user is not None else "time"
    rows = [
        (
            plain(_label(choice, choices[0])), plain(_clipped(_runs(choice), 36)), plain(_clipped(choice.where, 28)),
            _rent(choice), plain(speed(choice)),
            " ".join(said.split()[0] for said in choice.gives_up),
        )
        for choice in choices
    ]  # fmt: skip
    drawn = table(("", "what", "where", f"per {per}", heading, "gives up"), rows, right=frozenset({3}))
    lines = [re.sub(r"(?<=\|) — (?=\|)", " ", line) for line in drawn.splitlines()]
    terms = [line for choice in choices for line in _terms(choice, choices[0])]
    return [*_narrowed(lines), "", *terms, *_prices(choices, newest), ""]


def _workloads(found: Together) -> list[str]:
    """A row for each workload."""
    lines: list[str] = []
    for name_width, width in _WIDTHS:
        rows = [
            (plain(name), *(plain(_clipped(cell, width)) for cell in cells))
            for name, *cells in together_rows(found, name_width)
        ]
        drawn = table(HEADINGS, rows, right=frozenset({3}))
        lines = _narrowed([re.sub(r"(?<=\|) — (?=\|)", " ", line) for line in drawn.splitlines()])
        if max(map(len, lines)) <= COLUMNS:
            break
    terms = [line for told in together_terms(found) for line in _bullet(_tamed(told))]
    if len(terms) > MOST_TERMS:
        terms = [*terms[: MOST_TERMS - 1], "- (more below)"]
    return [*lines, "", *terms, *([""] if terms else [])]


def _bullet(text: str) -> list[str]:
    lines = _wrapped(f"- {text}")
    return [lines[0], *(f"  {line}" for line in lines[1:])]


def _label(choice: Choice, first: Choice) -> str:
    """Beside hardware at hand that does it nothing rented is recommended: it is what one would rent instead."""
    return "if rented" if choice.label == "recommended" and first.label == "own hardware" else choice.label


def _runs(choice: Choice) -> str:
    """2 x H100-SXM 80 GB, fp8."""
    return f"{choice.machines}, {choice.precision}" if choice.precision else choice.machines


def _rent(choice: Choice) -> str:
    if choice.where == ON_SITE:
        return "to buy" if choice.label == "to provide" else "no rent"
    return dollars(choice.usd)


def _prices(choices: Sequence[Choice], newest: date) -> list[str]:
    """The day and the kind of each price, and how new the catalogue is."""
    rented = [choice for choice in choices if choice.where != ON_SITE]
    if not rented:
        return []
    named = [(_label(choice, choices[0]), choice) for choice in rented]
    told = ", ".join(f"{label} {choice.price_kind} {choice.price_as_of.isoformat()}" for label, choice in named)
    lines = _wrapped(f"- prices: {told}; the catalogue's newest facts are of {newest.isoformat()}")
    return [lines[0], *(f"  {line}" for line in lines[1:])]


def _narrowed(lines: list[str]) -> list[str]:
    return [line.replace(" | ", "|").replace("| ", "|").replace(" |", "|") if len(line) > COLUMNS else line
            for line in lines]  # fmt: skip


def _terms(choice: Choice, first: Choice) -> list[str]:
    """What a choice gives up in words, and what it saves or costs against the first."""
    difference = choice.usd - first.usd
    parts = ["; ".join(plain(said) for said in choice.gives_up)] if choice.gives_up else []
    if parts and choice is not first and choice.usd < first.usd and _is_as_fast(choice, first):
        parts[0] = f"not first, since it gives up {parts[0]}"
    if choice.model != first.model and choice.model and first.model:
        parts.append(f"runs {_tamed(choice.model)} where the {first.label} runs {_tamed(first.model)}")
    elif choice.precision != first.precision and choice.precision and first.precision:
        parts.append(f"{choice.precision} where the {first.label} runs {first.precision}")
    if choice is not first and first.where != ON_SITE and round(difference, 2):
        way = "saves" if difference < 0 else "costs"
        more = "" if difference < 0 else " more"
        parts.append(f"{way} {dollars(abs(difference))} {choice.a_per}{more}")
    if not parts:
        return []
    lines = _wrapped(f"- {_label(choice, first)}: {'; '.join(parts)}")
    return [lines[0], *(f"  {line}" for line in lines[1:])]


def _is_as_fast(choice: Choice, first: Choice) -> bool:
    """Whether nobody waits longer for it; false where that cannot be told."""
    if choice.tokens_per_s_per_user and first.tokens_per_s_per_user:
        return choice.tokens_per_s_per_user >= first.tokens_per_s_per_user
    waits = (choice.job_hours, first.job_hours), (choice.answer_ms, first.answer_ms)
    return any(mine is not None and other is not None and mine <= other for mine, other in waits)


def _notes(notes: list[tuple[str, Sequence[str]]], room: int) -> list[str]:
    """Each note in as many lines as there is room for, the later ones not starved by the earlier."""
    lines: list[str] = []
    for place, (heading, texts) in enumerate(notes):
        left = room - len(lines)
        share = max(3, left // (len(notes) - place))
        lines += [*_fitted(heading, [_tamed(text) for text in texts], min(share, left) - 1), ""]
    return lines


def _tamed(text: str) -> str:
    """As plain text whose words all fit on a line: a longer one is cut short."""
    return plain(" ".join(_short(word) for word in one_line(text).split(" ")))


def _short(word: str) -> str:
    """The word, cut so that it is at most `LONGEST_WORD` long as Markdown too."""
    kept = word
    while len(inline(kept)) > LONGEST_WORD:
        kept = kept[: max(1, len(kept) - (len(inline(kept)) - LONGEST_WORD + 1) // 2 - 1)]
    return kept if kept == word else f"{kept}…"


def _fitted(heading: str, texts: Sequence[str], most: int) -> list[str]:
    listed = [text.rstrip(".") for text in texts]
    room = most * COLUMNS + len(_APART)
    at_most = sum(end <= room for end in accumulate(len(text) + len(_APART) for text in listed))
    for shown in range(at_most, 0, -1):
        rest = len(texts) - shown
        more = f" (and {rest} more below)" if rest else ""
        lines = _wrapped(f"**{heading}** {_APART.join(listed[:shown])}{more}")
        if len(lines) <= most:
            return lines
    lines = _wrapped(f"**{heading}** {texts[0]}")[: max(1, most)]
    lines[-1] = f"{lines[-1][: COLUMNS - 20].rstrip()} … (more below)"
    return lines


def _first_bold(line: str, until: str) -> str:
    """**Per million tokens** $1.10 ..."""
    head, mark, rest = line.partition(until)
    return f"**{head}**{mark}{rest}" if mark else line


def _commanded(step: str) -> str:
    """The step's own back-quoted commands stay code, the rest is plain."""
    parts = re.split(r"(`[^`]+`)", one_line(step))
    written = (part if part.startswith("`") else plain(part) for part in parts)
    return re.sub(r" ([).,;:])", r"\1", " ".join(part for part in written if part))


def _wrapped(text: str) -> list[str]:
    glued = _SPAN.sub(lambda span: span.group().replace(" ", _GLUE), _EQUALS.sub(f"{_GLUE}= ", text))
    lines = textwrap.wrap(glued, COLUMNS - 1, break_long_words=False, break_on_hyphens=False) or [""]
    first, *others = (line.replace(_GLUE, " ") for line in lines)
    return [first, *(no_block(line) for line in others)]


def _clipped(text: str, width: int = COLUMNS - 4) -> str:
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"
