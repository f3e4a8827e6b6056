"""Several workloads of one request: a plan that sizes each of them and adds them up."""

from typing import Protocol

import pytest

from artifacts.first_screen import first_screen
from domain.workload import Location
from graph.nodes import extract
from graph.state import ArchitectState

VOICE = "ASR -> 8B LLM -> TTS, 40 calls at once, on AWS"
SHOP = "Run Llama 3.1 8B as a chatbot for 20 users and also SDXL for marketing pictures, at most $400 a month"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def test_each_step_of_a_chain_is_placed_and_the_plan_adds_them_up(conversation: Talk) -> None:
    state = await conversation.say(VOICE)
    plan, together = state["plan"], state["plan"].together
    assert together is not None
    assert [workload.option is not None for workload in together.workloads] == [True, True, True]
    assert {workload.option.offer.provider for workload in together.workloads if workload.option} == {"aws"}
    assert abs(together.usd_per_month - sum(workload.usd_per_month or 0 for workload in together.workloads)) < 0.01
    text = state["reply"].response
    assert "3 workloads together" in text[: text.index("## As understood")]
    assert "## The workloads together" in text
    assert not any("plan of its own" in said for said in plan.not_taken_into_account)


async def test_each_runs_a_model_of_its_own_kind(conversation: Talk) -> None:
    together = (await conversation.say(SHOP))["plan"].together
    assert together is not None
    models = [workload.option.model for workload in together.workloads if workload.option]
    assert [model.domain for model in models if model] == ["llm", "image_generation"]
    assert "8B" in models[0].key if models[0] else False


async def test_a_sum_over_the_budget_is_said(conversation: Talk) -> None:
    plan = (await conversation.say(SHOP))["plan"]
    assert plan.together is not None
    told = [said for said in plan.cautions if said.startswith("All workloads together cost")]
    assert bool(told) == (plan.together.usd_per_month > 400)


async def test_one_workload_has_no_sum(conversation: Talk) -> None:
    plan = (await conversation.say("Serve Llama 3.1 8B to 20 users"))["plan"]
    assert plan.together is None


async def test_the_load_of_what_is_served_after_training_is_weighed(conversation: Talk) -> None:
    plan = (await conversation.say("Fine-tune Qwen2.5 7B with LoRA on AWS, then serve it to 200 employees"))["plan"]
    assert plan.together is not None
    assert [workload.usd_once is not None for workload in plan.together.workloads] == [True, False]
    assert not any("200" in said for said in plan.not_taken_into_account)


async def test_the_others_run_on_what_the_first_leaves_of_the_machines_at_hand(conversation: Talk) -> None:
    said = "We have 2x A100 80GB: Llama 3.1 8B for the chatbot, 10 users, plus whisper for dictation"
    plan = (await conversation.say(said))["plan"]
    assert plan.together is not None
    options = [workload.option for workload in plan.together.workloads if workload.option]
    assert [(option.is_own, option.gpus) for option in options] == [(True, 1), (True, 1)]
    assert plan.recommendations[0].option.gpus == 1
    assert plan.together.usd_per_month == 0
    assert plan.answer.startswith("Rent nothing")
    assert not any("plan of its own" in words for words in plan.not_taken_into_account)


async def test_two_share_the_only_gpu_at_hand(conversation: Talk) -> None:
    said = "I have a single RTX 4090. Run Qwen2.5 7B for myself and SDXL on the side, electricity costs $0.30 per kWh"
    together = (await conversation.say(said))["plan"].together
    assert together is not None
    options = [workload.option for workload in together.workloads if workload.option]
    assert sum(option.share or 0 for option in options) == 1
    assert all("no rent. At full power the card takes 0.45 kW" in " ".join(option.reasons) for option in options)


async def test_each_workload_of_a_list_has_its_row_and_its_amount(conversation: Talk) -> None:
    said = (
        "We need (1) Llama 3.1 8B for chat with 100 users, (2) nightly Whisper transcription of 300 hours of calls, "
        "(3) monthly LoRA fine-tune of the 8B on 50k samples. One cluster on AKS, budget $4,000 a month."
    )
    plan = (await conversation.say(said))["plan"]
    assert plan.together is not None
    assert {workload.does for workload in plan.together.workloads} == {"chat", "transcription", "LoRA fine-tuning"}
    assert len({(w.option.offer.provider, w.option.offer.region) for w in plan.together.workloads if w.option}) == 1
    assert plan.title == "3 workloads: chat, transcription and LoRA fine-tuning"
    shown = first_screen((await conversation.say("only in the EU please"))["plan"])
    assert "| Whisper, transcription |" in shown


async def test_they_are_added_up_again_after_a_later_turn(conversation: Talk) -> None:
    await conversation.say(VOICE)
    together = (await conversation.say("make it 10 calls at once"))["plan"].together
    assert together is not None
    assert len(together.workloads) == 3


async def test_nothing_is_rented_where_nothing_may_be(conversation: Talk) -> None:
    said = (
        "On-prem only: a Llama 3.1 8B chatbot for 60 lawyers plus speech to text for the same 60. What should we buy?"
    )
    plan = (await conversation.say(said))["plan"]
    assert plan.together is not None
    assert all(workload.option.is_own for workload in plan.together.workloads if workload.option)
    assert plan.together.usd_per_month == plan.together.usd_once == 0


async def test_the_stack_and_the_steps_are_those_of_all_workloads(conversation: Talk) -> None:
    plan = (await conversation.say("ASR -> 8B LLM -> TTS, 40 calls at once, on AWS"))["plan"]
    assert plan.together is not None
    served = [step for step in plan.steps if "Serve the model" in step.title]
    assert len(served) == len(plan.together.workloads)
    assert [step.order for step in plan.steps] == list(range(1, len(plan.steps) + 1))
    assert "vllm-stack" not in {component.package.name for component in plan.stack}


async def test_a_budget_of_no_period_is_a_months_where_a_service_is_asked_for(conversation: Talk) -> None:
    said = "Fine-tune Llama 3.1 8B every month on 50k samples, and serve it to 100 users. Budget $4,000."
    plan = (await conversation.say(said))["plan"]
    assert any("per month" in words for words in plan.assumptions)


async def test_what_runs_in_every_place_is_planned_in_each(monkeypatch: pytest.MonkeyPatch, conversation: Talk) -> None:
    """As read from "in the US and in the EU, each with its own data"."""
    places = Location(jurisdictions=("US", "EU"), everywhere=True)
    monkeypatch.setattr(extract, "first_of", lambda spec: spec.model_copy(update={"location": places}))
    plan = (await conversation.say("Serve Qwen3-14B as a chat assistant for 50 concurrent users"))["plan"]
    assert plan.together is not None
    assert [workload.name.rpartition(" in ")[2] for workload in plan.together.workloads] == ["US", "EU"]
    options = [workload.option for workload in plan.together.workloads]
    assert ["US" in o.offer.jurisdictions or o.offer.country == "US" for o in options if o] == [True, False]
    assert any("has a copy of its own" in caution for caution in plan.cautions)
    assert not any("one of these places" in said for said in plan.not_taken_into_account)


CALLS = "Whisper for 40 parallel calls and a Llama 3.1 8B chatbot at 15 rps, on GCP"


async def test_a_later_load_goes_to_the_workload_that_it_is_said_of(conversation: Talk) -> None:
    await conversation.say(CALLS)
    spec = (await conversation.say("chatbot up to 30 rps, and 80 parallel calls"))["spec"]
    loads = {str(one.domain): one.traffic for one in spec.workloads}
    assert loads["llm"].requests_per_second == 30
    assert loads["speech"].concurrent_users == 80


async def test_only_one_of_them_is_left_where_only_it_is_wished_for(conversation: Talk) -> None:
    await conversation.say(CALLS)
    state = await conversation.say("only the chatbot, no transcription")
    assert state["plan"].together is None
    assert state["spec"].domain == "llm"


async def test_a_pile_and_what_comes_in_behind_it_are_told_apart(conversation: Talk) -> None:
    said = "Transcribe our archive of 40,000 hours of podcasts, after that 200 hours a week"
    plan = (await conversation.say(said))["plan"]
    assert plan.title == "2 workloads: transcription once and transcription as it comes in"
    assert plan.together is not None
    once, later = (workload.option for workload in plan.together.workloads)
    assert once is not None
    assert later is not None
    assert (once.job_cost_usd or 0.0) > later.price_per_month_usd


async def test_a_job_and_the_service_beside_it_stand_in_one_region(conversation: Talk) -> None:
    state = await conversation.say(
        "GCP: nightly retraining of a recommender on 300M clicks and serving at 200 req/s under 80 ms"
    )
    plan = state["plan"]
    assert plan.together is not None
    placed = [workload.option.offer for workload in plan.together.workloads if workload.option]
    assert len(placed) == 2
    assert len({(offer.provider, offer.region) for offer in placed}) == 1


async def test_the_stages_of_a_voice_agent_stand_in_one_cloud(conversation: Talk) -> None:
    state = await conversation.say(
        "Voice bot with whisper, llama 8b and kokoro tts, 40 calls at once, reply within 900 ms, us-east"
    )
    plan = state["plan"]
    assert plan.together is not None
    placed = [workload.option.offer for workload in plan.together.workloads if workload.option]
    assert len(placed) == 3
    assert len({(offer.provider, offer.region) for offer in placed}) == 1
    assert "The 900 ms to an answer are shared by its 3 stages, 300 ms each." in plan.assumptions


async def test_a_town_is_one_place_by_however_many_names_its_sellers_call_it(conversation: Talk) -> None:
    plan = (await conversation.say("Qwen3-14B for 40 users, 2 regions: Frankfurt and Dublin"))["plan"]
    assert plan.together is not None
    assert len(plan.together.workloads) == 2
