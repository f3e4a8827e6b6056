"""What a later turn is answered with: the change before the plan, both halves of a message, figures the plan holds."""

import re
from collections.abc import Callable
from typing import Protocol

import pytest

from graph.context import ArchitectContext
from graph.state import ArchitectState

CHAT = "Serve Llama 3.3 70B for 40 concurrent users in the EU, budget $8000 a month"
TUNE = "LoRA fine-tune of Qwen2.5 7B on 60k examples of about 800 tokens, 3 epochs"
SEARCH = "RAG over 60,000 manuals for 80 technicians on AWS in the EU"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


ConversationIn = Callable[[ArchitectContext], Talk]


async def reply(context: ArchitectContext, conversation_in: ConversationIn, *turns: str) -> tuple[ArchitectState, str]:
    talk = conversation_in(context)
    for turn in turns:
        state = await talk.say(turn)
    return state, state["reply"].response


async def test_a_revision_tells_headline_changes_what_stays_and_the_next_step(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    _, told = await reply(context, conversation_in, CHAT, "plan for 400 concurrent users")
    assert "400 instead of 40" in told
    assert told.index("serves 400 requests at once") < told.index("400 instead of 40") < told.index("**As before**")
    assert "**Next**" in told
    assert "## " not in told
    assert len(told.splitlines()) <= 24


@pytest.mark.parametrize("wish", ["100 concurrent users.", "we have 100 concurrent users now,"])
async def test_a_figure_before_a_question_is_planned_and_the_question_answered(
    wish: str, context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    question = f"{wish} is the model licensed for commercial use?"
    state, told = await reply(context, conversation_in, CHAT, question)
    assert state["spec"].traffic.concurrent_users == 100
    assert "commercial use" in told
    assert "100 instead of 40" in told


async def test_an_engine_that_no_chart_is_of_is_said_not_to_be_used(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, told = await reply(context, conversation_in, CHAT, "swap vllm for sglang")
    assert any("sglang" in line for line in state["plan"].not_taken_into_account)
    assert "vLLM" in told


async def test_an_epoch_is_the_run_by_the_number_of_them(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, told = await reply(context, conversation_in, TUNE, "how long does one epoch take?")
    hours = state["plan"].recommendations[0].option.job_hours
    assert hours is not None
    assert f"{hours / 3:.2f}".rstrip("0").rstrip(".") in told


async def test_the_share_of_the_peak_is_told(context: ArchitectContext, conversation_in: ConversationIn) -> None:
    _, told = await reply(context, conversation_in, TUNE, "what MFU did you assume?")
    assert "% utilisation" in told


async def test_the_number_of_gpus_has_its_arithmetic(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, told = await reply(context, conversation_in, CHAT, "why so many gpus?")
    option = state["plan"].recommendations[0].option
    assert option.offer.gpu is not None
    assert f"{option.gpus} × {option.offer.gpu.name}" in told
    assert "weights of one copy" in told


async def test_the_first_indexing_has_its_time(context: ArchitectContext, conversation_in: ConversationIn) -> None:
    state, told = await reply(context, conversation_in, SEARCH, "how long does indexing everything take?")
    found = state["plan"].retrieval
    assert found is not None
    assert found.lines[0].formula.split()[0] in told


async def test_another_budget_is_answered_of_that_one(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    _, told = await reply(context, conversation_in, CHAT, "is $9000 enough?")
    assert "$9,000.00" in told


async def test_what_a_choice_gives_up_is_its_rules(context: ArchitectContext, conversation_in: ConversationIn) -> None:
    state, told = await reply(context, conversation_in, CHAT, "what does the cheapest one give up?")
    cheapest = next((one for one in state["placement"].options if one.label == "cheapest"), None)
    assert cheapest is not None
    assert all(broken.words in told for broken in cheapest.breaks)


async def test_a_change_and_an_addition_in_one_message_are_both_made(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, _ = await reply(context, conversation_in, SEARCH, "make it 200 technicians and add OCR for the scans")
    assert [one.traffic.users for one in state["spec"].workloads] == [200, None]
    assert state["spec"].workloads[0].task_type == "rag"


async def test_checkpoints_are_told_with_their_time_and_the_flag_for_another(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, told = await reply(context, conversation_in, TUNE, "checkpoint every 30 minutes instead")
    assert "--save-every=" in told
    assert not state["plan"].changes
    _, often = await reply(context, conversation_in, TUNE, "how often does it write a checkpoint and how big is one?")
    assert "one each 200 steps" in often
    assert " GB on the volume" in often


async def test_hours_that_are_only_supposed_are_priced_with_what_a_start_takes(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, told = await reply(context, conversation_in, CHAT, "what would it cost with half the hours?")
    assert "Hours a month: 365" in told
    assert "before the first answer" in told
    assert state["spec"].hours_per_month in (None, 730)


async def test_the_command_of_a_job_on_one_machine_is_given(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    _, told = await reply(context, conversation_in, TUNE, "give me the command that starts the training")
    assert "accelerate launch" in told


async def test_a_wish_in_the_form_of_a_question_behind_another_wish_is_done(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, _ = await reply(context, conversation_in, CHAT, "drop the budget. oh and can you put it in Germany")
    assert state["spec"].location.jurisdictions == ("DE",)
    assert state["spec"].budget.amount is None


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("T4s? we have committed use for T4 already", "T4"),
        ("does it work with jetbrains?", "hold nothing about that"),
        ("what resolution does it photograph at?", "may not hold what you ask"),
    ],
)
async def test_an_answer_that_does_not_speak_of_the_question_says_so_first(
    question: str, told: str, context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    _, answer = await reply(context, conversation_in, CHAT, question)
    assert told in "".join(answer.splitlines()[:1])


async def test_a_figure_that_was_put_right_before_a_question_is_planned(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, told = await reply(
        context, conversation_in, CHAT, "40 was wrong, it's 90 concurrent users. does the budget still do?"
    )
    assert state["spec"].traffic.concurrent_users == 90
    assert told.index("$") < told.index("**Changed**")


async def test_what_a_question_is_asked_for_is_no_wish(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, told = await reply(
        context, conversation_in, CHAT, "is the licence a problem? we sell the machines with the software on it"
    )
    assert not state["plan"].changes
    assert "commercial use" in told


async def test_what_was_supposed_is_not_taken_up_by_another_change(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, _ = await reply(context, conversation_in, CHAT, "what if it were 400 users", "ok and make the budget 9000")
    assert state["spec"].traffic.concurrent_users == 40
    assert state["spec"].budget.amount == 9000


async def test_one_of_several_sellers_goes_back_to_both(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, _ = await reply(
        context,
        conversation_in,
        "Serve Llama 3.1 8B to 40 users on OVH or Scaleway",
        "OVH only",
        "go back to both providers",
    )
    assert state["spec"].location.providers == ("ovh", "scaleway")


async def test_a_file_that_a_step_writes_is_shown_by_its_name(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    said = "Full fine-tune of Llama 3.1 8B on 120k examples of 1,200 tokens, 2 epochs, with H100s within 3 days"
    _, told = await reply(context, conversation_in, said, "show me the accelerate config")
    assert "distributed_type: FSDP" in told


async def test_one_gpu_that_dies_leaves_the_other_copy_of_its_machine(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    said = "Defect detection with YOLOv8m on 12 cameras at 15 fps on our own server with 2x L4"
    state, told = await reply(context, conversation_in, said, "what happens if one of the L4s dies?")
    assert state["plan"].recommendations[0].option.replicas == 2
    assert "1 of 2 replicas go on" in told


async def test_the_licence_asked_of_it_is_that_of_the_model_named_before(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    said = "Image generation API with FLUX.1-schnell, 2 images per second on AWS"
    _, told = await reply(context, conversation_in, said, "and what would flux dev need? can we use it commercially?")
    assert "FLUX.1-dev`: flux-1-dev-non-commercial-license; no commercial use" in told


async def test_a_model_for_another_part_is_set_against_that_part(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    _, told = await reply(context, conversation_in, SEARCH, "why not bge-m3?")
    assert "would take the place of" in told
    assert "the first choice would be" not in told


async def test_a_job_that_runs_more_often_tells_its_new_month(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    said = "LoRA fine-tune of Qwen2.5 7B on 60k examples of about 800 tokens, 3 epochs, once a month"
    state, told = await reply(context, conversation_in, said, "weekly, not monthly")
    assert state["spec"].every == "week"
    assert "instead of run every month" in told


@pytest.mark.parametrize(
    "turn",
    [
        "ok. now make it 60 at the same time. does it still fit in the 8000?",
        "make it 60 at the same time, does it still fit in the budget?",
        "change the number of simultaneous users to 60 - is the price still ok?",
        "can you make it 60 at once? do we stay under the 8000?",
    ],
)
async def test_an_order_with_a_closing_question_is_carried_out_and_answered_by_the_budget(
    context: ArchitectContext, conversation_in: ConversationIn, turn: str
) -> None:
    state, told = await reply(context, conversation_in, CHAT, turn)
    assert state["spec"].traffic.concurrent_users == 60
    assert told.startswith("Yes. The machines of number 1")
    assert "of $8,000.00 a month" in told


async def test_a_rate_is_as_many_requests_at_once_as_last_together(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    """Little's law with the plan's own speed: at 15 to 40 tokens a second an answer of 400 takes 10 s and more."""
    first = "API on Mistral Small 24B, 100 requests per minute, answers of 400 tokens, in the EU"
    _, told = await reply(context, conversation_in, first, "is it enough for 6000 requests per minute?")
    found = re.search(r"are ([\d,]+) requests at a time", told)
    assert told.startswith("No: ")
    assert found is not None
    assert int(found[1].replace(",", "")) > 1000


@pytest.mark.parametrize("question", ["what do I lose without it?", "and without it?"])
async def test_without_what_was_left_out_is_not_without_a_gpu(
    context: ArchitectContext, conversation_in: ConversationIn, question: str
) -> None:
    _, told = await reply(context, conversation_in, CHAT, "drop the monitoring", question)
    assert "kube-prometheus-stack" in told
    assert "without a GPU" not in told


async def test_a_size_that_a_family_lacks_is_said_before_its_price(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    _, told = await reply(context, conversation_in, "Serve Llama 3.1 8B for 20 users", "use the 3B")
    assert told.startswith("**The catalogue has no Llama 3.1 3B")
