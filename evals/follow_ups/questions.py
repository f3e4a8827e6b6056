"""The follow-up questions: their shape."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BeforeValidator, Field, ValidationError

from domain.base import Frozen
from domain.errors import InvalidInput
from domain.own_files import own_yaml
from evals.matching import Expected

HERE = Path(__file__).parent
QUESTIONS = HERE / "questions.yaml"
KINDS = ("answer", "revision", "stands", "unknown")
Kinds = Annotated[tuple[str, ...], BeforeValidator(lambda said: said.split("|") if isinstance(said, str) else said)]


class Asked(Frozen):
    """One question and what a right reply to it holds; the patterns are matched without regard to case."""

    of: str
    ask: str
    kind: Kinds
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    """Paths into the plan whose value must stand in the reply: a text as it is, an amount as the plan writes it."""
    becomes: dict[str, Expected] = Field(default_factory=dict)
    """Paths into the requirement after a change, with what they hold then."""
    count: int | None = None
    """How many workloads the requirement lists after a change; it lists none where one is left."""
    held: bool = False
    """Kept back while the answers were worked on."""


class FollowUps(Frozen):
    """The messages that lead to each plan, and what is asked of it."""

    plans: dict[str, tuple[str, ...]]
    questions: tuple[Asked, ...]


def read_questions(path: Path = QUESTIONS) -> FollowUps:
    """Raises InvalidInput for a file of another shape, or for a question of a plan or a kind that is not there."""
    try:
        found = own_yaml(path, FollowUps)
    except (yaml.YAMLError, ValidationError) as wrong:
        raise InvalidInput(f"{path.name} has another shape: {wrong}", "Correct the file.") from wrong
    for asked in found.questions:
        if asked.of not in found.plans or not set(asked.kind) <= set(KINDS):
            raise InvalidInput(f"{path.name}: {asked.ask!r} has no such plan or kind.", "Correct the file.")
    return found
