"""`stack8s size`: whether one model fits on one kind of GPU, and how fast it is there."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer
from pydantic import Field

from domain.base import Frozen
from domain.errors import InvalidInput
from domain.placement import MemoryProof, Mode, ProofLine
from domain.queries import Name as Named
from domain.speed import ItemSpeed, Loss, Optimizer, ServingSpeed
from server.commands.batch import Line, answer_lines
from server.commands.common import Input, Json, opened, out, print_json, refuse_both, run
from server.query_options import options_of, query_from
from server.terminal import plain_table

if TYPE_CHECKING:
    from catalog.reference import Reference
    from database import Database
    from domain.offers import Gpu
    from sizing.request import SizeRequest

MOST_GPUS = 100_000
QUANTISATION_FILE = "hf_quant_config.json"
COUNTED = re.compile(
    r"(?P<count>\d+)\s*[x×*]\s*(?P<gpu>.+)|(?P<kind>.*[a-z0-9])\s*(?:[:×*]|x|(?<=v\d[a-z])-)\s*(?P<number>\d+)",
    re.IGNORECASE,
)
"""A GPU with its number: 8xH100, H100:8, A100x4, tpu-v5e-8."""


class SizeOptions(Frozen):
    """What `size` is told: options at a terminal, fields of a line."""

    model: Named | None = Field(default=None, description="catalogue id or name, or a parameter count (13B)")
    config: Path | Mapping[str, object] | None = Field(
        default=None, description="a Hugging Face config.json instead of MODEL"
    )
    gpu: Named = Field(default="H100", description="H100, A100-80GB, L4, T4, MI300X ...")
    gpu_count: int = Field(default=1, ge=1, le=MOST_GPUS)
    mode: Mode = Field(default="serve", description="serve, train, lora or qlora")
    dtype: Named | None = Field(default=None, description="fp32, bf16, fp16, fp8; default: as published")
    quantization: Named | None = Field(default=None, description="int8, int4, awq, gptq, mxfp4, q4_k_m ...")
    context: int | None = Field(default=None, ge=1, description="tokens of each sequence")
    concurrency: int = Field(default=1, ge=1, description="sequences at once, on each replica")
    input_tokens: int | None = Field(default=None, ge=1, description="of a request; default for its speed: 1,024")
    output_tokens: int | None = Field(default=None, ge=1, description="of an answer; default for its speed: 256")
    replicas: int = Field(default=1, ge=1, le=MOST_GPUS, description="copies that share the GPUs, or have as many each")
    tp: int | None = Field(default=None, ge=1, description="tensor parallel size; default: as wide as may be")
    pp: int | None = Field(default=None, ge=1, description="pipeline parallel size")
    dcp: int = Field(default=1, ge=1, description="decode context parallel size: GPUs that share out a cache's tokens")
    kv_dtype: Named = Field(default="auto", description="auto, bf16, fp8")
    engine: Named | None = Field(default=None, description="vllm, vllm-0.19, llama.cpp")
    memory_fraction: float | None = Field(default=None, ge=0.01, le=1, description="default: the engine's")
    max_num_seqs: int | None = Field(default=None, ge=1, description="most sequences at once; default: the engine's")
    batch: int = Field(default=1, ge=1, description="training: sequences a GPU")
    sequence: int = Field(default=2048, ge=1, description="training: tokens a sequence")
    zero: int | None = Field(default=None, ge=0, le=3, description="training: ZeRO stage")
    optimizer: Optimizer = Field(default="adam", description="training: adam, adam8bit, adam_bf16 (all in bf16)")
    checkpointing: bool = Field(default=True, description="training: keep the layers' inputs alone")
    loss: Loss = Field(default="fused", description="training: fused (in pieces) or full (all logits at once)")
    preference: bool = Field(default=False, description="training: pairs and a frozen copy, as DPO")
    tokens: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="training: tokens of an epoch, for the hours"
    )
    examples: int | None = Field(default=None, ge=1, description="training: sequences of an epoch, for the hours")
    epochs: float = Field(default=1.0, gt=0, allow_inf_nan=False, description="training")


class SizeLine(SizeOptions, Line):
    """One question of many."""


class Sized(MemoryProof):
    """The proof of one question, what it is about, and how fast that is."""

    model: str = Field(description="catalogue id, file or parameter count: what was sized")
    gpu: str
    gpu_count: int
    throughput: ServingSpeed | ItemSpeed | None = Field(
        default=None, description="serving; null where it does not fit or the GPU's speed is not known"
    )
    hours: float | None = Field(default=None, description="training, where --tokens or --examples says how much")
    hours_low: float | None = None
    hours_high: float | None = None
    tuned_hours: float | None = Field(default=None, description="what submissions to MLPerf need, in 8 and 4 bits")


class SizedLine(Sized, Line):
    """The answer to one question of many."""


@options_of(SizeOptions, argument="model")
def size(source: Input = None, as_json: Json = False, **options: object) -> None:
    """Whether a model fits on a GPU, and how fast it is, with the arithmetic. Memory is that of one GPU, speed of all.

    The exit code is 1 where it does not fit.

    With --input, each line is {"id", "model" or "config", "gpu", ...}: the options by name, underscores for hyphens.
    """
    refuse_both(source, any(value is not None for value in options.values()), "a model with its options")
    if source is not None:
        return run(_size_lines(source))
    sized = _sized(run(_one_request(query_from(SizeOptions, options))))
    if as_json:
        print_json(sized)
    else:
        _show(sized)
    if not sized.fits:
        raise typer.Exit(1)
    return None


async def _size_lines(source: BinaryIO) -> None:
    async with opened() as database:

        async def answer(line: SizeLine) -> SizedLine:
            return SizedLine.model_validate({"id": line.id, **dict(_sized(await _request(line, database)))})

        await answer_lines(source, SizeLine, answer)


def _sized(request: "SizeRequest") -> Sized:
    from sizing.request import size as proof_of
    from sizing.request import source_of
    from sizing.size_speed import item_speed, serving_speed, training_time

    proof = proof_of(request)
    time = training_time(request)
    name = request.name or (request.model.key if request.model else source_of(request))
    return Sized.model_validate(
        {
            **dict(proof), "model": name, "gpu": request.gpu.name, "gpu_count": request.gpu_count,
            "throughput": serving_speed(request, proof) or (item_speed(request) if proof.fits else None),
            **({} if time is None else {"hours": time.hours, "hours_low": time.low, "hours_high": time.high,
                                        "tuned_hours": time.tuned_hours}),
        }
    )  # fmt: skip


async def sized_request(options: SizeOptions, database: "Database") -> Callable[[], Sized]:
    """What computes the answer: arithmetic that waits for nothing, for a caller's thread. Raises InvalidInput."""
    return partial(_sized, await _request(options, database))


async def _one_request(options: SizeOptions) -> "SizeRequest":
    async with opened() as database:
        return await _request(options, database)


async def _request(options: SizeOptions, database: "Database") -> "SizeRequest":
    from catalog.reference import load_reference
    from sizing.request import SizeRequest

    return SizeRequest.model_validate(
        {
            **options.model_dump(include=SAME_NAME),
            **(await _subject(options, database)), "gpu": _gpu_named(options.gpu, await load_reference(database)),
            "context_tokens": options.context, "tensor_parallel": options.tp, "pipeline_parallel": options.pp,
            "context_parallel": options.dcp,
        }
    )  # fmt: skip


SAME_NAME = {
    "gpu_count", "mode", "dtype", "quantization", "concurrency", "kv_dtype", "engine", "memory_fraction",
    "max_num_seqs", "batch", "sequence", "zero", "optimizer", "checkpointing", "loss", "preference", "input_tokens",
    "output_tokens", "replicas", "tokens", "examples", "epochs",
}  # fmt: skip
"""Options that the request has under the same name."""


async def _subject(options: SizeOptions, database: "Database") -> dict[str, object]:
    """The fields of the request that say what is sized, and in which format where the name tells it."""
    from server.commands.sized_model import model_fields

    if options.config is not None and options.model is not None:
        raise InvalidInput("Both a model and a configuration were given.", "Give one of them: one model is sized.")
    if options.config is not None:
        return _config_fields(options.config)
    if options.model is None:
        raise InvalidInput(
            "There is no model to size.", "Give a catalogue id, a parameter count (13B), or --config FILE."
        )
    return await model_fields(options.model, options.engine, database, told=bool(options.dtype or options.quantization))


def _gpu_named(name: str, reference: "Reference") -> "Gpu":
    """A family's name means its variant with the least memory, so that nothing is said to fit too soon; SXM first."""
    from catalog.names import gpus_named

    found = [reference.gpus[key] for key in gpus_named(name, reference)]
    if not found:
        raise InvalidInput(f"The catalogue has no GPU {name or 'without a name'}.", _instead(name, reference))
    return min(found, key=lambda gpu: (gpu.memory_gb, "SXM" not in gpu.name, gpu.name))


def _instead(name: str, reference: "Reference") -> str:
    """What may have been meant: a GPU with its count, or one of a name like it."""
    from rapidfuzz import fuzz, process

    from catalog.names import gpus_named

    counted = COUNTED.fullmatch(name.strip())
    kind, number = (counted["gpu"] or counted["kind"], counted["count"] or counted["number"]) if counted else ("", "")
    if gpus_named(kind, reference):
        return f"Give the kind and the number apart: --gpu {shlex.quote(kind)} --gpu-count {number}."
    names = sorted({name for gpu in reference.gpus.values() for name in (gpu.name, gpu.family)})
    near = [one for one, _, _ in process.extract(name.upper(), names, scorer=fuzz.ratio, limit=3, score_cutoff=60)]
    nearest = f"The nearest it has: {', '.join(near)}. " if near else ""
    return f"{nearest}stack8s search compute --gpu-model NAME shows what it has."


def _config_fields(config: Path | Mapping[str, object]) -> dict[str, object]:
    """A file's quantisation may stand in the file that NVIDIA's tools write beside it."""
    from server.commands.sized_model import fields_of

    read = _read_config(config) if isinstance(config, Path) else config
    beside = config.with_name(QUANTISATION_FILE) if isinstance(config, Path) else None
    kind = read.get("model_type")
    told = f" ({kind})" if isinstance(kind, str) else ""
    settings = _read_config(beside) if beside and beside.is_file() else None
    return fields_of(read, settings, f"{_config_name(config)}{told}")


def _config_name(config: Path | Mapping[str, object]) -> str | None:
    """The file, or what a configuration calls its model; null where it does not."""
    if isinstance(config, Path):
        return str(config)
    named = (config.get(field) for field in ("_name_or_path", "model_type"))
    return next((name for name in named if isinstance(name, str) and name), None)


def _read_config(path: Path) -> Mapping[str, object]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as wrong:
        raise InvalidInput(f"{path} cannot be read as JSON: {wrong}.", "Give a Hugging Face config.json.") from None
    if not isinstance(read, dict):
        raise InvalidInput(f"{path} is not a JSON object.", "Give a Hugging Face config.json.")
    return read


def _show(sized: Sized) -> None:
    verdict = "[green]fits[/green]" if sized.fits else "[red]does not fit[/red]"
    out.print(f"{sized.model}", markup=False)
    if sized.layers:
        _show_layers(sized)
    table = plain_table("Memory of one GPU", "Arithmetic", "Result")
    for line in sized.lines:
        table.add_row(line.label, line.formula, _figure(line))
    out.print(table)
    layout = f"tensor parallel {sized.tensor_parallel}, pipeline parallel {sized.pipeline_parallel}"
    room = f"{sized.total_gib:.2f} of {sized.usable_gib:.2f} GiB a GPU"
    out.print(f"{sized.model} on {sized.gpu}, {layout}: {verdict}, {room}.")
    out.print(f"Binding constraint: {sized.binding_constraint}.")
    if sized.mode == "serve" and sized.kv_bytes_per_token:
        most = "Any number of" if sized.max_concurrency is None else f"At most {sized.max_concurrency:,}"
        longest = (
            "memory sets no limit" if sized.max_context is None else f"the longest is {sized.max_context:,} tokens"
        )
        out.print(f"{most} sequences at once; {longest}.")
    for told in _speeds(sized):
        out.print(told)


def _show_layers(sized: Sized) -> None:
    """What was counted."""
    table = plain_table("Layers", "Kind", "Figures", "Parameters in all", "Cache of a token", "State")
    for row in sized.layers:
        table.add_row(
            f"{row.count}", row.kind, row.figures,
            f"{row.params_b:,.3g} B" if row.params_b is not None else "",
            f"{row.kv_bytes_per_token:,.0f} B" if row.kv_bytes_per_token else "",
            f"{row.state_bytes / 2**20:,.1f} MiB" if row.state_bytes else "",
        )  # fmt: skip
    out.print(table)


def _figure(line: ProofLine) -> str:
    return f"{line.value:,.6g} {line.unit}"


def _speeds(sized: Sized) -> tuple[str, ...]:
    """How fast it is, in sentences."""
    speed = sized.throughput
    if isinstance(speed, ServingSpeed):
        return (
            f"Speed with {speed.in_flight:,} requests in flight: {speed.output_tokens_per_second:,.0f} tokens a second"
            f" ({speed.low:,.0f} to {speed.high:,.0f}), {speed.tokens_per_second_per_user:.1f} for each user,"
            f" first token after {speed.ttft_ms:,.0f} ms.",
            f"A tuned engine reaches about {speed.tuned_output_tokens_per_second:,.0f}.",
        )
    if isinstance(speed, ItemSpeed):
        each = f"{speed.requests_per_second:,.3g} requests a second ({speed.low:,.3g} to {speed.high:,.3g})"
        return (f"Speed: {each}, each {speed.answer_ms:,.0f} ms, taken as {speed.work}.",)
    if sized.hours is not None and sized.hours_low is not None and sized.hours_high is not None:
        tuned = f" Tuned submissions need about {sized.tuned_hours:,.3g} h." if sized.tuned_hours is not None else ""
        return (f"Training: {sized.hours:,.3g} h ({sized.hours_low:,.3g} to {sized.hours_high:,.3g}).{tuned}",)
    return ()
