"""Quantisations that name their bits in ways of their own, and which of them no engine of a plan loads.

torchao gives a class, HQQ and Quanto a width, AQLM codebooks, EXL2, HIGGS and MLX bits, BitNet three values in two bits
(microsoft/bitnet-b1.58-2B-4T packs four to a byte; `online` checkpoints are in 16 bits).
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from sizing.config_fields import Config, count, part
from sizing.part_formats import SIXTEEN, Stored

LOADED = frozenset({"torchao", "bitsandbytes"})
"""By vLLM."""
OF_OTHER_PROGRAMS = frozenset({
    "aqlm", "bitnet", "eetq", "exl2", "exl3", "fp_quant", "higgs", "hqq", "mlx", "quanto", "spqr",
})  # fmt: skip
TERNARY_BITS = 2.0
SCALE_AND_ZERO_BITS = 32
WIDTH = re.compile(r"(?:u?int|float|fp|nf|w)[_-]?(\d)(?!\d)")


class Other(NamedTuple):
    """The format of what is quantised; `unsure` is what a proof has to say of it."""

    stored: Stored
    unsure: str | None


def other_quantization(settings: Config, method: str) -> Other | None:
    """Null for a method that is not known, and where the settings do not say how many bits a parameter takes."""
    method = method or _unnamed(settings)
    bits = _bits(settings, method)
    if bits is None or method not in LOADED | OF_OTHER_PROGRAMS:
        return None
    if bits >= SIXTEEN.bits:
        return Other(SIXTEEN, None)
    narrow = "int4" if bits < 6 else "fp8" if "float8" in str(settings).lower() else "int8"
    told = None if method in LOADED else f"no engine here loads '{method}' checkpoints: sized as they are stored"
    return Other(Stored(narrow, bits), told)


def _unnamed(settings: Config) -> str:
    """Older files of bitsandbytes name no method, and those of MLX neither."""
    if any(settings.get(name) is True for name in ("load_in_4bit", "load_in_8bit")):
        return "bitsandbytes"
    return "mlx" if count(settings, "bits") and count(settings, "group_size") else ""


def _bits(settings: Config, method: str) -> float | None:
    if method == "bitnet":
        return SIXTEEN.bits if settings.get("quantization_mode") == "online" else TERNARY_BITS
    if method == "bitsandbytes":
        return 8.0 if settings.get("load_in_8bit") is True else 4.127
    if method == "aqlm":
        code, codes = count(settings, "nbits_per_codebook"), count(settings, "num_codebooks")
        group = (count(settings, "in_group_size") or 1) * (count(settings, "out_group_size") or 1)
        return code * codes / group if code and codes else None
    inner = part(settings, "quant_config", "weight_quant_params")
    inner = part(inner, "weight_quant_params") or inner
    for told in (inner, settings):
        width = next((told[name] for name in ("bits", "nbits", "w_bit", "num_bits") if name in told), None)
        if isinstance(width, int | float) and 0 < width <= SIXTEEN.bits:
            shared = count(told, "group_size")
            return width + (SCALE_AND_ZERO_BITS / shared if shared and method in ("hqq", "mlx", "spqr") else 0.0)
    return _worded(settings)


def _worded(settings: Config) -> float | None:
    """`int4_weight_only`, `Int8DynamicActivationInt8WeightConfig`, `float8`, `mxfp4`: the first width in the words."""
    for name in ("quant_type", "weights", "weight_dtype", "forward_dtype"):
        told = settings.get(name)
        text = str(told if not isinstance(told, Mapping) else _types(told)).lower()
        if text and (found := WIDTH.search(text)) is not None:
            return float(found[1]) + {"mxfp4": 0.25, "nvfp4": 0.5}.get(text, 0.0)
    return None


def _types(told: Config) -> str:
    """torchao nests the class of the weights under `default` and `_type`."""
    return " ".join(str(value.get("_type", "")) for value in told.values() if isinstance(value, Mapping))
