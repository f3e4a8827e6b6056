"""The kept lines: their shape, and nothing of what they say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BeforeValidator, ValidationError

from domain.base import Frozen
from domain.errors import InvalidInput
from domain.own_files import own_yaml
from evals.matching import Expected

KEPT = Path(__file__).with_name("kept.yaml")
Several = Annotated[tuple[str, ...], BeforeValidator(lambda said: (said,) if isinstance(said, str) else said)]


class Later(Frozen):
    """What `then` wants while the plan of `first` stands: plan, question, undo, tasks or stays; alternatives as a|b."""

    first: str
    then: str
    wants: str


class Answer(Frozen):
    """`then` answers the questions about the fields `asks`, in their order; `spec` is what must be understood then."""

    first: str
    asks: Several = ()
    then: str
    spec: Mapping[str, Expected]


class Lines(Frozen):
    out_of_scope: tuple[str, ...] = ()
    planning: tuple[str, ...] = ()
    later: tuple[Later, ...] = ()
    answers: tuple[Answer, ...] = ()


def kept_lines(path: Path = KEPT) -> Lines:
    """Raises InvalidInput for a file of another shape; the message quotes none of it."""
    try:
        return own_yaml(path, Lines)
    except yaml.YAMLError:
        raise InvalidInput(f"{path.name} is not YAML.", "Correct the file.") from None
    except ValidationError as wrong:
        where = sorted({".".join(str(part) for part in row["loc"]) for row in wrong.errors()})
        raise InvalidInput(f"{path.name} has another shape at {', '.join(where[:5])}.", "Correct the file.") from None
