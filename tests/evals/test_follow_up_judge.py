"""What the judge of follow-ups lets pass: figures with a ground, short replies, no plan printed again."""

from datetime import date

import pytest

from catalog.reference import Reference
from domain.base import Source
from domain.catalog import CatalogRef
from domain.offers import Market as Usual
from domain.offers import Offer
from domain.plan import DeploymentPlan
from domain.workload import WorkloadSpec
from evals.follow_ups.facts import Facts
from evals.follow_ups.judge import verdict_on
from evals.follow_ups.play import Played
from evals.follow_ups.questions import Asked, read_questions
from evals.market import Market
from graph.state import Reply

SOURCE = Source(name="a price list", as_of=date(2026, 1, 1))
OFFER = Offer(
    key="acme/big/eu/on_demand", provider="acme", instance_type="big", region="eu", pricing="on_demand",
    price_per_hour_usd=2.5, source=SOURCE,
)  # fmt: skip
CATALOG = CatalogRef(
    fingerprint="f", as_of_oldest=date(2026, 1, 1), as_of_newest=date(2026, 1, 1), embedder="e", offers=1, models=0,
    packages=0,
)  # fmt: skip
PLAN = DeploymentPlan(title="t", understanding="It costs $100.00.", spec=WorkloadSpec(), catalog=CATALOG, engine="b")
FACTS = Facts(Market((OFFER,), Reference("s", {}, (), {}, {}, {}, Usual(), 1.0, 1.0)))


def wrong(reply: str, *, ask: str = "what does it cost?", kind: str = "answer", **asked: object) -> tuple[str, ...]:
    question = Asked.model_validate({"of": "a", "ask": ask, "kind": kind, **asked})
    answer = Reply(response_type="answer", response=reply)
    return verdict_on(Played(question, PLAN, answer, PLAN), FACTS).wrong


@pytest.mark.parametrize(
    "reply",
    ["It is $100.00 a month.", "2 × `big` at acme (eu, on-demand) costs $5.00 an hour, $3,650.00 a month.",
     "Over a year $100.00 × 12 = $1,200.00.", "Each of the 8 costs $12.50: $100.00 / 8."],
)  # fmt: skip
def test_a_figure_of_the_plan_the_catalogue_or_the_sentence_itself_passes(reply: str) -> None:
    assert not wrong(reply)


@pytest.mark.parametrize("reply", ["It is $123.45 a month.", "3 × `big` at acme costs $9.99 an hour."])
def test_an_amount_that_nothing_gives_is_wrong(reply: str) -> None:
    assert any("nobody's figure" in said for said in wrong(reply))


def test_a_card_that_the_catalogue_does_not_know_is_wrong() -> None:
    assert wrong("Take an H700 for it.") == ("H700 is no card of the catalogue",)
    assert not wrong("The catalogue has no offer of H700.", ask="why not H700?")


def test_the_plan_printed_again_and_a_long_reply_are_wrong() -> None:
    assert "prints the plan again" in wrong("## Recommended GPUs\n\n## Steps\n\n## Cost of it")
    assert "25 lines" in wrong("\n".join(["line"] * 25))


def test_code_is_long_only_where_a_file_was_asked_for() -> None:
    file = "```yaml\n" + "a: 1\n" * 100 + "```"
    assert "101 lines of code" in " ".join(wrong(file)) or "102 lines of code" in wrong(file)
    assert not wrong(file, ask="show me the yaml")


def test_an_answer_begins_with_what_was_asked() -> None:
    late = "\n".join(["Something else."] * 6 + ["It is $100.00 a month."])
    assert "does not begin with the answer" in wrong(late, all_of=[r"\$"])


def test_what_only_repeats_the_question_is_no_answer() -> None:
    assert wrong("What “a queue” is, nobody knows.", ask="is there a queue", all_of=["queue"])[0] == "lacks queue"


def test_that_nothing_is_known_is_no_answer_to_what_is_known() -> None:
    said = "The plan and the catalogue hold nothing about that for “its price”."
    assert "says that nothing is known" in wrong(said)
    assert not wrong(said, kind="unknown")


def test_a_wish_that_moves_nothing_is_no_revision() -> None:
    question = Asked.model_validate({"of": "a", "ask": "two zones", "kind": "revision"})
    reply = Reply(response_type="deployment_plan", response="Nothing in the plan changed.")
    assert verdict_on(Played(question, PLAN, reply, PLAN), FACTS).wrong == ("nothing changed",)


def test_what_cannot_be_known_must_be_said_to_be_so() -> None:
    assert not wrong("Nothing in the plan tells that.", kind="unknown")
    assert wrong("Many people use it.", kind="unknown")


def test_a_right_answer_holds_what_it_must() -> None:
    assert not wrong("It costs $100.00.", all_of=["cost"], any_of=["day", r"\$"])
    assert wrong("It costs $100.00.", all_of=["cost", "hour"]) == ("lacks hour",)
    assert wrong("It costs $100.00.", none_of=["costs"]) == ("holds costs",)


def test_the_questions_are_of_six_plans_and_of_every_kind() -> None:
    read = read_questions()
    assert len(read.plans) == 6
    assert len(read.questions) >= 90
    assert {kind for asked in read.questions for kind in asked.kind} == {"answer", "revision", "stands", "unknown"}
