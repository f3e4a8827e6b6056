"""What a deployment is to offer beyond what was asked: a pace that people and projects can live with, and some room.

A standard is a default: what the user said in its place counts instead, and a plan that cannot meet it is made without
it, ranks behind those that do, and says so (rules R6, R7 and R10 of `sizing/rules.py`).
"""

import re
from typing import NamedTuple

from domain.workload import Domain, WorkloadSpec
from sizing.reference_workloads import is_volumetric

TOKENS_PER_S_PER_USER = 15.0
"""About three times as fast as people read."""
MOST_TOKENS_PER_S_PER_USER = 60.0
"""What a time for answers of unknown length may ask for: in less, nobody expects more than their beginning."""
FIRST_TOKEN_MS = 2000.0
ANSWER_MS: dict[Domain, float] = {
    "vision": 1_000, "embeddings": 500, "speech": 5_000, "image_generation": 10_000, "video": 900_000,
    "recommendation": 200, "time_series": 1_000, "tabular": 1_000, "reinforcement_learning": 1_000,
    "scientific": 60_000,
}  # fmt: skip
"""What a whole answer may take where answers are not counted in tokens. Speech: of 30 seconds, six times real time."""
SCAN_MS = 60_000.0
"""Of a scan in three dimensions: every window of it in every mirroring is no picture."""
JOB_HOURS, WEEK_JOB_HOURS, LONG_JOB_HOURS, LONGEST_JOB_HOURS = 72.0, 7 * 24.0, 14 * 24.0, 56 * 24.0
"""Three days are a weekend and two weeks a sprint: who waits longer is kept from the next experiment, and the longer a
run is, the surer something fails under it."""
SPOT_HOURS = 24.0
MOST_SPOT_MACHINES = 8
"""A job as short, on as few machines, can be on capacity that may be taken back (rule R5)."""
MOST_JOB_HOURS = 120 * 24.0
"""The longest job that anybody starts where no deadline was said: the largest trainings took about a quarter of a year,
and in as long again hardware and models change under a slower one."""
MEMORY_SHARE = 0.92
"""Of the memory that may be used."""
LOAD_SHARE = 0.7
"""Of what a service can answer, the usual traffic that was said: requests come in bursts, and the nearer to all of it
the longer they wait. A peak that was said is all that comes."""
DEADLINE_SHARE = 0.5
"""Of the time until a deadline: hours are estimates, and a training may take twice as long as its estimate."""
SETUP_HOURS = 0.5
"""A machine is paid for while images, weights and data come in, too: every job has it in its hours and its cost."""
MOST_MACHINES = 8
"""More of them than this for one workload are a fleet to look after."""
MOST_CARDS = 4
"""Of one machine that train together over PCIe: more wait for each other, and a few larger ones cost about as much."""
LARGE_GPU_GB, LEAST_FILLED = 48.0, 0.1
"""Of several GPUs with more memory than that a training fills at least a tenth of each, or fewer or smaller ones fit it
better."""
SPARE_MACHINES = 1
CONCURRENT = 20
"""Requests in flight that a service of language models is made for when no load was said."""
CONCURRENT_AT_HOME, CARDS_AT_HOME = 2, 4
MADE_FOR_DESKS = re.compile(r"(GTX|RTX-?[2345]0[5-9]0|RX-|Mac|M[1-5])", re.IGNORECASE)
"""Names of cards and computers that people have at home."""


class Standard(NamedTuple):
    """Which of the defaults a deployment is made to meet."""

    pace: bool
    room: bool
    job_hours: float | None = None
    """What a job may take, where no deadline was said; null: any time."""
    sure: bool = False
    """Whether a deadline holds at the upper end of the estimate's error."""


FULL, NONE = Standard(True, True, JOB_HOURS), Standard(False, False)


def answer_ms(spec: WorkloadSpec, domain: Domain | None) -> float | None:
    """What a whole answer of a model of this domain may take; null where answers are counted in tokens."""
    if domain == "vision" and is_volumetric(spec):
        return SCAN_MS
    return ANSWER_MS.get(domain) if domain else None


def standards_for(
    *, job: bool, spot: bool, frugal: bool, due: bool
) -> tuple[tuple[Standard, ...], tuple[Standard, ...]]:
    """Those by which every rule that gives way can be kept, and none at all; then the others, the better first.

    The others count only where no plan keeps all the rules. A job's time is weighed against its price, so every measure
    of it is tried, and where it is `due` the sure one; who looks at every cent needs no room.
    """
    reasonable = (
        JOB_HOURS,
        WEEK_JOB_HOURS,
        LONG_JOB_HOURS,
        LONGEST_JOB_HOURS,
        MOST_JOB_HOURS,
        *((SPOT_HOURS,) if spot else ()),
    )
    measures = [(most, False) for most in ((*reasonable, None) if job else (None,))]
    every = [
        Standard(pace, room, most, sure)
        for most, sure in ([(None, True), *measures] if job and due else measures)
        for room in ((False,) if frugal and job else (True, False))
        for pace in ((False,) if job else (True, False))
    ]
    sound = [s for s in every if (s.pace or job or frugal) and (s.room or (job and frugal))]
    return tuple(s for s in every if s in sound or s == NONE), tuple(s for s in every if s not in sound and s != NONE)


def setup_hours(deadline_hours: float | None) -> float:
    """Before a job's work begins; of a deadline within the hour at most half of it, since machines then stand ready."""
    return SETUP_HOURS if deadline_hours is None else min(SETUP_HOURS, deadline_hours / 2)


def working_hours(deadline_hours: float) -> float:
    """Until a deadline, once the machines are set up."""
    return deadline_hours - setup_hours(deadline_hours)


def hours_for(deadline_hours: float | None, standard: Standard, slowest: float = 1.0) -> float | None:
    """What a job's work may take: until the deadline that was said, with some room, and the standard's, the shorter.

    `slowest`: how many times its estimate it takes at the upper end of the error.
    """
    due = working_hours(deadline_hours) if deadline_hours is not None else None
    if due is not None:
        due *= min(DEADLINE_SHARE if standard.room else 1.0, 1 / slowest if standard.sure else 1.0)
    return min((h for h in (due, standard.job_hours) if h is not None), default=None)


def is_endless(spec: WorkloadSpec, job_hours: float | None) -> bool:
    """Whether a job takes longer than anybody waits who said no deadline."""
    return spec.deadline_hours is None and job_hours is not None and job_hours > MOST_JOB_HOURS


def needs_spare(spec: WorkloadSpec) -> bool:
    """Whether availability was asked for: then what is left must still carry the load when one machine fails."""
    asked = spec.availability
    return asked.uptime_percent is not None or (asked.zones or 1) > 1 or (asked.min_replicas or 1) > 1
