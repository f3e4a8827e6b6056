"""The line and the section that put rented machines beside hosted APIs."""

from datetime import date

import pytest

from artifacts.unit_cost import price, unit_cost_line, unit_cost_section
from domain.base import Source
from domain.hosted import BreakEven, HostedComparison, HostedQuote, LoadKind, StandIn, UnitCost

SOURCE = Source(name="price list", url="https://example.com/prices", as_of=date(2026, 11, 20))


def quotes(*usd: float) -> tuple[HostedQuote, ...]:
    return tuple(
        HostedQuote(api=f"API {number}", key=f"{number}/m", usd=each, source=SOURCE)
        for number, each in enumerate(usd, start=1)
    )


def even(usd: float, times: float | None, share: float | None) -> BreakEven:
    return BreakEven(
        usd=usd, units_per_hour=12.5, units_per_month=9125, requests_per_hour=10_000, times_load=times,
        share_of_full=share,
    )  # fmt: skip


def comparison(load: LoadKind | None = "stated", **changes: object) -> HostedComparison:
    fields: dict[str, object] = {
        "unit": "million_tokens",
        "model": "maker/model",
        "input_tokens": 1000,
        "output_tokens": 250,
        "price_per_hour_usd": 5.0,
        "hours_per_month": 730,
        "price_as_of": "2026-11-01",
        "at_load": load and UnitCost(load=load, units_per_hour=4.5, usd=1.10),
        "at_full": UnitCost(load="full", units_per_hour=45, usd=0.11),
        "quotes": quotes(0.35, 0.5, 0.9),
        "against_lowest": even(0.35, 3.14, 0.31),
        "against_median": even(0.5, 2.2, 0.22),
    }
    return HostedComparison.model_validate(fields | changes)


def test_a_small_load_says_how_much_more_makes_renting_pay() -> None:
    assert unit_cost_line(comparison()) == (
        "Per million tokens $1.10 at this load; 3 hosted APIs list $0.35 to $0.90 for this model: renting pays from "
        "about 3.1 times the load"
    )


@pytest.mark.parametrize(
    ("lowest", "median", "says"),
    [
        (even(0.35, 0.4, 0.2), even(0.5, 0.3, 0.1), "renting pays, down to about 40 % of the load"),
        (even(0.35, 1.05, 0.2), even(0.5, 0.8, 0.1), "renting costs about the same"),
        (even(0.35, 30, 1.7), even(0.5, 21, 1.2), "the API is cheaper at any load that these machines carry"),
        (
            even(0.35, 12, 1.7), even(0.5, 4, 0.6),
            "against their median renting pays from about 4 times the load, against the cheapest at no load",
        ),
    ],
)  # fmt: skip
def test_the_verdict_follows_the_load(lowest: BreakEven, median: BreakEven, says: str) -> None:
    line = unit_cost_line(comparison(against_lowest=lowest, against_median=median))
    assert line is not None
    assert line.endswith(f": {says}")


def test_where_no_load_was_said_the_line_is_for_full_load_and_names_requests() -> None:
    line = unit_cost_line(comparison(None, against_lowest=even(0.35, None, 0.31)))
    assert line is not None
    assert line.startswith("Per million tokens $0.11 at full load; ")
    assert line.endswith("renting pays from about 10,000 requests an hour (31 % of full load)")


def test_a_job_is_cheaper_or_not_at_any_size() -> None:
    line = unit_cost_line(comparison("job", against_lowest=None, against_median=None))
    assert line is not None
    assert line.endswith("$0.35 to $0.90 for this model: an API is cheaper")


def test_a_stand_in_is_named_with_its_size_and_age() -> None:
    stand_in = StandIn(key="other/model-8b", name="Model 8B", active_params_b=8.03, age="newer")
    line = unit_cost_line(comparison(quotes=quotes(0.35), stand_in=stand_in))
    assert line is not None
    assert "API 1 lists $0.35 for Model 8B (8 B active, newer), the nearest they serve" in line


def test_without_a_price_the_line_says_so_and_judges_nothing() -> None:
    line = unit_cost_line(comparison(quotes=(), against_lowest=None, against_median=None))
    assert line == (
        "Per million tokens $1.10 at this load; no hosted API in the catalogue lists this model or one of its kind "
        "and size"
    )


def test_nothing_is_said_where_neither_load_nor_speed_is_known() -> None:
    assert unit_cost_line(comparison(None, at_full=None)) is None


@pytest.mark.parametrize(
    ("usd", "written"),
    [
        (1234.5, "$1,234.50"),
        (1.1, "$1.10"),
        (0.35, "$0.35"),
        (0.0244, "$0.024"),
        (0.05, "$0.05"),
        (0.00018, "$0.00018"),
    ],
)
def test_prices_keep_the_digits_that_count(usd: float, written: str) -> None:
    assert price(usd) == written


def test_the_section_says_the_mix_the_load_in_both_periods_and_what_is_not_counted() -> None:
    text = unit_cost_section(comparison())
    assert "| Lowest, [API 1](<https://example.com/prices>) (2026-11-20) | $0.35 |" in text
    assert "| Median of 3 APIs | $0.50 |" in text
    assert "1,000 tokens in and 250 out in a request" in text
    assert "from about 10,000 requests an hour (9.1 billion tokens in the 730 hours of a month), 31 % of what" in text
    assert "cached input, batches" in text
