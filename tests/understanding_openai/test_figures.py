"""A number is believed when it follows from the figures of the quote in that field's dimension, and not otherwise."""

import pytest

from domain.workload import WorkloadSpec
from graph.understanding.llm.quotes import whole
from graph.understanding.llm.support import Support
from graph.understanding.mentions.index import NameIndex
from graph.understanding.reading import BuiltinReader

FOLLOWS: list[tuple[str, float, str]] = [
    ("gpu.min_count", 2, "2x24GB"),
    ("gpu.max_count", 4, "at most 4 cards"),
    ("gpu.min_count", 16, "2 nodes with 8 H100s"),
    ("gpu.min_count", 1, "a single GPU"),
    ("gpu.min_nodes", 3, "three machines"),
    ("gpu.min_vram_gb", 24, "2x24GB"),
    ("gpu.min_total_vram_gb", 48, "2x24GB"),
    ("cpu.min_vcpu", 32, "32 vCPU"),
    ("budget.amount", 3000, "$3k a month"),
    ("budget.amount", 2000, "24,000 dollars a year"),
    ("budget.amount", 600, "$20 a day"),
    ("budget.amount", 3, "$3 an hour"),
    ("unit_price.amount", 0.5, "$0.50 per million tokens"),
    ("dataset.size_gb", 2000, "2 TB of scans"),
    ("dataset.size_gb", 500, "1000 scans of 500 MB each"),
    ("dataset.items", 12000, "12k PDFs"),
    ("volume.amount", 20000, "20,000 pages a day"),
    ("training.tokens", 5e11, "500B tokens"),
    ("training.epochs", 3, "three epochs"),
    ("training.examples", 8000, "8k labelled examples"),
    ("models.params_b", 0.35, "350M model"),
    ("traffic.users", 2000, "a couple of thousand users"),
    ("traffic.peak_concurrent_users", 200, "200 people"),
    ("traffic.requests_per_second", 11.57, "a million requests a day"),
    ("traffic.requests_per_second", 50, "50 rps"),
    ("traffic.tokens_per_second_per_user", 30, "30 tokens/s"),
    ("context_tokens", 128000, "128k context"),
    ("context_tokens", 131072, "128k context"),
    ("traffic.ttft_ms", 200, "under 200ms"),
    ("traffic.latency_ms", 2000, "within 2 seconds"),
    ("deadline_hours", 72, "3 days"),
    ("hours_per_month", 176, "8 hours a day on weekdays"),
    ("availability.uptime_percent", 99.9, "99.9% uptime"),
    ("availability.zones", 3, "3 zones"),
    ("availability.min_replicas", 2, "two replicas"),
]
DOES_NOT: list[tuple[str, float, str]] = [
    ("gpu.min_count", 3, "2x24GB"),
    ("gpu.min_count", 24, "24GB"),
    ("gpu.min_count", 40, "forty people"),
    ("gpu.min_count", 3000, "$3000"),
    ("traffic.users", 8, "8 GPUs"),
    ("budget.amount", 500, "$3k a month"),
    ("budget.amount", 24000, "24,000 dollars a year"),
    ("budget.amount", 3000, "as cheap as possible"),
    ("budget.amount", 24, "24 GB"),
    ("dataset.size_gb", 2, "2 TB"),
    ("dataset.size_gb", 2000, "2000 images"),
    ("context_tokens", 8192, "128k context"),
    ("deadline_hours", 24, "3 days"),
    ("gpu.min_count", 0, "no GPUs"),
    ("gpu.min_count", -5, "5 GPUs"),
    ("budget.amount", -5, "$5"),
    ("budget.amount", float("inf"), "any budget"),
    ("budget.amount", float("nan"), "$5"),
    ("budget.amount", 1e300, "$5"),
    ("traffic.users", 10**400, "5 users"),
]


@pytest.fixture(scope="module")
def support(builtin: BuiltinReader) -> Support:
    return Support(builtin, builtin.board(("",), WorkloadSpec(), None).get("index", NameIndex))


def believed(support: Support, builtin: BuiltinReader, field: str, value: float, words: str) -> bool:
    """By its quote, the words of one turn."""
    quote = whole(builtin.line(words)).quote(words)
    assert quote is not None
    return support.held(field, value, [quote]) is not None


@pytest.mark.parametrize(("field", "value", "words"), FOLLOWS)
def test_a_figure_of_the_quote_is_believed(
    support: Support, builtin: BuiltinReader, field: str, value: float, words: str
) -> None:
    assert believed(support, builtin, field, value, words)


@pytest.mark.parametrize(("field", "value", "words"), DOES_NOT)
def test_a_figure_nobody_wrote_is_not(
    support: Support, builtin: BuiltinReader, field: str, value: float, words: str
) -> None:
    assert not believed(support, builtin, field, value, words)
