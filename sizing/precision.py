"""Number formats: how many bytes a parameter takes in each, and which accelerators can run them."""

from typing import NamedTuple

from domain.errors import InvalidInput
from domain.offers import Gpu


class Format(NamedTuple):
    """`bits` per quantised parameter, scales and zero points included."""

    bits: float
    minimum_compute_capability: float
    quantises: str
    source: str


_LLAMA_CPP = "llama.cpp tools/quantize, bits per weight of Llama-3.1-8B"
_VLLM = "vLLM documentation, supported hardware"

FORMATS: dict[str, Format] = {
    "fp32": Format(32, 7.0, "all", "IEEE 754"),
    "fp16": Format(16, 7.0, "all", "IEEE 754"),
    "bf16": Format(16, 8.0, "all", "bfloat16; tensor cores since compute capability 8.0"),
    "fp8": Format(8, 8.9, "linear", _VLLM),
    "int8": Format(8, 7.5, "linear", _VLLM),
    "int4": Format(4.15625, 7.5, "linear", "4 bits + fp16 scale and 4-bit zero per group of 128"),
    "awq": Format(4.15625, 7.5, "linear", "AWQ: 4 bits + fp16 scale and 4-bit zero per group of 128"),
    "gptq": Format(4.15625, 7.5, "linear", "GPTQ: 4 bits + fp16 scale and 4-bit zero per group of 128"),
    "mxfp4": Format(4.25, 8.0, "experts", "OCP MX: 4 bits + one 8-bit scale per block of 32"),
    "nvfp4": Format(4.5, 10.0, "linear", "NVFP4: 4 bits + one fp8 scale per block of 16"),
    "nf4": Format(4.127, 7.0, "linear", "QLoRA (arXiv 2305.14314): 4 bits + 0.127 with double quantisation"),
    "q8_0": Format(8.5008, 6.0, "all", _LLAMA_CPP),
    "q6_k": Format(6.5633, 6.0, "all", _LLAMA_CPP),
    "q5_k_m": Format(5.7036, 6.0, "all", _LLAMA_CPP),
    "q4_k_m": Format(4.8944, 6.0, "all", _LLAMA_CPP),
    "q3_k_m": Format(3.9960, 6.0, "all", _LLAMA_CPP),
    "q2_k": Format(3.1593, 6.0, "all", _LLAMA_CPP),
}

GGUF = frozenset({"q8_0", "q6_k", "q5_k_m", "q4_k_m", "q3_k_m", "q2_k"})

_SPELLINGS = {
    "bfloat16": "bf16",
    "float16": "fp16",
    "half": "fp16",
    "16bit": "bf16",
    "float32": "fp32",
    "float": "fp32",
    "32bit": "fp32",
    "float8": "fp8",
    "f8_e4m3": "fp8",
    "f8e4m3": "fp8",
    "fp8_e4m3": "fp8",
    "fp8_e5m2": "fp8",
    "mxfp8": "fp8",
    "8bit": "int8",
    "w8a8": "int8",
    "4bit": "int4",
    "w4a16": "int4",
    "q4": "q4_k_m",
    "gguf": "q4_k_m",
    "q5": "q5_k_m",
    "q6": "q6_k",
    "q8": "q8_0",
    "q3": "q3_k_m",
    "q2": "q2_k",
    "f32": "fp32",
    "f16": "fp16",
    "qlora": "nf4",
    "bnb": "nf4",
    "bitsandbytes": "nf4",
    "fp4": "nvfp4",
}


def known_format(text: str | None) -> str | None:
    """The canonical name of a number format however it is spelt; null when it is not one."""
    if text is None:
        return None
    plain = text.strip().lower()
    for candidate in (plain, plain.replace("-", ""), plain.replace("-", "_"), plain.replace(" ", "")):
        name = _SPELLINGS.get(candidate, candidate)
        if name in FORMATS:
            return name
    return None


def format_named(text: str) -> str:
    """The canonical name of a number format. Raises InvalidInput for one that is unknown."""
    name = known_format(text)
    if name is None:
        raise InvalidInput(f"'{text}' is not a number format", f"Use one of: {', '.join(FORMATS)}.")
    return name


def bytes_per_parameter(name: str) -> float:
    """Bytes of one quantised parameter, scales included."""
    return FORMATS[name].bits / 8


def supports(gpu: Gpu, name: str) -> bool:
    """Whether the GPU's engine has kernels for the format; an unknown compute capability is taken as old."""
    if gpu.vendor == "nvidia":
        return (gpu.compute_capability or 0.0) >= FORMATS[name].minimum_compute_capability
    if gpu.vendor == "amd" and gpu.family.startswith("MI"):
        return _amd_supports(gpu, name)
    if gpu.vendor in ("amd", "apple", "cpu") or gpu.family.startswith("Arc"):
        return name in GGUF or name in ("fp32", "fp16", "bf16", "mxfp4")
    rate = {"fp8": gpu.tflops_fp8, "int8": gpu.tops_int8}.get(name)
    return name in ("bf16", "fp32") or rate is not None


def _amd_supports(gpu: Gpu, name: str) -> bool:
    """ROCm: Instinct MI200 and later; fp8 from MI300 on (their datasheets), no NVIDIA-only formats."""
    if not gpu.family.upper().startswith(("MI2", "MI3")):
        return False
    if name in ("fp8", "mxfp4"):
        return gpu.family.upper().startswith("MI3")
    return name not in ("nvfp4", "nf4")


def runnable_format(gpu: Gpu, wanted: str, *, strict: bool) -> str | None:
    """The format the GPU would really use: bf16 weights run as fp16 on GPUs before Ampere unless `strict`."""
    if supports(gpu, wanted):
        return wanted
    if wanted == "bf16" and not strict and supports(gpu, "fp16"):
        return "fp16"
    return None


def compute_tflops(gpu: Gpu, name: str) -> float | None:
    """Dense TFLOPS of matrix products with weights in the format; weight-only formats compute in 16 bits."""
    sixteen = gpu.tflops_bf16 or gpu.tflops_fp16 or gpu.tflops_fp32
    if name == "fp32":
        return gpu.tflops_fp32
    if name == "fp16":
        return gpu.tflops_fp16 or gpu.tflops_bf16 or gpu.tflops_fp32
    if name == "fp8":
        return gpu.tflops_fp8 or sixteen
    if name == "int8":
        return gpu.tops_int8 or sixteen
    if name == "nvfp4":
        return gpu.tflops_fp4 or gpu.tflops_fp8 or sixteen
    return sixteen
