"""How a model is started: the server or the job for its kind, with the flags of its placement."""

import json
from collections.abc import Sequence
from enum import Enum

from artifacts.helm import kubernetes_name
from artifacts.pins import torch_image
from artifacts.repository_files import files_of
from domain.base import Source
from domain.models import ModelCard
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.engine_rows import Release, architectures_of, engine_rows, llama_cpp_alone
from sizing.engines import LLAMA_CPP, VLLM, VLLM_ROCM, engine_for, engine_labelled
from sizing.library_versions import library_versions
from sizing.model_facts import longer_context
from sizing.precision import GGUF, supports
from sizing.served_models import Recipe, quantised_checkpoint, recipe_of, recipe_source, served_as, tool_parser_of
from sizing.usual_requests import thinks_unless_told

ADAPTERS = "/adapters"
"""Where a server's container sees adapters."""
LORA_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""That vLLM makes room for (https://docs.vllm.ai/en/stable/features/lora/)."""


class Engine(Enum):
    """What runs the workload in its container."""

    VLLM = "vLLM"
    VLLM_BATCH = "vLLM batch"
    LLAMA_CPP = "llama.cpp"
    TEXT_EMBEDDINGS = "text-embeddings-inference"
    VLLM_OMNI = "vLLM-Omni"
    TRL = "TRL"
    TORCHRUN = "torchrun"
    OWN_SERVER = "own server"
    OWN_BATCH = "own batch job"


SERVERS = frozenset({
    Engine.VLLM, Engine.LLAMA_CPP, Engine.TEXT_EMBEDDINGS, Engine.VLLM_OMNI, Engine.OWN_SERVER,
})  # fmt: skip
"""The engines that answer requests; the others are jobs that end."""

_GENERATES = frozenset({"text-generation", "image-text-to-text", "audio-text-to-text", "automatic-speech-recognition"})
_EMBEDS = frozenset({"feature-extraction", "sentence-similarity", "text-ranking"})
_HEARS = frozenset({"automatic-speech-recognition", "audio-text-to-text"})
_CALLS_TOOLS = frozenset({"text-generation", "image-text-to-text"})
_BY_CLASS = frozenset({"any-to-any", "image-to-text"})
"""Some models of these tasks are served by vLLM: those whose class it has."""
ASKED_IN_BATCHES = frozenset({
    "text-generation", "image-text-to-text", "image-to-text", "any-to-any", "automatic-speech-recognition",
    "feature-extraction", "sentence-similarity",
})  # fmt: skip
"""Tasks whose models our program asks one row after another; a batch for any other is a program of the user's own."""
_CONTEXT_ON_CPU = 8192
QUANTISED = "QUANTISED_CHECKPOINT"
"""Stands for a repository that only its owner can name."""
_DTYPES = {"bf16": "bfloat16", "fp16": "half", "fp32": "float"}
_TRAINING_METHODS = ("train", "lora", "qlora")
"""They stand where a served model has its number format, and start from the published weights."""


def engine_of(option: PlacementOption, spec: WorkloadSpec) -> Engine:
    """The engine the plan's commands use."""
    model = option.model
    if spec.task_type in ("training", "fine_tuning"):
        language = model is not None and model.pipeline_tag == "text-generation"
        return Engine.TRL if spec.task_type == "fine_tuning" and language else Engine.TORCHRUN
    batch = spec.task_type == "batch_inference"
    if model and not batch and model.pipeline_tag in _GENERATES and _in_gguf(option) and _has_llama_image(option):
        return Engine.LLAMA_CPP
    if _served_by_vllm(option) and not (batch and model and model.pipeline_tag not in ASKED_IN_BATCHES):
        return Engine.VLLM_BATCH if batch else Engine.VLLM
    if _embeds_elsewhere(option) and not batch:
        return Engine.TEXT_EMBEDDINGS
    if model is not None and not batch and _omni_image(option) and library_versions().omni.serves(model.key):
        return Engine.VLLM_OMNI
    if model is None and not batch and _is_sized_for_vllm(option):
        return Engine.VLLM
    return Engine.OWN_BATCH if batch else Engine.OWN_SERVER


def _omni_image(option: PlacementOption) -> str | None:
    return library_versions().omni.image_on(option.offer.gpu)


def _is_sized_for_vllm(option: PlacementOption) -> bool:
    """Whether a model of which only the size is known was sized for this engine: its id is asked for."""
    return (
        bool(option.proof and (option.proof.engine or "").startswith(VLLM.name))
        and release_of(option).image is not None
    )


def _in_gguf(option: PlacementOption) -> bool:
    if option.proof is None:
        return option.offer.gpu is None and option.quantization in GGUF
    return (option.proof.engine or "").startswith(Engine.LLAMA_CPP.value)


def _has_llama_image(option: PlacementOption) -> bool:
    gpu = option.offer.gpu
    return gpu is None or gpu.vendor == "nvidia" or llama_cpp_alone(gpu.family)


def _served_by_vllm(option: PlacementOption) -> bool:
    """Whether a release of vLLM has the class of the model; one of an unknown class is judged by its task."""
    model, gpu = option.model, option.offer.gpu
    if model is None or gpu is None or gpu.vendor not in ("nvidia", "amd"):
        return False
    if model.pipeline_tag not in _GENERATES | _EMBEDS | _BY_CLASS:
        return False
    architecture = served_as(model.key).architecture
    if architecture is None:
        return model.pipeline_tag not in _BY_CLASS
    return any(architecture in architectures_of(row.version) for row in engine_rows().releases if row.version)


def _embeds_elsewhere(option: PlacementOption) -> bool:
    """Whether Text Embeddings Inference has an image for the processor and the class of the model."""
    model, program = option.model, library_versions().text_embeddings
    if model is None or model.pipeline_tag not in _EMBEDS or program.image_on(option.offer.gpu) is None:
        return False
    return option.offer.gpu is None or served_as(model.key).architecture in program.architectures


def release_of(option: PlacementOption) -> Release:
    """The row of the engine that the memory proof was made for; without such a proof, of what serves the model."""
    proved = engine_labelled(option.proof.engine if option.proof else None)
    gpu = option.offer.gpu
    if gpu is None:
        return proved.release if proved else VLLM.release
    if proved is not None and proved.release.kind != "pytorch" and proved.release.vendor in (None, gpu.vendor):
        return proved.release
    quantization = option.quantization or "bf16"
    return engine_for(gpu, quantization, option.model.key if option.model else "").release


def image(engine: Engine, option: PlacementOption) -> str | None:
    """The public image of the engine; None: the user's own, as `WORKLOAD_IMAGE`."""
    if engine in (Engine.VLLM, Engine.VLLM_BATCH):
        return release_of(option).image
    if engine is Engine.LLAMA_CPP:
        gpu = option.offer.gpu
        if gpu is not None and llama_cpp_alone(gpu.family):
            return None
        return LLAMA_CPP.release.image if gpu else LLAMA_CPP.release.cpu_image
    if engine is Engine.TEXT_EMBEDDINGS:
        return library_versions().text_embeddings.image_on(option.offer.gpu)
    if engine is Engine.VLLM_OMNI:
        return _omni_image(option)
    trained = torch_image(option.offer.gpu, option.program.name) if option.program else None
    return trained.image if trained else None


def with_audio(option: PlacementOption, server: Sequence[str]) -> list[str]:
    """vLLM's command behind what its images leave out: without its extra for audio every recording is refused
    (https://github.com/vllm-project/vllm/issues/15087, https://github.com/ls1intum/edutelligence/issues/925)."""
    version = release_of(option).version
    if option.model is None or option.model.pipeline_tag not in _HEARS or version is None:
        return list(server)
    return ["bash", "-c", f'pip install --quiet "vllm[audio]=={version}" && exec "$@"', "serve", *server]


def arm_note(option: PlacementOption, spec: WorkloadSpec) -> str | None:
    """That the image is not known to run on the processors beside such GPUs; null where it is, or they are x86."""
    gpu = option.offer.gpu
    engine = engine_of(option, spec)
    if gpu is None or gpu.name not in engine_rows().arm.gpus:
        return None
    if engine in (Engine.VLLM, Engine.VLLM_BATCH) and release_of(option).arm:
        return None
    return (
        f"The processors beside {gpu.name} are Arm, and no image for them is known of what runs this: build "
        f"{image(engine, option) or 'your image'} for linux/arm64, or take a machine with x86 processors."
    )


def engine_version(option: PlacementOption) -> str | None:
    """The version the memory proof was made for, so that its defaults are the ones that run."""
    return release_of(option).version


def llama_flags(option: PlacementOption) -> tuple[str, ...]:
    """Flags of `llama-server`: every layer on the GPU, and the context of all sequences together."""
    proof = option.proof
    flags = ["--n-gpu-layers=999"] if option.offer.gpu else []
    if proof and proof.context_tokens:
        at_once = max(1, min(option.requests_per_replica or 1, proof.max_concurrency or 1))
        flags += [f"--ctx-size={proof.context_tokens * at_once}", f"--parallel={at_once}"]
    elif proof is None:
        flags.append(f"--ctx-size={_CONTEXT_ON_CPU}")
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
    elif is_quantized_on_loading(option):
        flags.append(f"--quantization={release_of(option).on_loading[quantization]}")
    if quantization not in _DTYPES and option.offer.gpu and not supports(option.offer.gpu, "bf16"):
        flags.append("--dtype=half")  # what is not quantised would be bf16, which such cards do not compute in
    if model and model.pipeline_tag in _EMBEDS:
        flags.append("--runner=pooling")
    if option.picture_pixels:
        flags.append(f'--mm-processor-kwargs={{"max_pixels": {option.picture_pixels}}}')
    if model and checkpoint(option) != model.key:
        flags.append(f"--served-model-name={model.key}")
    said = _as_its_recipe_says(option)
    named = {flag.partition("=")[0] for flag in said}
    files = files_of(checkpoint(option)).flags if model else ()
    return (*flags, *adapter_flags(option), *(flag for flag in files if flag.partition("=")[0] not in named), *said)


def adapter_flags(option: PlacementOption) -> tuple[str, ...]:
    """Of `vllm serve`, where adapters that the plan tunes are served."""
    if option.adapter is None:
        return ()
    name, rank = option.adapter.name, next(size for size in LORA_RANKS if size >= option.adapter.rank)
    return "--enable-lora", f"--max-lora-rank={rank}", f"--lora-modules={name}={ADAPTERS}/{name}"


def asked_as(option: PlacementOption) -> str | None:
    """What requests call the model: the adapters where there are some; the weights keep their own name beside."""
    return option.adapter.name if option.adapter else option.model.key if option.model else None


def is_told_not_to_think(option: PlacementOption) -> bool:
    """Whether the server keeps a model from thinking before its answers, whose tokens the plan does not count."""
    return option.model is not None and option.job_hours is None and thinks_unless_told(option.model.name)


def thinking_note(option: PlacementOption | None) -> str:
    """That a model is told not to think; empty where it is not, or another engine than vLLM runs it."""
    proof = option.proof if option else None
    if option is None or proof is None or proof.engine not in (VLLM.label, VLLM_ROCM.label):
        return ""
    if not is_told_not_to_think(option):
        return ""
    return (
        "The model answers without thinking first, as its server is told; with thinking answers are four times as long "
        "or more, and so is the wait."
    )


def _as_its_recipe_says(option: PlacementOption) -> list[str]:
    """What the engine's own page for the model adds, on the release that knows it (older ones have other parsers)."""
    if release_of(option).id not in (VLLM.id, VLLM_ROCM.id):
        return []
    recipe, model = _recipe(option), option.model
    told = ['--default-chat-template-kwargs={"enable_thinking": false}'] if is_told_not_to_think(option) else []
    flags = [*(recipe.arguments if recipe else ()), *told]
    # Who calls tools is refused by a server that was told no parser: agents for code do nothing else.
    written = model is not None and model.pipeline_tag in _CALLS_TOOLS and option.job_hours is None
    parser = (recipe.tool_parser if recipe else None) or (tool_parser_of(model.key) if model and written else None)
    if parser:
        flags += ["--enable-auto-tool-choice", f"--tool-call-parser={parser}"]
    if recipe is None:
        return flags
    if recipe.reasoning_parser:
        flags.append(f"--reasoning-parser={recipe.reasoning_parser}")
    if recipe.speculates and recipe.speculative and "model" not in json.loads(recipe.speculative):
        flags.append(f"--speculative-config={recipe.speculative}")
    return flags


_LONG_RECORDINGS = {"VLLM_MAX_AUDIO_CLIP_FILESIZE_MB": "1024", "VLLM_MAX_AUDIO_DECODE_DURATION_S": "14400"}
"""Of one file: vLLM refuses more than 25 MB, and since 0.26 more than ten minutes, unless it is told: longer calls
would be answered with an error (vllm-project/vllm#21374; vllm/envs.py)."""


def engine_environment(option: PlacementOption) -> dict[str, str]:
    """Variables that the model's recipe sets in the server's container, on the vendor of its GPUs."""
    recipe = recipe_of(option.model.key) if option.model else None
    gpu = option.offer.gpu
    heard = option.model is not None and option.model.pipeline_tag == "automatic-speech-recognition"
    longer = dict(_LONG_RECORDINGS) if heard else {}
    if recipe is None or gpu is None:
        return longer
    return longer | recipe.environment | (recipe.environment_amd if gpu.vendor == "amd" else {})


def _recipe(option: PlacementOption) -> Recipe | None:
    """The engine's own page for what is served: of the repository that is pulled, else of the model."""
    return recipe_of(checkpoint(option)) or (recipe_of(option.model.key) if option.model else None)


def engine_sources(option: PlacementOption) -> tuple[Source, ...]:
    """Where the arguments of the server were read, beside what the proof says."""
    serves = option.proof is not None and option.proof.mode == "serve"
    recipe = _recipe(option) if serves and release_of(option).id in (VLLM.id, VLLM_ROCM.id) else None
    return (recipe_source(recipe),) if recipe else ()


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


def is_quantized_on_loading(option: PlacementOption) -> bool:
    """Whether the engine makes the number format of the placement from the published 16 bits."""
    quantization = option.quantization or ""
    return (
        quantization in release_of(option).on_loading
        and not (option.model and option.model.native_dtype == quantization)
        and _published(option) is None
    )


def needs_quantized_checkpoint(option: PlacementOption) -> bool:
    """Whether the placement counts on a quantised checkpoint that the catalogue does not know."""
    quantization = option.quantization
    if not quantization or quantization in (*_DTYPES, *_TRAINING_METHODS) or option.model is None:
        return False
    return option.model.native_dtype != quantization and not (
        is_quantized_on_loading(option) or _published(option) is not None
    )


def checkpoint(option: PlacementOption) -> str:
    """Id of the repository whose weights are loaded: a quantised one where the placement takes it; "" without model.

    Where weights were asked for in a format that nobody is known to publish, the command asks for their repository.
    """
    if option.model is None:
        return ""
    return QUANTISED if needs_quantized_checkpoint(option) else _published(option) or option.model.key


def _published(option: PlacementOption) -> str | None:
    """The repository with the weights in the number format of the placement, where it is not the model's own."""
    if option.model is None or option.model.native_dtype == option.quantization:
        return None
    return quantised_checkpoint(option.model.key, option.quantization or "")


def workload_name(option: PlacementOption) -> str:
    """Name of the Kubernetes objects that run the workload."""
    if option.object_name:
        return kubernetes_name(option.object_name)
    return kubernetes_name(option.model.name) if option.model else "workload"


def claim_name(option: PlacementOption) -> str:
    """Name of the claim that holds a job's files."""
    return f"{workload_name(option)}-data" if option.object_name else "workload-data"
