"""A run of three scenarios through the real product, its reports, and what the exit status says."""

import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evals.command import run
from evals.report import EvalReport, compared, read_report
from evals.runner import run_evals
from evals.scenario import Scenario
from settings import Settings

SCENARIOS = [
    {
        "id": "right", "turns": ["Deploy Llama 3.3 70B for inference"], "reply": "deployment_plan",
        "spec": {"task_type": "inference", "domain": "llm"}, "plan": {"model_family": "llama"},
    },
    {"id": "asked", "turns": ["I need some GPUs", "Inference with Mistral 7B"], "seen": True,
     "replies": ["clarification", "deployment_plan"]},
    {
        "id": "wrong", "turns": ["Deploy Llama 3.3 70B for <b>inference</b>"], "reply": "clarification",
        "spec": {"task_type": "training"},
    },
]  # fmt: skip


@pytest.fixture(scope="module")
async def report(settings: Settings) -> EvalReport:
    return await run_evals(settings, scenarios=[Scenario.model_validate(row) for row in SCENARIOS])


async def test_the_runner_tells_right_from_wrong(report: EvalReport) -> None:
    passed = {outcome.id: outcome.passed for outcome in report.outcomes}
    assert passed == {"right": True, "asked": True, "wrong": False}
    wrong = next(outcome for outcome in report.outcomes if outcome.id == "wrong")
    assert {"spec", "clarification", "reply"} <= {finding.grader for finding in wrong.failures}
    assert any(finding.what == "task_type" and finding.got == "inference" for finding in wrong.failures)


async def test_seen_scenarios_are_counted_apart_and_only_the_unseen_are_under_the_bar(report: EvalReport) -> None:
    unseen, seen = report.group("unseen"), report.group("seen")
    assert unseen is not None
    assert seen is not None
    assert (unseen.scenarios, unseen.scenarios_passed) == (2, 1)
    assert (seen.scenarios, seen.scenarios_passed) == (1, 1)
    assert any("field accuracy" in shortfall for shortfall in report.shortfalls)


async def test_plans_are_graded_whole_and_played_twice(report: EvalReport) -> None:
    right = next(outcome for outcome in report.outcomes if outcome.id == "right")
    assert {"grounded", "fit", "constraints", "optimum", "repeatable"} <= set(right.checked)
    assert right.cost_ratios == (1.0,)
    assert {latency.kind for latency in report.latency} == {"understand", "clarification", "deployment_plan"}


async def test_the_conversations_are_forgotten(report: EvalReport, settings: Settings) -> None:
    from database import Database

    async with await Database.open(settings) as database, database.connection() as connection:
        cursor = await connection.execute(
            "SELECT count(*) AS left_over FROM chat.messages WHERE content LIKE '%%<b>inference</b>%%'"
        )
        assert await cursor.fetchone() == {"left_over": 0}


class Page(HTMLParser):
    """The text of a page, and whatever it would fetch from elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [
            value or "" for name, value in attributes if name in ("src", "href") and value and ":" in value
        ]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_command_writes_three_reports_and_its_status_says_under_the_bar(
    report: EvalReport, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def as_measured(*_: object, **__: object) -> EvalReport:
        return report

    monkeypatch.setattr("evals.command.run_evals", as_measured)
    assert run(settings, out=tmp_path) == 1

    again = EvalReport.model_validate(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")))
    assert again == report

    suites = ElementTree.parse(tmp_path / "junit.xml").getroot()
    counts = {suite.get("name"): (suite.get("tests"), suite.get("failures")) for suite in suites}
    assert counts == {"unseen": ("2", "1"), "seen": ("1", "0")}
    failure = suites.find(".//failure")
    assert failure is not None
    assert "task_type; expected training; got inference" in (failure.text or "")

    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.outside == []
    assert "script" not in page.tags
    assert "Deploy Llama 3.3 70B for <b>inference</b>" in page.text  # as text, not as markup
    assert "training" in page.text


def test_a_second_run_says_what_was_mended_and_what_broke(report: EvalReport, tmp_path: Path) -> None:
    def turned(outcome_id: str, passed: bool) -> EvalReport:
        outcomes = tuple(
            outcome.model_copy(update={"passed": passed}) if outcome.id == outcome_id else outcome
            for outcome in report.outcomes
        )
        return report.model_copy(update={"outcomes": outcomes})

    mended = compared(report, turned("right", False)).comparison
    broken = compared(report, turned("wrong", True)).comparison
    assert mended is not None
    assert broken is not None
    assert (mended.mended, mended.broken) == (("right",), ())
    assert (broken.mended, broken.broken) == ((), ("wrong",))
    assert read_report(tmp_path / "none.json") is None


def test_a_run_over_the_bar_ends_with_zero(
    report: EvalReport, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def over_the_bar(*_: object, **__: object) -> EvalReport:
        return report.model_copy(update={"shortfalls": ()})

    monkeypatch.setattr("evals.command.run_evals", over_the_bar)
    assert run(settings, out=tmp_path, as_json=True) == 0
