"""What the spec holds is weighed by the placement, or the plan says that it is not; nothing goes under."""

import pytest

from domain.base import Frozen
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import PlacementOption
from domain.queries import ComputeQuery, ModelQuery, NamedModel
from domain.workload import (
    Availability,
    Evidence,
    GpuRequirement,
    Power,
    Training,
    UnitPrice,
    Unplaced,
    Volume,
    Workload,
    WorkloadSpec,
)
from graph.context import ArchitectContext
from graph.narrative import understanding
from graph.not_weighed import left_out, not_taken_into_account, not_weighed_rules
from sizing.model_makers import makers
from sizing.placement import UNCHECKED_DEADLINE, place
from sizing.rules import needs_no_cluster
from sizing.seller_owners import seller_owners
from tests.graph.conftest import Conversation

MODEL = {"llm": "Llama 3.1 8B", "image_generation": "stable-diffusion-xl"}
PLANS = [
    {"task_type": task, "domain": domain, "gpu_needed": gpu_needed, "models": [{"name": MODEL[domain]}]}
    for task in ("inference", "rag", "batch_inference", "training", "fine_tuning")
    for domain in MODEL
    for gpu_needed in (True, False)
]
SET: dict[str, object] = {
    "gpu.max_count": 0, "gpu.max_vram_gb": 1, "gpu.min_nodes": 100, "gpu.max_nodes": 0, "gpu.vendors": ["intel"],
    "gpu.excluded_vendors": ["nvidia", "amd"], "gpu.interconnect": "infiniband",
    "availability.uptime_percent": 99.99, "availability.zones": 3, "availability.min_replicas": 10**6,
    "availability.scale_to_zero": True, "availability.cold_start_seconds": 1e-6,
    "traffic.users": 10**9, "traffic.concurrent_users": 10**9, "traffic.requests_per_second": 1e9,
    "traffic.ttft_ms": 1e-6, "traffic.peak_concurrent_users": 10**9, "traffic.peak_requests_per_second": 1e9,
    "traffic.latency_ms": 1e-6, "traffic.latency_percentile": 99, "traffic.tokens_per_second_per_user": 1e9,
    "traffic.tokens_per_second": 1e9,
    "training.tokens": 1e16, "training.epochs": 977, "training.examples": 10**12, "training.method": "dpo",
    "training.objective": "dpo",
    "training.runs": 977,
    "training.resolution": "4096x4096", "media.width": 4096, "media.height": 4096, "media.steps": 199,
    "embedding_tables_gb": 1e9, "unit_price.amount": 0.01,
    "context_tokens": 9_000_000, "deadline_hours": 1e-9, "deadline_date": "friday", "hosting": "on_premises",
    "cluster": "openshift", "model_origin.excluded": sorted(makers().owners), "model_origin.allowed": ["AQ"],
    "sources.excluded": ["docker.io"], "sources.registry": "harbor.example.org", "features": ["diarization"],
    "location.everywhere": True, "location.owners": ["AQ"], "location.excluded_owners": sorted(seller_owners().owners),
    "power.max_kw": 1e-6, "power.price_per_kwh": 0.01,
}  # fmt: skip
"""A value of every field that nothing meets, or that changes how much there is to do."""
ONLY_WITH_A_GPU = ("gpu.max_count", "gpu.max_vram_gb", "gpu.max_nodes", "gpu.vendors", "gpu.excluded_vendors")
VOLUMES: tuple[dict[str, object], ...] = tuple(
    {"amount": 1e12, "unit": unit, "per": per}
    for unit in ("requests", "tokens", "images", "audio_hours")
    for per in ("day", "total")
)


class Market(Frozen):
    models: tuple[ModelCard, ...]
    offers: tuple[Offer, ...]

    def options(self, spec: WorkloadSpec) -> tuple[PlacementOption, ...]:
        return place(spec, self.models, self.offers).options


@pytest.fixture(scope="module")
async def market(context: ArchitectContext) -> Market:
    named = tuple(NamedModel(name=name) for name in MODEL.values())
    models = await context.tools.models(ModelQuery(named=named, top_k=10), context.database)
    offers = await context.tools.compute(ComputeQuery(top_k=None), context.database)
    return Market(models=models.items, offers=offers.items)


def with_field(plan: dict[str, object], path: str, value: object) -> WorkloadSpec:
    head, _, tail = path.partition(".")
    return WorkloadSpec.model_validate({**plan, head: {tail: value} if tail else value})


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan['task_type']}-{plan['domain']}-{plan['gpu_needed']}")
def test_a_field_changes_the_placement_or_is_named(plan: dict[str, object], market: Market) -> None:
    usual = WorkloadSpec.model_validate(plan)
    options = market.options(usual)
    assert options
    assert not_taken_into_account(usual, options[0]) == ()
    tried = [(path, value) for path, value in SET.items() if plan["gpu_needed"] or path not in ONLY_WITH_A_GPU]
    for path, value in (*tried, *(("volume", volume) for volume in VOLUMES)):
        spec = with_field(plan, path, value)
        placement = place(spec, market.models, market.offers)
        found = placement.options
        named = not_taken_into_account(spec, found[0] if found else options[0])
        assumed = any(UNCHECKED_DEADLINE in sentence for sentence in placement.assumptions)
        if needs_no_cluster(spec) is not needs_no_cluster(usual):  # machines that can be nodes are asked for besides
            assert found != options or named, (path, value)
            continue
        assert (found != options) is not bool(named or assumed), (path, value, named)


def test_no_new_field_is_forgotten() -> None:
    parts: dict[str, type[Frozen]] = {
        "gpu": GpuRequirement, "availability": Availability, "unit_price": UnitPrice, "training": Training,
        "power": Power,
    }  # fmt: skip
    fields = {f"{part}.{field}" for part, kind in parts.items() for field in kind.model_fields}
    older = {"gpu.models", "gpu.excluded", "gpu.min_count", "gpu.min_vram_gb", "gpu.min_total_vram_gb"}
    told = {"gpu.or_more", "unit_price.currency", "unit_price.per", "training.result", "power.currency"}
    assert fields - older - set(SET) == told
    assert {field for rule in not_weighed_rules() for field in rule.fields} <= {*SET, "owned"}


def test_it_is_named_in_the_users_words_once() -> None:
    spec = WorkloadSpec.model_validate({
        "task_type": "inference", "domain": "llm", "traffic": {"latency_ms": 900, "latency_percentile": 99},
        "owned": [{"gpu": "A100-80GB", "count": 4}],
        "evidence": {path: Evidence(quote="p99 under 900 ms", turn=0)
                     for path in ("traffic.latency_ms", "traffic.latency_percentile")},
    })  # fmt: skip
    owned, latency = not_taken_into_account(spec, None)
    assert latency.startswith("“p99 under 900 ms”: ")
    assert "first token" in latency
    assert "percentile" in latency
    assert owned.startswith("Hardware at hand (4 x A100-80GB): ")


def test_words_that_no_field_holds_and_further_workloads_are_named() -> None:
    spec = WorkloadSpec(
        unplaced=(Unplaced(quote="42 fizzbuzz units", turn=0),),
        workloads=(Workload(quote="serve Llama 70B"), Workload(quote="embed 2M documents with bge-m3")),
    )
    told = " ".join(not_taken_into_account(spec, None))
    assert "“42 fizzbuzz units”" in told
    assert "“embed 2M documents with bge-m3”" in told
    assert "serve Llama 70B" not in told


def test_the_length_of_an_answer_makes_its_time_a_constraint() -> None:
    spec = WorkloadSpec.model_validate({"traffic": {"latency_ms": 900, "output_tokens": 50}})
    assert not_taken_into_account(spec, None) == ()


def test_the_kind_of_cluster_that_the_steps_set_up_is_not_named(market: Market) -> None:
    spec = WorkloadSpec.model_validate({**PLANS[0], "location": {"providers": ["aws"]}, "cluster": "eks"})
    first = market.options(spec)[0]
    assert not_taken_into_account(spec, first) == ()
    gke = spec.model_copy(update={"cluster": "gke"})
    assert "eks" in not_taken_into_account(gke, first)[0]


async def test_a_plan_for_what_was_understood_has_nothing_to_own_up_to(conversation: Conversation) -> None:
    plan = (await conversation.say("Llama 70B for 200 users under $5k, EU only"))["plan"]
    assert plan.not_taken_into_account == ()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"gpu": {"max_count": 4}}, "at most 4 GPUs"),
        ({"gpu": {"min_count": 8, "max_count": 8}}, "exactly 8 GPUs"),
        ({"gpu": {"max_vram_gb": 24}}, "at most 24 GB per GPU"),
        ({"gpu": {"min_nodes": 2, "max_nodes": 3}}, "at least 2 machines; at most 3 machines"),
        ({"gpu": {"vendors": ["nvidia"]}}, "NVIDIA only"),
        ({"gpu": {"excluded_vendors": ["amd", "intel"]}}, "not by AMD or Intel"),
        ({"gpu": {"interconnect": "nvlink"}}, "joined by NVLink"),
        ({"training": {"tokens": 5e11, "epochs": 3, "method": "dpo"}}, "training on 500B tokens; 3 epochs; DPO"),
        ({"training": {"examples": 12_500}}, "12,500 training examples"),
        ({"traffic": {"peak_concurrent_users": 900}}, "900 concurrent users at the peak"),
        ({"traffic": {"tokens_per_second_per_user": 25}}, "at least 25 tokens per second for each user"),
        ({"availability": {"min_replicas": 3}}, "at least 3 replicas"),
        ({"volume": {"amount": 2.5e6, "unit": "audio_hours", "per": "day"}}, "2.5M audio hours per day"),
    ],
)
def test_the_plan_says_the_constraints_it_goes_by(asked: dict[str, object], told: str) -> None:
    assert f": {told}" in understanding(WorkloadSpec.model_validate(asked))


def test_a_volume_is_weighed_once() -> None:
    """A rate that was said stands for the traffic; the volume beside it is named."""
    spec = WorkloadSpec.model_validate({
        "task_type": "inference", "domain": "llm", "traffic": {"requests_per_second": 5},
        "volume": Volume(amount=1e6, unit="requests", per="day"),
    })  # fmt: skip
    assert not_taken_into_account(spec, None)


async def test_a_plan_a_question_and_an_answer_name_what_nobody_placed(conversation: Conversation) -> None:
    asked = await conversation.say("Serve a model on Suse Tumbleweed")
    (words,) = asked["asked"][-1].unplaced
    assert "Suse Tumbleweed" in words.quote
    plan = (await conversation.say("a language model, Llama 3.3 70B"))["plan"]
    assert any(words.quote in sentence for sentence in plan.not_taken_into_account)
    answer = (await conversation.say("why not H100, and does it run on Windows?"))["reply"]
    assert answer.response_type == "answer"
    assert answer.response.splitlines()[-1].startswith("Not taken into account: “")


def test_what_the_reply_speaks_of_itself_is_not_left_out() -> None:
    said = (Unplaced(quote="number 7", turn=0), Unplaced(quote="3 *years*", turn=0), Unplaced(quote="number 7", turn=0))
    assert left_out(said, "There is no number 7.") == "Not taken into account: “3 \\*years\\*”."
    assert left_out(said[:1], "There is no Number 7.") == ""
