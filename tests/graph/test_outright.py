"""A question whose words can mean one thing is answered with that fact, and small talk answers no question."""

from typing import Protocol

import pytest

from evals.starter import starter_reader
from graph.explanations.outright import OUTRIGHT
from graph.explanations.topics import asked_about
from graph.state import ArchitectState
from graph.understanding.labels.sections import kinds

SERVED = "Serve Llama 3.1 8B to 60 support agents with vLLM on Kubernetes, EU, under $1,500 a month"
TRAINED = "Pretrain a 1B model from scratch on 50B tokens, Europe, done in 2 weeks, budget $15k"
CALLS = "Voice assistant: speech-to-text, an 8B LLM, text-to-speech, 20 concurrent calls, turn under 1 s, AWS Frankfurt"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


def test_every_kind_has_an_answer() -> None:
    assert {*kinds("follow_ups", "outright")} == {*OUTRIGHT}


@pytest.mark.parametrize(
    ("kind", "question"),
    [
        *(("step", one) for one in (
            "show step 10", "step 14 please", "what's in step 17?", "can I see step 21?", "show me steps 3 and 4",
            "please print step 13", "what does step 16 do", "the last step?", "give me the commands of step 22",
            "open step number 19", "explain step 15",
        )),
        *(("page", one) for one in (
            "print the whole plan", "show the full plan with all steps", "give me the entire plan", "the full plan",
            "show me the complete plan again", "print the plan", "display the plan in full", "output the whole page",
            "show all the steps with commands", "paste the detailed plan",
        )),
        *(("arithmetic", one) for one in (
            "show me the flops arithmetic", "how did you get to 3.5 days?", "where do the hours come from?",
            "walk me through the training time", "how was the speed calculated?", "the math behind the duration",
            "how do you arrive at 83 hours", "what's the formula for the throughput", "how is the time worked out",
            "compute arithmetic please",
        )),
        *(("setting_up", one) for one in (
            "how long does it take to set up?", "how many days until it runs?", "when can we go live?",
            "how long does the installation take", "how soon can this be up and running?", "how long to deploy it",
            "how much time for the setup", "how quickly could we have it in production",
        )),
        *(("step", one) for one in ("the last step please", "show the last step again")),
        *(("arithmetic", one) for one in ("what is the speed based on", "the math with the flops")),
        *(("setting_up", one) for one in ("what is the install time?", "how much setup effort is it?")),
        *(("one_less", one) for one in (
            "what would it cost without the second machine?", "does dropping the extra replica save much?",
            "how much do we save if we skip the spare server",
        )),
        *(("tenancy", one) for one in (
            "do we get noisy neighbours there?", "is the whole machine for us?", "single tenant or shared hosts?",
        )),
        *(("missing", one) for one in (
            "hmm, not a word about backups", "still no mention of DICOM", "the plan never mentions monitoring",
            "it nowhere says who pays the egress", "the plan lacks a firewall", "it omits the load balancer",
        )),
        *(("off_by", one) for one in (
            "what if it is 3 times as slow?", "and if it's 20 % slower, do we still make it?",
            "suppose it only does half the throughput", "what if it takes 2x as long",
        )),
        *(("vectors", one) for one in (
            "how much memory does the vector database need?", "how big is the index?", "int8 for the vectors?",
            "how many GB do the vectors take", "what size will the qdrant collection have", "RAM of the vector store?",
            "how much disk for the index", "how large do the vectors get", "would the index fit as int8",
            "how much storage do the embeddings take",
        )),
        *(("", one) for one in (
            "how much does the embedding service cost", "which vector db is that?", "how big is the model",
            "how long does it take?", "step up the replicas to 3", "what is the math behind the price",
            "show me the memory math", "show the plan", "how long until the first answer?", "when will it be done",
            "is the time realistic",
        )),
    ],
)  # fmt: skip
def test_what_it_asks_for(kind: str, question: str) -> None:
    assert asked_about(starter_reader().line(question)).outright == kind


@pytest.mark.parametrize(
    "question",
    ["how fast is it?", "is it fast?", "thanks, how fast is that?", "ok and how quick", "so how slow is it",
     "great, is it quick enough?"],
)  # fmt: skip
async def test_small_talk_wins_over_no_question(question: str, conversation: Talk) -> None:
    await conversation.say(SERVED)
    assert "tokens a second" in (await conversation.say(question))["reply"].response


async def test_each_step_is_shown_by_its_number(conversation: Talk) -> None:
    plan = (await conversation.say(CALLS))["plan"]
    for step in plan.steps:
        answer = (await conversation.say(f"show step {step.order}"))["reply"].response
        assert answer.startswith(f"Step {step.order}, “")
    beyond = (await conversation.say(f"show step {len(plan.steps) + 1}"))["reply"].response
    assert beyond.startswith(f"The plan has no step {len(plan.steps) + 1}, it has {len(plan.steps)} steps")
    two = (await conversation.say("show steps 2 to 3"))["reply"].response
    assert two.startswith("Step 2, “")
    assert "\n\nStep 3, “" in two


async def test_the_whole_page_is_printed_where_it_is_asked_for(conversation: Talk) -> None:
    plan = (await conversation.say(SERVED))["plan"]
    page = (await conversation.say("print the whole plan with all steps"))["reply"].response
    assert all(f"### {step.order}. " in page for step in plan.steps)


async def test_a_time_is_told_with_its_arithmetic(conversation: Talk) -> None:
    option = (await conversation.say(TRAINED))["plan"].recommendations[0].option
    assert option.job_hours is not None
    answer = (await conversation.say(f"how did you get to {option.job_hours / 24:.1f} days?"))["reply"].response
    lines = [line.formula for estimate in option.throughput for line in estimate.lines]
    assert lines
    assert all(f"`{line}`" in answer for line in lines)
    assert f"{option.job_hours / 24:.1f} days" in answer


async def test_how_long_people_take_is_not_estimated(conversation: Talk) -> None:
    plan = (await conversation.say(SERVED))["plan"]
    answer = (await conversation.say("how many days until it runs?"))["reply"].response
    assert answer.startswith(f"How long people take is not estimated: the plan holds {len(plan.steps)} steps")
    assert "minutes at 1 Gbit/s" in answer


async def test_what_the_vectors_take_is_told_without_a_store_of_the_plans(conversation: Talk) -> None:
    await conversation.say("Embed 30 million product titles (40 tokens each) once with bge-m3, AWS Europe")
    answer = (await conversation.say("how much memory does the vector database need?"))["reply"].response
    assert "30,000,000 x 1,024 x 4 B x 1.5" in answer
    many = (await conversation.say("how much RAM for 80M vectors?"))["reply"].response
    assert many.startswith("80,000,000 vectors take 457.8 GiB of RAM in full, 114.4 as int8 copies")


@pytest.mark.parametrize(
    "question",
    ["what happens if one machine is taken away at 3 am?", "does the whole job stop when a node dies?",
     "one machine crashes, what is lost?", "if a server fails do the others go on"],
)  # fmt: skip
async def test_parts_of_a_batch_do_not_need_one_another(question: str, conversation: Talk) -> None:
    batch = "Transcribe 2,000 hours of calls a day with whisper large v3 overnight between 10pm and 6am, EU"
    option = (await conversation.say(batch))["plan"].recommendations[0].option
    assert option.nodes > 1
    answer = (await conversation.say(question))["reply"].response
    assert f"The other {option.nodes - 1} of {option.nodes} machines go on" in answer
    assert "need one another" not in answer
    assert "asks only for what has none yet" in answer


@pytest.mark.parametrize(
    ("question", "holds", "not_"),
    [
        ("does it work with asterisk?", "hold nothing about that", "|"),
        ("which sip provider do you suggest?", "hold nothing about that", "| Workload |"),
        ("can all of them take 40 fps?", "hold nothing about that", "| Workload |"),
        ("is it all in germany?", "Yes: every recommendation stands in DE", "| Workload |"),
        ("is hetzner cheaper?", "The catalogue has no offer of hetzner.", "| Workload |"),
        ("would it be cheaper at ovh?", "All of them together: ", "| Workload |"),
        ("what would infomaniak charge?", "hold nothing about that called “infomaniak”", "| Workload |"),
        ("what does the text to speech cost at ionos?", "called “ionos”", "| Workload |"),
        ("which country is that?", "eu-central-1, DE", "| Workload |"),
        ("what licences?", "Its terms: keep the licence text", "| Workload |"),
    ],
)
async def test_no_table_stands_in_the_place_of_an_answer(
    question: str, holds: str, not_: str, conversation: Talk
) -> None:
    await conversation.say(CALLS)
    answer = (await conversation.say(question))["reply"].response
    assert holds in answer
    assert not_ not in answer


@pytest.mark.parametrize(
    ("request_", "question", "holds"),
    [
        (SERVED, "do we have to show built with llama?", "“Built with Llama”"),
        (SERVED, "is the licence ok for us?", "700,000,000 users a month of all your products its maker's own licence "
                                              "is needed, and you said 60"),
        (SERVED, "what does the licence demand?", "https://www.llama.com/llama3_1/license/"),
        ("Fine-tune Mistral 7B with LoRA, 20k examples, EU", "which licence does the result have?", "yours to license"),
        ("YOLOv8 on 20 cameras at 10 fps, AWS Frankfurt", "may we use it commercially?", "offers them its source"),
    ],
)  # fmt: skip
async def test_terms_of_a_licence_are_told(request_: str, question: str, holds: str, conversation: Talk) -> None:
    await conversation.say(request_)
    answer = (await conversation.say(question))["reply"].response
    assert holds in answer
    assert "other models" not in answer


@pytest.mark.parametrize(
    ("request_", "question", "never"),
    [
        (CALLS, "which tts is it and can it do german properly?", "Left out:"),
        (CALLS, "what does the text to speech cost at ionos?", "Left out:"),
        ("2,000 SDXL images a day for 20 people, EU", "what if all 20 click at the same moment?", "Items"),
        ("Extract fields from 30k invoices a day with Qwen2.5-VL-7B, EU", "what is the bill for 2M pages?", "Items"),
        ("RAG over 300k pages of wikis for 40 users, AWS", "how many pages per second on this card?", "instead of aws"),
    ],
)  # fmt: skip
async def test_a_question_supposes_only_what_its_words_say(
    request_: str, question: str, never: str, conversation: Talk
) -> None:
    before = (await conversation.say(request_))["plan"]
    state = await conversation.say(question)
    assert never not in state["reply"].response
    assert state["plan"].spec == before.spec


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        (("how much cheaper is one replica?",), "Replicas: at least 1 instead of at least 2"),
        (("what does the second machine cost us?",), "$"),
        (("only 8 to 18 on weekdays", "what does that save?"), "By the last change: Machines a month: $"),
        (("drop cert-manager", "how much cheaper is it now?"), "Nothing: the machines cost what they did before"),
    ],
)
async def test_a_difference_has_old_and_new_total(said: tuple[str, ...], begins: str, conversation: Talk) -> None:
    await conversation.say("Serve Gemma 3 27B to 40 users in the US, 2 replicas")
    answers = [(await conversation.say(message))["reply"].response for message in said]
    assert answers[-1].startswith(begins)
    assert "instead of $" in answers[-1] or "then and now" in answers[-1]


async def test_a_months_budget_is_set_against_a_months_bill(conversation: Talk) -> None:
    batch = (
        "Every night classify and summarise 2 million emails (350 tokens in, 80 out) with an 8B model on Kubernetes, "
        "GCP, US, spot ok, done in 6 hours, 600 dollars a month"
    )
    plan = (await conversation.say(batch))["plan"]
    assert plan.cost is not None
    assert plan.cost.monthly_usd > 600
    assert plan.verdict.startswith("No: ")
    assert "above the budget" in plan.verdict
    answer = (await conversation.say("does it fit in the budget?"))["reply"].response
    assert answer.startswith("No: the whole bill is $")
