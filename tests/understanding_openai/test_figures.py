"""A number is believed when it follows from the user's figures, and not otherwise."""

import pytest

from graph.understanding.evidence.figures import Measure, follows


@pytest.mark.parametrize(
    ("value", "measure", "quote"),
    [
        (2, Measure.COUNT, "2x24GB"),
        (24, Measure.MEMORY_GB, "2x24GB"),
        (48, Measure.MEMORY_GB, "2x24GB"),
        (16, Measure.COUNT, "2 nodes with 8 H100s"),
        (1, Measure.COUNT, "a single GPU"),
        (8, Measure.COUNT, "eight cards"),
        (3000, Measure.MONEY, "$3k a month"),
        (2000, Measure.MONEY, "24,000 dollars a year"),
        (600, Measure.MONEY, "$20 a day"),
        (1800, Measure.MONEY, "$1,800"),
        (2000, Measure.SIZE_GB, "2 TB of scans"),
        (500, Measure.SIZE_GB, "1000 scans of 500 MB each"),
        (70, Measure.PARAMETERS_B, "llama 70b"),
        (0.35, Measure.PARAMETERS_B, "350M model"),
        (7, Measure.PARAMETERS_B, "Qwen2.5-7B"),
        (11.57, Measure.PER_SECOND, "a million requests a day"),
        (50, Measure.PER_SECOND, "50 rps"),
        (128000, Measure.TOKENS, "128k context"),
        (131072, Measure.TOKENS, "128k context"),
        (200, Measure.MILLISECONDS, "under 200ms"),
        (2000, Measure.MILLISECONDS, "within 2 seconds"),
        (72, Measure.HOURS, "3 days"),
        (176, Measure.HOURS_PER_MONTH, "8 hours a day"),
        (173.3, Measure.HOURS_PER_MONTH, "40 hours a week"),
        (2000, Measure.COUNT, "a couple of thousand users"),
    ],
)
def test_a_figure_of_the_quote_is_believed(value: float, measure: Measure, quote: str) -> None:
    assert follows(value, measure, quote)


@pytest.mark.parametrize(
    ("value", "measure", "quote"),
    [
        (3, Measure.COUNT, "2x24GB"),
        (24, Measure.COUNT, "24GB"),
        (3000, Measure.COUNT, "$3000"),
        (500, Measure.MONEY, "$3k a month"),
        (3000, Measure.MONEY, "as cheap as possible"),
        (24, Measure.MONEY, "24 GB"),
        (2, Measure.SIZE_GB, "2 TB"),
        (2000, Measure.SIZE_GB, "2000 images"),
        (405, Measure.PARAMETERS_B, "llama 70b"),
        (8192, Measure.TOKENS, "128k context"),
        (24, Measure.HOURS, "3 days"),
        (0, Measure.COUNT, "no GPUs"),
        (-5, Measure.COUNT, "5"),
        (float("inf"), Measure.MONEY, "any budget"),
        (float("nan"), Measure.MONEY, "$5"),
    ],
)
def test_a_figure_nobody_wrote_is_not(value: float, measure: Measure, quote: str) -> None:
    assert not follows(value, measure, quote)
