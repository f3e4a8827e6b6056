"""The report as JUnit XML, for the machines that show test results."""

import re
from xml.etree import ElementTree

from evals.observation import Finding
from evals.report import EvalReport, Outcome

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(report: EvalReport) -> str:
    """A suite for the unseen scenarios and one for the seen; a case is a scenario."""
    root = ElementTree.Element("testsuites", name="stack8s evals", timestamp=report.ran_at.isoformat())
    for group in report.groups:
        members = [outcome for outcome in report.outcomes if outcome.seen == (group.name == "seen")]
        suite = ElementTree.SubElement(
            root, "testsuite", name=group.name, tests=str(len(members)),
            failures=str(sum(not outcome.passed for outcome in members)), errors="0",
            time=f"{sum(map(_seconds, members)):.3f}",
        )  # fmt: skip
        for outcome in members:
            _case(suite, outcome, group.name)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, outcome: Outcome, group: str) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", name=outcome.id, classname=f"evals.{group}", time=f"{_seconds(outcome):.3f}"
    )
    if outcome.failures:
        graders = ", ".join(dict.fromkeys(finding.grader for finding in outcome.failures))
        failure = ElementTree.SubElement(case, "failure", message=f"{len(outcome.failures)} findings: {graders}")
        said = [f"turn {number}: {turn.message}" for number, turn in enumerate(outcome.turns, start=1)]
        failure.text = _NOT_XML.sub("?", "\n".join((*said, *map(line_of, outcome.failures))))


def line_of(finding: Finding) -> str:
    """A failed finding on one line."""
    parts = [f"[{finding.grader}] {finding.what}"]
    parts += [f"expected {finding.expected}"] if finding.expected else []
    parts += [f"got {finding.got}"] if finding.got else []
    parts += [f"because of {finding.evidence}"] if finding.evidence else []
    return "; ".join(parts)


def _seconds(outcome: Outcome) -> float:
    return sum(turn.took_ms for turn in outcome.turns) / 1000
