"""What one of the things is that work was counted in: of a book a model reads or speaks many pieces, of a conversation
it gives every answer. The rows of `units_of_work.yaml`, whose head says what each figure means.
"""

import math
import re
from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.own_files import own_yaml
from domain.workload import LANGUAGE_DOMAINS, VolumeUnit, WorkloadSpec
from sizing.corpus import CHUNK_TOKENS, OVERLAP_TOKENS
from sizing.usual_requests import usual_request

PIECES_PER_HOUR = 120
"""Of 30 seconds, as the reference workloads for speech count them."""
READS_THE_WHOLE = ("summarization", "translation", "extraction", "data_extraction", "information_extraction")
"""Uses for which a text that is longer than a request is cut into several."""
COUNTS_RUNS: tuple[VolumeUnit, ...] = ("tokens", "output_tokens", "audio_hours", "gpu_hours", "simulated_ns")
"""Units of which no run of the model for one request makes more."""
ANSWERS = ("inference", "rag", None)


class Unit(Frozen):
    """A row of the table."""

    words: frozenset[str]
    name: str
    hours: float | None = None
    tokens: int | None = None
    turns: int | None = None
    sources: dict[str, str]


class _Units(Frozen):
    units: tuple[Unit, ...]
    requests: frozenset[str]


@lru_cache
def _read() -> _Units:
    return own_yaml(Path(__file__).with_suffix(".yaml"), _Units)


def unit_counted(spec: WorkloadSpec, *, of_data: bool = False) -> Unit | None:
    """What the volume, the rate or the items were counted in; `of_data`: what lies in the data set."""
    serves = spec.task_type in ANSWERS
    counted = ("dataset.items",) if of_data else (
        ("volume.amount", "traffic.requests_per_second") if serves or spec.dataset.items is None else ("dataset.items",)
    )  # fmt: skip
    quotes = (said.quote for path in counted if (said := spec.evidence.get(path)) is not None)
    return next((unit for quote in quotes if (unit := _named(quote)) is not None), None)


@lru_cache(maxsize=1024)
def _named(quote: str) -> Unit | None:
    words = {word.removesuffix("s") for word in re.findall(r"[a-z]+", quote.lower())}
    if words & _read().requests:
        return None
    return next((unit for unit in _read().units if words & unit.words), None)


def pieces_of(spec: WorkloadSpec, unit: Unit | None) -> int:
    """Runs of the model for one of them; 1 where it is one request, or where it was said how long they are."""
    traffic, domain = spec.traffic, spec.domain or "llm"
    if unit is None:
        return 1
    if domain == "speech":
        return 1 if unit.hours is None else max(1, round(unit.hours * PIECES_PER_HOUR))
    if traffic.input_tokens is not None or traffic.output_tokens is not None or spec.context_tokens is not None:
        return 1
    if domain == "embeddings" and unit.tokens is not None and spec.use_case != "reranking":
        return max(1, math.ceil((unit.tokens - OVERLAP_TOKENS) / (CHUNK_TOKENS - OVERLAP_TOKENS)))
    if domain not in LANGUAGE_DOMAINS:
        return 1
    if spec.use_case in READS_THE_WHOLE:
        return 1 if unit.tokens is None else math.ceil(unit.tokens / usual_request(spec).input)
    return unit.turns or 1 if spec.task_type in ANSWERS else 1


def pieces_counted(spec: WorkloadSpec) -> int:
    """Runs of the model for one of the things that the work was counted in, where nobody said how many."""
    return 1 if _is_counted_finer(spec) else pieces_of(spec, unit_counted(spec))


def unit_notes(spec: WorkloadSpec) -> tuple[str, ...]:
    """Of what the work was counted in, where nobody said how many runs of the model one of them is."""
    told = "" if _is_counted_finer(spec) else unit_note(spec, unit_counted(spec))
    return (told,) if told else ()


def _is_counted_finer(spec: WorkloadSpec) -> bool:
    """Whether it was said how many runs one is, or the work is counted in what no run makes more of."""
    return spec.traffic.calls_each is not None or spec.volume.unit in COUNTS_RUNS


def unit_note(spec: WorkloadSpec, unit: Unit | None) -> str:
    """What each was taken as; empty where it is one request."""
    pieces = pieces_of(spec, unit)
    if unit is None or pieces == 1:
        return ""
    figure, taken = "turns", f"{pieces:,} answers"
    if spec.domain == "speech":
        hours = unit.hours or 0.0
        length = f"{hours:g} hours" if hours >= 1 else f"{hours * 60:.2g} minutes"
        figure, taken = "hours", f"{length} of speech, {pieces:,} pieces of 30 s"
    elif unit.tokens is not None:
        figure, taken = "tokens", f"{unit.tokens:,} tokens, read in {pieces:,} parts"
    return f"A {unit.name} is taken as {taken} ({unit.sources[figure]}): say how long yours are."
