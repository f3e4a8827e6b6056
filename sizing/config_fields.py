"""Reads single figures out of a config.json: the same thing has many names, and what is no count is refused."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from domain.errors import InvalidInput
from domain.own_files import own_yaml

Config = Mapping[str, object]

LARGEST = 2**40
"""No figure of a model is larger; beyond it the file holds nonsense."""
SWITCHED_OFF = -1
"""How files say that there is none, of windows above all."""
OWN_FIGURES = (
    "head_dim", "num_attention_heads", "num_key_value_heads", "sliding_window", "sliding_window_size", "window_size",
)  # fmt: skip
"""Of a part with a width of its own they are its own too: those around it are of another part (Granite Speech says the
window of its sound there)."""
TEXT_PARTS = (
    "text_config",
    "llm_config",
    "language_config",
    "thinker_config",
    "decoder_config",
    "talker_config",
    "decoder",
)


@lru_cache
def _defaults() -> dict[str, dict[str, object]]:
    """What the configuration class of a model type sets where the file is silent."""
    read = own_yaml(Path(__file__).with_name("config_defaults.yaml"), dict[str, dict[str, dict[str, object]]])
    return read["defaults"]


def text_part(config: Config) -> Config:
    """The language part with what stands around it, and with the defaults of its model type."""
    return with_defaults(_innermost(config))


def unwrapped(config: Config) -> Config:
    """Retrievers of pages (ColPali and its like) hold the model that reads them as a part."""
    inner = config.get("vlm_config")
    if not isinstance(inner, Mapping):
        return config
    return {
        **{name: value for name, value in config.items() if name != "vlm_config"},
        **inner,
        "architectures": config.get("architectures"),
    }


def with_defaults(config: Config) -> Config:
    """A configuration without nested ones, with what the class of its model type sets where it is silent."""
    return {**_defaults().get(str(config.get("model_type")), {}), **_told(config)}


def _innermost(config: Config) -> Config:
    for name in TEXT_PARTS:
        nested = config.get(name)
        if isinstance(nested, Mapping) and is_told(nested):
            return _within(_told(config), _told(_innermost(nested)))
    return _told(config)


def is_told(nested: Config) -> bool:
    """Whether a part says what it is made of, or is of a type whose class sets what it does not say."""
    return len(nested) > 2 or str(nested.get("model_type")) in _defaults()


def _within(around: Config, inner: Config) -> Config:
    """A part with what stands around it. A model whose head is said to be tied is tied, whatever its part says of a
    head of its own: files say so only where their class would not tie."""
    own_width = "hidden_size" in inner
    taken = {name: value for name, value in around.items() if not own_width or name not in OWN_FIGURES}
    tied = {"tie_word_embeddings": True} if said(around, "tie_word_embeddings") else {}
    return {**taken, **inner, **tied}


def of_this_layer(config: Config, index: int) -> Config:
    """The configuration with what `per_layer_config` says of one layer alone, by its number."""
    each = part(config, "per_layer_config")
    other = next((each[name] for name in (str(index), f"{index:02}", f"{index:03}") if name in each), None)
    return {**config, **_told(other)} if isinstance(other, Mapping) else config


def is_of_berts_line(config: Config) -> bool:
    """Files of BERT's line name the dropout of their attention so (arXiv 1810.04805)."""
    return "attention_probs_dropout_prob" in config


def _told(config: Config) -> Config:
    return {name: value for name, value in config.items() if value is not None}


def part(config: Config, *names: str) -> Config:
    """The first nested object of these names; empty where there is none."""
    return next((value for name in names if isinstance(value := config.get(name), Mapping)), {})


def count(config: Config, *names: str) -> int | None:
    """The first of these figures that is said and above zero. Raises InvalidInput for one that is no count."""
    for name in names:
        value = config.get(name)
        if isinstance(value, list) and value and all(isinstance(item, int | float) for item in value):
            value = max(value)
        if value is None or value == SWITCHED_OFF or isinstance(value, bool | list | Mapping):
            continue
        if (found := _checked(name, value)) > 0:
            return found
    return None


def _checked(name: str, value: object) -> int:
    if not isinstance(value, int | float) or not 0 <= value <= LARGEST:
        raise InvalidInput(
            f"{name} of the configuration is {repr(value)[:40]}, which is no count",
            "Give the config.json as the model's repository has it.",
        )
    return int(value)


def counts(config: Config, *names: str) -> list[int] | None:
    """The first list of whole numbers of these names."""
    for name in names:
        value = config.get(name)
        if isinstance(value, str) and value and all(item.strip().isdigit() for item in value.split(",")):
            return [int(item) for item in value.split(",")]
        if isinstance(value, list) and value and all(isinstance(item, int) for item in value):
            return [_checked(name, item) for item in value]
    return None


def words(config: Config, *names: str) -> list[str] | None:
    """The first list of words of these names."""
    for name in names:
        value = config.get(name)
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            return [item.lower() for item in value]
    return None


def said(config: Config, name: str) -> bool:
    """Whether a switch is on."""
    return config.get(name) is True


def of_layer(figures: Sequence[int] | None, layer: int, default: int) -> int:
    """A figure that a list gives for each layer; zero is one."""
    return figures[layer] if figures is not None and layer < len(figures) else default


def size_of_layer(figures: Sequence[int] | None, layer: int, default: int) -> int:
    """As `of_layer`, for sizes, which are never zero."""
    return of_layer(figures, layer, default) or default


def model_type(config: Config) -> str:
    return str(config.get("model_type", "")).lower().replace("-", "_")


def format_word(config: Config) -> str | None:
    """The dtype the file names, whatever it is called."""
    dtype = config.get("dtype") or config.get("torch_dtype")
    return dtype.removeprefix("torch.") if isinstance(dtype, str) else None
