"""How a model is started: the server or the job for its kind, with the flags of its placement."""

import json
import re
from enum import Enum

from artifacts.helm import kubernetes_name
from artifacts.pins import torch_image
from domain.models import ModelCard
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.model_facts import longer_context


class Engine(Enum):
    """What runs the workload in its container."""

    VLLM = "vLLM"
    VLLM_BATCH = "vLLM batch"
    LLAMA_CPP = "llama.cpp"
    TEXT_EMBEDDINGS = "text-embeddings-inference"
    TRL = "TRL"
    TORCHRUN = "torchrun"
    OWN_SERVER = "own server"
    OWN_BATCH = "own batch job"


SERVERS = frozenset({Engine.VLLM, Engine.LLAMA_CPP, Engine.TEXT_EMBEDDINGS, Engine.OWN_SERVER})
"""The engines that answer requests; the others are jobs that end."""

_GENERATES = frozenset({"text-generation", "image-text-to-text", "audio-text-to-text", "automatic-speech-recognition"})
_EMBEDS = frozenset({"feature-extraction", "sentence-similarity", "text-ranking"})
_DTYPES = {"bf16": "bfloat16", "fp16": "half", "fp32": "float"}
_QUANTIZED_ON_LOADING = {"fp8": "fp8", "nf4": "bitsandbytes"}
_TRAINING_METHODS = ("train", "lora", "qlora")
"""They stand where a served model has its number format, and start from the published weights."""


def engine_of(option: PlacementOption, spec: WorkloadSpec) -> Engine:
    """The engine the plan's commands use."""
    model = option.model
    if spec.task_type in ("training", "fine_tuning"):
        language = model is not None and model.pipeline_tag == "text-generation"
        return Engine.TRL if spec.task_type == "fine_tuning" and language else Engine.TORCHRUN
    gpu = option.offer.gpu
    batch = spec.task_type == "batch_inference"
    if model and not batch and model.pipeline_tag in _GENERATES and _in_gguf(option) and _has_llama_image(option):
        return Engine.LLAMA_CPP
    if model and gpu and gpu.vendor in ("nvidia", "amd") and _served_by_vllm(model):
        return Engine.VLLM_BATCH if batch else Engine.VLLM
    if model and gpu is None and model.pipeline_tag in _EMBEDS and not batch:
        return Engine.TEXT_EMBEDDINGS
    return Engine.OWN_BATCH if batch else Engine.OWN_SERVER


def _in_gguf(option: PlacementOption) -> bool:
    return bool(option.proof and (option.proof.engine or "").startswith(Engine.LLAMA_CPP.value))


def _has_llama_image(option: PlacementOption) -> bool:
    return option.offer.gpu is None or option.offer.gpu.vendor == "nvidia"


def _served_by_vllm(model: ModelCard) -> bool:
    return model.pipeline_tag in _GENERATES | _EMBEDS


def image(engine: Engine, option: PlacementOption) -> str | None:
    """The public image of the engine; None: the user's own, as `WORKLOAD_IMAGE`."""
    if engine in (Engine.VLLM, Engine.VLLM_BATCH):
        vendor = option.offer.gpu.vendor if option.offer.gpu else "nvidia"
        return "rocm/vllm:latest" if vendor == "amd" else f"vllm/vllm-openai:{_vllm_tag(option)}"
    if engine is Engine.LLAMA_CPP:
        return f"ghcr.io/ggml-org/llama.cpp:{'server-cuda' if option.offer.gpu else 'server'}"
    if engine is Engine.TEXT_EMBEDDINGS:
        return "ghcr.io/huggingface/text-embeddings-inference:cpu-1.8"
    trained = torch_image(option.offer.gpu, option.program.name) if option.program else None
    return trained.image if trained else None


def _vllm_tag(option: PlacementOption) -> str:
    version = engine_version(option)
    return f"v{version}" if version else "latest"


def engine_version(option: PlacementOption) -> str | None:
    """The version the memory proof was made for, so that its defaults are the ones that run."""
    named = option.proof.engine if option.proof and option.proof.engine else ""
    version = re.search(r"(?<![\d.])v?(\d+\.\d+)(\.\d+)?(?![\d.])", named)
    # Every release of vLLM has three parts; "0.19" is its first, 0.19.0.
    return f"{version.group(1)}{version.group(2) or '.0'}" if version else None


def llama_flags(option: PlacementOption) -> tuple[str, ...]:
    """Flags of `llama-server`: every layer on the GPU, and the context of all sequences together."""
    proof = option.proof
    flags = ["--n-gpu-layers=999"] if option.offer.gpu else []
    if proof and proof.context_tokens:
        at_once = max(1, min(option.requests_per_replica or 1, proof.max_concurrency or 1))
        flags += [f"--ctx-size={proof.context_tokens * at_once}", f"--parallel={at_once}"]
    return tuple(flags)


def vllm_flags(option: PlacementOption) -> tuple[str, ...]:
    """Flags of `vllm serve MODEL` (and `run-batch`) that make the server what the proof computed."""
    model, proof = option.model, option.proof
    flags = []
    if option.tensor_parallel > 1:
        flags.append(f"--tensor-parallel-size={option.tensor_parallel}")
    if option.pipeline_parallel > 1:
        flags.append(f"--pipeline-parallel-size={option.pipeline_parallel}")
    if proof and proof.context_tokens:
        flags.append(f"--max-model-len={proof.context_tokens}")
        flags += _stretched(model, proof.context_tokens)
    if option.requests_per_replica:
        flags.append(f"--max-num-seqs={option.requests_per_replica}")
    if proof:
        flags.append(f"--gpu-memory-utilization={proof.memory_fraction:g}")
    quantization = option.quantization or ""
    if quantization in _DTYPES:
        flags.append(f"--dtype={_DTYPES[quantization]}")
    elif quantization in _QUANTIZED_ON_LOADING and not (model and model.native_dtype == quantization):
        flags.append(f"--quantization={_QUANTIZED_ON_LOADING[quantization]}")
    if model and model.pipeline_tag in _EMBEDS:
        flags.append("--runner=pooling")
    return tuple(flags)


def _stretched(model: ModelCard | None, tokens: int) -> list[str]:
    """YaRN for a context beyond the model's own. `--rope-scaling` is gone since vLLM 0.11.1."""
    fact = longer_context(model, tokens) if model else None
    if fact is None:
        return []
    rope = {
        "rope_type": "yarn", "rope_theta": fact.rope_theta, "factor": fact.tokens / fact.original,
        "original_max_position_embeddings": fact.original,
    }  # fmt: skip
    return [f"--hf-overrides={json.dumps({'rope_parameters': rope})}"]


def needs_quantized_checkpoint(option: PlacementOption) -> bool:
    """Whether the placement counts on a quantised checkpoint that the catalogue's model is not."""
    quantization = option.quantization
    if not quantization or quantization in (*_DTYPES, *_QUANTIZED_ON_LOADING, *_TRAINING_METHODS):
        return False
    return option.model is not None and option.model.native_dtype != quantization


def workload_name(option: PlacementOption) -> str:
    """Name of the Kubernetes objects that run the workload."""
    if option.object_name:
        return kubernetes_name(option.object_name)
    return kubernetes_name(option.model.name) if option.model else "workload"


def claim_name(option: PlacementOption) -> str:
    """Name of the claim that holds a job's files."""
    return f"{workload_name(option)}-data" if option.object_name else "workload-data"
