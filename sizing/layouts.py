"""How a footprint is laid out on each kind of machine, worked out once however often it is asked.

A plan is searched for several times (to several standards, with another load, without a budget), each time over
hundreds of instance types; a layout depends on none of that, but on the footprint, the GPU and its count alone.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from sizing.deployment import Deployment, Footprint, Machine

FOOTPRINTS_KEPT = 128


@dataclass(frozen=True, slots=True)
class Layouts:
    """The deployments of one footprint."""

    footprint: Footprint
    _found: dict[tuple[Machine, int], tuple[Deployment, ...]] = field(default_factory=dict, repr=False)

    def on(self, machine: Machine, min_nodes: int) -> tuple[Deployment, ...]:
        """As `Footprint.deployments`."""
        key = machine, min_nodes
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self.footprint.deployments(machine.gpu, machine.gpu_count, min_nodes)
        return found


@lru_cache(maxsize=FOOTPRINTS_KEPT)
def layouts_of(footprint: Footprint) -> Layouts:
    """The layouts of a footprint and of all that equal it."""
    return Layouts(footprint)
