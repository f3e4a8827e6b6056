"""Networks that people name and no catalogue lists, with the work that was published of them.

The rows are `published_networks.yaml`, whose head says what each part means.
"""

from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.names import squash
from domain.own_files import own_yaml


class PublishedNetwork(Frozen):
    """A row of the table; `gmacs` of one pass over a picture of `sides` pixels."""

    name: str
    pipeline_tag: str
    params_m: float
    gmacs: float
    sides: tuple[int, int]
    aliases: tuple[str, ...] = ()
    source: str

    @property
    def params_b(self) -> float:
        """Billions of parameters."""
        return self.params_m / 1e3


@lru_cache
def published_networks() -> tuple[PublishedNetwork, ...]:
    """The table, read once."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, tuple[PublishedNetwork, ...]])["networks"]


@lru_cache
def _by_name() -> dict[str, PublishedNetwork]:
    return {squash(name): network for network in published_networks() for name in (network.name, *network.aliases)}


def network_named(name: str) -> PublishedNetwork | None:
    """The network of that name; null where it is none of them."""
    return _by_name().get(squash(name))


def network_begun_by(name: str) -> PublishedNetwork | None:
    """The network whose name this one goes on from, with another head: of "yolov4-tiny-3l" YOLOv4-tiny."""
    parts = name.split("-")
    return next((found for end in range(len(parts), 0, -1) if (found := network_named("-".join(parts[:end])))), None)
