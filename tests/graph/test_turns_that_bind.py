"""A later turn changes what it orders and nothing else, and what it orders holds in the plan or is said not to."""

import pytest

from evals.starter import starter_reader
from graph.context import ArchitectContext
from graph.relative_cost import cheaper_by
from tests.graph.test_second_turns import ConversationIn, reply

CHAT = (
    "Serve Qwen3-32B to 80 support agents, 20 at once at peak, prompts of 2k tokens, answers of 250, on AWS "
    "eu-central-1, Kubernetes, under $6,000 a month"
)
QUARTERLY = (
    "need to finetune qwen2.5-32b with lora on ~120k instruction examples (avg 1.5k tok), 3 epochs. one-off, maybe "
    "repeated every quarter. would be nice to have it over a weekend. cheapest sane option"
)
SCANS = (
    "Segment CT scans with nnU-Net for a hospital in Vienna, 200 studies a day, and train it on 2,000 scans, patient "
    "data, in the EU"
)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("your plan still doesn't mention Velero", "not part of this plan. Backs up"),
        ("nothing on HL7v9 in there", "nothing of it is installed"),
        ("I can't find LiteLLM in the plan", "Say “add LiteLLM proxy” to have it."),
        ("vs Mistral API or Groq, who is cheaper", "per million tokens"),
        ("single tenant - does this instance count as dedicated", "dedicated host"),
        ("vllm or sglang, you decide", "for which its memory and speed are worked out"),
        ("how does that compare to Claude Haiku, we do 4M requests a year", "333,333 requests a month"),
    ],
)  # fmt: skip
async def test_a_complaint_or_a_question_changes_nothing(
    context: ArchitectContext, conversation_in: ConversationIn, said: str, told: str
) -> None:
    before, _ = await reply(context, conversation_in, CHAT)
    state, answer = await reply(context, conversation_in, CHAT, said)
    assert state["spec"].model_copy(update={"question": None}) == before["spec"].model_copy(update={"question": None})
    assert told in answer


async def test_an_order_beside_a_complaint_is_carried_out_alone(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, _ = await reply(
        context, conversation_in, CHAT, "it doesn't say anything about autoscaling. set it to 40 users"
    )
    assert state["spec"].traffic.users == 40
    assert not state["spec"].components.excluded


async def test_a_seller_that_is_left_out_takes_its_region_with_it(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, _ = await reply(context, conversation_in, CHAT, "do it without the AWS bit, any EU provider is fine")
    assert state["spec"].location.excluded_providers == ("aws",)
    assert not state["spec"].location.regions
    assert state["plan"].recommendations[0].option.offer.provider != "aws"


async def test_a_share_less_is_a_budget_by_what_stands(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    before, _ = await reply(context, conversation_in, CHAT)
    state, _ = await reply(context, conversation_in, CHAT, "make it 25% cheaper")
    paid = before["plan"].recommendations[0].option.price_per_month_usd
    assert state["spec"].budget.amount == pytest.approx(0.75 * paid, abs=0.01)
    assert state["plan"].recommendations[0].option.price_per_month_usd <= 0.75 * paid


@pytest.mark.parametrize("said", ["10% more users", "is 20% headroom enough", "cut the budget by 20%", "30% off peak"])
def test_another_share_is_none_of_the_cost(said: str) -> None:
    assert cheaper_by(starter_reader().line(said)) is None


@pytest.mark.parametrize(
    ("asked", "said", "told"),
    [
        (CHAT, "no g7e", "**No: the first choice is still g7e."),
        (CHAT, "forget AWS, any provider is fine", "**Still AWS: it is no longer"),
        (QUARTERLY, "we only have $150 for this", "one run costs $"),
        (SCANS, "inference stays here on our A40, only the training goes to the cloud", "No: a plan puts on machines"),
    ],
)  # fmt: skip
async def test_what_does_not_hold_is_said_first(
    context: ArchitectContext, conversation_in: ConversationIn, asked: str, said: str, told: str
) -> None:
    _, answer = await reply(context, conversation_in, asked, said)
    assert told in answer.partition("\n")[0]


async def test_what_a_question_named_is_not_taken_up_by_a_figure(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    state, _ = await reply(
        context, conversation_in, QUARTERLY, "8xH100 instead, how long and how much", "we only have $150 for this"
    )
    assert not state["spec"].gpu.models


@pytest.mark.parametrize(
    ("asked", "said", "told"),
    [
        (QUARTERLY, "8xH100 instead, how long and how much", "8 × H100-SXM"),
        (QUARTERLY, "what if I use QLoRA, does it fit on one 48GB card?", "QLoRA, needs 26.55 GiB, and of 48 GB"),
        (CHAT, "half the speed, do we notice?", "a matter of memory; each gets"),
    ],
)
async def test_what_is_supposed_is_sized_on_itself(
    context: ArchitectContext, conversation_in: ConversationIn, asked: str, said: str, told: str
) -> None:
    _, answer = await reply(context, conversation_in, asked, said)
    assert told in answer


async def test_an_estimate_that_is_off_is_held_against_the_deadline(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    calls = "Transcribe 20,000 hours of recorded meetings with whisper large-v3, done in 7 days, cheapest"
    state, twice = await reply(context, conversation_in, calls, "what if you are wrong by 2x, are we done in 7 days?")
    hours = state["plan"].recommendations[0].option.job_hours or 0.0
    within = 2 * hours <= 168
    assert twice.startswith(f"{'Yes' if within else 'No'}: {hours:.1f} h x 2 = {2 * hours:.1f} h")
    _, ten = await reply(context, conversation_in, calls, "and if you're off by a factor of 10?")
    assert ten.startswith("No: ")


@pytest.mark.parametrize("said", ["yes or no: is it enough?", "so is it enough or not? one line please"])
async def test_one_line_is_one_line(context: ArchitectContext, conversation_in: ConversationIn, said: str) -> None:
    _, answer = await reply(context, conversation_in, CHAT, said)
    assert answer.startswith("Yes: the 20 concurrent users planned for are")
    assert answer.count("\n") == 1
