"""`python -m bench throughput --measured FOLDER`: estimates beside the results that were submitted to MLPerf."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

from rich.console import Console
from rich.table import Table

from bench.submissions import (
    Half,
    Served,
    Trained,
    benchmarks,
    read_inference,
    read_training,
    served_estimate,
    trained_estimate,
)
from catalog.starter import read_compute, read_models
from domain.models import ModelCard
from domain.offers import Gpu
from sizing.item_work import ITEM_BAND_HIGH, ITEM_BAND_LOW
from sizing.language_training import TRAINING_BAND_HIGH, TRAINING_BAND_LOW

Row = TypeVar("Row", Served, Trained)
TRAINING_BANDS = {True: (TRAINING_BAND_LOW, TRAINING_BAND_HIGH), False: (ITEM_BAND_LOW, ITEM_BAND_HIGH)}
"""Of language models, and of others."""
INFERENCE, TRAINING = "mlperf_inference_v5.1_datacenter.csv", "mlperf_training_v5.1.csv"


class Compared(NamedTuple):
    """`tuned` is the estimate for what was submitted, `usual` for what a plan starts, in the unit of `measured`."""

    kind: str
    benchmark: str
    system: str
    half: Half
    rows: int
    measured: float
    tuned: float
    usual: float

    @property
    def error(self) -> float:
        return self.tuned / self.measured - 1

    @property
    def usual_error(self) -> float:
        return self.usual / self.measured - 1


class Facts(NamedTuple):
    gpus: dict[str, Gpu]
    models: dict[str, ModelCard]


def starter_facts() -> Facts:
    """GPUs and models of the starter catalogue."""
    return Facts(
        {cited.fact.name: cited.fact for cited in read_compute().gpus},
        {cited.fact.model.key: cited.fact.model for cited in read_models().models},
    )


def compared_inference(rows: Sequence[Served], facts: Facts) -> Iterator[Compared]:
    """One for each benchmark, scenario, GPU and engine, beside its middle result for each GPU."""
    for alike in _alike(rows, lambda row: (row.benchmark, row.scenario, row.gpu, row.engine)).values():
        row = sorted(alike, key=lambda one: one.measured / one.gpus)[len(alike) // 2]
        gpu = facts.gpus[row.gpu]
        tuned, usual = served_estimate(row, gpu, facts.models), served_estimate(row, gpu, facts.models, "vllm")
        asked = benchmarks().inference[row.benchmark]
        kind = f"{asked.kind}, {row.scenario}" if asked.kind == "language" else row.benchmark
        system = f"{row.gpus} x {row.gpu}, {row.engine}"
        benchmark = f"{row.benchmark} {row.scenario} ({row.id} {row.submitter})"
        if tuned and usual:
            yield Compared(kind, benchmark, system, row.half, len(alike), row.measured, tuned, usual)


def compared_training(rows: Sequence[Trained], facts: Facts) -> Iterator[Compared]:
    """One for each benchmark, GPU and number of GPUs, beside its middle result in minutes."""
    for alike in _alike(rows, lambda row: (row.benchmark, row.gpu, row.gpus)).values():
        row = sorted(alike, key=lambda one: one.minutes)[len(alike) // 2]
        gpu = facts.gpus[row.gpu]
        tuned = trained_estimate(row, gpu, facts.models, tuned=True)
        usual = trained_estimate(row, gpu, facts.models, tuned=False)
        kind = "training, " + ("language" if benchmarks().training[row.benchmark].kind == "language" else row.benchmark)
        if tuned and usual:
            benchmark = f"{row.benchmark} ({row.submitter})"
            yield Compared(kind, benchmark, f"{row.gpus} x {row.gpu}", row.half, len(alike), row.minutes, tuned, usual)


def run(measured: Path, console: Console) -> None:
    """Prints every comparison, then medians and worst by kind and half."""
    facts = starter_facts()
    found = [
        *compared_inference(list(read_inference(measured / INFERENCE)), facts),
        *compared_training(list(read_training(measured / TRAINING)), facts),
    ]
    table = Table("benchmark", "system", "half", "rows", "measured", "ours", "error", "default engine", box=None)
    for one in sorted(found):
        table.add_row(
            one.benchmark, one.system, one.half, f"{one.rows}", f"{one.measured:,.4g}", f"{one.tuned:,.4g}",
            f"{one.error:+.0%}", f"{one.usual_error:+.0%}",
        )  # fmt: skip
    console.print(table)
    summary = Table("kind", "half", "pairs", "median error", "worst", "default engine: median", "worst", box=None)
    for kind, half in sorted({(one.kind, one.half) for one in found}):
        alike = [one for one in found if (one.kind, one.half) == (kind, half)]
        errors, usual = [abs(one.error) for one in alike], [abs(one.usual_error) for one in alike]
        summary.add_row(kind, half, f"{len(alike)}", *(f"{f(e):.0%}" for e in (errors, usual) for f in (median, max)))
    console.print(summary)
    outside = [
        f"{one.benchmark} {one.system}" for one in found if one.kind.startswith("training") and not _in_band(one)
    ]
    console.print(f"Outside the band of training hours: {'; '.join(outside) or 'none'}.")


def _in_band(one: Compared) -> bool:
    low, high = TRAINING_BANDS["language" in one.kind]
    return one.usual * low <= one.measured <= one.usual * high


def _alike(rows: Sequence[Row], key: Callable[[Row], tuple[object, ...]]) -> dict[tuple[object, ...], list[Row]]:
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
