"""The graders let an honest plan pass and catch every planted violation."""

from collections.abc import Iterable
from typing import Protocol

import pytest

from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.turn import Question, TurnReply
from domain.workload import Budget, Location, WorkloadSpec
from evals.constraints import constraint_findings
from evals.fitting import fit_findings
from evals.graders import lasting, placement_findings, question_findings, spec_findings
from evals.grounding import grounding
from evals.market import Market, PlanRows
from evals.observation import Finding, Observation, Turn
from evals.optimum import optimum_findings
from evals.plan_expectations import plan_findings
from evals.scenario import Scenario
from graph.understanding.merge.sense import senseless
from sizing.placement import UNCHECKED_DEADLINE


class Case(Protocol):
    reply: TurnReply
    plan: DeploymentPlan
    rows: PlanRows
    market: Market

    @property
    def first(self) -> PlacementOption: ...

    def with_first(self, option: PlacementOption) -> DeploymentPlan: ...


def failed(findings: Iterable[Finding]) -> list[str]:
    return [f"{finding.grader}: {finding.what}" for finding in findings if not finding.passed]


def test_an_honest_plan_passes(case: Case) -> None:
    assert failed(grounding(case.plan, case.reply.response, case.rows)) == []
    assert failed(placement_findings(case.plan, case.market)) == []


def test_a_tampered_price_is_not_grounded(case: Case) -> None:
    cheap = case.first.offer.model_copy(update={"price_per_hour_usd": 0.01})
    plan = case.with_first(case.first.model_copy(update={"offer": cheap}))
    assert any("is the catalogue's row" in what for what in failed(grounding(plan, "", case.rows)))


def test_a_monthly_price_that_does_not_multiply_out_is_not_grounded(case: Case) -> None:
    plan = case.with_first(case.first.model_copy(update={"price_per_month_usd": 1.0}))
    assert any("monthly price" in what for what in failed(grounding(plan, "", case.rows)))


def test_an_invented_model_is_not_grounded(case: Case) -> None:
    invented = case.plan.models[0].model.model_copy(update={"key": "acme/Invented-900B"})
    choice = case.plan.models[0].model_copy(update={"model": invented})
    plan = case.plan.model_copy(update={"models": (choice,)})
    assert failed(grounding(plan, "", case.rows)) == ["grounded: model acme/Invented-900B is the catalogue's row"]


def test_a_chart_of_another_version_is_not_grounded(case: Case) -> None:
    component = case.plan.stack[0]
    older = component.model_copy(update={"package": component.package.model_copy(update={"version": "0.0.1"})})
    plan = case.plan.model_copy(update={"stack": (older,)})
    assert any("chart" in what for what in failed(grounding(plan, "", case.rows)))


def test_a_service_price_that_nobody_asks_is_not_grounded(case: Case) -> None:
    assert case.plan.cost is not None
    disk = case.plan.cost.lines[1].model_copy(update={"formula": "9 GB x $123 a GB and month", "monthly_usd": 1107.0})
    cost = case.plan.cost.model_copy(update={"lines": (case.plan.cost.lines[0], disk)})
    wrong = failed(grounding(case.plan.model_copy(update={"cost": cost}), "", case.rows))
    assert any("has a service price of the cloud" in what for what in wrong)
    assert any("add up" in what for what in wrong)


def test_an_amount_in_the_text_that_is_no_figure_of_the_plan_is_caught(case: Case) -> None:
    response = case.reply.response + "\n\nOn offer today for $0.0173 an hour."
    (stray,) = [f for f in grounding(case.plan, response, case.rows) if not f.passed]
    assert stray.got == "$0.0173"
    assert "On offer today" in stray.evidence


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"budget": {"amount": 10, "period": "month"}}, "budget.amount"),
        ({"budget": {"amount": 0.02, "currency": "EUR", "period": "hour"}}, "budget.amount"),
        ({"location": {"providers": ["azure"]}}, "location.providers"),
        ({"location": {"excluded_providers": ["Amazon Web Services", "DigitalOcean"]}}, "location.excluded_providers"),
        ({"location": {"jurisdictions": ["JP"]}}, "location.jurisdictions"),
        ({"location": {"regions": ["eu-central-1"]}}, "location.regions"),
        ({"pricing": "reserved"}, "pricing"),
        ({"gpu": {"models": ["T4"]}}, "gpu.models"),
        ({"gpu": {"min_vram_gb": 1000}}, "gpu.min_vram_gb"),
        ({"gpu": {"min_count": 64}}, "gpu.min_count"),
        ({"gpu": {"min_total_vram_gb": 5000}}, "gpu.min_total_vram_gb"),
        ({"gpu_needed": False}, "gpu_needed"),
        ({"cpu": {"min_vcpu": 10_000}}, "cpu.min_vcpu"),
        ({"license": {"allowed": ["mit"]}}, "license.allowed"),
        ({"context_tokens": 9_000_000}, "context_tokens"),
        ({"hours_per_month": 100}, "hours_per_month"),
        ({"traffic": {"requests_per_second": 1e9}}, "traffic.requests_per_second"),
        ({"traffic": {"peak_requests_per_second": 1e9}}, "traffic.peak_requests_per_second"),
        ({"traffic": {"peak_concurrent_users": 10**9}}, "traffic.peak_concurrent_users"),
        ({"traffic": {"tokens_per_second_per_user": 1e6}}, "traffic.tokens_per_second_per_user"),
        ({"traffic": {"tokens_per_second": 1e9}}, "traffic.tokens_per_second"),
        ({"traffic": {"output_tokens": 1000, "latency_ms": 1}}, "traffic.latency_ms"),
        ({"volume": {"amount": 1e12, "unit": "requests", "per": "day"}}, "volume.amount"),
        ({"availability": {"min_replicas": 99}}, "availability.min_replicas"),
        ({"gpu": {"max_count": 0}}, "gpu.max_count"),
        ({"gpu": {"max_vram_gb": 4}}, "gpu.max_vram_gb"),
        ({"gpu": {"min_nodes": 99}}, "gpu.min_nodes"),
        ({"gpu": {"max_nodes": 0}}, "gpu.max_nodes"),
        ({"gpu": {"vendors": ["intel"]}}, "gpu.vendors"),
        ({"gpu": {"excluded_vendors": ["nvidia", "amd"]}}, "gpu.excluded_vendors"),
    ],
)
def test_a_broken_constraint_is_a_violation(case: Case, asked: dict[str, object], field: str) -> None:
    spec = WorkloadSpec.model_validate(asked)
    assert any(f"keeps to {field}" in what for what in failed(constraint_findings(spec, case.first, case.market)))


def test_the_gpu_that_is_excluded_is_a_violation(case: Case) -> None:
    assert case.first.offer.gpu is not None
    spec = WorkloadSpec.model_validate({"gpu": {"excluded": [case.first.offer.gpu.family]}})
    assert any("gpu.excluded" in what for what in failed(constraint_findings(spec, case.first, case.market)))


def test_gpus_joined_by_another_link_are_a_violation(case: Case) -> None:
    assert case.first.offer.gpu is not None
    other = "pcie" if case.first.offer.gpu.link == "nvlink" else "nvlink"
    spec = WorkloadSpec.model_validate({"gpu": {"interconnect": other}})
    assert any("gpu.interconnect" in what for what in failed(constraint_findings(spec, case.first, case.market)))


def test_a_too_small_gpu_does_not_fit(case: Case) -> None:
    small = next(o for o in case.market.offers if o.gpu and o.gpu.name == "T4" and o.gpu_count == 1)
    option = case.first.model_copy(update={"offer": small, "gpus": 1, "nodes": 1})
    wrong = failed(fit_findings(option))
    assert any("is about its GPU" in what for what in wrong)
    assert any("is not larger than" in what for what in wrong)
    assert any("recomputed" in what for what in wrong)


def test_a_plan_that_does_not_fit_is_caught(case: Case) -> None:
    assert case.first.proof is not None
    proof = case.first.proof.model_copy(update={"fits": False})
    assert any(" fits" in what for what in failed(fit_findings(case.first.model_copy(update={"proof": proof}))))


def test_a_dearer_first_choice_is_not_the_optimum(case: Case) -> None:
    dear = case.first.model_copy(update={"price_per_hour_usd": case.first.price_per_hour_usd * 1.5})
    best, _ = optimum_findings(case.plan.spec, (dear,), case.market)
    assert not best.passed
    assert best.ratio is not None
    assert best.ratio >= 1.5


def test_a_first_choice_that_breaks_a_rule_needlessly_is_not_the_optimum(case: Case) -> None:
    spot = next(o for o in case.market.offers if o.pricing == "spot" and o.gpu_count == 8 and o.total_vram_gb >= 640)
    spec = case.plan.spec.model_copy(update={"location": Location(), "budget": Budget()})
    best, _ = optimum_findings(spec, (case.first.model_copy(update={"offer": spot, "nodes": 1}),), case.market)
    assert not best.passed
    assert spot.key in best.got
    assert "R5" in best.got


def test_what_is_called_the_cheapest_has_to_be_it(case: Case) -> None:
    cheapest = case.first.model_copy(
        update={"label": "cheapest", "price_per_hour_usd": case.first.price_per_hour_usd * 0.99}
    )
    spec = case.plan.spec.model_copy(update={"location": Location(), "budget": Budget()})
    _, least = optimum_findings(spec, (case.first, cheapest), case.market)
    assert not least.passed


def test_fields_are_compared_one_by_one_and_the_better_reading_counts() -> None:
    scenario = Scenario.model_validate({
        "id": "one", "turns": ["..."],
        "spec": {"task_type": "inference", "budget.amount": {"max": 100}, "domain": None},
        "either": [{"budget.period": "month", "pricing": "spot"}, {"budget.period": "hour"}],
    })  # fmt: skip
    spec = WorkloadSpec.model_validate({"task_type": "training", "budget": {"amount": 100, "period": "hour"}})
    findings = spec_findings(Observation(scenario=scenario, spec=spec))
    assert {finding.what: finding.passed for finding in findings} == {
        "task_type": False, "budget.amount": True, "domain": True, "budget.period": True,
    }  # fmt: skip


def asks(*questions: Question, spec: WorkloadSpec | None = None) -> Turn:
    reply = TurnReply(
        conversation_id="c", response_type="clarification", response="?", questions=questions, engine="builtin"
    )
    return Turn(message="GPUs", reply=reply, took_ms=1.0, spec=spec or WorkloadSpec())


def test_good_questions_pass() -> None:
    task = Question(field="task_type", text="What for?", suggestions=("training", "inference"))
    assert failed(question_findings((asks(task),))) == []


def test_a_figure_that_cannot_be_meant_may_be_asked_about() -> None:
    spec = WorkloadSpec.model_validate({"gpu": {"min_count": 3080, "models": ["A100"]}})
    (question,) = senseless(spec)
    assert failed(question_findings((asks(question, spec=spec),))) == []


@pytest.mark.parametrize(
    ("turns", "what"),
    [
        ((asks(),), "one to three"),
        ((asks(Question(field="domain", text="Which?")),), "suggestions"),
        ((asks(Question(field="no_such", text="Which?", suggestions=("a",))),), "is missing"),
        (
            (asks(Question(field="domain", text="Which?", suggestions=("a",)), spec=WorkloadSpec(domain="llm")),),
            "domain is missing",
        ),
        (tuple(asks(Question(field="domain", text=text, suggestions=("a",))) for text in ("A?", "B?")), "not asked"),
        (tuple(asks(Question(field=name, text="A?", suggestions=("a",))) for name in ("domain", "pricing")), "not ask"),
    ],
)
def test_bad_questions_are_caught(turns: tuple[Turn, ...], what: str) -> None:
    assert any(what in found for found in failed(question_findings(turns)))


def test_a_plan_that_should_not_exist_is_caught(case: Case) -> None:
    scenario = Scenario.model_validate({"id": "one", "turns": ["..."], "unsatisfiable": True})
    assert "plan: nothing is recommended" in failed(plan_findings(scenario, case.plan, case.market))


@pytest.mark.parametrize(
    "expected",
    [
        {"max_monthly_usd": 1}, {"providers": ["azure"]}, {"not_providers": ["aws", "digitalocean"]}, {"gpus": ["T4"]},
        {"min_vram_gb": 999}, {"no_gpu": True}, {"model_family": "qwen"}, {"model_params_b": {"max": 9}},
        {"charts": ["no-such-chart"]}, {"countries": ["JP"]}, {"pricing": "reserved"}, {"licenses": ["mit"]},
    ],
)  # fmt: skip
def test_a_plan_other_than_expected_is_caught(case: Case, expected: dict[str, object]) -> None:
    scenario = Scenario.model_validate({"id": "one", "turns": ["..."], "plan": expected})
    assert failed(plan_findings(scenario, case.plan, case.market))


def test_ids_and_clocks_are_no_difference_and_anything_else_is(case: Case) -> None:
    calls = tuple(call.model_copy(update={"took_ms": 999.0}) for call in case.reply.tool_calls)
    other_clock = case.reply.model_copy(update={"conversation_id": "other", "tool_calls": calls})
    assert lasting(other_clock) == lasting(case.reply)
    assert lasting(case.reply.model_copy(update={"response": "other words"})) != lasting(case.reply)


def test_a_deadline_over_an_unknown_amount_of_work_is_a_violation_unless_the_plan_owns_up_to_it(case: Case) -> None:
    spec = case.plan.spec.model_copy(update={"task_type": "batch_inference", "deadline_hours": 5.0})
    silent = case.with_first(case.first.model_copy(update={"job_hours": None})).model_copy(update={"spec": spec})
    late = case.with_first(case.first.model_copy(update={"job_hours": 6.0})).model_copy(update={"spec": spec})
    owned = {"assumptions": (*silent.assumptions, f"{UNCHECKED_DEADLINE}: say how many.")}

    def deadlines(plan: DeploymentPlan) -> list[str]:
        return [what for what in failed(placement_findings(plan, case.market)) if "keeps to deadline_hours" in what]

    assert deadlines(silent)
    assert not deadlines(silent.model_copy(update=owned))
    assert deadlines(late.model_copy(update=owned))


def test_a_programme_that_nobody_proves_has_to_be_cautioned_about(case: Case) -> None:
    spec = case.plan.spec.model_copy(update={"compliance": ("itar-x",)})
    silent = case.plan.model_copy(update={"spec": spec})
    owned = silent.model_copy(update={"cautions": (*silent.cautions, "The catalogue has no evidence of ITAR-X.")})
    assert any("itar-x" in what for what in failed(placement_findings(silent, case.market)))
    assert not failed(placement_findings(owned, case.market))


def test_a_programme_that_the_provider_does_not_have_is_a_violation(case: Case) -> None:
    provider = case.first.offer.provider
    held = {name for item in case.market.reference.providers for name in item.programmes}
    lacking = sorted(name for name in held if not case.market.has_programme(provider, name))
    spec = WorkloadSpec.model_validate({"compliance": lacking[:1]})
    assert lacking
    assert any("compliance" in what for what in failed(constraint_findings(spec, case.first, case.market)))
