"""The models of configs.yaml, read from their figures."""

from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

import yaml

from sizing.architecture import Shape, shape_of
from sizing.model_config import ConfigFigures, architecture_from_config


class Expected(TypedDict):
    """A model with what is published of it; the header of configs.yaml says what each figure means."""

    id: str
    source: str
    params_b: float
    config: dict[str, object]
    grows: NotRequired[list[list[int]]]
    windows: NotRequired[list[list[int]]]
    active_params_b: NotRequired[float]
    state_mib: NotRequired[float]
    cache_gib: NotRequired[dict[int, float]]
    cache_source: NotRequired[str]
    native: NotRequired[str]
    weights_gib: NotRequired[float]
    formats: NotRequired[dict[str, float]]


@cache
def configured() -> dict[str, Expected]:
    rows: list[Expected] = yaml.safe_load(Path(__file__).with_name("configs.yaml").read_text())["models"]
    return {row["id"]: row for row in rows}


@cache
def figures_of(name: str) -> ConfigFigures:
    return architecture_from_config(configured()[name]["config"])


def shape_of_config(name: str) -> Shape:
    figures = figures_of(name)
    return shape_of(figures.architecture, figures.params_b, figures.active_params_b)
