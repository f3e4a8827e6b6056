"""The rules of advice as predicates: an honest plan keeps them, and each planted fault breaks the one it is about."""

from collections.abc import Sequence

import pytest

from domain.placement import PlacementOption
from domain.plan import DeploymentPlan, Step
from domain.turn import TurnReply
from evals.market import Market
from evals.observation import Observation, Turn
from evals.report import Outcome, outcome_of
from evals.rules import advice_findings
from evals.rules.residue import residue
from evals.rules.score import predicate_scores, rule_scores
from evals.runner import run_evals
from evals.scenario import Scenario, load_scenarios
from settings import Settings
from tests.evals.conftest import ASK, Case

OFFER: dict[str, dict[str, object]] = {
    "R1.first": {"seller": "marketplace"},
    "R4.first": {"seller": "containers"},
    "R5.first": {"pricing": "spot"},
    "R9.kind": {"price_kind": "median"},
    "R9.named": {"price_age_days": 400},
    "R10.ram": {"ram_gib": 8.0},
    "R10.vcpu": {"vcpu": 2},
}


def broken(plan: DeploymentPlan, market: Market, *says: str, response: str | None = None) -> list[str]:
    """The predicates that the plan breaks for a request that says these things."""
    scenario = Scenario.model_validate({"id": "one", "turns": [ASK], "tags": ["advice"], "says": says})
    reply = TurnReply(
        conversation_id="c", response_type="deployment_plan", response=response or "# Plan", deployment_plan=plan,
        engine="builtin",
    )  # fmt: skip
    return [finding.predicate for finding in advice_findings(scenario, reply, market) if not finding.passed]


def with_offer(case: Case, change: dict[str, object]) -> DeploymentPlan:
    return case.with_first(case.first.model_copy(update={"offer": case.first.offer.model_copy(update=change)}))


def with_gpu(case: Case, change: dict[str, object]) -> DeploymentPlan:
    assert case.first.offer.gpu is not None
    return with_offer(case, {"gpu": case.first.offer.gpu.model_copy(update=change)})


def test_an_honest_plan_breaks_no_rule(case: Case) -> None:
    dated = case.reply.response.replace("\n\n", f"\n\nPrices of {case.plan.catalog.as_of_newest}.\n\n", 1)
    found = broken(case.plan, case.market, "service", response=dated)
    assert [predicate for predicate in found if predicate[0] in "RCPS"] == []


@pytest.mark.parametrize("predicate", OFFER)
def test_an_offer_that_breaks_a_rule_is_found(case: Case, predicate: str) -> None:
    planted = with_offer(case, OFFER[predicate])
    plan = planted.model_copy(
        update={"tradeoffs": (), "recommendations": planted.recommendations[:1], "cautions": ()}
    )  # fmt: skip
    assert predicate not in broken(case.plan, case.market, "service", response=case.reply.response)
    assert predicate in broken(plan, case.market, "service", response="# Plan")


def test_words_of_the_request_lift_a_rule(case: Case) -> None:
    strangers, spot = with_offer(case, {"seller": "marketplace"}), with_offer(case, {"pricing": "spot"})
    assert "R1.first" not in broken(strangers, case.market, "service", "hobby")
    assert "R1.every" in broken(strangers, case.market, "service", "hobby", "sensitive")
    assert "R5.first" not in broken(spot, case.market, "service", "spot")


def test_an_old_gpu_needs_its_name_said_and_an_engine_that_runs_there(case: Case) -> None:
    old = with_gpu(case, {"vendor": "nvidia", "compute_capability": 7.0})
    assert "R3.age" in broken(old, case.market, "service")
    assert {"R3.engine"} <= set(broken(old, case.market, "service", "gpu"))


def test_a_kubernetes_step_on_a_rented_container_is_found(case: Case) -> None:
    rented = with_offer(case, {"seller": "containers"})
    step = Step(order=1, title="Install", detail="", commands=("helm install x",))
    assert "R4.steps" in broken(rented.model_copy(update={"steps": (step,)}), case.market, "service")
    plain = rented.model_copy(update={"steps": (), "stack": ()})
    assert "R4.steps" not in broken(plain, case.market, "service")


def test_a_hyperscaler_begins_with_the_quota(case: Case) -> None:
    hyperscaler = with_offer(case, {"seller": "hyperscaler"})
    quota = Step(order=1, title="Ask for quota", detail="")
    assert "R9.quota" in broken(hyperscaler.model_copy(update={"steps": ()}), case.market)
    assert "R9.quota" not in broken(hyperscaler.model_copy(update={"steps": (quota,)}), case.market)


def test_full_memory_and_a_wide_format_are_found(case: Case) -> None:
    assert case.first.proof is not None
    proof = case.first.proof
    full = proof.model_copy(update={"total_gib": proof.usable_gib * proof.memory_fraction * 0.95})
    assert "R10.memory" in broken(case.with_first(case.first.model_copy(update={"proof": full})), case.market)
    assert case.first.offer.gpu is not None
    wide = case.first.model_copy(
        update={
            "quantization": "bf16",
            "offer": case.first.offer.model_copy(
                update={"gpu": case.first.offer.gpu.model_copy(update={"tflops_fp8": 1000.0})}
            ),
        }
    )
    assert "P.fp8" in broken(case.with_first(wide), case.market, "service")
    assert "P.fp8" not in broken(case.with_first(wide), case.market, "service", "quality")


@pytest.mark.parametrize(
    ("change", "predicate"),
    [
        ({"job_hours": 400.0, "job_cost_usd": 10.0}, "R7.shorten"),
        ({"job_hours": None}, "R7.printed"),
        ({"replicas": 1}, "R10.replica"),
        ({"served": None}, "R6.printed"),
    ],
)
def test_what_an_option_lacks_is_found(case: Case, change: dict[str, object], predicate: str) -> None:
    plan = case.with_first(case.first.model_copy(update={**change, "breaks": ()}))
    says = ("job",) if predicate.startswith("R7") else ("service", "availability")
    assert predicate in broken(plan, case.market, *says)


def test_a_long_job_is_recommended_only_where_faster_costs_much_more(case: Case) -> None:
    def plan(usd: float) -> DeploymentPlan:
        slow = case.first.model_copy(update={"job_hours": 100.0, "job_cost_usd": 100.0})
        fast = case.first.model_copy(update={"job_hours": 10.0, "job_cost_usd": usd, "label": "faster"})
        ranks = [
            case.plan.recommendations[0].model_copy(update={"rank": rank, "option": option})
            for rank, option in enumerate((slow, fast), start=1)
        ]
        return case.plan.model_copy(update={"recommendations": tuple(ranks)})

    assert "R7.days" in broken(plan(140.0), case.market, "job")
    assert "R7.days" not in broken(plan(160.0), case.market, "job")
    assert "R7.days" not in broken(plan(140.0), case.market, "job", "deadline")


@pytest.mark.parametrize(
    ("screen", "predicate"),
    [
        ("# Plan\n" + "line\n\n" * 30, "S.lines"),
        ("# Plan\n" + "x" * 101, "S.columns"),
        ("# Plan\n" + "- one\n" * 39 + "\n" + "x " * 90, "S.terminal"),
        ("# Plan\n\n**Next** look around", "S.command"),
        ("# Plan", "S.answer"),
        ("# Plan", "S.assumed"),
        ("# Plan", "R9.screen"),
    ],
)
def test_a_first_screen_that_lacks_something_is_found(case: Case, screen: str, predicate: str) -> None:
    assert predicate in broken(case.plan, case.market, response=screen + "\n## As understood")


def test_an_opening_sentence_without_price_or_gpu_is_found(case: Case) -> None:
    found = broken(case.plan.model_copy(update={"answer": "Rent something."}), case.market)
    assert {"S.opening-price", "S.opening-machine", "S.speed"} <= set(found)


def test_facts_come_before_opinions(case: Case) -> None:
    silent = case.plan.model_copy(update={"verdict": ""})
    answered = case.plan.model_copy(update={"verdict": "Yes: it fits."})
    assert "F.question" in broken(silent, case.market, "question")
    assert "F.first" in broken(
        answered, case.market, "yes_or_no", response=f"# Plan\n{case.plan.answer}\nYes: it fits."
    )
    assert not {"F.question", "F.first", "F.yes-or-no"} & set(
        broken(answered, case.market, "yes_or_no", response=f"# Plan\nYes: it fits.\n{case.plan.answer}")
    )
    assert {"F.own", "F.no-rent", "F.task"} <= set(broken(silent, case.market, "own", "no_rent", "job"))
    assert "F.own" not in broken(case.plan.model_copy(update={"verdict": "No: too small."}), case.market, "own")


@pytest.mark.parametrize(
    ("request_text", "quotes", "left"),
    [
        ("Serve Qwen2.5-72B to 40 agents", ["Qwen2.5-72B", "about 40 agents"], ()),
        ("Serve Qwen2.5-72B to 40 agents", ["Qwen2.5-72B"], ("40",)),
        ("run mixtral 8x22b", ["mixtral 8x22b"], ()),
        ("is 8xA100-80GB enough", ["A100-80GB"], ("8",)),
        ("Hosted in Frankfurt, no US cloud", ["focus on Frankfurt"], ("US",)),
        ("(1) which GPU? (2) when?", [], ()),
        ("We want it. Some day.", [], ()),
    ],
)
def test_what_no_quote_has_is_left(request_text: str, quotes: Sequence[str], left: tuple[str, ...]) -> None:
    assert residue(request_text, quotes) == left


def outcome(case: Case, option: PlacementOption, scenario_id: str, *tags: str) -> Outcome:
    scenario = Scenario.model_validate({"id": scenario_id, "turns": [ASK], "tags": ["advice", *tags]})
    reply = case.reply.model_copy(update={"deployment_plan": case.with_first(option)})
    seen = Observation(scenario=scenario, turns=(Turn(message=ASK, reply=reply, took_ms=1.0),))
    return outcome_of(seen, tuple(advice_findings(scenario, reply, case.market)))


def test_the_table_counts_plans_by_rule_and_does_not_name_what_is_kept_back(case: Case) -> None:
    spot = case.first.model_copy(update={"offer": case.first.offer.model_copy(update={"pricing": "spot"})})
    outcomes = [outcome(case, case.first, "a"), outcome(case, spot, "b"), outcome(case, spot, "c", "kept")]
    scores = {score.rule: score for score in rule_scores(outcomes)}
    assert (scores["R5"].plans, scores["R5"].keeping) == (3, 1)
    assert scores["R5"].share < scores["R8"].share == 1.0
    assert scores["all"].checked == sum(sum(one.predicates.values()) for one in outcomes)
    first = next(score for score in predicate_scores(outcomes) if score.rule == "R5.first")
    assert (first.broken_by, first.kept_back) == (("b",), 1)


async def test_a_scenario_on_advice_is_played_once_and_graded_by_the_rules(settings: Settings) -> None:
    scenario = Scenario.model_validate({"id": "one", "turns": [ASK], "tags": ["advice"], "says": ["service"]})
    report = await run_evals(settings, scenarios=[scenario])
    (only,) = report.outcomes
    assert "repeatable" not in only.checked
    assert only.checked["advice"] == sum(only.predicates.values()) > 30


def test_every_third_request_is_kept_back() -> None:
    asked = load_scenarios(filter="advice")
    kept = [scenario for scenario in asked if "kept" in scenario.tags]
    assert len(asked) >= 80
    assert len(kept) * 3 >= len(asked) - 3
    assert not any(scenario.seen for scenario in kept)
    assert all(scenario.seen for scenario in asked if scenario not in kept)
    assert {said for scenario in asked for said in scenario.says} >= {"job", "service", "sensitive", "own", "question"}
