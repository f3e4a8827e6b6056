"""Configurations that are read by none of the rules for language models, and why: told before anything is counted."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from domain.errors import InvalidInput
from domain.own_files import own_yaml
from sizing.config_fields import TEXT_PARTS, Config, count, model_type

INSTEAD = "Give the model's catalogue id, or its parameter count."
DEEPEST = 12
OF_SIGHT_OR_SOUND = (
    "patch_size", "image_size", "num_mel_bins", "conv_dim", "num_queries", "backbone_config", "num_channels", "depths",
    "encoder_config", "vision_config", "preprocessor_config", "feature_projection_input_dim", "sampling_rate",
    "keypoint_detector_config",
)  # fmt: skip


def refuse_what_keeps_no_text(config: Config) -> None:
    """Raises InvalidInput for a part of a diffusion pipeline, and for an encoder of pictures or sound alone."""
    if (name := config.get("_class_name")) is not None or "_diffusers_version" in config:
        raise InvalidInput(
            f"The configuration is that of {str(name or 'a part')[:60]} of Diffusers, whose memory follows from the"
            " size of the picture or clip and not from a text",
            INSTEAD,
        )
    if any(isinstance(config.get(name), Mapping) for name in TEXT_PARTS):
        return
    fields = [name for name in OF_SIGHT_OR_SOUND if name in config]
    hears = isinstance(config.get("conv_dim"), list) or (
        "encoder_config" in config and "num_hidden_layers" not in config
    )
    sees = "use_mask_token" in config  # the words of BEiT and its line are pieces of pictures
    speaks = count(config, "vocab_size", "padded_vocab_size") and not hears and not sees
    if fields and not speaks:
        raise InvalidInput(
            f"The configuration is that of an encoder of pictures or sound{_named(config)}: it has "
            f"{', '.join(fields[:3])} and no vocabulary of words",
            INSTEAD,
        )


def refuse_uncounted_parts(config: Config) -> None:
    """Raises InvalidInput for a network with a part whose parameters no rule counts: the sum of the rest is no size."""
    found = next((name for name in _fields(config) if name in _uncounted()), None)
    if found is not None:
        raise InvalidInput(
            f"The configuration{_named(config)} has {found}: {_uncounted()[found]}, whose parameters no rule counts",
            INSTEAD,
        )


@lru_cache
def _uncounted() -> dict[str, str]:
    """The part that a field belongs to."""
    shipped = own_yaml(Path(__file__).with_name("uncounted_parts.yaml"), dict[str, dict[str, tuple[str, ...]]])
    return {name: part for part, names in shipped["parts"].items() for name in names}


def _fields(config: Config) -> Iterator[str]:
    """Those that are said, at every depth."""
    for name, value in config.items():
        if value is not None:
            yield name
        if isinstance(value, Mapping):
            yield from _fields(value)


def refuse_endless_nesting(config: Config) -> None:
    """Raises InvalidInput for configurations within configurations beyond what any model has."""
    level: list[Config] = [config]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in outer.values() if isinstance(inner, Mapping)]
        if not level:
            return
    raise InvalidInput(f"The configuration nests more than {DEEPEST} others", INSTEAD)


def _named(config: Config) -> str:
    kind = model_type(config)[:40]
    return f" ({kind})" if kind else ""
