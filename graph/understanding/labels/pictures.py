"""Domains that work on pictures: what cameras film, and what is drawn."""

from domain.workload import Domain

FILMED: frozenset[Domain | None] = frozenset({"vision", "video", "multimodal"})
"""What looks at what cameras see: their number is no load of what only reads and writes."""
PICTURED: frozenset[Domain | None] = FILMED | {"image_generation"}
"""What takes or makes pictures of a size."""
