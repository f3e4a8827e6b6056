"""The report as one page that needs nothing else: the failures first, each as a conversation and a table."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from evals.observation import Finding
from evals.report import MEANINGS, EvalReport, Group, Outcome, bar
from evals.rules.score import MEANINGS as RULES
from evals.rules.score import rule_scores


def html_page(report: EvalReport) -> str:
    """A whole HTML document. Everything that users or catalogues wrote is escaped."""
    failed = [outcome for outcome in report.outcomes if not outcome.passed]
    passed = [outcome for outcome in report.outcomes if outcome.passed]
    body = "\n".join((
        _heading(report, len(passed)),
        *map(_group, report.groups),
        _rules(report),
        _latency(report),
        _comparison(report),
        f"<h2>Failures <small>{len(failed)}</small></h2>",
        *map(_failure, failed),
        f"<h2>Passed <small>{len(passed)}</small></h2>",
        f'<p class="passed">{" ".join(f"<span>{escape(outcome.id)}</span>" for outcome in passed)}</p>',
    ))  # fmt: skip
    style = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>stack8s evals</title>'
        f"<style>\n{style}</style></head><body><main>\n{body}\n</main></body></html>\n"
    )


def _heading(report: EvalReport, passed: int) -> str:
    verdict = '<p class="verdict good">Over the bar.</p>'
    if report.shortfalls:
        items = "".join(f"<li>{escape(text)}</li>" for text in report.shortfalls)
        verdict = f'<div class="verdict bad">Under the bar:<ul>{items}</ul></div>'
    opinion = "" if report.opinion is None else f"<p>Usefulness in the judge's opinion: {report.opinion:.2f}.</p>"
    return (
        f"<h1>{passed} of {len(report.outcomes)} scenarios pass</h1>"
        f"<p>{report.ran_at:%Y-%m-%d %H:%M} UTC · engine {escape(report.engine)} · catalogue"
        f" {escape(report.catalog.fingerprint[:12])}, {report.catalog.offers:,} offers,"
        f" {report.catalog.models:,} models, {report.catalog.packages:,} charts</p>{verdict}{opinion}"
    )


def _group(group: Group) -> str:
    least = bar()
    rows = []
    for score in group.scores:
        under = group.name == "unseen" and score.share < least.get(score.grader, 0.0)
        rows.append((
            escape(MEANINGS[score.grader]), f"{score.passed:,} of {score.checked:,}",
            f'<b class="{"bad" if under else "good"}">{score.share:.4f}</b>', f"{least.get(score.grader, 0):g}",
        ))  # fmt: skip
    worst = "" if group.cost_ratio_worst is None else (
        f" Cost over optimum: {group.cost_ratio_mean:.4f} on average, {group.cost_ratio_worst:.4f} at worst."
    )  # fmt: skip
    return (
        f"<h2>{group.name.capitalize()} scenarios <small>{group.scenarios_passed} of {group.scenarios}</small></h2>"
        f"<p>Constraint violations: {group.violations}.{worst}</p>"
        + _table(("What", "Passed", "Share", "Bar"), rows)
    )  # fmt: skip


def _rules(report: EvalReport) -> str:
    rows = [
        (escape(score.rule), escape(RULES.get(score.rule, "all of them")), str(score.plans), str(score.keeping),
         f"{score.passed:,} of {score.checked:,}", f"{score.share:.4f}")
        for score in rule_scores(report.outcomes)
    ]  # fmt: skip
    headings = ("", "Rule", "Plans", "Break none", "Predicates that hold", "Share")
    return f"<h2>Rules of advice</h2>{_table(headings, rows)}" if rows else ""


def _latency(report: EvalReport) -> str:
    rows = [
        (escape(item.kind.replace("_", " ")), str(item.turns), f"{item.median_ms:.0f}", f"{item.p95_ms:.0f}",
         f"{item.worst_ms:.0f}")
        for item in report.latency
    ]  # fmt: skip
    return "<h2>Latency</h2>" + _table(("Reply", "Turns", "Median ms", "95 % ms", "Worst ms"), rows)


def _comparison(report: EvalReport) -> str:
    change = report.comparison
    if change is None:
        return ""
    moved = ", ".join(f"{escape(MEANINGS[grader])} {delta:+.4f}" for grader, delta in change.moved.items())
    return (
        f"<h2>Since {change.before:%Y-%m-%d %H:%M} UTC</h2><p>Mended: {_names(change.mended)}."
        f" Broken: {_names(change.broken)}. {moved and f'Moved: {moved}.'}</p>"
    )


def _names(ids: Iterable[str]) -> str:
    return ", ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in ids) or "none"


def _failure(outcome: Outcome) -> str:
    turns = "".join(
        f'<p class="user">{escape(turn.message)}</p><details class="reply"><summary>{turn.response_type},'
        f" {turn.took_ms:.0f} ms</summary><pre>{escape(turn.response)}</pre></details>"
        for turn in outcome.turns
    )
    tags = " ".join(f"<span>{escape(tag)}</span>" for tag in outcome.tags)
    rows = [_cells(finding) for finding in outcome.failures]
    return (
        f'<section id="{escape(outcome.id)}"><h3>{escape(outcome.id)} <small>{tags}</small></h3>{turns}'
        + _table(("Grader", "What", "Expected", "Got", "Evidence"), rows)
        + "</section>"
    )


def _cells(finding: Finding) -> tuple[str, ...]:
    shown = (finding.grader, finding.what, finding.expected, finding.got, finding.evidence)
    return tuple(escape(text) for text in shown)


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
