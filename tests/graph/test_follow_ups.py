"""Questions about the plan that stands: answered from its evidence and the catalogue, without changing it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

import pytest
import yaml

from artifacts.notation import count, money, rate
from database import Database
from domain.base import Frozen
from domain.plan import DeploymentPlan
from domain.queries import ComputeQuery, ModelQuery, NamedModel
from graph.context import ArchitectContext, Tools
from graph.state import ArchitectState
from tools import compute, models

ASK = "Deploy Llama 3.3 70B for a chatbot with 200 users, under $6000 a month"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


ConversationIn = Callable[[ArchitectContext], Talk]
Ask = Callable[[str], Awaitable[str]]


@pytest.fixture(scope="module")
async def talk(context: ArchitectContext, conversation_in: ConversationIn) -> Talk:
    conversation = conversation_in(context)
    await conversation.say(ASK)
    return conversation


@pytest.fixture(scope="module")
async def plan(talk: Talk) -> DeploymentPlan:
    """What stands while the questions are asked."""
    return (await talk.say("why this one?"))["plan"]


@pytest.fixture(scope="module")
def ask(talk: Talk, plan: DeploymentPlan) -> Ask:
    async def asked(question: str) -> str:
        state = await talk.say(question)
        assert state["reply"].response_type == "answer"
        assert state["plan"] == plan
        assert state["reply"].response.endswith("\n")
        return state["reply"].response

    return asked


@pytest.mark.parametrize("gpu", ["H100", "A100", "L40S", "MI300X"])
async def test_why_not_a_gpu_names_real_offers_at_their_real_price(ask: Ask, database: Database, gpu: str) -> None:
    answer = await ask(f"why not {gpu}?")
    assert gpu in answer
    sold = await compute.search(ComputeQuery(gpu_models=(gpu,), every_region=True, top_k=None), database)
    prices: dict[str, set[float]] = {}
    for offer in sold.items:
        prices.setdefault(offer.instance_type, set()).add(offer.price_per_hour_usd or 0.0)
    told = re.findall(r"(\d+) × `([^`]+)` at [^$]*?\$([\d,.]+\d) an hour", answer)
    assert told
    for nodes, instance_type, per_hour in told:
        expected = {rate(int(nodes) * price) for price in prices[instance_type]}
        assert f"${per_hour}" in expected


async def test_why_not_a_dearer_gpu_says_by_how_much(ask: Ask, plan: DeploymentPlan) -> None:
    answer = await ask("why not H100?")
    assert f"against {money(plan.recommendations[0].option.price_per_month_usd)} a month" in answer
    assert "% more" in answer


async def test_why_not_a_provider_gives_its_best_plan(ask: Ask, plan: DeploymentPlan) -> None:
    first = plan.recommendations[0].option.offer.provider
    other = next(name for name in ("lambda", "runpod") if name != first)
    answer = await ask(f"why not {other}?")
    assert f"at {other} (" in answer
    assert "% more" in answer


async def test_why_not_spot_says_that_it_is_cheaper_and_can_end(ask: Ask) -> None:
    answer = await ask("why not spot?")
    assert "taken back at short notice" in answer
    assert "% less" in answer


async def test_how_many_machines_is_told_with_what_is_in_each(ask: Ask, plan: DeploymentPlan) -> None:
    answer = await ask("how many nodes is that?")
    first = plan.recommendations[0].option
    assert answer.startswith(f"It takes {count(first.nodes, 'machine')} with {count(first.gpus, 'GPU')} in all.")
    assert first.offer.gpu is not None
    assert f"each with {first.offer.gpu_count} × {first.offer.gpu.name}, " in answer
    assert len(re.findall(r"^- number \d", answer, re.MULTILINE)) == len(plan.recommendations)


async def test_a_gpu_that_nobody_sells_is_said_to_be_so(ask: Ask, database: Database) -> None:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT name FROM cloud.gpus WHERE name NOT IN (SELECT gpu FROM cloud.instances WHERE gpu IS NOT NULL)"
            " AND vendor = 'nvidia' ORDER BY name LIMIT 1"
        )
        row = await cursor.fetchone()
    if row is None:
        pytest.skip("the catalogue sells every GPU it knows")
    assert "The catalogue has no offer of" in await ask(f"why not {row['name']}?")


async def test_what_is_already_chosen_is_said_to_be_chosen(ask: Ask, plan: DeploymentPlan) -> None:
    provider = plan.recommendations[0].option.offer.provider
    assert "is what the first recommendation has" in await ask(f"why not {provider}?")


async def test_why_not_another_model_sizes_the_catalogues_row(ask: Ask, database: Database) -> None:
    answer = await ask("why not Mistral 7B?")
    query = ModelQuery(named=(NamedModel(name="Mistral 7B", params_b=7.0),), top_k=3)
    keys = {card.key for card in (await models.search(query, database)).items}
    assert keys & set(re.findall(r"running `([^`]+)`", answer))
    assert "you asked for" in answer


async def test_why_not_the_second_gives_the_rankings_own_reason(ask: Ask, plan: DeploymentPlan) -> None:
    first, second = (item.option for item in plan.recommendations[:2])
    answer = await ask("why not the second one?")
    assert f"Number 2, **{second.nodes} × `{second.offer.instance_type}`" in answer
    broken = [b for b in second.breaks if b.rule not in {kept.rule for kept in first.breaks}]
    assert all(f"{b.words} ({b.rule})" in answer for b in broken)
    if not broken and second.quantization != first.quantization:
        assert f"at {second.quantization}, and {first.quantization} comes first" in answer


async def test_a_rank_the_plan_does_not_have_is_not_answered_with_another(ask: Ask) -> None:
    assert await ask("why not number 7?") == "There is no number 7: the plan has 3 recommendations.\n"


@pytest.mark.parametrize(
    ("question", "ranks"),
    [("compare the first two", {1, 2}), ("compare 1 and 3", {1, 3}), ("compare all three", {1, 2, 3}),
     ("what's the difference between the second and the third?", {2, 3})],
)  # fmt: skip
async def test_compares_what_was_counted_out(ask: Ask, plan: DeploymentPlan, question: str, ranks: set[int]) -> None:
    heading = next(line for line in (await ask(question)).splitlines() if line.startswith("| Compared"))
    assert {int(rank) for rank in re.findall(r"#(\d)", heading)} == ranks


async def test_compares_two_gpus_by_the_plan_with_each(ask: Ask) -> None:
    heading = (await ask("compare H100 and A100")).splitlines()[0]
    assert "A100" in heading
    assert "H100" in heading


async def test_the_arithmetic_of_the_second_is_the_seconds(ask: Ask, plan: DeploymentPlan) -> None:
    proof = plan.recommendations[1].option.proof
    assert proof is not None
    answer = await ask("does the second one fit in memory?")
    for line in proof.lines:
        assert line.formula in answer


@pytest.mark.parametrize(
    ("question", "factor"),
    [("what does it cost per year?", 12), ("what is that a day?", 24 / 730), ("how much is it a week?", 168 / 730)],
)  # fmt: skip
async def test_the_cost_of_another_period_follows_from_the_month(
    ask: Ask, plan: DeploymentPlan, question: str, factor: float
) -> None:
    assert plan.cost is not None
    assert f"**{money(plan.cost.monthly_usd * factor)}**" in await ask(question)


async def test_the_budget_left_is_the_budget_less_the_machines(ask: Ask, plan: DeploymentPlan) -> None:
    left = 6000 - plan.recommendations[0].option.price_per_month_usd
    assert f"{money(left)} is left" in await ask("is it within the budget?")


async def test_a_figure_is_traced_to_the_line_it_is_from(ask: Ask, plan: DeploymentPlan) -> None:
    assumption = next(text for text in plan.assumptions if "in flight" in text)
    assert assumption in await ask("how did you get 20 requests in flight?")
    assert "No line of the plan holds the figure 777" in await ask("where does the 777 come from?")


async def test_a_component_of_the_plan_is_explained_by_its_reason(ask: Ask, plan: DeploymentPlan) -> None:
    component = next(item for item in plan.stack if item.package.name == "cert-manager")
    answer = await ask("what does cert-manager do here?")
    assert component.reason in answer
    assert component.package.version in answer


async def test_a_component_that_nothing_uses_yet_is_said_to_be_for_later(ask: Ask, plan: DeploymentPlan) -> None:
    later = next(item for item in plan.worth_adding if item.package.name == "keda")
    answer = await ask("what does KEDA do here?")
    assert "is not part of this plan" in answer
    assert later.reason in answer


async def test_a_component_that_is_not_in_the_plan_is_said_to_be_out(ask: Ask, plan: DeploymentPlan) -> None:
    assert "karpenter" not in {component.package.name for component in plan.stack}
    assert "is not part of this plan" in await ask("what does Karpenter do here?")


async def test_the_licence_is_the_catalogues(ask: Ask, plan: DeploymentPlan) -> None:
    model = plan.recommendations[0].option.model
    assert model is not None
    assert f"`{model.key}`: {model.license}" in await ask("which licence?")


async def test_what_is_cheaper_comes_from_the_plans_options(ask: Ask, talk: Talk, plan: DeploymentPlan) -> None:
    placement = (await talk.say("why this one?"))["placement"]
    first = placement.options[0]
    answer = await ask("is there anything cheaper?")
    for option in placement.options:
        assert (f"`{option.offer.instance_type}`" in answer) == (option.price_per_hour_usd <= first.price_per_hour_usd)


@pytest.mark.parametrize(
    "question",
    ["why this one?", "how fast is it?", "how many users can it handle?", "what are the risks?", "explain",
     "how old are the prices?", "where does it run?", "what is tensor parallelism?",
     "is this HIPAA compliant?", "which models are there?"],
)  # fmt: skip
async def test_every_dollar_of_an_answer_is_in_the_plan(ask: Ask, plan: DeploymentPlan, question: str) -> None:
    held = plan.model_dump_json()
    answer = await ask(question)
    assert answer.strip()
    for amount in re.findall(r"\$[\d,]+(?:\.\d+)?", answer):
        digits = amount.strip("$").replace(",", "")
        assert amount in held or any(
            money(option.price_per_month_usd) == amount or rate(option.price_per_hour_usd) == amount
            for option in (item.option for item in plan.recommendations)
        ), digits


@pytest.mark.parametrize("message", ["hi", "Hello!", "what can you do?", "thanks", "help"])
async def test_small_talk_is_answered_with_an_offer(ask: Ask, message: str) -> None:
    answer = await ask(message)
    assert "can't help" not in answer
    assert "plan" in answer


async def test_a_greeting_before_any_plan_says_what_to_tell(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    response = (await conversation_in(context).say("hi"))["reply"].response
    assert response.startswith("Hello!")
    assert "what you want to run" in response


async def test_another_subject_is_declined_and_told_what_can_be_asked(ask: Ask) -> None:
    answer = await ask("write me a poem about the sea")
    assert "can't help with that one" in answer
    assert "why not H100?" in answer


async def test_a_catalogue_that_cannot_be_asked_is_not_an_empty_one(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    async def fails(query: Frozen, database: Database) -> Frozen:
        if asked:
            raise ConnectionError("postgresql://user:secret@db/x refused")
        return await compute.search(query, database)  # type: ignore[arg-type]

    tools, asked = Tools(), False
    object.__setattr__(tools, "compute", fails)
    conversation = conversation_in(replace(context, tools=tools))
    await conversation.say(ASK)
    asked = True
    response = (await conversation.say("why not H100?"))["reply"].response
    assert "could not be asked" in response
    assert "secret" not in response


async def test_questions_about_a_plan_in_which_nothing_fits_say_what_to_relax(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    conversation = conversation_in(context)
    plan = (await conversation.say("Deploy Llama 3.1 405B for 10000 users under $50 a month on AWS"))["plan"]
    assert not plan.recommendations
    for question in ("compare the first two", "what does it cost?", "give me the deployment checklist"):
        response = (await conversation.say(question))["reply"].response
        assert plan.relaxations[0].option.offer.instance_type in response


async def test_a_provider_the_law_keeps_out_is_not_said_to_sell_nothing(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    conversation = conversation_in(context)
    await conversation.say("Serve Llama 3.3 70B for a hospital chatbot, HIPAA compliant")
    response = (await conversation.say("why not RunPod?"))["reply"].response
    assert "not listed in the catalogue for HIPAA" in response
    assert "no offer of" not in response


async def test_a_place_means_the_providers_own_region(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    conversation = conversation_in(context)
    await conversation.say("Serve Mistral 7B on AWS in Frankfurt")
    response = (await conversation.say("why not GCP in Frankfurt?"))["reply"].response
    assert "at gcp (europe-west3," in response


async def test_a_small_figure_is_traced_with_its_noun(ask: Ask) -> None:
    answer = await ask("how did you get 256 tokens out?")
    assert "256 out" in answer
    assert "Number" not in await ask("how did you get 2 replicas?")


async def test_too_few_cards_are_answered_with_how_many_it_takes(ask: Ask) -> None:
    answer = await ask("will it fit on 2x RTX 4090?")
    assert "No plan with **2 x RTX-4090**" in answer
    assert "With RTX-4090 it takes, for example," in answer


async def test_a_machines_death_says_what_is_left_and_what_another_costs(ask: Ask, plan: DeploymentPlan) -> None:
    option = plan.recommendations[0].option
    answer = await ask("and if one box dies?")
    one_more = rate(option.price_per_hour_usd / option.nodes)
    assert f"each machine more costs {one_more} an hour" in answer
    assert ("The service is down" in answer) == (option.replicas == 1 or option.nodes == 1)


async def test_buying_is_held_against_the_rent_of_years(ask: Ask, plan: DeploymentPlan) -> None:
    month = plan.recommendations[0].option.price_per_month_usd
    answer = await ask("could i just buy the cards")
    assert "list at" in answer or "no public list has a price to buy" in answer.lower()
    assert f"{money(month * 36)} over 3 years ({money(month)} × 36)" in answer


async def test_the_age_of_a_price_is_counted_to_the_catalogues_newest_fact(ask: Ask, plan: DeploymentPlan) -> None:
    answer = await ask("how old is that price")
    for item in plan.recommendations:
        source = item.option.offer.source
        assert source.as_of.isoformat() in answer
        assert f"{(plan.catalog.as_of_newest - source.as_of).days} day" in answer


async def test_the_shown_values_are_yaml_and_the_plans(ask: Ask, plan: DeploymentPlan) -> None:
    answer = await ask("show me the yaml for the pod")
    written = re.search(r"```yaml\n(.*?)\n```", answer, re.S)
    assert written is not None
    assert yaml.safe_load(written[1])
    assert any(written[1] in command for step in plan.steps for command in step.commands)


async def test_a_diagram_holds_the_model_and_its_machines(ask: Ask, plan: DeploymentPlan) -> None:
    option = plan.recommendations[0].option
    answer = await ask("draw me a diagram of this")
    assert answer.startswith("```mermaid\nflowchart")
    assert option.model is not None
    assert option.model.name in answer
    assert option.offer.provider in answer


async def test_tokens_are_priced_by_the_hour_and_the_speed(ask: Ask, plan: DeploymentPlan) -> None:
    option = plan.recommendations[0].option
    (speed,) = (t.value for t in option.throughput if t.metric == "output_tokens_per_second")
    answer = await ask("how much per million tokens does this come to")
    assert f"**{money(option.price_per_hour_usd / (speed * 3600) * 1e6)} per million output tokens**" in answer


async def test_a_smaller_model_is_placed_and_its_quality_not_guessed(ask: Ask, plan: DeploymentPlan) -> None:
    answer = await ask("What would we lose by going with an 8B model instead?")
    assert "With **meta-llama/Llama-3.1-8B-Instruct** the first choice would be" in answer
    assert "the catalogue does not measure" in answer


async def test_a_load_that_is_too_much_is_answered_with_no(ask: Ask, plan: DeploymentPlan) -> None:
    assert (await ask("can it handle 100000 users at once?")).startswith("No: 100,000 ")
    assert (await ask("is it enough for 5 users?")).startswith("Yes: 5 users")


async def test_a_term_says_what_the_plan_has_of_it(ask: Ask, plan: DeploymentPlan) -> None:
    answer = await ask("what does tp mean")
    assert "splits every layer" in answer
    assert f"tensor parallel {plan.recommendations[0].option.tensor_parallel}" in answer


@pytest.mark.parametrize(
    ("question", "says"),
    [("who else uses this?", "knows who else"), ("how accurate will the answers be?", "no measurement"),
     ("how much co2 is that", "no figures for power"),
     ("what colour do the racks of this plan have?", "hold nothing")],
)  # fmt: skip
async def test_what_nothing_can_tell_is_said_to_be_so(ask: Ask, question: str, says: str) -> None:
    answer = await ask(question)
    assert says in answer
    assert len(answer) < 600
    assert "$" not in answer


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("how long can a conversation get?", "of the full length at a time"),
        ("could a small embedder share the same GPU?", "by memory"),
        ("why on-demand and not spot", "Spot capacity can be taken back"),
        ("will our works council accept it?", "cannot be known from a plan"),
        ("how many machines do we need in two years?", "10 times that"),
        ("how do I keep one department from reading the files of another", "sets up no rights"),
    ],
)
async def test_what_the_plans_own_figures_answer_is_not_left_unanswered(ask: Ask, question: str, says: str) -> None:
    assert says in await ask(question)


@pytest.mark.parametrize(
    ("question", "opens"),
    [
        ("is it HA?", ("Yes, against", "No: ")),
        ("does it fit?", ("Yes: it fits in",)),
        ("is one L4 enough?", ("No. No plan with **1 x L4**",)),
        ("is a p5.48xlarge enough?", ("Yes. With **8 x H100", "No. No plan with **8 x H100")),
    ],
)
async def test_a_question_of_yes_or_no_is_answered_with_one_first(
    ask: Ask, question: str, opens: tuple[str, ...]
) -> None:
    assert (await ask(question)).startswith(opens)


async def test_a_question_in_another_language_is_understood(ask: Ask) -> None:
    assert "requests of the usual length at a time" in await ask("wie viele Nutzer schafft das maximal?")


async def test_a_cheaper_plan_says_which_rules_it_no_longer_keeps(
    conversation_in: ConversationIn, context: ArchitectContext
) -> None:
    conversation = conversation_in(context)
    before = (await conversation.say("Serve Llama 3.3 70B to 60 concurrent users on AWS"))["plan"]
    after = (await conversation.say("make it cheaper"))["plan"]
    kept = {broken.rule for broken in before.recommendations[0].option.breaks}
    lost = [broken for broken in after.recommendations[0].option.breaks if broken.rule not in kept]
    told = [sentence for sentence in after.changes if sentence.startswith("What gives way: ")]
    assert [f"({broken.rule})" in told[0] for broken in lost] == [True] * len(lost)
    assert bool(told) == bool(lost)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("give me terraform", "No Terraform is made."),
        ("how do I update the model later without downtime?", "is down while the new one|one after another"),
        ("what does the electricity cost a month?", "Power is part of the rent"),
        ("how much does storing 400 GB cost per month?", r"400 GB x \$[\d.]+ = \*\*\$[\d.]+ a month"),
        ("what do we pay for egress?", r"\$[\d.]+ a GB"),
        ("we label by hand, does this change anything?", "^No: it is nothing that this plan goes by"),
        ("what learning rate did you assume?", "does not set learning rate"),
    ],
)
async def test_questions_are_answered_from_what_is_known(ask: Ask, question: str, told: str) -> None:
    assert re.search(told, await ask(question))


async def test_a_revision_that_changes_nothing_gets_a_short_reply(talk: Talk, plan: DeploymentPlan) -> None:
    state = await talk.say("nvm keep it as it is")
    assert "Nothing in the plan changed" in state["reply"].response
    assert len(state["reply"].response.splitlines()) < 10
    assert state["plan"].recommendations == plan.recommendations
