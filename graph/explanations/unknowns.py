"""The sentences of `unknowns.yaml`: what neither the plan nor the catalogue can tell."""

from functools import lru_cache
from pathlib import Path

from domain.own_files import own_yaml


@lru_cache
def sentences() -> dict[str, str]:
    """The sentence of each topic; `other` for none of them."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, str])


def is_not_known(answer: str) -> bool:
    """Whether an answer says that it cannot be told: then nothing of the question is left out in silence."""
    return answer.startswith(tuple(sentence.rstrip(".") for sentence in sentences().values()))
