"""The workloads of one message against those a careful human names, in whatever order they were read."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

from domain.workload import Workload
from evals.matching import Expected, at, matches, written
from evals.observation import Finding, Observation

EITHER = "|"
"""Between two paths of which one must hold: an amount may be that of the data or of the work."""


def workload_findings(seen: Observation) -> Iterator[Finding]:
    """That there are as many as expected, and each expected field of the reading that fits best."""
    expected = seen.scenario.workloads
    if expected is None:
        return
    found, most = seen.spec.workloads, seen.scenario.most_workloads or len(expected)
    told = ", ".join(f"{one.task_type} {one.domain}" for one in found) or "one"
    least = f"{len(expected)}" if most == len(expected) else f"{len(expected)} to {most}"
    yield Finding(
        grader="spec", passed=len(expected) <= len(found) <= most, what="how many workloads",
        expected=least if expected else "one", got=told,
    )  # fmt: skip
    if not expected or not found:
        return
    for number, (fields, workload) in enumerate(zip(expected, _best(expected, found), strict=True), start=1):
        for path, wanted in fields.items():
            yield Finding(
                grader="spec", passed=workload is not None and _holds(workload, path, wanted),
                what=f"workload {number}: {path}", expected=written(wanted),
                got="not read" if workload is None else _shown(workload, path),
                evidence="" if workload is None else workload.quote,
            )  # fmt: skip


def _best(expected: Sequence[Mapping[str, Expected]], found: Sequence[Workload]) -> tuple[Workload | None, ...]:
    """For each that is expected the one that was read, so that the most fields hold."""
    seats: list[Workload | None] = [*found, *([None] * max(0, len(expected) - len(found)))]

    def right(chosen: tuple[Workload | None, ...]) -> int:
        pairs = zip(expected, chosen, strict=True)
        return sum(_holds(one, path, wanted) for fields, one in pairs if one for path, wanted in fields.items())

    return max(permutations(seats, len(expected)), key=right)


def _holds(workload: Workload, path: str, wanted: Expected) -> bool:
    return any(matches(wanted, at(workload, one)) for one in path.split(EITHER))


def _shown(workload: Workload, path: str) -> str:
    return " or ".join("not read" if (value := at(workload, one)) is None else str(value) for one in path.split(EITHER))
