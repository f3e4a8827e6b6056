"""The published weights: how large they are, and whether one has to ask for them."""

from artifacts.engines import QUANTISED, checkpoint
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


def is_gated(option: PlacementOption) -> bool:
    """Whether the repository that is pulled is behind terms: that of a gated model, or another of the same owner.

    What others publish of such a model is open to download: every such repository that the catalogue has a row of is.
    A repository that is still to be named counts as the model's own.
    """
    if option.model is None or not option.model.gated:
        return False
    return _owner(checkpoint(option)) in (_owner(option.model.key), _owner(QUANTISED))


def hub_token(option: PlacementOption) -> str:
    """The Hub's token as the shell takes it: demanded for a repository behind terms, and used where there is one."""
    return "${HF_TOKEN:?a Hugging Face token}" if is_gated(option) else "${HF_TOKEN:-}"


def _owner(repository: str) -> str:
    return repository.partition("/")[0].lower()
