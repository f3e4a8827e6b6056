"""Number formats: how many bytes a parameter takes in each, and which accelerators can run them."""

import math
import re
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
_FILES = {
    "q8_0": 8.5008, "q6_k": 6.5633, "q5_k_m": 5.7036, "q5_k_s": 5.5704, "q4_k_m": 4.8944, "q4_k_s": 4.6672,
    "iq4_nl": 4.6818, "iq4_xs": 4.4597, "q3_k_l": 4.2979, "q3_k_m": 3.9960, "q3_k_s": 3.6429, "q2_k": 3.1593,
    "q2_k_s": 2.9697, "iq3_m": 3.7628, "iq3_s": 3.6606, "iq3_xs": 3.4977, "iq3_xxs": 3.2548, "iq2_m": 2.9294,
    "iq2_s": 2.7403, "iq2_xs": 2.5882, "iq2_xxs": 2.3824, "iq1_m": 2.1460, "iq1_s": 2.0042,
}  # fmt: skip

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
    **{name: Format(bits, 6.0, "all", _LLAMA_CPP) for name, bits in _FILES.items()},
}

READ_ALONE = {"fp8": 8.0, "nvfp4": 8.0}
"""Formats whose weights vLLM's Marlin kernels read on older NVIDIA GPUs, from that compute capability on, and multiply
in 16 bits (docs.vllm.ai, FP8 W8A8: Ampere as weight-only W8A16; vLLM, marlin_utils_fp4.py)."""
GGUF = frozenset(_FILES)
"""Formats of the files that llama.cpp runs."""

PUBLISHED = "published"
"""Whichever format the weights are published in, where somebody asks for them as they are, without a quantisation."""

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
    "bnb_4bit": "nf4",
    "bnb4bit": "nf4",
    "load_in_4bit": "nf4",
    "load_in_8bit": "int8",
    "bnb_8bit": "int8",
    "fp8_dynamic": "fp8",
    "awq_marlin": "awq",
    "gptq_marlin": "gptq",
    "auto_round": "int4",
    "mxfp4_moe": "mxfp4",
    "q5_1": "q6_k",
    "q5_0": "q5_k_m",
    "q4_1": "q5_k_s",
    "q4_0": "q4_k_m",
    "q8_k_xl": "q8_0",
    "q6_k_l": "q8_0",
    "q6_k_xl": "q8_0",
    "q5_k_l": "q6_k",
    "q5_k_xl": "q6_k",
    "q4_k_l": "q5_k_m",
    "q4_k_xl": "q5_k_s",
    "q3_k_xl": "q4_k_s",
    "q2_k_l": "q3_k_s",
    "q2_k_xl": "q3_k_s",
}
"""A kind of files whose size is not known here counts as the next larger one."""


def known_format(text: str | None) -> str | None:
    """The canonical name of a number format however it is spelt; null when it is not one."""
    if text is None:
        return None
    plain = text.strip().lower()
    under = re.sub(r"[-. ]", "_", plain.removeprefix("ud-"))
    for candidate in (plain, plain.replace("-", ""), under, plain.replace(" ", "")):
        name = _SPELLINGS.get(candidate, candidate)
        if name in FORMATS:
            return name
    return None


def format_named(text: str) -> str:
    """The canonical name of a number format. Raises InvalidInput for one that is unknown."""
    name = known_format(text)
    if name is None:
        known = ", ".join(known for known in FORMATS if known not in GGUF)
        raise InvalidInput(
            f"'{text}' is not a number format", f"Use one of: {known}, or a kind of GGUF (q4_k_m, iq4_xs)."
        )
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


def reads_alone(gpu: Gpu, name: str) -> bool:
    """Whether the GPU holds weights of a format that it cannot compute in."""
    capability = gpu.compute_capability or 0.0
    return gpu.vendor == "nvidia" and not supports(gpu, name) and capability >= READ_ALONE.get(name, math.inf)


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
    if reads_alone(gpu, name):
        return sixteen
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
