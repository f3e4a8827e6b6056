"""Images and libraries of the programs, each at one version: the rows of `program/packages.yaml`."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from domain.base import Frozen
from domain.offers import Gpu, Vendor
from domain.own_files import own_yaml

FOLDER = Path(__file__).with_name("program")


class TorchImage(Frozen):
    """An image that holds PyTorch at this version."""

    image: str
    torch: str = Field(description="empty: it holds more than PyTorch, and nothing that a program needs is added")
    from_capability: float = Field(default=0.0, alias="from")
    driver: str | None = Field(default=None, description="NVIDIA's, at least")
    source: str


class Pin(Frozen):
    version: str
    source: str
    vendors: tuple[Vendor, ...] | None = Field(default=None, description="whose GPUs it is for; null: any machine")


class Pins(Frozen):
    images: dict[str, tuple[TorchImage, ...]] = Field(description="by vendor of the GPU, or `none`")
    images_of: dict[str, dict[str, tuple[TorchImage, ...]]] = Field(description="by program, then as `images`")
    packages: dict[str, Pin]


@lru_cache
def pins() -> Pins:
    """The file, read once."""
    return own_yaml((FOLDER / "packages.yaml"), Pins)


def torch_image(gpu: Gpu | None, program: str = "") -> TorchImage | None:
    """The first that holds for the GPU, or for a machine without; null for a vendor that has none. A program may have
    one of its own."""
    rows = pins().images_of.get(program, pins().images).get(gpu.vendor if gpu else "none", ())
    capability = (gpu.compute_capability if gpu else None) or 0.0
    return next((row for row in rows if capability >= row.from_capability), None)


def requirements(packages: Iterable[str], gpu: Gpu | None, *, torch: str) -> str:
    """The text of a requirements file; `torch`: the version that the image holds, so that it stays; empty: none."""
    lines = [f"torch=={torch}"] if torch else []
    vendor = gpu.vendor if gpu else None
    for name in sorted(set(packages)):
        pin = pins().packages[name]
        if pin.vendors is None or vendor in pin.vendors:
            lines.append(f"{name}=={pin.version}")
    return "\n".join(lines) + "\n"
