"""Questions for a figure beside the kind of question: each is answered first, from the plan's own rows."""

from typing import Protocol

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def verdict(conversation: Talk, text: str) -> str:
    return (await conversation.say(text))["plan"].verdict


async def test_what_fits_and_whether_an_api_is_cheaper_are_both_answered(conversation: Talk) -> None:
    told = await verdict(
        conversation,
        "Is a single L4 24GB enough to serve Gemma 3 27B for 10 people? We're on GCP europe-west4. Should we not just "
        "use an API? roughly 50M in / 7M out tokens per month.",
    )
    assert "1 x L4" in told
    assert "Yes, an API is cheaper" in told
    assert "for 57 million tokens" in told


async def test_a_place_that_was_demanded_leaves_the_price_and_says_what_is_not_known(conversation: Talk) -> None:
    told = await verdict(
        conversation, "API or own: 300M input and 40M output tokens a month of Llama 3.3 70B. Germany only, GDPR."
    )
    assert told.startswith("By price alone an API")
    assert "to stay in DE" in told


async def test_the_price_of_a_unit_is_what_the_load_divides_the_rent_by(conversation: Talk) -> None:
    told = await verdict(conversation, "SDXL image service, 5,000 images a day. What does one image cost?")
    assert "One image costs about $0.00" in told


async def test_hours_of_recordings_are_paid_for_by_the_hour_and_not_by_the_piece(conversation: Talk) -> None:
    told = await verdict(
        conversation,
        "Whisper large-v3 batch transcription, 1200 hours of calls per day, done overnight. Cost per audio hour?",
    )
    assert "for 1,200 every day" in told


async def test_a_job_has_its_hours_with_their_error_and_what_breaks_the_budget(conversation: Talk) -> None:
    told = await verdict(
        conversation,
        "How many hours does LoRA of Llama 3.1 8B on 30k examples of 900 tokens take? At most 3 dollars in total.",
    )
    assert "by the error of the estimate" in told
    assert "the upper end is beyond the 3 USD" in told


async def test_gpu_hours_are_the_hours_times_the_gpus(conversation: Talk) -> None:
    plan = (
        await conversation.say(
            "Full fine-tune of Llama 3.1 8B on 500M tokens, 8k sequence, 2 epochs, on Lambda. How many H100 hours?"
        )
    )["plan"]
    option = plan.recommendations[0].option
    assert option.job_hours is not None
    assert option.gpus > 1
    assert plan.verdict.startswith(f"About {option.gpus * option.job_hours:.0f} H100-SXM hours ({option.gpus} x ")


async def test_vectors_that_are_kept_have_a_store_that_is_paid_for_all_month(conversation: Talk) -> None:
    """The job that fills it is over after hours; the store stays."""
    plan = (
        await conversation.say(
            "Embeddings for 50M product descriptions (avg 120 tokens). Which model + GPU, and where do the vectors go?"
        )
    )["plan"]
    assert plan.retrieval is not None
    (store,) = (part for part in plan.retrieval.parts if part.role == "vector store")
    assert store.usd_per_month is not None
    assert store.usd_per_month > 100
    assert "The vectors take" in plan.verdict
    assert plan.recommendations[0].option.model is not None
    assert plan.verdict.startswith(plan.recommendations[0].option.model.key)


async def test_the_method_that_needs_no_gpu_is_told_where_the_work_is_asked_about(conversation: Talk) -> None:
    told = await verdict(conversation, "Do we need GPUs at all to forecast sales for 50k products weekly with Chronos?")
    assert told.startswith("Not for the work itself: one gradient-boosted model over all series")
    assert "chronos-bolt" in told


async def test_a_fast_network_is_needed_where_machines_train_together(conversation: Talk) -> None:
    told = await verdict(
        conversation, "Fine-tune Llama 3.1 70B with LoRA on 200M tokens on 4 nodes of 8 H100. Do we need InfiniBand?"
    )
    assert told.startswith("Yes, as it is planned: 4 machines exchange gradients at every step")


async def test_what_is_ruled_out_is_not_compared(conversation: Talk) -> None:
    told = await verdict(
        conversation, "Weights must be Apache or MIT, so no Llama and no Gemma. An agent for 60 people at once in the "
        "US. Which model?",
    )  # fmt: skip
    assert "Llama" not in told
    assert "licence apache-2.0" in told or "licence mit" in told


async def test_buying_is_held_against_the_rent_of_the_years_that_were_said(conversation: Talk) -> None:
    told = await verdict(conversation, "Llama 3.3 70B for 800 users on L40S, 24/7. Compare buy vs rent over 5 years.")
    assert "over 5 years" in told
    assert "for the cards alone" in told
    assert "have paid for themselves after" in told


async def test_ram_and_disk_of_vectors_are_told_where_they_are_asked(conversation: Talk) -> None:
    told = await verdict(
        conversation,
        "Keep 80 million document embeddings of bge-m3 in Qdrant, 50 searches per second. How much RAM and disk?",
    )
    assert "GiB of RAM" in told
    assert "GiB of disk" in told


async def test_a_gpu_and_cpus_stand_side_by_side(conversation: Talk) -> None:
    told = await verdict(
        conversation, "XGBoost training on 12M rows x 200 columns every week on 16 vCPU. Would a GPU make it cheaper?"
    )
    assert "A GPU: 1 x" in told
    assert "CPUs: 1 x" in told


async def test_beside_a_gap_in_the_prices_the_plan_stays_under_the_same_law(conversation: Talk) -> None:
    plan = (
        await conversation.say(
            "Nightly XGBoost training on 85M rows x 140 columns on AWS eu-west-1, no GPU please. Price per month?"
        )
    )["plan"]
    assert plan.verdict.startswith("The catalogue has no price of machines without a GPU in aws eu-west-1")
    assert all("EU" in relaxation.option.offer.jurisdictions for relaxation in plan.relaxations)


async def test_how_many_users_is_counted_with_the_share_that_the_plan_took(conversation: Talk) -> None:
    await conversation.say("Serve Llama 3.1 8B to 40k monthly active users")
    told = (await conversation.say("how many users can it handle?"))["reply"].response
    assert "with 1 % of the users active at once" in told


async def test_a_unit_has_its_price_on_each_card_that_was_named(conversation: Talk) -> None:
    told = await verdict(conversation, "Dollars per million tokens for Llama 3.1 8B on A100, H100 and RTX 6000 Ada?")
    prices = [told.index(f"{card} $") for card in ("A100", "H100", "RTX-6000-Ada")]
    assert prices == sorted(prices)
    assert told.count("if output alone is counted") == 3
    assert "is the cheapest: per million tokens at full load" in told


async def test_a_million_tokens_of_which_the_price_is_asked_is_no_answer_so_long(conversation: Talk) -> None:
    plan = (
        await conversation.say("what does one million output tokens cost with qwen2.5 32b on an L40S versus an H100")
    )["plan"]
    assert plan.spec.traffic.output_tokens is None
    assert "H100 $" in plan.verdict
    assert "L40S $" in plan.verdict


async def test_how_many_has_the_least_that_end_in_time_before_the_plan(conversation: Talk) -> None:
    told = await verdict(
        conversation,
        "Pretrain a 1.3B param language model from scratch on 100B tokens. How many H100s to do that in 2 weeks?",
    )
    assert told.startswith("At the least ")
    least, planned = told.split(" x H100")[0].split()[-1], told.partition("sold in sizes: ")[2].split(" x ")[0]
    assert int(least) < int(planned)


async def test_a_load_that_keeps_no_machine_at_work_is_priced_by_the_unit_first(conversation: Talk) -> None:
    plan = (await conversation.say("Run Llama 3.1 8B for our HR bot, roughly 300 questions a day."))["plan"]
    assert plan.verdict.startswith("Small load: ")
    assert "By the token first: Llama-3.1-8B-Instruct at " in plan.verdict
    assert "a machine that is always on costs $" in plan.verdict
    busy = (await conversation.say("Make that 3 requests per second around the clock"))["plan"]
    assert "Small load" not in busy.verdict


async def test_what_no_machine_does_for_a_sum_and_an_api_does_is_one_verdict(conversation: Talk) -> None:
    told = await verdict(
        conversation, "cheapest way to host a 7b model for a hobby discord bot, maybe 50 msgs a day. < 20 bucks a month"
    )
    assert told.startswith("No machine does it for that, an API does: ")
    assert "Of machines the least it costs is $" in told
    assert "Yes" not in told
