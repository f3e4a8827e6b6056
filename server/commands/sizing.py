"""`stack8s size`: the memory proof of one model on one kind of GPU."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import typer
from pydantic import Field

from domain.base import Frozen
from domain.errors import InvalidInput
from domain.placement import MemoryProof, Mode
from server.commands.batch import Input, Line, answer_lines, refuse_both
from server.commands.common import Json, opened, out, print_json, run
from server.query_options import options_of, query_from
from server.terminal import plain_table

if TYPE_CHECKING:
    from catalog.reference import Reference
    from database import Database
    from domain.models import ModelCard
    from domain.offers import Gpu
    from sizing.request import SizeRequest

MOST_GPUS = 100_000
QUANTISATION_FILE = "hf_quant_config.json"


class SizeOptions(Frozen):
    """What `size` is told: options at a terminal, fields of a line."""

    model: str | None = Field(default=None, description="catalogue id or name, or a parameter count (13B)")
    config: Path | Mapping[str, object] | None = Field(
        default=None, description="a Hugging Face config.json instead of MODEL"
    )
    gpu: str = Field(default="H100", description="H100, A100-80GB, L4, T4, MI300X ...")
    gpu_count: int = Field(default=1, ge=1, le=MOST_GPUS)
    mode: Mode = Field(default="serve", description="serve, train, lora or qlora")
    dtype: str | None = Field(default=None, description="fp32, bf16, fp16, fp8; default: as published")
    quantization: str | None = Field(default=None, description="int8, int4, awq, gptq, mxfp4, q4_k_m ...")
    context: int | None = Field(default=None, ge=1, description="tokens of each sequence")
    concurrency: int = Field(default=1, ge=1, description="sequences at once")
    tp: int | None = Field(default=None, ge=1, description="tensor parallel size; default: as wide as may be")
    pp: int | None = Field(default=None, ge=1, description="pipeline parallel size")
    kv_dtype: str = Field(default="auto", description="auto, bf16, fp8")
    engine: str | None = Field(default=None, description="vllm, vllm-0.19, llama.cpp")
    memory_fraction: float | None = Field(default=None, ge=0.01, le=1, description="default: the engine's")
    batch: int = Field(default=1, ge=1, description="training: sequences a GPU")
    sequence: int = Field(default=2048, ge=1, description="training: tokens a sequence")
    zero: int | None = Field(default=None, ge=0, le=3, description="training: ZeRO stage")
    optimizer: Literal["adam", "adam8bit"] = Field(default="adam", description="training: adam or adam8bit")


class SizeLine(SizeOptions, Line):
    """One question of many."""


class Sized(MemoryProof, Line):
    """The proof of one question of many."""


@options_of(SizeOptions, argument="model")
def size(source: Input = None, as_json: Json = False, **options: object) -> None:
    """Whether a model fits on a GPU, with the arithmetic. All figures are for one GPU.

    The exit code is 1 where it does not fit.

    With --input, each line is {"id", "model" or "config", "gpu", ...}: the options by name, underscores for hyphens.
    """
    from sizing.request import size as proof_of

    refuse_both(source, any(value is not None for value in options.values()), "a model with its options")
    if source is not None:
        return run(_size_lines(source))
    request = run(_one_request(query_from(SizeOptions, options)))
    proof = proof_of(request)
    if as_json:
        print_json(proof)
    else:
        _show(proof, request.gpu.name)
    if not proof.fits:
        raise typer.Exit(1)
    return None


async def _size_lines(source: BinaryIO) -> None:
    from sizing.request import size as proof_of

    async with opened() as database:

        async def answer(line: SizeLine) -> Sized:
            proof = proof_of(await _request(line, database))
            return Sized.model_validate({"id": line.id, **dict(proof)})

        await answer_lines(source, SizeLine, answer)


async def _one_request(options: SizeOptions) -> "SizeRequest":
    async with opened() as database:
        return await _request(options, database)


async def _request(options: SizeOptions, database: "Database") -> "SizeRequest":
    from catalog.reference import load_reference
    from sizing.request import SizeRequest

    return SizeRequest.model_validate(
        {
            **(await _subject(options, database)), "gpu": _gpu_named(options.gpu, await load_reference(database)),
            "context_tokens": options.context, "tensor_parallel": options.tp, "pipeline_parallel": options.pp,
            **options.model_dump(include=SAME_NAME),
        }
    )  # fmt: skip


SAME_NAME = {
    "gpu_count", "mode", "dtype", "quantization", "concurrency", "kv_dtype", "engine", "memory_fraction", "batch",
    "sequence", "zero", "optimizer",
}  # fmt: skip
"""Options that the request has under the same name."""


async def _subject(options: SizeOptions, database: "Database") -> dict[str, object]:
    """The fields of the request that say what is sized."""
    from sizing.architecture import parameter_count_b

    if options.config is not None:
        return _config_fields(options.config)
    if options.model is None:
        raise InvalidInput(
            "There is no model to size.", "Give a catalogue id, a parameter count (13B), or --config FILE."
        )
    params_b = parameter_count_b(options.model)
    return {"params_b": params_b} if params_b is not None else {"model": await _model_called(options.model, database)}


async def _model_called(name: str, database: "Database") -> "ModelCard":
    """The catalogue's model of that id or name, and no other: a neighbour's memory would prove nothing."""
    from tools import models
    from tools.model_names import model_called, models_near

    async with database.connection() as connection:
        key = await model_called(name, connection)
        near = await models_near(name, connection) if key is None else ()
    if key is None:
        nearest = f"The nearest it has: {', '.join(near)}." if near else "Nothing in it has a name near that."
        raise InvalidInput(
            f"The catalogue has no model {name}.",
            f"{nearest} Give an id it has, a parameter count (13B), or --config FILE.",
        )
    (card,) = await models.lookup([key], database)
    return card


def _gpu_named(name: str, reference: "Reference") -> "Gpu":
    """A family's name means its variant with the least memory, so that nothing is said to fit too soon; SXM first."""
    from catalog.names import gpus_named

    found = [reference.gpus[key] for key in gpus_named(name, reference)]
    if not found:
        raise InvalidInput(
            f"The catalogue has no GPU {name}.", "stack8s search compute --gpu-model NAME shows what it has."
        )
    return min(found, key=lambda gpu: (gpu.memory_gb, "SXM" not in gpu.name, gpu.name))


def _config_fields(config: Path | Mapping[str, object]) -> dict[str, object]:
    """A file's quantisation may stand in the file that NVIDIA's tools write beside it."""
    from sizing.model_config import architecture_from_config

    read = _read_config(config) if isinstance(config, Path) else config
    beside = config.with_name(QUANTISATION_FILE) if isinstance(config, Path) else None
    figures = architecture_from_config(read, _read_config(beside) if beside and beside.is_file() else None)
    kind = read.get("model_type")
    told = f" ({kind})" if isinstance(kind, str) else ""
    return {
        "architecture": figures.architecture, "params_b": figures.params_b, "active_params_b": figures.active_params_b,
        "native_dtype": figures.native_dtype, "notes": figures.notes,
        "name": f"{config if isinstance(config, Path) else 'the configuration'}{told}",
    }  # fmt: skip


def _read_config(path: Path) -> Mapping[str, object]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as wrong:
        raise InvalidInput(f"{path} cannot be read as JSON: {wrong}.", "Give a Hugging Face config.json.") from None
    if not isinstance(read, dict):
        raise InvalidInput(f"{path} is not a JSON object.", "Give a Hugging Face config.json.")
    return read


def _show(proof: MemoryProof, gpu: str) -> None:
    verdict = "[green]fits[/green]" if proof.fits else "[red]does not fit[/red]"
    out.print(f"{proof.model}", markup=False)
    if proof.layers:
        _show_layers(proof)
    table = plain_table("Memory of one GPU", "Arithmetic", "Result")
    for line in proof.lines:
        table.add_row(line.label, line.formula, f"{line.value:,.6g} {line.unit}")
    out.print(table)
    layout = f"tensor parallel {proof.tensor_parallel}, pipeline parallel {proof.pipeline_parallel}"
    out.print(f"On {gpu}, {layout}: {verdict}, {proof.total_gib:.2f} of {proof.usable_gib:.2f} GiB a GPU.")
    out.print(f"Binding constraint: {proof.binding_constraint}.")
    if proof.mode == "serve" and proof.kv_bytes_per_token:
        most = "Any number of" if proof.max_concurrency is None else f"At most {proof.max_concurrency:,}"
        longest = (
            "memory sets no limit" if proof.max_context is None else f"the longest is {proof.max_context:,} tokens"
        )
        out.print(f"{most} sequences at once; {longest}.")


def _show_layers(proof: MemoryProof) -> None:
    """What was counted."""
    table = plain_table("Layers", "Kind", "Figures", "Parameters in all", "Cache of a token", "State")
    for row in proof.layers:
        table.add_row(
            f"{row.count}", row.kind, row.figures,
            f"{row.params_b:,.3g} B" if row.params_b is not None else "",
            f"{row.kv_bytes_per_token:,.0f} B" if row.kv_bytes_per_token else "",
            f"{row.state_bytes / 2**20:,.1f} MiB" if row.state_bytes else "",
        )  # fmt: skip
    out.print(table)
