"""The work of one answer of models that are known by name, at the size that was asked for.

The rows are `known_work.yaml`, whose head says what each part means and how the work of a pass grows.
"""

import math
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from domain.models import ModelCard
from domain.names import squash
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
    host_ms: float = 0.0
    live_gflops: float = 0.0
    live_gib: float = 0.0
    live_ms: float = 0.0
    sizes: dict[str, tuple[float, float]] = Field(default_factory=dict)
    usual: str = ""
    beside: dict[str, float] = Field(default_factory=dict, description="billions of parameters by network")

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


def known_work_of(card: ModelCard) -> KnownWork | None:
    """The row of a model, at the size that it has of those in which it is published."""
    known = known_work(card.key)
    if known is None or not known.sizes:
        return known
    of_params = dict(known.sizes.values())
    return known.model_copy(update={"gmacs": of_params.get(card.params_b or 0.0, known.gmacs)})


def sized_names(card: ModelCard) -> dict[str, str]:
    """The names of a model with each letter of its sizes behind them, squashed, and those letters."""
    known = known_work(card.key)
    if known is None or not known.sizes:
        return {}
    names = {squash(name) for name in (card.key.split("/")[-1], card.name, *card.aliases)}
    return {name + letter: letter for letter in known.sizes for name in names}


def of_size(card: ModelCard, asked: str | None) -> tuple[ModelCard, str | None]:
    """A model that is published in several sizes as the one that was asked for, else as the usual one; and a note where
    that was not said."""
    known = known_work(card.key)
    if known is None or not known.sizes or card.name != card.key.split("/")[-1]:
        return card, None
    said = sized_names(card).get(squash(asked or ""))
    letter = said or known.usual
    params_b, gmacs = known.sizes[letter]
    sized = card.model_copy(update={"name": card.name + letter, "params_b": params_b})
    if said:
        return sized, None
    sizes, works = ", ".join(known.sizes), [work for _, work in known.sizes.values()]
    return sized, (
        f"{card.name} is published in sizes {sizes}, none was said: {sized.name} is taken ({params_b * 1e3:.1f}M "
        f"parameters); the work of the others is {min(works) / gmacs:.1f} to {max(works) / gmacs:.1f} times its."
    )
