"""The attitudes, and how they are looked up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Stance = Literal[
    "wanted",  # asked for, which is what words do when nothing says otherwise
    "excluded",  # "no AWS", "anything but Azure", "H100 is too expensive"
    "withdrawn",  # "forget Kafka", "HIPAA is no longer needed"
    "replaced",  # "instead of Azure", "swap Chroma for Qdrant" (of Chroma)
    "at_hand",  # "we already have 2 A6000", "on our own H100s"
    "background",  # the past, somebody else's, an example, advice of others
    "compared",  # "cheaper than H100", "similar to ChatGPT"
    "asked",  # "is an A100 enough?", "what about Hetzner?"
]
UNWANTED: frozenset[Stance] = frozenset({"excluded", "withdrawn", "replaced"})
SPOKEN_OF: frozenset[Stance] = frozenset({"at_hand", "background", "compared"})


@dataclass(frozen=True)
class Stances:
    """The stance at every place of a line."""

    at: Sequence[Stance]
    reports: frozenset[int] = frozenset()
    """The sentences that tell how something goes on hardware that is there."""
    void: frozenset[int] = frozenset()
    """The places of orders to the program and of make-believe: nothing in them is a requirement."""

    def of(self, first: int, last: int) -> Stance:
        """The stance of what stands from one place to another: that of its first word."""
        return self.at[first] if self.at[first] != "wanted" else self.at[last]

    def wants(self, first: int, last: int) -> bool:
        """Asked for, or asked about."""
        return self.of(first, last) in ("wanted", "asked")
