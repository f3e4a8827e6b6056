"""Answers that are no model of a catalogue: boosted trees, factorisation, simulation. Their memory is arithmetic too.

The rows are `approaches.yaml`, whose head says what each part means; the figures of their work stand in
`sizing/reference_workloads.yaml` under the same key.
"""

import math
import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import Field

from domain.base import Frozen
from domain.names import squash
from domain.own_files import own_yaml
from domain.workload import WorkloadSpec
from sizing.amount_of_work import volume_items
from sizing.memory import GIB
from sizing.model_tasks import task_of, words_of
from sizing.reference_workloads import ReferenceWorkload, workload_named

BYTES_AS_STORED = 4
"""A dataset whose size is all that was said holds so many bytes a value."""
THREADS = 16
"""Of the machine that `cpu_rates` were measured on."""
THREAD_FALL_OFF = 0.6
"""Twice as many threads as were measured do 2^0.6 = 1.5 times as much: boosted trees are bound by memory, and
two threads share a core. An allowance; szilard/GBM-perf finds little more on a second socket."""
MOST_THREADS = 64
TIMES = {"": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9}


class Approach(Frozen):
    """A row of the table."""

    key: str
    methods: str
    why: str
    for_tasks: tuple[str, ...]
    names: tuple[str, ...] = Field(default=(), description="programs and methods that are this approach")
    items_from: int | None = None
    or_unknown: bool = False
    words: tuple[str, ...] = ()
    unless_words: tuple[str, ...] = ()
    counts: str
    cpu: bool = False
    tables: bool = Field(default=False, description="it works on embedding tables")
    vendors: tuple[str, ...] = Field(default=(), description="makers of GPUs that its published builds run on; all")
    columns: int = 0
    rows: int | None = Field(default=None, description="where nobody said; null: memory is not known then")
    rows_per_item: int = 1
    items_are_rows: int | None = None
    fewest_rows: int = Field(default=0, description="fewer items than this are something else than rows")
    bytes_per_value: float = 0.0
    bytes_per_row: float = 0.0
    bytes_besides: float = 0.0
    memory_rule: str = ""
    cpu_rates: tuple[tuple[float, float], ...] = ()
    passes: int = 1
    pass_: str = Field(default="passes", alias="pass")
    scored_per_s: float | None = Field(default=None, description="rows a second that one thread scores once it learnt")
    served_per_s: float | None = Field(default=None, description="requests of a row each, over HTTP")
    source: str

    def values_per_s(self, values: float) -> float | None:
        """Between two tables that were measured in proportion of their logarithms, beyond them as the nearer one."""
        if not self.cpu_rates:
            return None
        (few, fast), (many, slow) = self.cpu_rates[0], self.cpu_rates[-1]
        part = math.log(min(max(values, few), many) / few) / math.log(many / few)
        return float(fast * (slow / fast) ** part)

    def is_named(self, spec: WorkloadSpec) -> bool:
        """Whether all that the user named for a model is this approach by one of its names, whatever number follows:
        a program has no parameters."""
        known = self._known
        return bool(spec.models and known) and all(
            squash(model.name) in known or squash(model.name.split()[0]) in known for model in spec.models
        )

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(map(squash, self.names))

    def suits(self, spec: WorkloadSpec, said: str) -> bool:
        """Whether it is the recommended answer for a request of one of its tasks."""
        if spec.embedding_tables_gb is not None:
            return self.tables
        if any(f" {word}" in said for word in self.unless_words):
            return False
        items = counted(spec, self)
        enough = self.or_unknown if items is None else self.items_from is not None and items >= self.items_from
        return enough or any(f" {word} " in said for word in self.words)


@dataclass(frozen=True, slots=True)
class SizedApproach:
    """An approach with the memory its data takes; null where the amount of data was not said and nothing stands in."""

    approach: Approach
    memory_gib: float | None = None
    formula: str = ""
    cpu_hours: float | None = None
    rows: float | None = None
    rows_per_item: float = 1.0
    columns: int = 0
    scoring_hours: float | None = None
    """Of a batch that goes through what was learnt before, on `THREADS`."""

    @property
    def job_hours(self) -> float | None:
        """On `THREADS`: of the scoring where that is the job, else of the training."""
        return self.cpu_hours if self.scoring_hours is None else self.scoring_hours

    @property
    def held_gib(self) -> float | None:
        """What the job holds in memory at once; null where it goes through its rows in pieces."""
        return self.memory_gib if self.scoring_hours is None else None

    @property
    def workload(self) -> ReferenceWorkload:
        """Its reference workload, holding and working through this much."""
        row = workload_named(self.approach.key)
        if self.memory_gib is None:
            return row
        if self.columns and self.approach.columns:
            row = replace(row, gmacs_per_item=row.gmacs_per_item * self.columns / self.approach.columns)
        simulated = not self.approach.cpu
        if simulated and self.rows and self.approach.rows:
            row = replace(
                row, name=f"{row.name} of {self.rows:,.0f} {self.approach.counts}",
                gmacs_per_item=row.gmacs_per_item * self.rows / self.approach.rows,
            )  # fmt: skip
        return replace(
            row, train_activation_gib=self.memory_gib, train_batch=1, samples_per_item=self.rows_per_item,
            default_items=round(self.rows or row.default_items),
            serve_activation_gib=self.memory_gib if simulated else row.serve_activation_gib,
        )  # fmt: skip

    @property
    def _values_per_s(self) -> float:
        return self.approach.values_per_s((self.rows or 0.0) * self.columns) or 0.0

    @property
    def note(self) -> str:
        """What is recommended and why, with the arithmetic."""
        told = [f"Recommended: {self.approach.methods}. {self.approach.why}"]
        if self.scoring_hours is not None:
            told.append(
                f"Scoring {self.rows:,.0f} rows takes about {self.scoring_hours:,.2g} h on {THREADS} threads at "
                f"{self.approach.scored_per_s:,.0f} rows a second each, in pieces that any memory holds; learning anew "
                "from all of them is a job of its own."
            )
        if self.memory_gib is not None:
            told.append(
                f"Memory for training: {self.formula} = {self.memory_gib:,.1f} GiB ({self.approach.memory_rule})."
            )
        if self.cpu_hours is not None:
            told.append(
                f"About {self.cpu_hours:,.1f} h for {self.approach.passes} {self.approach.pass_} on {THREADS} threads"
                f" at {self._values_per_s / 1e6:,.0f}M values a second."
            )
        if self.approach.cpu:
            told.append("A machine without a GPU is enough.")
        return " ".join((*told, f"Source: {self.approach.source}."))


def hours_on_threads(measured_hours: float, threads: int) -> float:
    """Of work that was measured on `THREADS`: in proportion on fewer, falling off on more."""
    if threads <= THREADS:
        return measured_hours * THREADS / max(1, threads)
    return measured_hours / float((min(threads, MOST_THREADS) / THREADS) ** THREAD_FALL_OFF)


@lru_cache
def approaches() -> tuple[Approach, ...]:
    """The table, read once."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, tuple[Approach, ...]])["approaches"]


def approach_for(spec: WorkloadSpec) -> SizedApproach | None:
    """The recommended answer where it is no model; null where a model is one, or the user named one.

    What is done without models, as simulations are, is so whatever program was named.
    """
    if named := next((row for row in approaches() if row.is_named(spec)), None):
        return _sized(named, spec)
    task = task_of(spec)
    if task is None or (spec.models and task.takes):
        return None
    said = words_of(spec)
    fit = (row for row in approaches() if task.key in row.for_tasks and row.suits(spec, said))
    found = next(fit, None)
    return None if found is None else _sized(found, spec)


def counted(spec: WorkloadSpec, approach: Approach) -> float | None:
    """How many of what the approach counts the request holds: as said by name, the number behind a program's name, else
    the items of its dataset."""
    by_name, _ = _said(spec, approach.counts)
    if by_name is None and approach.is_named(spec):
        by_name = next((model.params_b * 1e9 for model in spec.models if model.params_b), None)
    items: float | None = spec.dataset.items
    if items is None and spec.volume.per in (None, "total"):
        items = volume_items(spec, 1)
    if by_name is None and items is not None and items < approach.fewest_rows:
        return None
    return items if by_name is None else by_name


def _scoring_hours(approach: Approach, spec: WorkloadSpec, rows: float) -> float | None:
    """Of a batch over so many rows that were counted, on `THREADS`."""
    if spec.task_type != "batch_inference" or approach.scored_per_s is None or counted(spec, approach) is None:
        return None
    return rows / (approach.scored_per_s * THREADS) / 3600


def _sized(approach: Approach, spec: WorkloadSpec) -> SizedApproach:
    columns = spec.dataset.columns or approach.columns
    rows, of = _rows(approach, spec, columns)
    if rows is None or not approach.memory_rule:
        return SizedApproach(approach)
    size = rows * (columns * approach.bytes_per_value + approach.bytes_per_row) + approach.bytes_besides
    per_row = f"{approach.bytes_per_row:g} B"
    if columns:
        per_row = f"({columns} columns x {approach.bytes_per_value:g} B + {per_row})"
    formula = f"{of} x {per_row}" + (f" + {approach.bytes_besides / 1e6:g} MB" if approach.bytes_besides else "")
    speed = approach.values_per_s(rows * columns)
    hours = rows * columns * approach.passes / speed / 3600 * (spec.training.runs or 1) if speed else None
    per_item = rows / spec.dataset.items if spec.dataset.items else 1.0
    scoring = _scoring_hours(approach, spec, rows)
    return SizedApproach(approach, size / GIB, formula, hours, rows, per_item, columns, scoring)


def _rows(approach: Approach, spec: WorkloadSpec, columns: int) -> tuple[float | None, str]:
    """How many, and in words."""
    items = counted(spec, approach)
    if items is not None:
        each = approach.rows_per_item if items < (approach.items_are_rows or 0) else 1
        _, quote = _said(spec, approach.counts)
        of = (quote or f"{items:,.0f} {approach.counts}") + (f" x {each:,} rows" if each > 1 else "")
        return items * each, of
    if spec.dataset.size_gb is not None and columns:
        rows = spec.dataset.size_gb * 1e9 / (BYTES_AS_STORED * columns)
        return rows, f"{rows:,.0f} rows ({spec.dataset.size_gb:g} GB of {BYTES_AS_STORED} B a value)"
    return approach.rows, f"{approach.rows or 0:,} {approach.counts} (assumed)"


def _said(spec: WorkloadSpec, noun: str) -> tuple[float | None, str]:
    """A number before the noun, among the words that found no place in the spec, and those words."""
    pattern = rf"(\d[\d,]*(?:\.\d+)?)\s*({'|'.join(filter(None, TIMES))})?\s+{noun}\b"
    for item in spec.unplaced:
        if found := re.search(pattern, item.quote, re.IGNORECASE):
            return float(found[1].replace(",", "")) * TIMES[(found[2] or "").lower()], item.quote
    return None, ""
