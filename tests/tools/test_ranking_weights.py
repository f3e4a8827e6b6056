"""Relevance and popularity weigh as the setting says."""

from collections.abc import Iterator

import pytest

from settings import settings
from tools.models import weighed


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(("weight", "score"), [(None, 0.9), ("0.6", 0.8), ("1", 1.0)])
def test_the_rank_of_a_model_follows_the_weight(
    monkeypatch: pytest.MonkeyPatch, weight: str | None, score: float
) -> None:
    if weight is not None:
        monkeypatch.setenv("HF_RELEVANCE_WEIGHT", weight)
    assert weighed(1.0, 0.5) == score
