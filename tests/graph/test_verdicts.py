"""What is asked beside a plan is answered first, and the plan below agrees with the answer."""

from typing import Protocol

import pytest

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("request_", "opening"),
    [
        ("Do I need an H100 to serve Mistral 7B to 20 users?", "No: 2 x RTX-A4000"),
        ("Do we need multi node to LoRA fine-tune Llama 3.3 70B?", "No: one machine is enough"),
        ("gpt-oss-120b: 1x H100 or 2x L40S for 25 concurrent chats, 8k ctx, 30 tok/s per user? Which is cheaper?",
         "1 x H100 costs the least, L40S (2 are too few)"),
        ("is a 4090 enough for qwen3 32b?", "Yes, in 4-bit (awq): Qwen3-32B fits on 1 x RTX-4090"),
        ("Are three nodes with 8x A100 80GB enough for DeepSeek R1?",
         "Yes, in bf16: DeepSeek-R1 fits on 24 x A100-80GB"),
        ("Are two A100 nodes with 8 x 80GB each enough to serve DeepSeek V3?", "Yes by memory, in fp8: DeepSeek-V3"),
        ("Do I need a GPU at all to run xgboost on 2 million rows?", "No GPU is needed"),
        ("Can I serve Llama 3.3 70B to 30 concurrent users below $20,000 a month?", "Yes: "),
        ("Kimi K2 self-hosted for 500 dollars a month, possible?", "No: the least it costs is $"),
        ("Can a single 80 GB GPU serve Mixtral 8x22B?", "Yes, in 4-bit (awq): "),
        ("Is a 24 GB card enough for Llama 3.3 70B in fp8?", "No: "),
        ("DeepSeek V3 on a single RTX 4090?", "No: "),
        ("How many concurrent users can Llama 3.1 8B serve on one L40S?", "About "),
        ("Can I train a 70B from scratch with $10,000?",
         "No: 8 x MI300X 192 GB at digitalocean take about 2,147.5 days and $1,067,909"),
        ("I have an unused Radeon VII. Can it serve Qwen3 32B?",
         "Cannot say: the catalogue has no figures of Radeon VII. Qwen3-32B needs about "),
        ("We own 4 Tenstorrent Wormhole cards. Can they serve Llama 3.3 70B?", "Cannot say: "),
        ("I want to serve DeepSeek-V3 671B on one L4 for under $500 a month", "No: DeepSeek-V3"),
        ("I have a 3090 at home and want to fine-tune Whisper large v3, does it fit?",
         "Yes, with LoRA: whisper-large-v3 fits on 1 x RTX-3090, "),
        ("vram for 32k ctx mistral small", "The smallest card that holds Mistral-Small-3.2-24B"),
        ("How much VRAM is required to finetune SDXL 1.0?", "The smallest card that trains stable-diffusion-xl"),
        ("8xA100 deepseek-r1 yes or no", "Yes, in 4-bit (awq): DeepSeek-R1-0528 fits on 8 x A100-80GB"),
        ("Is 16 GB enough for training a SDXL LoRA?", "Yes, with LoRA with gradient checkpointing: "),
        ("Is 24 GB enough for training a FLUX LoRA?", "Yes, with QLoRA with gradient checkpointing: "),
        ("Can I fine-tune Whisper large v3 with all weights on a single RTX 3090?", "No: whisper-large-v3 with all "),
        ("Can I fine-tune Llama 3.3 70B on a single A100 80GB?", "Yes, with QLoRA: "),
        ("Can 8x H100 train a 3B model from scratch on 300B tokens within 2 weeks?",
         "No: 3B fits on 8 x H100-SXM with all weights in Adam, but takes about "),
    ],
)  # fmt: skip
async def test_the_answer_opens_the_plan(conversation: Talk, request_: str, opening: str) -> None:
    plan = (await conversation.say(request_))["plan"]
    assert plan.verdict.startswith(opening)


async def test_of_unknown_hardware_nothing_is_claimed_and_the_plan_is_for_the_case_that_it_does_not_do(
    conversation: Talk,
) -> None:
    plan = (await conversation.say("I have an unused Radeon VII. What's the best coding model it runs?"))["plan"]
    assert plan.verdict.startswith("Cannot say: ")
    assert plan.answer.startswith("Should it not do: rent ")


async def test_where_only_another_model_fits_the_least_for_the_one_asked_is_told(conversation: Talk) -> None:
    plan = (await conversation.say("I want to serve DeepSeek-V3 671B on one L4 for under $500 a month"))["plan"]
    assert "itself takes at the least " in plan.verdict


async def test_boosted_trees_get_a_gpu_that_their_builds_have_kernels_for(conversation: Talk) -> None:
    plan = (await conversation.say("Train XGBoost on 40 million rows x 300 columns on a GPU"))["plan"]
    gpu = plan.recommendations[0].option.offer.gpu
    assert gpu is not None
    assert gpu.vendor == "nvidia"


async def test_strangers_that_somebody_else_proposed_are_advised_against(conversation: Talk) -> None:
    said = "A colleague says we should take 4x A100 on Vast for our hospital's patient chatbot. Good idea?"
    plan = (await conversation.say(said))["plan"]
    assert plan.verdict.startswith("Better not: vast rents out machines of strangers, which such data must not reach")


async def test_what_trains_from_scratch_is_offered_no_adapters(conversation: Talk) -> None:
    plan = (await conversation.say("Can 2x H100 train a 13B model from scratch on 300B tokens within a month?"))["plan"]
    assert "LoRA" not in plan.verdict
    assert "end it in time" in plan.verdict


async def test_what_is_only_asked_about_is_no_wish_for_it(conversation: Talk) -> None:
    plan = (await conversation.say("Do I need an H100 to serve Mistral 7B to 20 users?"))["plan"]
    gpu = plan.recommendations[0].option.offer.gpu
    assert gpu is not None
    assert gpu.family != "H100"


async def test_an_api_bill_is_the_load_and_the_figure_to_beat(conversation: Talk) -> None:
    said = "We spend $18,000 a month on the GPT-4o API (about 3 billion input and 400 million output tokens). "
    plan = (await conversation.say(f"{said}Would self-hosting an open model be cheaper?"))["plan"]
    assert (plan.spec.volume.amount, plan.spec.volume.unit, plan.spec.volume.per) == (3.4e9, "tokens", "month")
    assert plan.spec.budget.amount is None
    assert [model.name for model in plan.spec.models] == ["openai/gpt-oss-120b"]
    assert plan.verdict.startswith("Yes: ")
    assert "against the 18,000 USD that you pay" in plan.verdict


@pytest.mark.parametrize(
    ("request_", "planned"),
    [("Can we self-host GPT-4o?", "openai/gpt-oss-120b"), ("Run Claude Opus on our own servers?", "Qwen/Qwen3-235B"),
     ("Can we run Gemini 2.5 Pro on premises?", "google/gemma-3-27b-it")],
)  # fmt: skip
async def test_a_closed_model_cannot_be_run_and_an_open_one_is_planned(
    conversation: Talk, request_: str, planned: str
) -> None:
    plan = (await conversation.say(request_))["plan"]
    assert plan.verdict.startswith("No: ")
    assert "weights are not published" in plan.verdict
    model = plan.recommendations[0].option.model
    assert model is not None
    assert model.key.startswith(planned)


@pytest.mark.parametrize(
    ("request_", "planned", "instead"),
    [("Looking to replace GPT-4 with something we host ourselves; 400 concurrent", "openai/gpt-oss-120b", True),
     ("How much to self-host something like GPT-4o-mini for a support bot, 20k conversations a month?",
      "openai/gpt-oss-20b", True),
     ("A Claude Sonnet class model for 200 users in the EU", "Qwen/Qwen3-235B", True),
     ("We are moving away from GPT-4o to Llama 3.3 70B for 100 users", "meta-llama/Llama-3.3-70B", False),
     ("A private ChatGPT for 50 employees", "Qwen/Qwen3-8B", False),
     ("We use gpt-4o for drafting; now we need embeddings of 5M documents", "Qwen/Qwen3-Embedding", False)],
)  # fmt: skip
async def test_one_like_a_closed_model_is_the_open_one_in_its_place(
    conversation: Talk, request_: str, planned: str, *, instead: bool
) -> None:
    plan = (await conversation.say(request_))["plan"]
    model = plan.recommendations[0].option.model
    assert model is not None
    assert model.key.startswith(planned)
    assert any(line.startswith("In the place of ") for line in plan.spec.assumptions) == instead


async def test_whose_api_is_asked_about_is_not_whom_to_rent_from(conversation: Talk) -> None:
    asked = "Is it cheaper to use Together AI's API than renting an H100 for Llama 3.3 70B at 50 requests per minute?"
    plan = (await conversation.say(asked))["plan"]
    assert plan.spec.location.providers == ()
    assert plan.verdict.startswith(("Yes, an API is cheaper", "No, own machines are cheaper"))


async def test_an_open_model_like_a_closed_one_is_no_closed_model(conversation: Talk) -> None:
    plan = (await conversation.say("Host an open model like GPT-4o for a chatbot with 50 users, which one?"))["plan"]
    assert "weights are not published" not in plan.verdict


async def test_hosted_apis_meet_what_was_asked_of_the_seller(conversation: Talk) -> None:
    asked = "Should I use an API or self-host Llama 3.3 70B for 10,000 requests a day, 2,000 tokens in and 300 out, "
    plan = (await conversation.say(f"{asked}all data has to stay in Germany?"))["plan"]
    assert plan.hosted is not None
    assert plan.hosted.quotes == ()
    assert "known to stay in" in plan.verdict or "is known to meet" in plan.verdict


async def test_a_price_question_names_each_seller_with_the_day_and_the_total(conversation: Talk) -> None:
    reply = (await conversation.say("What do 8x H100 cost for 10 days on AWS and GCP?"))["reply"].response
    assert "for 8 GPUs over 240 hours" in reply
    assert "at aws" in reply
    assert "at gcp" in reply
    assert "price of 20" in reply


async def test_what_sellers_have_in_stock_is_said_to_be_unknown(conversation: Talk) -> None:
    asked = "I need a node with 8 H200 in Frankfurt available next week for a month. Who has it and at what price?"
    reply = (await conversation.say(asked))["reply"].response
    assert "is not in the catalogue: ask it" in reply
    assert "sold 8 at a time" in reply


async def test_the_smallest_card_is_named_for_one_request_at_a_time(conversation: Talk) -> None:
    asked = await conversation.say("what's the smallest GPU that runs gemma 3 27b with 32k context")
    verdict = asked["plan"].verdict
    assert verdict.startswith("The smallest card that holds gemma-3-27b-it, one request at a time: in bf16 1 x ")
    assert "in 4-bit (awq) 1 x " in verdict


async def test_a_no_comes_with_the_steps_of_the_nearest_that_works(conversation: Talk) -> None:
    plan = (await conversation.say("Serve Llama 3.3 70B to 200 concurrent users for at most 500 dollars a month"))[
        "plan"
    ]
    assert plan.verdict.startswith("No: ")
    assert plan.recommendations == ()
    assert plan.next_step.startswith("For the nearest that works (")
    assert [step.order for step in plan.steps] == list(range(1, len(plan.steps) + 1)) != []
