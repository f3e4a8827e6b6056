"""Inference engines: what they reserve besides weights and cache, as measured."""

from typing import NamedTuple

from domain.errors import InvalidInput
from domain.offers import Gpu
from sizing.architecture import Shape
from sizing.precision import GGUF


class Engine(NamedTuple):
    """`sampler_bytes` is the peak of the profiling run per vocabulary entry and sequence of the largest batch."""

    name: str
    version: str
    memory_fraction: float
    sampler_bytes: float
    single_gpu_overhead_gib: float
    parallel_overhead_gib: float
    source: str
    oldest_nvidia: float = 0.0
    """Lowest compute capability its published builds have kernels for."""

    def runs_on(self, gpu: Gpu) -> bool:
        """Whether the published builds start on this GPU; an unknown compute capability is taken as old."""
        return gpu.vendor != "nvidia" or (gpu.compute_capability or 0.0) >= self.oldest_nvidia

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"


OLDEST_NVIDIA = 7.5
"""PyTorch's builds for CUDA 12.8 and later begin at Turing (pytorch/pytorch issue 172352), and with them vLLM's."""
WITHOUT_IMAGES = frozenset({"T4G"})
"""Turing cards in machines with Arm processors: engines publish Arm images for Hopper and later alone."""
VLLM = Engine(
    "vLLM", "0.19 (reserve as measured up to 0.11)", 0.92, 38.0, 0.15, 0.6,
    "llm-d-planner, vLLM profiling logs on H100: peak 4.76 GiB at a vocabulary of 128,256, 5.6 at 151,936, 7.38 at "
    "201,088, all with 1,024 sequences; outside PyTorch 0.13 GiB on one GPU, 0.55 on two",
    OLDEST_NVIDIA,
)  # fmt: skip
VLLM_0_19 = Engine(
    "vLLM", "0.19", 0.92, 16.5, 0.27, 2.1,
    "llm-d-planner, accuracy report for vLLM 0.19.0 on H100: peak 1.89 GiB at a vocabulary of 128,256, 2.21 at "
    "151,936; outside PyTorch 0.27 GiB on one GPU, 2.1 with tensor parallelism",
    OLDEST_NVIDIA,
)  # fmt: skip
LLAMA_CPP = Engine(
    "llama.cpp", "server", 0.95, 4.0, 0.5, 0.5,
    "allowance: compute buffers of a batch of 512 tokens (ggml); the weights follow the GGUF file",
)  # fmt: skip
PYTORCH = Engine(
    "PyTorch", "2", 0.95, 0.0, 0.8, 1.0,
    "CUDA context and library workspaces of about 0.8 GiB (Hugging Face, model training anatomy)",
    OLDEST_NVIDIA,
)  # fmt: skip

_OTHER_VENDORS = {
    "amd": ("vLLM on ROCm", "vLLM documentation, AMD Instinct MI200 and MI300"),
    "intel": ("vLLM for Gaudi", "vLLM hardware plug-in for Intel Gaudi"),
    "google": ("vLLM for TPU", "vLLM TPU back end"),
    "aws": ("vLLM for Neuron", "AWS Neuron SDK"),
}


def engine_for(gpu: Gpu, format_name: str) -> Engine:
    """The engine a plan uses for these weights on this accelerator."""
    if format_name in GGUF:
        return LLAMA_CPP
    if gpu.vendor in _OTHER_VENDORS:
        name, source = _OTHER_VENDORS[gpu.vendor]
        return VLLM._replace(name=name, source=f"{VLLM.source}; assumed equal here ({source})")
    return VLLM


def engine_named(text: str | None, gpu: Gpu, format_name: str) -> Engine:
    """The engine a user names. Raises InvalidInput for one without figures."""
    if text is None:
        return engine_for(gpu, format_name)
    plain = text.strip().lower().replace("_", "-").replace(" ", "-")
    named = {"vllm": VLLM, "vllm-0.19": VLLM_0_19, "llama.cpp": LLAMA_CPP, "llamacpp": LLAMA_CPP, "pytorch": PYTORCH}
    if plain not in named:
        raise InvalidInput(f"No memory figures for the engine '{text}'", f"Use one of: {', '.join(named)}.")
    return engine_for(gpu, format_name) if plain == "vllm" else named[plain]


def batch_defaults(gpu: Gpu) -> tuple[int, int]:
    """vLLM's largest batch (sequences, tokens per step): larger from 70 GiB on, except on A100."""
    return (1024, 8192) if gpu.usable_gib >= 70 and gpu.family.upper() != "A100" else (256, 2048)


def activation_bytes(engine: Engine, shape: Shape, batch: tuple[int, int], tensor_parallel: int) -> float:
    """Peak of the profiling run: the sampler over the whole vocabulary, or the widest layer of a full batch."""
    sequences, tokens = batch
    sampler = engine.sampler_bytes * sequences * shape.vocab
    width = 3 * shape.intermediate * max(shape.experts_per_token, 1) / tensor_parallel + 6 * shape.hidden
    return max(sampler, tokens * width * 2)


def overhead_gib(engine: Engine, tensor_parallel: int, pipeline_parallel: int) -> float:
    """Memory outside the allocator: the CUDA context, and NCCL buffers where GPUs work together."""
    return engine.single_gpu_overhead_gib if tensor_parallel * pipeline_parallel == 1 else engine.parallel_overhead_gib
