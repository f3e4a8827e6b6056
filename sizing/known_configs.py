"""Models that people size and no plan would choose: older ones, by the figures of their config.json.

The rows are `known_configs.yaml`, whose head says where they come from.
"""

from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.names import squash
from domain.own_files import own_yaml


class KnownConfig(Frozen):
    """A row of the table."""

    key: str
    params_b: float
    config: dict[str, object]


@lru_cache
def known_configs() -> tuple[KnownConfig, ...]:
    """The table, read once."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, tuple[KnownConfig, ...]])["models"]


@lru_cache
def _by_name() -> dict[str, KnownConfig]:
    names = ((row, row.key.rpartition("/")[2]) for row in known_configs())
    return {
        squash(name): row for row, repository in names for name in (repository.removesuffix("-hf"), repository, row.key)
    }


def config_called(name: str) -> KnownConfig | None:
    """The row of that id or repository; null where there is none."""
    return _by_name().get(squash(name))
