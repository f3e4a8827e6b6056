"""What a message asks of the checklist; and what only sounds like it is left to the planner."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from domain.tasks import TaskOrder
from graph.understanding.tasks import frames
from graph.understanding.tasks.days import day_of
from graph.understanding.tasks.orders import confirms, orders_in

CASES = yaml.safe_load(Path(__file__).with_name("orders.yaml").read_text(encoding="utf-8"))
SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(("message", "wanted"), CASES["orders"])
def test_an_order_is_read_whole(message: str, wanted: list[dict[str, object]]) -> None:
    orders = orders_in(message).orders
    assert orders == tuple(TaskOrder.model_validate(order) for order in wanted)


@pytest.mark.parametrize(("message", "rest"), CASES["rest"])
def test_what_is_no_order_is_left_to_be_read(message: str, rest: str) -> None:
    found = orders_in(message)
    assert found.orders
    assert found.rest == rest


@pytest.mark.parametrize("message", CASES["none"])
def test_what_changes_the_plan_is_no_order(message: str) -> None:
    assert orders_in(message) == ((), message)


def test_every_form_is_used_by_one_of_these(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not is there for nobody."""
    used: set[frames.Form] = set()
    looked = frames.filled

    def noted(*given: object) -> object:
        found = looked(*given)  # type: ignore[arg-type]
        if found is not None:
            used.add(found.form)
        return found

    monkeypatch.setattr("graph.understanding.tasks.orders.filled", noted)
    for message, *_ in (*CASES["orders"], *CASES["rest"]):
        orders_in(message)
    assert [form.written for form in frames.forms() if form not in used] == []


@pytest.mark.parametrize(
    ("words", "day"),
    [("today", "2026-11-22"), ("tomorrow", "2026-11-23"), ("Friday", "2026-11-27"), ("Sunday", "2026-11-29"),
     ("next Friday", "2026-11-27"), ("in 3 days", "2026-11-25"), ("in two weeks", "2026-12-06"),
     ("in a month", "2026-12-22"), ("next week", "2026-11-23"), ("the end of the month", "2026-11-30"),
     ("1 December", "2026-12-01"), ("March 3rd", "2027-03-03"), ("May 12th, 2028", "2028-05-12"),
     ("2026-12-24", "2026-12-24"), ("31 February", None), ("the 31st of Juvember", None), ("soon", None),
     ("2026-13-01", None), ("in 999999999 weeks", None)],
)  # fmt: skip
def test_a_day_is_named_from_the_day_it_is_said_on(words: str, day: str | None) -> None:
    found = day_of(words, SUNDAY)
    assert (found and found.isoformat()) == day


@pytest.mark.parametrize(
    ("words", "answer"), [("yes", True), ("Yes, please.", True), ("no, keep it", False), ("make it spot", None)]
)
def test_only_a_whole_message_says_yes(words: str, answer: bool | None) -> None:
    assert confirms(words) is answer
