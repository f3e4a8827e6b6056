"""Number formats of a published checkpoint, part by part, from its quantisation settings.

Settings say one format for all linear layers with a list of exceptions, or a format for every layer by name
(`quantized_layers`, `config_groups` with targets), or a format of the experts beside that of the rest. What a list
excepts stays in 16 bits; so do embeddings, the output head, routers and towers unless the settings name them.
"""

import re
from collections.abc import Iterator, Mapping

from sizing.config_fields import Config, count, format_word
from sizing.feed_forward import expert_count
from sizing.other_quantizations import other_quantization
from sizing.part_formats import SIXTEEN, Precision, Stored, checked, stripped
from sizing.precision import FORMATS, known_format

EXCLUDED = (
    "modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules", "exclude", "llm_int8_skip_modules",
    "modules_not_to_convert",
)  # fmt: skip
SCALE_BITS = {"int4": 16, "int8": 16, "fp8": 0, "nvfp4": 8, "mxfp4": 8, "mxfp8": 8}
ZERO_BITS = 4


def precision_of(config: Config, text: Config, beside: Config | None = None) -> Precision:
    """From `quantization_config` of the whole or of its text part, or from the hf_quant_config.json `beside` it."""
    settings = next(
        (s for s in (config.get("quantization_config"), text.get("quantization_config")) if isinstance(s, Mapping)), {}
    )
    if beside:
        nested = beside.get("quantization")
        settings = {**(nested if isinstance(nested, Mapping) else beside), **settings}
    elif isinstance(nested := config.get("quantization"), Mapping):
        settings = {**nested, **settings}
    if settings:
        return _from_settings(settings, text)
    plain = known_format(format_word(text) or format_word(config)) or "bf16"
    return Precision(whole=Stored(plain, FORMATS[plain].bits))


def _from_settings(settings: Config, text: Config) -> Precision:
    listed = tuple(
        item for name in EXCLUDED if isinstance(items := settings.get(name), list)
        for item in items if isinstance(item, str)
    )  # fmt: skip
    excluded = (*listed, *_singled_out(settings))
    if any(item.startswith("re:") and checked(item.removeprefix("re:")) is None for item in excluded):
        return Precision(unsure="an exception of the quantisation settings cannot be read: 16 bits a parameter taken")
    method = str(settings.get("quant_method", "")).lower()
    algorithm = str(settings.get("quant_algo", "")).lower()
    whole = _whole(settings, method, algorithm)
    by_name, by_pattern = _by_name(settings), _by_pattern(settings)
    everywhere = any("Linear" in _targets(group) for group in _groups(settings))
    if method == "fp8" and by_name:  # finer settings over a checkpoint in fp8: the list excepts from those
        finer = settings.get("ignore")
        excluded = tuple(item for item in excluded if not isinstance(finer, list) or item not in finer)
        whole = Stored("fp8", 8.0)
    elif by_name or (by_pattern and not everywhere):
        return Precision(excluded=excluded, by_name=by_name, by_pattern=by_pattern, only_named=True)
    if whole is None and (other := other_quantization(settings, method)) is not None:
        return Precision(whole=other.stored, excluded=excluded, unsure=other.unsure)
    if whole is None:
        return Precision(unsure=f"the quantisation '{method or algorithm}' is not known: 16 bits a parameter taken")
    named = known_format(str(text.get("expert_dtype", "")))
    experts = _stored("mxfp4") if named == "nvfp4" else Stored(named, FORMATS[named].bits) if named else None
    mixture = expert_count(text) is not None
    listless = mixture and bool(algorithm) and not excluded and not method and whole.bits < 16
    return Precision(
        whole=whole, experts=experts, excluded=excluded, by_name=by_name, by_pattern=by_pattern,
        only_experts=listless or (mixture and method == "mxfp4"),
        unsure="the quantisation settings name no exceptions: of a mixture, all but the experts taken as 16 bits"
        if listless else None,
    )  # fmt: skip


def _singled_out(settings: Config) -> Iterator[str]:
    """Modules that GPTQModel (`dynamic`, with a minus) and AutoRound (`extra_config`, in 16 bits) leave as they are."""
    dynamic, extra = settings.get("dynamic"), settings.get("extra_config")
    if isinstance(dynamic, Mapping):
        yield from (f"re:{name[2:]}" for name in dynamic if isinstance(name, str) and name.startswith("-:"))
    if isinstance(extra, Mapping):
        for name, told in extra.items():
            if isinstance(name, str) and isinstance(told, Mapping) and (count(told, "bits") or 0) >= SIXTEEN.bits:
                yield f"re:{name}" if set(name) & set("*^$\\|") else name


def _whole(settings: Config, method: str, algorithm: str) -> Stored | None:
    """The format of what is not excepted."""
    for group in sorted(_groups(settings), key=lambda group: "Linear" not in _targets(group)):
        weights = group.get("weights")
        if isinstance(weights, Mapping):
            return _of_weights(weights, str(group.get("format") or settings.get("format") or ""))
    if algorithm:
        return _algorithm(settings, algorithm)
    bits, size = count(settings, "bits", "w_bit", "weight_bits", "q_bits"), _group_size(settings)
    if method in ("awq", "gptq", "gptq_marlin", "awq_marlin", "auto_round", "auto-round", "intel/auto-round"):
        name = "int8" if bits == 8 else method if method in ("awq", "gptq") else "int4"
        zero = 0 if settings.get("sym") is True and not method.startswith("gptq") else ZERO_BITS
        return Stored(name, (bits or 4) + (16 + zero) / (size or 128))
    if method == "bitsandbytes":
        name = "int8" if settings.get("load_in_8bit") is True else "nf4"
        return Stored(name, FORMATS[name].bits)
    if method == "compressed-tensors":
        return {"float-quantized": _stored("fp8"), "pack-quantized": _stored("int4", size)}.get(
            str(settings.get("format")), _stored("nvfp4") if "nvfp4" in str(settings.get("format")) else None
        )
    if method in ("fbgemm_fp8", "modelopt", "modelopt_fp8"):
        return _stored("fp8")
    if method == "quark":
        words = str(settings).lower()
        return _stored("mxfp4") if "fp4" in words else _stored("fp8") if "fp8" in words else _stored("int8")
    if method in ("mxfp4", "mxfp8", "nvfp4", "modelopt_fp4"):
        return _stored("nvfp4" if method == "modelopt_fp4" else method)
    known = known_format(method)
    return Stored(known, FORMATS[known].bits) if known else None


def _by_name(settings: Config) -> dict[str, Stored]:
    """Formats by the module's name, experts of a layer as one."""
    found: dict[str, Stored] = {}
    layers = settings.get("quantized_layers")
    if isinstance(layers, Mapping):
        for name, told in layers.items():
            algorithm = str(told.get("quant_algo", "")).lower() if isinstance(told, Mapping) else ""
            stored = _algorithm(told, algorithm) if isinstance(told, Mapping) else None
            if stored is not None:
                found[stripped(str(name))] = stored
    for group in _groups(settings):
        targets, weights = _targets(group), group.get("weights")
        if isinstance(weights, Mapping) and "Linear" not in targets:
            stored = _of_weights(weights, str(group.get("format") or ""))
            plain = (name for name in targets if not name.startswith("re:"))
            found.update({stripped(name): stored for name in plain if stored is not None})
    return found


def _by_pattern(settings: Config) -> tuple[tuple[re.Pattern[str], Stored], ...]:
    """Formats of groups whose targets are regular expressions."""
    found = []
    for group in _groups(settings):
        weights = group.get("weights")
        stored = _of_weights(weights, str(group.get("format") or "")) if isinstance(weights, Mapping) else None
        for target in _targets(group):
            text = checked(target.removeprefix("re:")) if target.startswith("re:") else None
            if text is not None and stored is not None:
                found.append((re.compile(text), stored))
    return tuple(found)


def _targets(group: Config) -> list[str]:
    targets = group.get("targets")
    return [target for target in targets if isinstance(target, str)] if isinstance(targets, list) else []


def _groups(settings: Config) -> list[Config]:
    groups = settings.get("config_groups")
    return [g for g in groups.values() if isinstance(g, Mapping)] if isinstance(groups, Mapping) else []


def _of_weights(weights: Config, packing: str) -> Stored | None:
    """By the bits, their kind, and how many share a scale."""
    bits, group = count(weights, "num_bits"), _group_size(weights)
    if str(weights.get("type", "")).lower() == "float":
        if bits == 4:
            return _stored("mxfp4" if group == 32 or "mxfp4" in packing else "nvfp4")
        return _stored("mxfp8") if group == 32 else _stored("fp8")
    return _stored("int8" if bits == 8 else "int4", group) if bits in (4, 8) else None


def _group_size(settings: Config) -> int | None:
    """Parameters that share a scale; null where a scale stands for a whole channel, which files write as -1."""
    size = settings.get("group_size")
    return size if isinstance(size, int) and 0 < size <= 65_536 else None


def _algorithm(settings: Config, algorithm: str) -> Stored | None:
    """NVIDIA's names of formats, such as FP8_PB_WO, W4A16_NVFP4 or W4A8_AWQ."""
    for name in ("nvfp4", "mxfp4", "mxfp8", "fp8", "awq"):
        if name in algorithm:
            return _stored("int4" if name == "awq" else name, _group_size(settings))
    if "int8" in algorithm or "w8a8" in algorithm:
        return _stored("int8")
    return _stored("int4", _group_size(settings)) if "w4" in algorithm or "int4" in algorithm else None


def _stored(name: str, group: int | None = None) -> Stored:
    """Bits of a format with one scale for so many parameters; the usual number where none is said."""
    size = {"nvfp4": 16, "mxfp4": 32, "mxfp8": 32}.get(name) or group or (128 if name == "int4" else 0)
    plain = {"nvfp4": 4, "mxfp4": 4, "mxfp8": 8, "fp8": 8, "int8": 8, "int4": 4}[name]
    return Stored(name, plain + (SCALE_BITS[name] / size if size else 0.0))
