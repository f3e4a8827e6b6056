"""How names are compared, everywhere: letters and digits only, so that "h100 pcie" and "H100-PCIe" are one."""

import re

_SIGNS = re.compile(r"[^a-z0-9]+")


def squash(name: str) -> str:
    """The same as `catalog.squash` in the database."""
    lowered = name.lower()
    return lowered if lowered.isascii() and lowered.isalnum() else _SIGNS.sub("", lowered)
