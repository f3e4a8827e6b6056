"""Models that people size and no plan would choose: older ones, by the figures of their config.json.

The rows are `known_configs.yaml`, whose head says where they come from.
"""

from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.names import squash
from domain.own_files import own_yaml
from sizing.packed_names import is_of_network


class KnownConfig(Frozen):
    """A row of the table."""

    key: str
    params_b: float
    config: dict[str, object]


class KnownConfigs(Frozen):
    """The file."""

    trained_from: dict[str, str]
    models: tuple[KnownConfig, ...]


@lru_cache
def _file() -> KnownConfigs:
    """Read once."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), KnownConfigs)


def known_configs() -> tuple[KnownConfig, ...]:
    """The models that no plan would choose."""
    return _file().models


def trained_from(name: str) -> str | None:
    """The model whose network this fine-tune keeps; null where none is known."""
    return next((base for key, base in _file().trained_from.items() if is_of_network(key, name)), None)


@lru_cache
def _by_name() -> dict[str, KnownConfig]:
    names = ((row, row.key.rpartition("/")[2]) for row in known_configs())
    return {
        squash(name): row for row, repository in names for name in (repository.removesuffix("-hf"), repository, row.key)
    }


def config_called(name: str) -> KnownConfig | None:
    """The row of that id or repository; null where there is none."""
    return _by_name().get(squash(name))


def config_of_network(name: str) -> KnownConfig | None:
    """The row of the same network, whatever it was taught last; null where there is none."""
    return next((row for row in known_configs() if is_of_network(row.key, name)), None)
