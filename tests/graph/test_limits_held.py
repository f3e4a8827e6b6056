"""A limit that is broken stands in the first lines, with what keeps it; nothing beside it says otherwise."""

from typing import Protocol

from domain.plan import DeploymentPlan
from graph.state import ArchitectState

OFFICE = "Qwen2.5 72B chat for 25 people at once in Germany with vLLM, 6k EUR a month"
SITES = (
    "Apache or MIT weights only, so no Llama and no Gemma. A chatbot in the US and the UK, UK data must stay in the UK "
    "and US data in the US, 60 at once in the US, 15 in the UK, at most 18k dollars a month. Which model do we take?"
)
JOBS = (
    "Caption 900k pictures with Qwen2.5-VL 7B once, transcribe 400,000 hours of calls once with Whisper, $60 in total"
)


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def planned(conversation: Talk, message: str) -> DeploymentPlan:
    return (await conversation.say(message))["plan"]


async def test_the_whole_bill_is_held_against_the_budget(conversation: Talk) -> None:
    plan = await planned(conversation, OFFICE)
    limit = 6_000 * 1.1172
    assert plan.cost is not None
    assert (plan.cost.monthly_usd > limit) == plan.verdict.startswith("No: ")
    if plan.cost.monthly_usd > limit:
        assert "above the budget" in plan.verdict
        assert "above the budget" not in plan.answer
        assert "the cheapest that keeps the rules" not in plan.verdict


async def test_sites_are_planned_apart_and_what_is_ruled_out_is_not_compared(conversation: Talk) -> None:
    plan = await planned(conversation, SITES)
    assert plan.together is not None
    assert [place.location.jurisdictions for place in plan.spec.workloads] == [("US",), ("UK",)]
    placed = [workload.option for workload in plan.together.workloads if workload.option]
    assert [option.offer.country for option in placed] == ["US", "GB"]
    assert plan.together.usd_per_month <= 18_000
    assert "Llama" not in plan.verdict


async def test_a_budget_in_all_is_held_against_every_job(conversation: Talk) -> None:
    plan = await planned(conversation, JOBS)
    assert plan.together is not None
    assert plan.together.spent_usd("total") > 60
    assert plan.verdict.startswith("No: all workloads together cost")


async def test_a_training_that_comes_back_is_told_by_the_month(conversation: Talk) -> None:
    plan = await planned(conversation, "Fine-tune Mistral 7B with QLoRA on 20,000 examples, once a month")
    assert plan.spec.every == "month"
    assert plan.recommendations[0].option.job_cost_usd is not None
    assert "run every month" in plan.answer


async def test_what_your_own_does_is_not_recommended_to_rent(conversation: Talk) -> None:
    screen = (await conversation.say("Train nnU-Net on 900 CT scans on our A100-40GB, enough?"))["reply"].response
    assert "| own hardware |" in screen
    assert "| recommended |" not in screen[: screen.index("## As understood")]


async def test_what_is_to_stay_up_is_on_machines_that_stay(conversation: Talk) -> None:
    plan = await planned(conversation, "Llama 3.3 70B for 40 at once, 99.95 % uptime, cheapest possible")
    assert {item.option.offer.pricing for item in plan.recommendations} == {"on_demand"}
