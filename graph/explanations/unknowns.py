"""The sentences of `unknowns.yaml`: what neither the plan nor the catalogue can tell."""

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter


@lru_cache
def sentences() -> dict[str, str]:
    """The sentence of each topic; `other` for none of them."""
    rows = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, str]).validate_python(rows)


def is_not_known(answer: str) -> bool:
    """Whether an answer says that it cannot be told: then nothing of the question is left out in silence."""
    return answer.startswith(tuple(sentences().values()))
