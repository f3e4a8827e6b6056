"""The work of one answer of models that are known by name, at the size that was asked for.

The rows are `known_work.yaml`, whose head says what each part means and how the work of a pass grows.
"""

import math
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from domain.own_files import own_yaml
from sizing.model_facts import Named

GIGA = 1e9


class KnownWork(Named):
    """A row of the table."""

    sides: tuple[int, int] = (0, 0)
    patch: int = 0
    text: int = 0
    params_b: float = 0.0
    layers: int = 0
    width: int = 0
    gmacs: float = 0.0
    square: float = 0.0
    frames: int = 1
    fps: float = 0.0
    every: int = 1
    steps: int = 1
    guided: bool = Field(default=False, description="each step is taken with and without the prompt")
    live_gflops: float = 0.0
    live_gib: float = 0.0

    def tokens(self, sides: tuple[int, int], seconds: float | None) -> int:
        """Of one pass over a picture, or over all latent frames of a clip."""
        width, height = sides
        a_frame = math.ceil(width / self.patch) * math.ceil(height / self.patch)
        return a_frame * self.latent_frames(seconds) + self.text

    def latent_frames(self, seconds: float | None) -> int:
        """The first frame stands alone, the others are taken together."""
        frames = self.frames if seconds is None or not self.fps else round(seconds * self.fps) + 1
        return 1 + math.ceil((frames - 1) / self.every)

    def gmacs_at(self, sides: tuple[int, int], seconds: float | None) -> float:
        """Billions of multiply-accumulates of one forward pass."""
        if self.patch:
            tokens = float(self.tokens(sides, seconds))
            attention = 2.0 * self.layers * self.width * tokens**2
            return (self.params_b * GIGA * tokens + attention) / GIGA
        larger = sides[0] * sides[1] / (self.sides[0] * self.sides[1])
        return self.gmacs * ((1 - self.square) * larger + self.square * larger**2)

    def passes(self, steps: int | None) -> int:
        """Of one answer."""
        return (steps or self.steps) * (2 if self.guided else 1)


@lru_cache
def known_works() -> tuple[KnownWork, ...]:
    """The table, read once."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, tuple[KnownWork, ...]])["models"]


@lru_cache(maxsize=4096)
def known_work(key: str) -> KnownWork | None:
    """The row of a model by its id; null where there is none."""
    return next((row for row in known_works() if row.is_about(key)), None)
