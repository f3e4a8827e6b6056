"""The rows of `library_versions.yaml`: images and packages that steps name beside the engines."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from domain.base import Frozen
from domain.names import is_like
from domain.offers import Gpu
from domain.own_files import own_yaml


class ImageFrom(Frozen):
    from_capability: float = Field(alias="from")
    image: str


class TextEmbeddings(Frozen):
    version: str
    source: str
    cpu: str
    nvidia: tuple[ImageFrom, ...]
    architectures: frozenset[str]

    def image_on(self, gpu: Gpu | None) -> str | None:
        """Null where it has no image for the GPU."""
        if gpu is None:
            return self.cpu
        capability = gpu.compute_capability or 0.0
        rows = self.nvidia if gpu.vendor == "nvidia" else ()
        return next((row.image for row in rows if capability >= row.from_capability), None)


class Omni(Frozen):
    """vLLM-Omni: which models it serves, and in which image."""

    version: str
    source: str
    nvidia: str
    amd: str
    oldest_nvidia: float
    models: tuple[str, ...]

    def image_on(self, gpu: Gpu | None) -> str | None:
        """Null where it has no image for the GPU."""
        if gpu is None or gpu.vendor == "amd":
            return self.amd if gpu else None
        runs = gpu.vendor == "nvidia" and (gpu.compute_capability or 0.0) >= self.oldest_nvidia
        return self.nvidia if runs else None

    def serves(self, key: str) -> bool:
        """Whether its table has the model."""
        return is_like(key, self.models)


class PinnedImage(Frozen):
    version: str
    image: str
    source: str


class PinnedRelease(Frozen):
    version: str
    address: str
    source: str


class LibraryVersions(Frozen):
    text_embeddings: TextEmbeddings
    omni: Omni
    images: dict[str, PinnedImage]
    releases: dict[str, PinnedRelease]


@lru_cache
def library_versions() -> LibraryVersions:
    """The file, read once."""
    path = Path(__file__).with_suffix(".yaml")
    return own_yaml(path, LibraryVersions)
