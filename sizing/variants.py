"""The ways a spec allows to run a candidate model: which number format, which training method, best first."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.offers import OWN_HARDWARE, Gpu
from domain.placement import Mode
from domain.workload import Domain, Volume, WorkloadSpec
from sizing import standards
from sizing.amount_of_work import JOB_TASKS, TRAINING_TASKS, items_of_job, stated_gpu_hours, tokens_of
from sizing.candidates import Candidate
from sizing.demand import demand_of
from sizing.deployment import Footprint
from sizing.embedding_tables import ShardedTables, tables_gb, tables_note
from sizing.engine_rows import llama_cpp_alone
from sizing.item_work import ITEM_BAND_HIGH, ITEM_BAND_LOW, ItemServing, ItemTraining
from sizing.language_serving import LanguageServing
from sizing.language_training import BYTES_PER_TOKEN, TRAINING_BAND_HIGH, LanguageTraining
from sizing.memory import GIB
from sizing.precision import PUBLISHED, bytes_per_parameter, known_format
from sizing.raw_size import items_of_size, readable_gb, unread_note
from sizing.reference_workloads import ReferenceWorkload
from sizing.served_models import OF_FOUR_BITS, can_be_loaded
from sizing.serving import native_format
from sizing.standards import Standard
from sizing.stated_hours import StatedHours
from sizing.throughput import BAND_LOW
from sizing.trainers import epochs_of, recipe_note
from sizing.training import DEFAULT_SEQUENCE_TOKENS, dataset_tokens

SERVING_FALLBACKS = ("fp8", "int8", "awq")
ON_DEVICES = ("q8_0", "q4_k_m")
"""What llama.cpp runs on devices that no other engine is built for."""
ON_LOADING_4_BIT = "nf4"
"""What vLLM makes of 16-bit weights with bitsandbytes while it loads them."""
TOKENS_PER_EXAMPLE = 512
_OF_A_PAIR = 2
ROWS = ("recommendation", "tabular", "time_series")
"""Domains whose items are rows, of which none is much larger than the usual one."""
MISREAD = 100.0
"""How many times as much data as so many rows make cannot be theirs."""
FINE_TUNING_EPOCHS = 3
FINE_TUNING_EXAMPLES = 10_000
SEQUENCE_BLOCK, LEAST_SEQUENCE = 64, 256
"""Kernels work in blocks of so many tokens."""
LONGEST_TO_USUAL, LONG_BLOCK = 2, 512
"""How much longer an example may be than it usually is: room to spare, and the program counts what it cuts all the
same."""
PRETRAINING_TOKENS_PER_PARAMETER = 20
"""Hoffmann et al., arXiv 2203.15556."""

ADAPTED: tuple[Domain, ...] = ("image_generation", "video", "speech")
"""Kinds of models, beside those of language, whose fine-tuning has adapters in a program of the plan."""
_USUAL: Mapping[Domain, tuple[Mode, ...]] = {"speech": ("train", "lora")}
"""Methods of fine-tuning where nobody said one, the usual first: a recogniser learns a language with all its weights,
and with adapters where those do not fit."""
_TRAINED_BITS: dict[Mode, float] = {"train": 32.0, "lora": 16.0, "qlora": 4.127, "serve": 16.0}


@dataclass(frozen=True, slots=True)
class Variant:
    """`preference` 0 is what the user asked for or the published precision; higher ones trade quality for cost.

    `quality` is (billions of parameters, bits per parameter), the larger the better.
    """

    candidate: Candidate
    label: str
    preference: int
    quality: tuple[float, float]
    footprint: Footprint


def variants_of(spec: WorkloadSpec, candidate: Candidate, standard: Standard = standards.NONE) -> tuple[Variant, ...]:
    """The ways to run one candidate to a standard, preferred first."""
    gpu_hours = stated_gpu_hours(spec) if spec.task_type in JOB_TASKS else None
    if gpu_hours is not None:
        hours = standards.hours_for(spec.deadline_hours, standard)
        endless = spec.model_copy(update={"deadline_hours": None, "volume": Volume()})
        return tuple(
            replace(variant, footprint=StatedHours(variant.footprint, gpu_hours, hours))
            for variant in variants_of(endless, candidate, standard._replace(job_hours=None))
        )
    if spec.task_type in TRAINING_TASKS:
        return _training_variants(spec, candidate, standard)
    return _serving_variants(spec, candidate, standard)


def _asked_format(spec: WorkloadSpec, candidate: Candidate) -> str | None:
    published = native_format(candidate.card) if spec.precision == PUBLISHED and candidate.card else None
    return candidate.asked_format or published or known_format(spec.precision)


def _serving_variants(spec: WorkloadSpec, candidate: Candidate, standard: Standard) -> tuple[Variant, ...]:
    demand, asked = demand_of(spec, standard, candidate.domain), _served_format(spec, candidate)
    if demand.deadline_hours is not None:
        slowest = 1 / (BAND_LOW if candidate.is_language else ITEM_BAND_LOW)
        demand = replace(demand, deadline_hours=standards.hours_for(spec.deadline_hours, standard, slowest))
    native = native_format(candidate.card) if candidate.card else "bf16"
    lighter = (*SERVING_FALLBACKS, *(ON_DEVICES if _is_for_devices(spec) else ()))
    fallbacks = [f for f in lighter if candidate.is_language and _saves(f, native) and loads(candidate, f)]
    named = [name for name in ((asked,) if asked else (native, *fallbacks)) if name not in candidate.refused_formats]
    strict = asked is not None or "fp16" in candidate.refused_formats  # no fp16 in the place of bf16
    found: list[Variant] = []
    for preference, name in enumerate(named):
        footprint: Footprint
        if candidate.is_language:
            footprint = LanguageServing(
                candidate.name, candidate.source, candidate.shape, name, demand, strict=strict
            )  # fmt: skip
        else:
            footprint = ItemServing(
                candidate.reference, candidate.source, candidate.params_b, name, demand, strict=strict
            )  # fmt: skip
            footprint = _with_tables(spec, candidate.reference, footprint, demand.memory_share, is_trained=False)
        quality = candidate.params_b, bytes_per_parameter(name) * 8
        found.append(Variant(candidate, name, preference, quality, footprint))
    return tuple(found)


def _is_for_devices(spec: WorkloadSpec) -> bool:
    """Whether all the hardware that was named is such a device: elsewhere plans choose no GGUF by themselves."""
    return bool(spec.gpu.models) and all(llama_cpp_alone(name) for name in spec.gpu.models)


def _with_tables(
    spec: WorkloadSpec, row: ReferenceWorkload, footprint: Footprint, memory_share: float, *, is_trained: bool
) -> Footprint:
    """With the embedding tables beside it, where a recommender has them; one that factorises holds its own."""
    size_gb = tables_gb(spec) if row.kind == "interactions" else spec.embedding_tables_gb
    return footprint if size_gb is None else ShardedTables(footprint, size_gb * 1e9 / GIB, is_trained, memory_share)


def precision_tier(spec: WorkloadSpec, variant: Variant, gpu: Gpu) -> int:
    """The precisions that experts deploy come first: the published one, and fp8 where the card computes in it.

    Where quality has priority the published one alone, where cost has, or for a hobby, whichever is cheapest.
    """
    for_fun = spec.stakes == "hobby" and spec.priorities.quality != "high"
    if spec.priorities.cost == "high" or for_fun:
        return 0
    computes_fp8 = variant.label == "fp8" and gpu.tflops_fp8 is not None and spec.priorities.quality != "high"
    return 0 if computes_fp8 else variant.preference


def _served_format(spec: WorkloadSpec, candidate: Candidate) -> str | None:
    """The format that was asked for; where nobody publishes such 4-bit weights, those that the engine makes itself."""
    asked = _asked_format(spec, candidate)
    made_on_loading = asked in OF_FOUR_BITS and candidate.card is not None and candidate.is_language
    if asked and made_on_loading and not loads(candidate, asked) and loads(candidate, ON_LOADING_4_BIT):
        return ON_LOADING_4_BIT
    return asked


def loads(candidate: Candidate, format_name: str) -> bool:
    """Whether weights in that format can be named; a model that stands for a size has whichever its owner makes.

    Engines quantise experts while loading in 8 bits alone.
    """
    card = candidate.card
    if card is None:
        return True
    if format_name == ON_LOADING_4_BIT and candidate.shape.experts:
        return False
    return can_be_loaded(card.key, native_format(card), format_name)


def _saves(fallback: str, native: str) -> bool:
    """A lower precision is an alternative only when it is really smaller."""
    return bytes_per_parameter(fallback) < 0.75 * bytes_per_parameter(native)


def _training_variants(spec: WorkloadSpec, candidate: Candidate, standard: Standard) -> tuple[Variant, ...]:
    found: list[Variant] = []
    slowest = TRAINING_BAND_HIGH if candidate.is_language else ITEM_BAND_HIGH
    hours = standards.hours_for(spec.deadline_hours, standard, slowest)
    room = standards.MEMORY_SHARE if standard.room else 1.0
    for preference, mode in enumerate(_modes(spec, candidate)):
        footprint: Footprint
        if candidate.is_language:
            footprint = LanguageTraining(
                candidate.name, candidate.source, candidate.shape, mode, training_tokens(spec, candidate),
                hours, dataset_gb=spec.dataset.size_gb, memory_share=room, joined=_are_joined(spec),
                preference=is_preference(spec), sequence=training_sequence(spec, candidate), recompute=True,
                runs=spec.training.runs or 1,
            )  # fmt: skip
        else:
            footprint = ItemTraining(
                candidate.reference, candidate.source, candidate.params_b, mode,
                training_samples(spec, candidate.reference), spec.dataset.size_gb, hours,
                training_epochs(spec, candidate.reference), room, _are_joined(spec), spec.training.runs or 1,
            )  # fmt: skip
            footprint = _with_tables(spec, candidate.reference, footprint, room, is_trained=True)
        found.append(Variant(candidate, mode, preference, (candidate.params_b, _TRAINED_BITS[mode]), footprint))
    return tuple(found)


def _are_joined(spec: WorkloadSpec) -> bool:
    """The nodes of a cluster of one's own have a network between them, however many GPUs each has; who counts nodes has
    a cluster."""
    nodes = spec.cluster is not None or any((held.nodes or 1) > 1 for held in spec.owned)
    return nodes and OWN_HARDWARE in spec.location.providers


def _modes(spec: WorkloadSpec, candidate: Candidate) -> tuple[Mode, ...]:
    words = f"{spec.use_case or ''} {spec.training.method or ''}".lower()
    asked = _asked_format(spec, candidate)
    if candidate.is_language and (asked in ("nf4", "int4", "awq", "gptq") or "qlora" in words):
        return ("qlora",)
    adapts = candidate.is_language or candidate.domain in ADAPTED
    if spec.task_type == "training" or "full" in words or "pretraining" in words or not adapts:
        return ("train",)
    if "lora" in words:
        return ("lora",)
    return _USUAL.get(candidate.domain, ("lora", "qlora") if candidate.is_language else ("lora",))


def example_tokens(spec: WorkloadSpec) -> int | None:
    """Of one example, as said; what is read and what is written are learnt from together."""
    return (spec.traffic.input_tokens or 0) + (spec.traffic.output_tokens or 0) or None


def usual_tokens(spec: WorkloadSpec) -> int | None:
    """Of an example, where that was said and not how long one may be."""
    if spec.context_tokens is not None and "context_tokens" not in spec.assumed:
        return None
    return spec.context_tokens or example_tokens(spec)


def training_sequence(spec: WorkloadSpec, candidate: Candidate) -> int:
    """Tokens that are trained on at a time: as long as an example may be, in whole blocks, else 2,048; never more than
    the model reads. What an example has usually is no limit: a limit there would cut half of them."""
    if (usual := usual_tokens(spec)) is not None:
        blocks = math.ceil(LONGEST_TO_USUAL * usual / LONG_BLOCK) * LONG_BLOCK
    elif spec.context_tokens is not None:
        blocks = max(LEAST_SEQUENCE, math.ceil(spec.context_tokens / SEQUENCE_BLOCK) * SEQUENCE_BLOCK)
    else:
        return DEFAULT_SEQUENCE_TOKENS
    return min(blocks, candidate.shape.context) if candidate.card and candidate.shape.context else blocks


def training_tokens(spec: WorkloadSpec, candidate: Candidate) -> float:
    """Tokens over all epochs: as said, else from the dataset, else 10,000 examples or 20 tokens a parameter.

    Who counts in tokens counts all that is read: once, unless epochs were said.
    """
    known = tokens_of(spec)
    epochs = spec.training.epochs or (FINE_TUNING_EPOCHS if known is None and spec.task_type == "fine_tuning" else 1)
    if known is None:
        known = dataset_tokens(
            readable_gb(spec, BYTES_PER_TOKEN), items_of_job(spec), bytes_per_token=BYTES_PER_TOKEN,
            tokens_per_item=_item_tokens(spec),
        )  # fmt: skip
    if known is not None:
        return known * epochs
    if spec.task_type == "fine_tuning":
        return float(FINE_TUNING_EXAMPLES * _item_tokens(spec) * epochs)
    return candidate.shape.active_params * PRETRAINING_TOKENS_PER_PARAMETER * epochs


def is_preference(spec: WorkloadSpec) -> bool:
    """Whether an example is a pair of answers: two sequences are read for each."""
    return "dpo" in (spec.training.method, spec.training.objective)


def _item_tokens(spec: WorkloadSpec) -> int:
    """Of one example: both answers of a pair, each with its prompt."""
    return (example_tokens(spec) or TOKENS_PER_EXAMPLE) * (_OF_A_PAIR if is_preference(spec) else 1)


def training_samples(spec: WorkloadSpec, reference: ReferenceWorkload) -> float:
    """Training samples over all epochs: from the dataset's items, else from its size, else the reference's."""
    return _items(spec, reference) * reference.samples_per_item * training_epochs(spec, reference)


def training_epochs(spec: WorkloadSpec, reference: ReferenceWorkload) -> float:
    """How many times over all items are trained on."""
    return epochs_of(spec, reference, _items(spec, reference))


def _items(spec: WorkloadSpec, reference: ReferenceWorkload) -> float:
    items = items_of_job(spec)
    if spec.dataset.size_gb is not None and (items is None or size_wins(spec, reference)):
        items = items_of_size(spec, reference, spec.dataset.size_gb)
    return float(reference.default_items if items is None else items)


def size_wins(spec: WorkloadSpec, reference: ReferenceWorkload) -> bool:
    """Whether so few rows or series cannot be what fills the size that was said. What is a file may be of any size."""
    items, gb = items_of_job(spec), spec.dataset.size_gb
    rows = spec.domain in ROWS and not spec.dataset.columns
    return bool(items and gb and rows and gb * 1e3 > MISREAD * items * reference.item_mb)


def variant_notes(spec: WorkloadSpec, candidate: Candidate) -> tuple[str, ...]:
    """What was assumed about the model and the data, for the reader of the plan."""
    trains = spec.task_type in TRAINING_TASKS
    unread = unread_note(spec, candidate.reference, BYTES_PER_TOKEN, is_language=candidate.is_language)
    tables = tables_note(spec) if candidate.reference.kind == "interactions" else None
    notes = [note for note in (unread if trains else None, tables, candidate.note) if note]
    if candidate.shape.inferred and candidate.is_language and candidate.card:
        notes.append(f"{candidate.name}: {candidate.shape.inferred}.")
    if candidate.reference.note:
        notes.append(candidate.reference.note)
    if not trains or stated_gpu_hours(spec) is not None:
        return tuple(notes)
    if candidate.is_language:
        tokens, counted = training_tokens(spec, candidate), tokens_of(spec)
        each = _item_tokens(spec)
        made_of = f"4 bytes a token, {each:,} tokens {'a pair' if is_preference(spec) else 'an example'}"
        if readable_gb(spec, BYTES_PER_TOKEN) is None and items_of_job(spec) is None:
            usual = f"{FINE_TUNING_EXAMPLES:,} examples" if spec.task_type == "fine_tuning" else "20 a parameter"
            made_of = f"assumed: {usual}"
        if counted is not None:
            made_of = f"{_many(counted)} tokens x {spec.training.epochs or 1:g}"
        notes.append(f"Training reads {_many(tokens)} tokens over all epochs ({made_of}).")
        return (*notes, *_method_note(spec), *_runs_note(spec))
    row = candidate.reference
    items, epochs, recipe = _items(spec, row), training_epochs(spec, row), recipe_note(spec)
    if size_wins(spec, row):
        notes.append(
            f"{items_of_job(spec):,.0f} items of the usual {row.item} would not fill {spec.dataset.size_gb:,.0f} GB by "
            "far: the size counts, and the items follow from it."
        )
    notes.append(
        f"Training takes {items:,.0f} items ({row.item}, {row.item_mb:g} MB each), {row.samples_per_item:g} samples "
        f"of each per epoch, {epochs:,.4g} epochs."
    )
    return (*notes, *((recipe,) if recipe else ()), *_runs_note(spec))


def _method_note(spec: WorkloadSpec) -> tuple[str, ...]:
    """Which weights are tuned, where nobody said it."""
    said = spec.training.method or "lora" in (spec.use_case or "").lower() or spec.precision
    if spec.task_type != "fine_tuning" or said:
        return ()
    return ("LoRA or QLoRA assumed, since no method was named: all weights take several times the memory.",)


def _many(tokens: float) -> str:
    """4.6M; from a billion on 100B, 1,000B."""
    return f"{round(tokens / 1e9, 1):,.10g}B" if tokens >= 1e9 else f"{round(tokens / 1e6, 1):,.10g}M"


def _runs_note(spec: WorkloadSpec) -> tuple[str, ...]:
    runs = spec.training.runs or 1
    return (f"It is trained {runs:,} times over, one run after another: hours and cost are of all of them.",) * (
        runs > 1
    )
