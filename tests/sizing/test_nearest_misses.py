"""When nothing fits, the relaxations are real: applied, each gives a plan at exactly the stated cost."""

from pathlib import Path

import pytest
import yaml

from domain.models import ModelCard
from domain.offers import Offer
from domain.workload import WorkloadSpec
from sizing.misses import nearest_misses
from sizing.placement import place
from sizing.relaxing import apply_relaxation
from sizing.why_not import why_not

UNSATISFIABLE = [
    WorkloadSpec.model_validate({"task_type": "inference", "domain": "llm", "gpu_needed": True, **row})
    for row in yaml.safe_load((Path(__file__).parent / "unsatisfiable.yaml").read_text())
]
LLAMA_70B = UNSATISFIABLE[0]


@pytest.mark.parametrize("spec", UNSATISFIABLE, ids=[str(i) for i in range(len(UNSATISFIABLE))])
def test_a_relaxation_gives_a_plan_at_the_stated_cost(
    spec: WorkloadSpec, starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    assert place(spec, starter_models, starter_offers).options == ()
    relaxations = nearest_misses(spec, starter_models, starter_offers)
    assert relaxations
    for relaxation in relaxations:
        placed = place(apply_relaxation(spec, relaxation), starter_models, starter_offers)
        assert placed.options[0].offer == relaxation.option.offer
        assert placed.options[0].price_per_hour_usd == relaxation.option.price_per_hour_usd
        assert relaxation.proposed != relaxation.current


def test_the_proposed_budget_is_the_smallest_to_a_cent(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    relaxation = next(
        r for r in nearest_misses(LLAMA_70B, starter_models, starter_offers) if r.field == "budget.amount"
    )  # fmt: skip
    cheaper = LLAMA_70B.budget.model_copy(update={"amount": float(relaxation.proposed) - 0.02})
    assert not place(LLAMA_70B.model_copy(update={"budget": cheaper}), starter_models, starter_offers).options


def test_the_proposed_traffic_is_the_largest_that_fits(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    spec = next(s for s in UNSATISFIABLE if s.traffic.concurrent_users == 3000)
    relaxation = next(
        r for r in nearest_misses(spec, starter_models, starter_offers) if r.field == "traffic.concurrent_users"
    )  # fmt: skip
    more = spec.traffic.model_copy(update={"concurrent_users": int(relaxation.proposed) + 1})
    assert not place(spec.model_copy(update={"traffic": more}), starter_models, starter_offers).options


def test_a_spec_that_can_be_placed_has_no_misses(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    spec = WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True)
    assert nearest_misses(spec, starter_models, starter_offers) == ()


@pytest.mark.parametrize(
    ("gpu", "words"), [("T4", "is not the GPU asked for"), ("H100-SXM", "more than the budget")]
)  # fmt: skip
def test_why_not_names_the_constraint(
    gpu: str, words: str, starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    asked = LLAMA_70B.gpu.model_copy(update={"models": ("H100", "A100")})
    spec = LLAMA_70B.model_copy(update={"gpu": asked})
    offer = next(o for o in starter_offers if o.gpu and o.gpu.name == gpu and o.gpu_count in (1, 8))
    assert words in why_not(spec, starter_models, offer)
