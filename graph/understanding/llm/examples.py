"""The labelled examples of `prompts/examples.yaml` as the language model is shown them: a few, and different."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import prompts
from domain.base import Frozen
from domain.own_files import own_yaml

SHOWN = 26
TOLD_APART = ("intent", "task_type", "domain")
"""Fields of which every value is shown; of the others, that they are set."""


class Example(Frozen):
    text: str
    intent: str = "plan"
    plan_stands: bool = False
    spec: Mapping[str, object] = {}

    @property
    def fields(self) -> dict[str, object]:
        return {"intent": self.intent, **self.spec}

    @property
    def aspects(self) -> set[tuple[str, str]]:
        """What it shows."""
        return {(name, str(value) if name in TOLD_APART else "") for name, value in self.fields.items()}


@lru_cache
def shown_examples() -> str:
    """The first examples that each bring the most that was not shown yet."""
    path = Path(prompts.__file__).with_name("examples.yaml")
    left = [*own_yaml(path, dict[str, list[Example]])["examples"]]
    shown, lines = set[tuple[str, str]](), list[str]()
    while left and len(lines) < SHOWN:
        best = max(left, key=lambda example: len(example.aspects - shown))
        left.remove(best)
        shown |= best.aspects
        lines.append(f"- {json.dumps(best.text)} -> {json.dumps(best.fields)}")
    return "\n".join(lines)
