"""Pictures in the prompts of models that read and see: the rows of `pictures.yaml`."""

import math
from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.names import squash
from domain.own_files import own_yaml
from domain.workload import LANGUAGE_DOMAINS, WorkloadSpec


class PictureRule(Frozen):
    """How a family of models cuts a picture into tokens."""

    named: tuple[str, ...] = ()
    edge_px: int | None = None
    each: int = 1
    most: int = 1
    overview: bool = False
    told: bool = False
    source: str

    def squares(self, width: int, height: int) -> int:
        """Of a picture of so many pixels."""
        edge = self.edge_px
        return 1 if edge is None else min(math.ceil(width / edge) * math.ceil(height / edge), self.most)

    def tokens(self, width: int, height: int) -> int:
        """Of a picture of so many pixels."""
        squares = self.squares(width, height)
        return (squares + (self.overview and squares > 1)) * self.each


class UsualSize(Frozen):
    """Pixels of a picture of such a use, where nobody said."""

    use_cases: tuple[str, ...] = ()
    name: str
    width: int
    height: int
    source: str


class _Pictures(Frozen):
    families: tuple[PictureRule, ...]
    sizes: tuple[UsualSize, ...]
    heard: tuple[str, ...]


@lru_cache
def _read() -> _Pictures:
    return own_yaml(Path(__file__).with_suffix(".yaml"), _Pictures)


@lru_cache(maxsize=1024)
def rule_of(name: str) -> PictureRule:
    """The rule of the model of this name; "" and families without a row: the usual one."""
    plain = squash(name)
    return next(rule for rule in _read().families if not rule.named or any(part in plain for part in rule.named))


def _usual_size(spec: WorkloadSpec) -> UsualSize:
    return next(size for size in _read().sizes if not size.use_cases or spec.use_case in size.use_cases)


def _rule(spec: WorkloadSpec) -> PictureRule:
    return rule_of(spec.models[0].name if spec.models else "")


def pictures_each(spec: WorkloadSpec) -> int:
    """Pictures in one request to a language model: as said; one for a model that is asked to see, where the length of
    prompts was not said."""
    if (spec.domain or "llm") not in LANGUAGE_DOMAINS:
        return 0
    if spec.traffic.images_each is not None:
        return spec.traffic.images_each
    sees = spec.domain == "multimodal" or spec.dataset.modality == "images"
    other = spec.task_type not in (None, "inference", "batch_inference") or spec.use_case in _read().heard
    other = other or spec.media.seconds is not None or spec.dataset.modality not in (None, "images")
    return int(sees and not other and spec.traffic.input_tokens is None)


def _pixels(spec: WorkloadSpec) -> tuple[int, int]:
    media, usual = spec.media, _usual_size(spec)
    if media.width is None and media.height is None:
        return usual.width, usual.height
    return media.width or media.height or usual.width, media.height or media.width or usual.height


def picture_tokens(spec: WorkloadSpec) -> int:
    """Tokens of the pictures of one request to a language model; 0 where there are none."""
    each = pictures_each(spec)
    return each * _rule(spec).tokens(*_pixels(spec)) if each else 0


def most_pixels(spec: WorkloadSpec, model: str) -> int | None:
    """What a server of this model scales pictures down to, so that they have no more tokens than the plan counts on;
    null where their size was said, there are none, or it cannot be told."""
    rule, said = rule_of(model), spec.media.width is not None or spec.media.height is not None
    if said or not rule.told or rule.edge_px is None or not pictures_each(spec):
        return None
    return rule.squares(*_pixels(spec)) * rule.edge_px**2


def picture_note(spec: WorkloadSpec) -> str | None:
    """What the plan takes the pictures of a request for."""
    each = pictures_each(spec)
    if not each:
        return None
    (width, height), usual, rule = _pixels(spec), _usual_size(spec), _rule(spec)
    said = bool(spec.media.width or spec.media.height)
    of = "" if said else f" ({usual.source})"
    if not said and rule.told:
        of = f", to which the server scales larger ones down{of}"
    counted = f"{rule.tokens(width, height):,} tokens each ({rule.source})"
    taken = f"of {width:,} x {height:,} px{of}, {counted}"
    if spec.traffic.images_each is None:
        return (
            f"A request brings one {usual.name} {taken}: they are among the tokens in. Say how many there are and how "
            "large: prompts, the first token and the cache follow from it."
        )
    return f"The {each} pictures of a request are taken as {picture_tokens(spec):,} tokens in: {taken}."
