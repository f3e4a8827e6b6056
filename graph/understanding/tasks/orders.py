"""What a message asks of the checklist, and what else it says."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, cast

from domain.tasks import MAX_TITLE_CHARACTERS, Action, Place, Shown, TaskOrder, Which
from graph.understanding.labels.sections import classes, groups, listed
from graph.understanding.tasks.days import is_day
from graph.understanding.tasks.frames import Filled, filled
from graph.understanding.tasks.which import QUOTES, which_of
from graph.understanding.text.tokens import Token, has_more, tokens_of

MOST_TOKENS = 600
"""Of a message in which orders are looked for; a longer one is about something else."""
MOST_ORDERS = 20
ENDS = frozenset({".", "!", "?", ";"})
JOINTS = frozenset({"and", "then", ","})


class Orders(NamedTuple):
    orders: tuple[TaskOrder, ...]
    rest: str
    """What is no order, in the user's words."""


NONE = Orders((), "")


def orders_in(raw: str) -> Orders:
    """The orders of a message in their order; the whole of it is `rest` where there is none."""
    if has_more(raw, MOST_TOKENS) or not (tokens := tokens_of(raw)):
        return Orders((), raw)
    if (whole := _order(raw, tokens)) is not None and not _divides(raw, tokens):
        return Orders((whole,), "")
    orders: list[TaskOrder] = []
    rest: list[str] = []
    for sentence in _sentences(raw, tokens):
        found = tuple(_orders_of(raw, sentence))
        if found:
            orders.extend(found)
        elif not _says_nothing(sentence):
            rest.append(raw[sentence[0].start : sentence[-1].end])
    return Orders(tuple(orders[:MOST_ORDERS]), " ".join(rest)) if orders else Orders((), raw)


def confirms(raw: str) -> bool | None:
    """Whether the whole message says yes or no; null where it says neither."""
    said = " ".join(token.text for token in tokens_of(raw[:200]) if token.text not in ENDS)
    words = groups("tasks", "confirm")
    return True if said in words["yes"] else False if said in words["no"] else None


def _divides(raw: str, tokens: Sequence[Token]) -> bool:
    """Whether the parts of a sentence are orders each by itself: "tick 1 and delete 2", not "buy milk and eggs"."""
    return len(tuple(_parts(raw, tokens))) > 1 or (len(list(_sentences(raw, tokens))) > 1 and all(
        _says_nothing(sentence) or any(_orders_of(raw, sentence)) for sentence in _sentences(raw, tokens)
    ))  # fmt: skip


def _orders_of(raw: str, sentence: Sequence[Token]) -> Iterator[TaskOrder]:
    parts = tuple(_parts(raw, sentence))
    if len(parts) > 1:
        yield from parts
    elif (order := _order(raw, sentence)) is not None:
        yield order


def _parts(raw: str, sentence: Sequence[Token]) -> Iterator[TaskOrder]:
    """The orders of a sentence that is nothing but orders joined; none where one of its parts is no order."""
    verbs = {verb.split()[0] for verb in classes("tasks")["order"]}
    cuts = [
        place for place, token in enumerate(sentence[:-1])
        if place and token.text in JOINTS and sentence[place + 1].text in verbs
    ]  # fmt: skip
    if not cuts:
        return
    bounds = [-1, *cuts, len(sentence)]
    found = [_order(raw, sentence[first + 1 : last]) for first, last in pairwise(bounds)]
    if all(order is not None for order in found):
        yield from (order for order in found if order is not None)


def _sentences(raw: str, tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    begun = 0
    for place, token in enumerate(tokens):
        last = place == len(tokens) - 1
        ended = token.text in ENDS and (last or raw[token.end : token.end + 1].isspace())
        if ended or last or "\n" in raw[token.end : tokens[place + 1].start]:
            yield tokens[begun : place + 1]
            begun = place + 1


def _says_nothing(sentence: Sequence[Token]) -> bool:
    fillers = {word for phrase in listed("tasks", "filler") for word in phrase.split()}
    return all(token.text in fillers for token in sentence)


def _order(raw: str, tokens: Sequence[Token]) -> TaskOrder | None:
    """The order that the words are, with or without what leads in to it and ends it."""
    for inner in _stripped(tokens):
        if (found := filled(raw, inner)) is not None:
            return _as_order(found)
    return None


def _stripped(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    inner = tokens
    while inner and (cut := _longest(inner[::-1], listed("tasks", "trailing"), backwards=True)):
        inner = inner[: len(inner) - cut]
    yield inner
    while inner and (cut := _longest(inner, listed("tasks", "leading"))):
        inner = inner[cut:]
        yield inner


def _longest(tokens: Sequence[Token], phrases: Sequence[str], *, backwards: bool = False) -> int:
    """Words of the longest of these phrases that the tokens begin with."""
    best = 0
    for phrase in phrases:
        parts = phrase.split()[::-1] if backwards else phrase.split()
        if len(parts) > best and [token.text for token in tokens[: len(parts)]] == parts:
            best = len(parts)
    return best


def _as_order(found: Filled) -> TaskOrder:
    action, _, variant = found.form.kind.partition(".")
    places = found.places
    named = next((places[name] for name in ("which", "item", "one", "task", "whole") if name in places), "")
    title, due = places.get("title") or places.get("quoted", ""), places.get("day", "")
    if action == "add":
        title, due = _with_day(title)
    return TaskOrder(
        action=cast(Action, action),
        which=Which(scope="all") if action == "delete" and not named else which_of(named),
        title=unquoted(title)[:MAX_TITLE_CHARACTERS],
        due=due,
        shown=cast(Shown, variant) if action == "show" and variant else "all",
        place=cast(Place, variant) if action == "move" else "",
        beside=which_of(places.get("other") or places.get("n", "")),
    )


def _with_day(title: str) -> tuple[str, str]:
    """What is to be done, and the day that its last words name: "call the landlord by Friday"."""
    tokens, days = tokens_of(title), groups("tasks", "days")
    for place in range(1, len(tokens)):
        said = title[tokens[place].start :]
        before = _longest(tokens[place:], days["before"])
        if before and place + before < len(tokens) and is_day(title[tokens[place + before].start :]):
            return title[: tokens[place - 1].end], title[tokens[place + before].start :]
        if is_day(said) and not said[0].isdecimal() and tokens[place].text != "may":
            return title[: tokens[place - 1].end], said
    return title, ""


def unquoted(title: str) -> str:
    """Without the quotation marks around it and the signs at its end."""
    inner = title.strip().rstrip(".;,")
    tokens = tokens_of(inner)
    if len(tokens) > 2 and tokens[0].text in QUOTES and tokens[-1].text in QUOTES:
        inner = inner[tokens[0].end : tokens[-1].start].strip()
    return inner
