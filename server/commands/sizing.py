"""`stack8s size`: the memory proof of one model on one kind of GPU."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from domain.errors import InvalidInput
from domain.placement import MemoryProof
from server.commands.common import Json, opened, out, print_json, run
from server.terminal import plain_table

if TYPE_CHECKING:
    from catalog.reference import Reference
    from domain.models import ModelCard
    from domain.offers import Gpu


def size(
    model: Annotated[str | None, typer.Argument(help="catalogue id or name, or a parameter count (13B)")] = None,
    config: Annotated[Path | None, typer.Option(help="a Hugging Face config.json instead of MODEL")] = None,
    gpu: Annotated[str, typer.Option(help="H100, A100-80GB, L4, T4, MI300X ...")] = "H100",
    gpu_count: Annotated[int, typer.Option(min=1)] = 1,
    mode: Annotated[Literal["serve", "train", "lora", "qlora"], typer.Option()] = "serve",
    dtype: Annotated[str | None, typer.Option(help="fp32, bf16, fp16, fp8; default: as published")] = None,
    quantization: Annotated[str | None, typer.Option(help="int8, int4, awq, gptq, mxfp4, q4_k_m ...")] = None,
    context: Annotated[int | None, typer.Option(min=1, help="tokens of each sequence")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="sequences at once")] = 1,
    tp: Annotated[
        int | None, typer.Option("--tp", min=1, help="tensor parallel size; default: as wide as may be")
    ] = None,
    pp: Annotated[int | None, typer.Option("--pp", min=1, help="pipeline parallel size")] = None,
    kv_dtype: Annotated[str, typer.Option(help="auto, bf16, fp8")] = "auto",
    engine: Annotated[str | None, typer.Option(help="vllm, vllm-0.19, llama.cpp")] = None,
    memory_fraction: Annotated[float | None, typer.Option(min=0.01, max=1, help="default: the engine's")] = None,
    batch: Annotated[int, typer.Option(min=1, help="training: sequences a GPU")] = 1,
    sequence: Annotated[int, typer.Option(min=1, help="training: tokens a sequence")] = 2048,
    zero: Annotated[int | None, typer.Option(min=0, max=3, help="training: ZeRO stage")] = None,
    optimizer: Annotated[Literal["adam", "adam8bit"], typer.Option(help="training")] = "adam",
    as_json: Json = False,
) -> None:
    """Whether a model fits on a GPU, with the arithmetic. All figures are for one GPU."""
    from sizing.request import SizeRequest
    from sizing.request import size as proof_of

    chosen, card = run(_looked_up(gpu, None if config or _is_count(model) else model))
    subject = _config_fields(config) if config else {"model": card} if card else {"params_b": _count(model)}
    request = SizeRequest.model_validate(
        {
            **subject, "gpu": chosen, "gpu_count": gpu_count, "mode": mode, "dtype": dtype,
            "quantization": quantization, "context_tokens": context, "concurrency": concurrency,
            "tensor_parallel": tp, "pipeline_parallel": pp, "kv_dtype": kv_dtype, "engine": engine,
            "memory_fraction": memory_fraction, "batch": batch, "sequence": sequence, "zero": zero,
            "optimizer": optimizer,
        }
    )  # fmt: skip
    proof = proof_of(request)
    if as_json:
        print_json(proof)
    else:
        _show(proof, chosen.name)


async def _looked_up(gpu: str, model: str | None) -> tuple["Gpu", "ModelCard | None"]:
    from catalog.reference import load_reference

    async with opened() as database:
        chosen = _gpu_named(gpu, await load_reference(database))
        if model is None:
            return chosen, None
        from domain.queries import ModelQuery, NamedModel
        from tools import models

        exact = await models.lookup([model], database)
        found = exact or (await models.search(ModelQuery(named=(NamedModel(name=model),)), database)).items
    if not found:
        raise InvalidInput(
            f"The catalogue has no model {model}.",
            "Give its Hugging Face id, a parameter count (13B), or --config FILE.",
        )
    return chosen, found[0]


def _gpu_named(name: str, reference: "Reference") -> "Gpu":
    """A family's name means its variant with the least memory, so that nothing is said to fit too soon; SXM first."""
    from catalog.names import gpus_named

    found = [reference.gpus[key] for key in gpus_named(name, reference)]
    if not found:
        raise InvalidInput(
            f"The catalogue has no GPU {name}.", "stack8s search compute --gpu-model NAME shows what it has."
        )
    return min(found, key=lambda gpu: (gpu.memory_gb, "SXM" not in gpu.name, gpu.name))


def _is_count(model: str | None) -> bool:
    from sizing.architecture import parameter_count_b

    return model is not None and parameter_count_b(model) is not None


def _count(model: str | None) -> float:
    from sizing.architecture import parameter_count_b

    if model is None:
        raise InvalidInput(
            "There is no model to size.", "Give a catalogue id, a parameter count (13B), or --config FILE."
        )
    return parameter_count_b(model) or 0.0


def _config_fields(path: Path) -> dict[str, object]:
    from sizing.model_config import architecture_from_config

    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as wrong:
        raise InvalidInput(f"{path} cannot be read as JSON: {wrong}.", "Give a Hugging Face config.json.") from None
    if not isinstance(read, dict):
        raise InvalidInput(f"{path} is not a JSON object.", "Give a Hugging Face config.json.")
    figures = architecture_from_config(read)
    return {
        "architecture": figures.architecture, "params_b": figures.params_b, "active_params_b": figures.active_params_b,
        "native_dtype": figures.native_dtype, "name": str(path),
    }  # fmt: skip


def _show(proof: MemoryProof, gpu: str) -> None:
    verdict = "[green]fits[/green]" if proof.fits else "[red]does not fit[/red]"
    table = plain_table("Memory of one GPU", "Arithmetic", "Result")
    for line in proof.lines:
        table.add_row(line.label, line.formula, f"{line.value:,.6g} {line.unit}")
    out.print(table)
    layout = f"tensor parallel {proof.tensor_parallel}, pipeline parallel {proof.pipeline_parallel}"
    out.print(f"On {gpu}, {layout}: {verdict}, {proof.total_gib:.2f} of {proof.usable_gib:.2f} GiB a GPU.")
    out.print(f"Binding constraint: {proof.binding_constraint}.")
    if proof.max_concurrency is not None and proof.max_context is not None:
        out.print(f"At most {proof.max_concurrency:,} sequences at once; the longest is {proof.max_context:,} tokens.")
