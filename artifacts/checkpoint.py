"""How large the published weights are."""

from artifacts.engines import checkpoint
from domain.placement import PlacementOption
from sizing.precision import FORMATS

_BYTES = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "awq": 0.55, "gptq": 0.55, "mxfp4": 0.55}
"""Of a published parameter; 4-bit ones with their scales and the part that stays in 16 bits."""


def weights_gb(option: PlacementOption) -> float | None:
    """Size of the weights that are loaded, decimal GB; null where neither it nor the number of parameters is known."""
    model = option.model
    if model is None:
        return None
    quantised = FORMATS.get(option.quantization or "") if checkpoint(option) != model.key else None
    if quantised is not None and model.params_b is not None:
        # Embeddings and norms stay in 16 bits: a twentieth more.
        return model.params_b * quantised.bits / 8 * 1.05
    if model.weights_gib is not None:
        return model.weights_gib * 2**30 / 1e9
    return None if model.params_b is None else model.params_b * _BYTES.get(model.native_dtype or "bf16", 2.0)
