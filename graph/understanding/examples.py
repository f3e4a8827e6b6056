"""The labelled examples: few-shots of the language model, neighbours of the built-in reader."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from domain.base import Frozen
from domain.own_files import own_yaml
from domain.turn import Intent
from domain.workload import WorkloadSpec

EXAMPLES = Path(__file__).parents[2] / "prompts" / "examples.yaml"


class Example(Frozen):
    """A request and what it should be read as; of the spec only the fields the words settle are set."""

    text: str = Field(min_length=1)
    intent: Intent = "plan"
    plan_stands: bool = Field(default=False, description="said after a plan was given")
    spec: WorkloadSpec = WorkloadSpec()


class _Examples(Frozen):
    examples: tuple[Example, ...]


@lru_cache
def load_examples() -> tuple[Example, ...]:
    """Every example, in the file's order."""
    return own_yaml(EXAMPLES, _Examples).examples
