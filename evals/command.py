"""`stack8s eval`: run, report, compare, and an exit status."""

import asyncio
from pathlib import Path

from rich.console import Console
from rich.table import Table

from domain.errors import InvalidInput
from evals.judge import judged
from evals.junit import junit_xml, line_of
from evals.langsmith_upload import upload
from evals.page import html_page
from evals.report import MEANINGS, EvalReport, bar, compared, read_report
from evals.rules.score import MEANINGS as RULES
from evals.rules.score import predicate_scores, rule_scores
from evals.runner import run_evals
from settings import Settings

REPORT, JUNIT, PAGE = "report.json", "junit.xml", "report.html"
FAILURES_SHOWN = 10


def run(
    settings: Settings,
    *,
    engine: str | None = None,
    filter: str | None = None,
    out: Path | None = None,
    as_json: bool = False,
    judge: bool = False,
) -> int:
    """Runs the scenarios and writes report.json, junit.xml and report.html to `out`; 0 over the bar, 1 under it.

    The report that stands in `out`, by default the data directory's evals folder, is what the run is compared with.
    """
    folder = out or settings.data_dir / "evals"
    before = read_report(folder / REPORT)
    report = compared(asyncio.run(_measured(settings, engine, filter, judge)), before)
    if not report.outcomes:
        raise InvalidInput(f"No scenario matches {filter!r}.", "Give words of ids or tags, or leave --filter out.")
    _write(report, folder)
    if as_json:
        print(report.model_dump_json(indent=2))
    else:
        _show(report, folder, Console())
    return 1 if report.shortfalls else 0


async def _measured(settings: Settings, engine: str | None, filter: str | None, judge: bool) -> EvalReport:
    report = await run_evals(settings, engine=engine, filter=filter)
    if judge and (settings.openai_api_key or settings.openai_base_url):
        report = await judged(report, settings)
    await asyncio.to_thread(upload, report)
    return report


def _write(report: EvalReport, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / REPORT).write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
        (folder / JUNIT).write_text(junit_xml(report), encoding="utf-8")
        (folder / PAGE).write_text(html_page(report), encoding="utf-8")
    except OSError as refused:
        raise InvalidInput(f"The report cannot be written: {refused}.", "Choose another folder with --out.") from None


def _show(report: EvalReport, folder: Path, console: Console) -> None:
    for group in report.groups:
        table = Table("", "Passed", "Share", "Bar", title=f"{group.name}: {group.scenarios_passed}/{group.scenarios}")
        for score in group.scores:
            least = bar().get(score.grader, 0.0)
            colour = "red" if group.name == "unseen" and score.share < least else "green"
            share = f"[{colour}]{score.share:.4f}[/{colour}]"
            table.add_row(MEANINGS[score.grader], f"{score.passed}/{score.checked}", share, f"{least:g}")
        console.print(table)
    _show_rules(report, console)
    if report.opinion is not None:
        console.print(f"usefulness in the judge's opinion: {report.opinion:.2f}", highlight=False)
    for latency in report.latency:
        median, p95 = f"{latency.median_ms:.0f} ms", f"{latency.p95_ms:.0f} ms"
        console.print(f"{latency.kind}: median {median}, 95 % within {p95} ({latency.turns} turns)", highlight=False)
    failed = [outcome for outcome in report.outcomes if not outcome.passed]
    for outcome in failed[:FAILURES_SHOWN]:
        console.print(f"[red]{outcome.id}[/red]", highlight=False)
        for finding in outcome.failures[:3]:
            console.print(f"  {line_of(finding)}", highlight=False, markup=False)
    if len(failed) > FAILURES_SHOWN:
        console.print(f"... and {len(failed) - FAILURES_SHOWN} more.")
    if report.comparison is not None:
        change = report.comparison
        console.print(f"Since the last run: {len(change.mended)} mended, {len(change.broken)} broken.", highlight=False)
    for shortfall in report.shortfalls:
        console.print(f"[red]under the bar[/red] {shortfall}", highlight=False)
    console.print(f"{folder / PAGE}", soft_wrap=True, highlight=False)


def _show_rules(report: EvalReport, console: Console) -> None:
    """How the plans keep the rules of advice, and which predicates they break; nothing where none was graded."""
    scores = rule_scores(report.outcomes)
    if not scores:
        return
    table = Table("", "Rule", "Plans", "Break none", "Predicates that hold", "Share", title="rules of advice")
    for score in scores:
        held = f"{score.passed}/{score.checked}"
        named = RULES.get(score.rule, "all of them")
        table.add_row(score.rule, named, str(score.plans), str(score.keeping), held, f"{score.share:.4f}")
    console.print(table)
    for broken in predicate_scores(report.outcomes):
        kept_back = f" and {broken.kept_back} kept back" if broken.kept_back else ""
        told = f"{broken.rule} {broken.passed}/{broken.checked}: {', '.join(broken.broken_by)}{kept_back}"
        console.print(told, highlight=False, soft_wrap=True)
