"""What a language model says a message asks of the checklist, as far as the message's own words hold it."""

from collections.abc import Sequence

from domain.base import Frozen
from domain.tasks import MAX_TITLE_CHARACTERS, Action, Place, Shown, TaskOrder
from graph.understanding.tasks.days import is_day
from graph.understanding.tasks.orders import MOST_ORDERS, unquoted
from graph.understanding.tasks.which import which_of

NAMES_TASKS = frozenset({"complete", "reopen", "change", "due", "delete", "move"})
NEEDS_BESIDE = frozenset({"before", "after", "at", "swap"})


class SaidOrder(Frozen):
    """One order; all but the choices are the user's exact words."""

    action: Action
    which: str | None
    title: str | None
    due: str | None
    shown: Shown | None
    place: Place | None
    beside: str | None


def told_orders(said: Sequence[SaidOrder], message: str) -> tuple[TaskOrder, ...]:
    """Those whose words stand in the message; none where one of them has words of the model's own."""
    orders = tuple(_order(one) for one in said[:MOST_ORDERS])
    held = _plain(message)
    words = [word for one in said for word in (one.which, one.title, one.due, one.beside) if word]
    if None in orders or any(_plain(word) not in held for word in words):
        return ()
    return tuple(order for order in orders if order is not None)


def _order(said: SaidOrder) -> TaskOrder | None:
    which, title, beside = which_of(said.which or ""), unquoted(said.title or ""), which_of(said.beside or "")
    lacks = (
        (said.action in NAMES_TASKS and not said.which)
        or (said.action in ("add", "change") and not title)
        or (said.action == "move" and not said.place)
        or (said.place in NEEDS_BESIDE and not said.beside)
        or (said.due and not is_day(said.due))
    )
    if lacks:
        return None
    return TaskOrder(
        action=said.action, which=which, title=title[:MAX_TITLE_CHARACTERS], due=said.due or "",
        shown=said.shown or "all", place=(said.place or "") if said.action == "move" else "", beside=beside,
    )  # fmt: skip


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()
