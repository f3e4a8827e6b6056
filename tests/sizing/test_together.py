"""Several workloads are placed, added up, and share a machine where that is cheaper and keeps every promise."""

import pytest

from domain.models import ModelCard
from domain.offers import Offer
from domain.parts import Together
from domain.workload import BudgetPeriod, GpuRequirement, Workload, WorkloadSpec
from sizing.budget import BudgetLimit
from sizing.placement import place
from sizing.together import Asked, is_above, placed_together, specs_of
from sizing.workload_names import names_of


class Market:
    def __init__(self, models: tuple[ModelCard, ...], offers: tuple[Offer, ...]) -> None:
        self.models, self.offers = models, offers

    def together(self, *specs: WorkloadSpec) -> Together:
        return placed_together(Asked(specs, [self.models] * len(specs)), self.offers)

    def month(self, spec: WorkloadSpec) -> float:
        return place(spec, self.models, self.offers).options[0].price_per_month_usd


@pytest.fixture(scope="module")
def market(starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]) -> Market:
    return Market(starter_models, starter_offers)


def service(model: str, provider: str = "aws", **said: object) -> WorkloadSpec:
    usual = {"task_type": "inference", "domain": "llm", "gpu_needed": True, "models": [{"name": model}],
             "location": {"providers": [provider]}, "traffic": {"concurrent_users": 3}}  # fmt: skip
    return WorkloadSpec.model_validate({**usual, **said})


def test_each_is_placed_as_if_it_were_alone(market: Market) -> None:
    specs = service("Llama 3.1 8B", "gcp"), service("Qwen2.5 7B", "lambda")
    found = market.together(*specs)
    assert [workload.usd_per_month for workload in found.workloads] == [market.month(spec) for spec in specs]
    assert found.shared == ()  # no provider is allowed for both
    assert found.usd_per_month == pytest.approx(sum(market.month(spec) for spec in specs))


def test_two_models_on_one_gpu_cost_less_than_two_machines(market: Market) -> None:
    specs = service("Qwen2.5 14B"), service("Qwen2.5 7B")
    found = market.together(*specs)
    (machine,) = found.shared
    alone = sum(market.month(spec) for spec in specs)
    assert machine.one_gpu
    assert machine.usd_per_month < alone
    assert (
        found.usd_per_month
        == pytest.approx(alone - machine.saves_usd_per_month)
        == pytest.approx(machine.usd_per_month)
    )


def test_shared_services_keep_memory_and_pace_on_their_part(market: Market) -> None:
    (machine,) = market.together(service("Qwen2.5 14B"), service("Qwen2.5 7B")).shared
    held = 0.0
    for option in machine.options:
        assert option.proof is not None
        assert option.served is not None
        assert option.proof.fits
        assert option.served.tokens_per_s_per_user is not None
        assert option.served.tokens_per_s_per_user >= 15
        held += option.proof.total_gib
    whole = next(offer for offer in market.offers if offer.instance_type in machine.instance and offer.gpu)
    assert whole.gpu is not None
    assert held <= whole.gpu.usable_gib


def test_whole_gpus_of_one_machine_are_divided_too(market: Market) -> None:
    one = next(o for o in market.offers if o.instance_type == "g6.2xlarge" and o.pricing == "on_demand")
    two = one.model_copy(
        update={"key": "aws/two", "instance_type": "two", "gpu_count": 2, "vcpu": 16, "ram_gib": 64.0,
                "price_per_hour_usd": 1.5}
    )  # fmt: skip
    specs = service("Llama 3.1 8B"), service("Qwen2.5 7B")
    asked = Asked(specs, [market.models] * len(specs))
    found = placed_together(asked, (one.model_copy(update={"price_per_hour_usd": 1.0}), two))
    assert [(machine.split, machine.one_gpu) for machine in found.shared] == [
        ("1 of 2 L4 for Llama 3.1 8B, text generation, 1 for Qwen2.5 7B, text generation", False)
    ]
    assert (found.usd_per_month, found.shared[0].saves_usd_per_month) == (1.5 * 730, 0.5 * 730)


def test_sharing_does_not_break_a_rule(market: Market) -> None:
    """Four cores are too few for two services on two GPUs."""
    one = next(o for o in market.offers if o.instance_type == "g6.2xlarge" and o.pricing == "on_demand")
    cramped = one.model_copy(
        update={"key": "aws/two", "instance_type": "two", "gpu_count": 2, "vcpu": 4, "price_per_hour_usd": 1.5}
    )
    offers = one.model_copy(update={"price_per_hour_usd": 1.0}), cramped
    asked = Asked((service("Llama 3.1 8B"), service("Qwen2.5 7B")), [market.models] * 2)
    found = placed_together(asked, offers)
    assert found.shared == ()


def test_sharing_does_not_lower_a_precision(market: Market) -> None:
    """On half of two T4 either model would have to be quantised, which alone on both it need not be."""
    small = next(o for o in market.offers if o.instance_type == "g4dn.12xlarge" and o.pricing == "on_demand")
    two = small.model_copy(update={"gpu_count": 2, "price_per_hour_usd": 2.0})
    asked = Asked((service("Llama 3.1 8B"), service("Qwen2.5 7B")), [market.models] * 2)
    found = placed_together(asked, (two,))
    assert found.shared == ()
    assert found.usd_per_month == 2 * 2.0 * 730


def test_a_job_is_paid_once_and_shares_nothing(market: Market) -> None:
    training = service("Llama 3.1 8B", task_type="fine_tuning", training={"examples": 10_000}, traffic={})
    found = market.together(training, service("Llama 3.1 8B"))
    assert found.shared == ()
    assert found.workloads[0].usd_per_month is None
    assert found.usd_once == found.workloads[0].usd_once
    assert found.usd_per_month == found.workloads[1].usd_per_month


def test_what_cannot_be_placed_is_named_and_left_out_of_the_sum(market: Market) -> None:
    found = market.together(service("Llama 3.1 8B"), service("Qwen2.5 7B", "nobody"))
    assert found.unplaced == ("Qwen2.5 7B, text generation",)
    assert found.usd_per_month == market.month(service("Llama 3.1 8B"))


def test_equal_workloads_keep_names_of_their_own(market: Market) -> None:
    found = market.together(*[service("Qwen2.5 7B", "crusoe")] * 2)
    assert [workload.name for workload in found.workloads] == [
        "Qwen2.5 7B, text generation",
        "Qwen2.5 7B, text generation 2",
    ]
    assert len(found.shared) == 1


def test_the_workloads_of_a_request_keep_its_constraints_but_not_its_budget() -> None:
    request = WorkloadSpec.model_validate(
        {
            "task_type": "inference", "domain": "llm", "gpu_needed": True, "location": {"providers": ["aws"]},
            "models": [{"name": "Llama 3.1 8B"}, {"name": "Whisper"}], "budget": {"amount": 900},
            "workloads": [
                {"models": [{"name": "Llama 3.1 8B"}], "traffic": {"concurrent_users": 4}},
                {"task_type": "batch_inference", "domain": "speech", "models": [{"name": "Whisper"}]},
            ],
        }
    )  # fmt: skip
    chat, speech = specs_of(request)
    assert names_of((chat, speech), (None, None)) == ["Llama 3.1 8B, text generation", "Whisper, speech"]
    assert (speech.task_type, speech.domain, speech.traffic.concurrent_users) == ("batch_inference", "speech", None)
    assert {spec.location.providers for spec in (chat, speech)} == {("aws",)}
    assert {spec.budget.amount for spec in (chat, speech)} == {None}
    assert specs_of(chat) == ()


def test_what_is_said_of_the_first_kind_of_work_is_not_asked_of_the_others() -> None:
    request = WorkloadSpec.model_validate(
        {
            "task_type": "batch_inference", "domain": "speech", "gpu": {"min_count": 6, "models": ["A30"]},
            "volume": {"amount": 300, "unit": "audio_hours", "per": "day"},
            "workloads": [
                {"task_type": "inference", "domain": "llm", "models": [{"name": "Llama 3.1 8B"}]},
                {"task_type": "batch_inference", "domain": "speech"},
            ],
        }
    )  # fmt: skip
    chat, speech = specs_of(request)
    assert (chat.gpu.min_count, speech.gpu.min_count) == (6, None)
    assert (chat.volume.amount, speech.volume.amount) == (None, 300)
    assert chat.gpu.models == speech.gpu.models == ("A30",)


def test_a_job_that_is_run_again_is_paid_each_month(market: Market) -> None:
    training = service("Llama 3.1 8B", task_type="fine_tuning", training={"examples": 10_000}, traffic={})
    once = placed_together(Asked([training], [market.models]), market.offers)
    weekly = placed_together(Asked([training], [market.models], every=["week"]), market.offers)
    assert weekly.workloads[0].usd_per_run == once.usd_once
    assert weekly.usd_per_month == pytest.approx(once.usd_once * 730 / 168)
    assert weekly.usd_once == 0


def test_services_are_at_one_place_where_that_costs_little_more(market: Market) -> None:
    specs = [
        service("Llama 3.3 70B", location={"providers": ["aws", "gcp"]}),
        service("Qwen2.5 7B", location={"providers": ["aws", "gcp"]}),
    ]
    found = market.together(*specs)
    places = {(w.option.offer.provider, w.option.offer.region) for w in found.workloads if w.option}
    assert len(places) == 1
    assert found.usd_per_month <= market.month(specs[0]) + max(1.5 * market.month(specs[1]), 25)


def test_a_training_that_is_run_once_is_where_it_is_cheapest(market: Market) -> None:
    service_of_it = service("Llama 3.1 8B", location={"providers": ["aws", "gcp"]})
    once = service("Llama 3.1 8B", task_type="fine_tuning", training={"examples": 10_000}, traffic={},
                   location={"providers": ["aws", "gcp"]})  # fmt: skip
    (alone,) = market.together(once).workloads
    assert market.together(service_of_it, once).workloads[1].option == alone.option


def test_over_the_budget_the_cheapest_layout_is_chosen(market: Market) -> None:
    specs = [service("Llama 3.3 70B", location={}), service("Qwen2.5 7B", location={})]
    asked = Asked(specs, [market.models] * 2, limit=BudgetLimit(1.0, "month", 730))
    assert placed_together(asked, market.offers).usd_per_month <= market.together(*specs).usd_per_month


IN_EUROPE = {"providers": ["azure"], "regions": ["westeurope"]}
CODING = {"concurrent_users": 8, "input_tokens": 8600, "output_tokens": 512}


@pytest.mark.parametrize(("named", "within"), [("Qwen coder", True), ("Qwen2.5-Coder-32B-Instruct", False)])
def test_a_smaller_model_on_a_shared_machine_comes_before_a_no(market: Market, named: str, within: bool) -> None:
    """A family that was named without a size has others; a size that was named stays, and is too dear."""
    specs = [service(name, location=IN_EUROPE, traffic=CODING) for name in (named, "Qwen2.5-Coder-7B-Instruct")]
    keys = [f"Qwen/Qwen2.5-Coder-{size}-Instruct" for size in ("32B", "14B", "7B")]
    models = sorted((card for card in market.models if card.key in keys), key=lambda card: keys.index(card.key))
    found = placed_together(Asked(specs, [models] * 2, limit=BudgetLimit(5000.0, "month", 730)), market.offers)
    first, second = (workload.option for workload in found.workloads)
    assert first is not None
    assert second is not None
    assert second.runs == "Qwen2.5-Coder-7B-Instruct"
    assert (found.usd_per_month <= 5000) == within == bool(found.shared) == bool(found.notes)
    assert (first.runs != "Qwen2.5-Coder-32B-Instruct") == within


def test_over_the_budget_the_plan_itself_gives_way(market: Market) -> None:
    """The first is planned with a larger model than the sum allows; both fit on one machine with a smaller one."""
    specs = [service("Qwen2.5", location={}, traffic={"concurrent_users": 8}), service("Qwen2.5 7B", location={})]
    (large,) = market.together(service("Qwen2.5 72B", location={})).workloads
    alone = placed_together(Asked(specs, [market.models] * 2), market.offers).usd_per_month

    def usd(limit: BudgetLimit | None) -> float:
        asked = Asked(specs, [market.models] * 2, fixed=(large.option, None), limit=limit)
        return placed_together(asked, market.offers).usd_per_month

    assert usd(None) > alone
    assert usd(BudgetLimit(alone, "month", 730)) <= alone


@pytest.mark.parametrize(("period", "spent"), [("month", 100.0), ("total", 150.0)])
def test_a_budget_is_held_against_all_of_its_period(period: BudgetPeriod, spent: float) -> None:
    found = Together(workloads=(), usd_per_month=100.0, usd_once=50.0)
    assert found.spent_usd(period) == spent
    assert is_above(found, BudgetLimit(spent - 1, period, 730))
    assert not is_above(found, BudgetLimit(spent, period, 730))


def test_at_most_so_many_gpus_of_all_are_not_the_least_of_each() -> None:
    both = (Workload(task_type="inference", domain="llm"), Workload(task_type="inference", domain="speech"))
    spec = WorkloadSpec(workloads=both, gpu=GpuRequirement(min_count=2, max_count=2))
    assert [(one.gpu.min_count, one.gpu.max_count) for one in specs_of(spec)] == [(None, 2), (None, 2)]
