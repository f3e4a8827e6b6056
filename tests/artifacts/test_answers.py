"""The answer to a question about need, money, APIs or a purchase: which, by how much, and nothing that is not known."""

from datetime import date

import pytest

from artifacts.answers import affordable, api_or_own, by_the_token, endless, impossible, needed, to_buy, unaffordable
from artifacts.choices import nearest_of
from domain.base import Source
from domain.hosted import BreakEven, HostedComparison, HostedPrice, HostedQuote, UnitCost
from domain.placement import PlacementOption, Relaxation
from domain.workload import ApiBill, AskedQuestion, Budget, GpuRequirement, QuestionAspect, WorkloadSpec
from tests.artifacts.sample_plan import H100, offer, option

LISTED = Source(name="price list", as_of=date(2026, 11, 20))
MONTH = Budget(amount=50_000, currency="USD", period="month")


def asking(*aspects: QuestionAspect, **changes: object) -> AskedQuestion:
    return AskedQuestion.model_validate({"kind": "fits", "aspects": aspects, **changes})


def beside(api_month: float, **changes: object) -> HostedComparison:
    even = BreakEven(usd=0.5, units_per_hour=9, units_per_month=6570, requests_per_hour=900, times_load=2.0)
    fields: dict[str, object] = {
        "unit": "million_tokens", "price_per_hour_usd": 55.04, "hours_per_month": 730, "price_as_of": "2026-11-01",
        "at_load": UnitCost(load="stated", units_per_hour=4.0, usd=13.0), "against_lowest": even,
        "quotes": (HostedQuote(api="An API", key="a/m", usd=0.5, source=LISTED),),
        "api_usd_per_month": (api_month, api_month),
    }  # fmt: skip
    return HostedComparison.model_validate(fields | changes)


def test_a_sum_that_suffices_is_a_yes_with_its_share() -> None:
    told = affordable(option(), MONTH, 50_000.0)
    assert told.startswith("Yes: 8 x H100-SXM 80 GB at aws us-east-1 cost $40,179 a month, 80 % of 50,000 USD a month")


def test_a_job_over_the_sum_is_a_no_whatever_it_costs_a_month() -> None:
    job = option(job_hours=1000.0, job_cost_usd=55_040.0)
    assert affordable(job, Budget(amount=10_000, currency="USD"), 10_000.0).startswith(
        "No: the least it costs is $55,040 for the job"
    )


def test_a_job_that_nobody_waits_for_is_a_no_with_what_would_be_spent() -> None:
    job = option(job_hours=20_000.0, job_cost_usd=1_100_800.0)
    assert " and $1,100,800, and nobody starts a job of more than" in endless(job, 2160.0, ())
    own = job.model_copy(update={"offer": offer("own hardware", price_per_hour_usd=0.0)})
    assert "$" not in endless(own, 2160.0, ())


def test_a_sum_that_does_not_suffice_says_the_least_it_costs() -> None:
    budget = Budget(amount=20_000, currency="EUR", period="month")
    assert "$40,179 a month" in unaffordable(option(), budget, 22_000.0)
    assert "1.8 times 20,000 EUR a month" in unaffordable(option(), budget, 22_000.0)


def giving(field: str) -> Relaxation:
    return Relaxation(field=field, current="a", proposed="b", option=option(), explanation=f"Without {field}.")


def test_limits_that_rule_it_out_together_are_named() -> None:
    spec = WorkloadSpec(
        gpu=GpuRequirement(models=("A100",), min_count=8), deadline_hours=72,
        budget=Budget(amount=2000, currency="USD", period="total"),
    )  # fmt: skip
    assert impossible((), spec).endswith(": 8 x A100, 2,000 USD and 3 days to the end rule it out together.")
    assert impossible((), WorkloadSpec()).endswith("would help.")


def test_another_model_is_the_last_thing_to_give_way() -> None:
    assert nearest_of((giving("models"), giving("location.regions"))).field == "location.regions"
    both = impossible((giving("models"), giving("gpu.models")), WorkloadSpec())
    assert both == "No, not all of it together. Without gpu.models. Or: without models."


@pytest.mark.parametrize("lawful", ["gpu.models", "models", "traffic.users", "location.excluded_providers"])
def test_licence_and_residency_are_the_last_to_be_given_up(lawful: str) -> None:
    for law in ("license.commercial", "location.jurisdictions"):
        assert nearest_of((giving(law), giving(lawful))).field == lawful
    alone = impossible((giving("license.commercial"),), WorkloadSpec())
    assert alone.startswith("No: nothing in the catalogue meets all of it. Only this would help")


def test_a_figure_that_moves_far_is_given_up_after_the_model() -> None:
    far = giving("budget.amount").model_copy(update={"current": "2000", "proposed": "649962.08"})
    near = giving("budget.amount").model_copy(update={"current": "2000", "proposed": "2600"})
    assert nearest_of((far, giving("models"))).field == "models"
    assert nearest_of((near, giving("models"))).field == "budget.amount"
    assert impossible((), WorkloadSpec()).startswith("No: nothing in the catalogue meets all of it")


@pytest.mark.parametrize(
    ("aspects", "smaller", "opening"),
    [(("need",), True, "No: 8 x H100"), (("need",), False, "Yes, H200:"),
     (("need", "nodes"), False, "No: one machine is enough"), (("need", "link"), False, "No: 4 GPUs a copy")],
)  # fmt: skip
def test_need_is_yes_only_where_nothing_less_does(
    aspects: tuple[QuestionAspect, ...], smaller: bool, opening: str
) -> None:
    assert needed(asking(*aspects), "H200", None, option(), smaller).startswith(opening)


@pytest.mark.parametrize(
    ("aspect", "api_month", "opening"),
    [("own", 100.0, "No, an API is cheaper: An API lists $0.50 per million tokens"),
     ("hosted", 100.0, "Yes, an API is cheaper"), ("api", 100.0, "An API is cheaper"),
     ("own", 90_000.0, "Yes, own machines are cheaper"), ("api", 41_000.0, "It comes to the same")],
)  # fmt: skip
def test_both_months_are_told_and_who_is_cheaper(aspect: QuestionAspect, api_month: float, opening: str) -> None:
    told = api_or_own(asking(aspect), beside(api_month), option(), "M")
    assert told.startswith(opening)
    assert "$40,179 a month" in told
    assert "2.92 billion tokens, against" in told
    assert "Renting pays from about 2 times this load." in told


@pytest.mark.parametrize(("names", "told"), [("abc", "(a, b, c)"), ("abcde", "(a, b, c and 2 more)")])
def test_apis_that_are_not_known_to_meet_what_was_asked_are_named(names: str, told: str) -> None:
    left_out = beside(100.0, quotes=(), unproven=tuple(names))
    assert told in api_or_own(asking("api"), left_out, option(), "M", "to be in the EU")


def test_people_who_are_there_at_once_may_not_be_there_all_month() -> None:
    peak = beside(100.0, at_load=UnitCost(load="in_flight", units_per_hour=4.0, usd=13.0))
    assert "2.92 billion tokens (if the load lasts every hour), against" in api_or_own(
        asking("own"), peak, option(), "M"
    )


def test_where_no_api_is_listed_own_machines_are_the_answer() -> None:
    told = api_or_own(asking("hosted"), None, option(), "M")
    assert told.startswith("No, own machines: no hosted API of M is in the catalogue; 8 x H100-SXM 80 GB at aws")


def test_what_is_paid_today_is_the_figure_to_beat() -> None:
    bill = ApiBill(amount=60_000.0, currency="USD", input_tokens=3e9, output_tokens=4e8)
    told = api_or_own(asking("own", bill=bill), beside(1000.0), option(), "M")
    assert told.startswith("Yes: 8 x H100-SXM 80 GB at aws us-east-1, $40,179 a month, against the 60,000 USD")
    assert "An API of the open model is cheaper still" in told


def test_an_api_that_is_not_known_to_meet_what_was_asked_is_no_answer() -> None:
    unproven = beside(1.0, quotes=(), api_usd_per_month=None, against_lowest=None, unproven=("An API",))
    told = api_or_own(asking("hosted"), unproven, option(), "M", "GDPR")
    assert told.startswith("No, own machines: no hosted API of M is known to meet GDPR (An API)")


def test_the_same_model_by_the_token_is_told_with_its_day() -> None:
    row = HostedPrice(
        key="a/m", api="An API", model="maker/m", input_usd_per_million_tokens=0.57, output_usd_per_million_tokens=2.3,
        source=LISTED,
    )  # fmt: skip
    assert by_the_token((row,), "M") == (
        "Without machines: An API sells M by the token, $0.57 per million tokens in and $2.30 out (2026-11-20)."
    )
    assert by_the_token((), "M") == ""


def test_what_to_buy_is_a_machine() -> None:
    own: PlacementOption = option(label="to provide", offer=offer(vcpu=None, ram_gib=None))
    told = to_buy(own, WorkloadSpec())
    assert told == "Buy a machine with 8 x H100-SXM 80 GB, 18 vCPU, 160 GiB of RAM, 400 GB of disk."


@pytest.mark.parametrize(
    ("usd", "opens"),
    [
        (300_000, "Yes, for the cards: they list at $240,000, 80 % of your 300,000 USD; $60,000 is left"),
        (100_000, "No: the cards alone list at $240,000, 2.4 times your 100,000 USD. The least that would do: Buy"),
    ],
)
def test_a_sum_to_buy_for_is_held_against_what_the_cards_list_at(usd: float, opens: str) -> None:
    spec = WorkloadSpec(hosting="on_premises", budget=Budget(amount=usd, currency="USD", period="total"))
    assert to_buy(option(label="to provide"), spec).startswith(opens)
    unlisted = option(label="to provide", offer=offer(gpu=H100.model_copy(update={"name": "GH200"})))
    assert to_buy(unlisted, spec).startswith(f"Whether {usd:,} USD are enough only a quote tells: no public list")


@pytest.mark.parametrize(
    ("month", "said", "is_offered"),
    [(90e3, None, True), (900e3, None, False), (90e3, 5e3, True), (900e3, 5e3, False), (900e3, 2e5, True)],
)
def test_a_bill_of_another_size_is_no_way_out(month: float, said: float | None, is_offered: bool) -> None:
    """A fleet for half a million a month is not offered to who named a model and a load, nor to who said 5,000."""
    costly = option(price_per_month_usd=month, price_per_hour_usd=month / 730, hours_per_month=730.0)
    relaxation = Relaxation(field="traffic.ttft_ms", current="10", proposed="900", option=costly, explanation="With X.")
    spec = WorkloadSpec(task_type="inference", domain="llm", budget=Budget(amount=said, period="month"))
    assert ("is of another size" not in impossible((relaxation,), spec)) is is_offered
