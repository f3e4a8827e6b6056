"""What a question asks beside its kind: whether less would do, somebody's API or own machines, a limit of money; the
closed models it names; and what is paid an API today."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice
from typing import get_args

from domain.base import Frozen
from domain.workload import ApiBill, AskedQuestion, QuestionAspect
from graph.understanding.labels.sections import book, kinds
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity
from graph.understanding.text.phrases import Word, Words
from graph.understanding.vocabulary import table

MOST_SENTENCES = 24
BEHIND = 3
"""Words behind a figure in which it is told what it counts."""
DAYS_A_MONTH = 30.4
HOURS_A_YEAR = 8760.0
HOURS_A_MONTH = 720.0
NEAR = 4
"""Words around a share in which it is told that it is one of the hours."""
FIGURES: frozenset[QuestionAspect] = frozenset(
    ("unit", "rent", "storage", "gpu_or_cpu", "time", "gpu_hours", "model", "open")
)
"""What a figure of the plan answers, whatever else the question is."""
LEAST_TOKENS = 1e6
LEAST_BILL = 100.0
"""A bill counts no fewer."""
_CLOSED_FORMS = ("may", "is")
ASPECTS: tuple[QuestionAspect, ...] = get_args(QuestionAspect)
_PER_MONTH: Mapping[str, float] = {"month": 1.0, "": 1.0, "day": DAYS_A_MONTH, "week": DAYS_A_MONTH / 7, "year": 1 / 12}


class ClosedModel(Frozen):
    """`name` is how it is written; `open` the key of what is planned in its place."""

    maker: str
    name: str
    open: str
    why: str


class _Closed(Frozen):
    models: tuple[ClosedModel, ...]


def with_aspects(line: Line, asking: Mapping[int, str], question: AskedQuestion | None) -> AskedQuestion | None:
    """The question with its aspects; one about an API or a closed model is a question although nothing else says so."""
    aspects = tuple(dict.fromkeys(_aspects(line, asking)))
    bill = bill_of(line, asked=not {"api", "own", "hosted"}.isdisjoint(aspects))
    if "kubernetes" in aspects:  # that is what is or is not needed, not the machines beside it
        aspects = tuple(aspect for aspect in aspects if aspect != "need")
    if bill is not None and next(book("aspects", "undercuts").find(line.words), None) and "hosted" not in aspects:
        aspects = tuple(dict.fromkeys((*aspects, "own")))
    about_apis = not {"api", "own", "hosted"}.isdisjoint(aspects)
    closed = tuple(dict.fromkeys(_closed(line, hosted=not about_apis and bill is None)))
    if question is None:
        link = {"need", "link"} <= {*aspects}
        if not closed and not about_apis and not link and (FIGURES - {"time"}).isdisjoint(aspects):
            return None
        question = AskedQuestion(kind="fits" if closed or link else "compare" if about_apis else "which")
    owning: dict[str, object] = _owning(line, asking) if "rent" in aspects else {}
    if question.kind in ("why", "steps") and not closed:
        figures = tuple(aspect for aspect in aspects if aspect in FIGURES)
        return question.model_copy(update={"aspects": figures, **owning})
    whether = _whether(line, asking)
    update = {"aspects": aspects, "closed": closed, "bill": bill, "whether": whether, **owning}
    return question.model_copy(update=update)


def _owning(line: Line, asking: Mapping[int, str]) -> dict[str, object]:
    """What buying against renting is reckoned with: the years and the share of the hours in use."""
    update: dict[str, object] = {"years": _years(line, asking)}
    quotes: list[str] = []
    for place, quantity in line.quantities:
        near = Words(line.words[max(0, place - NEAR) : place + 1 + NEAR])
        if quantity.dimension == "percent" and 0 < quantity.low <= 100 and any(book("aspects", "in_use").find(near)):
            update["use"] = quantity.low / 100
            quotes.append(line.quote(place, place))
    return {**update, "quotes": tuple(quotes)}


def _years(line: Line, asking: Mapping[int, str]) -> float | None:
    """The longest time that is named "over three years", "for 18 months" or in a sentence which asks or weighs: of a
    machine that is bought none shorter than a month is meant, and without such a word none shorter than a year."""
    asked = {place for number in (*asking, *_weighing(line)) for place in range(*line.sentence_places[number])}
    over = {place for place, _ in line.quantities if place and line.words[place - 1].text in ("over", "for")}
    times = [(place, q) for place, q in line.quantities if q.dimension == "time" and not q.per]
    hours = [q.low for place, q in times if place in asked and q.low >= HOURS_A_YEAR]
    hours += [q.low for place, q in times if place in over and q.low >= HOURS_A_MONTH]
    unit = next((HOURS_A_YEAR for _, q in line.quantities if q.low == 1 and q.per == "year"), None)
    longest = max(hours, default=unit)
    return longest / HOURS_A_YEAR if longest else None


def _weighing(line: Line) -> Iterator[int]:
    """The sentences that weigh buying against renting, in whichever form."""
    for number, (first, last) in islice(line.sentence_places.items(), MOST_SENTENCES):
        found = book("aspects", "aspects").find(Words(line.words[first : last + 1]))
        if any(match.value == "rent" for match in found):
            yield number


@lru_cache
def closed_models() -> tuple[tuple[re.Pattern[str], ClosedModel], ...]:
    """With the expression that finds each."""
    rows = table("closed_models", _Closed).models
    return tuple((re.compile(rf"(?<![\w]){row.name}", re.IGNORECASE), row) for row in rows)


def closed_in(text: str) -> Iterator[tuple[str, ClosedModel]]:
    """The closed models that a text names, as they are written, each with its row."""
    for pattern, row in closed_models():
        for match in pattern.finditer(text):
            yield match.group(), row


def closed_model(written: str) -> ClosedModel | None:
    """The row of a name as it was written; of a maker, its largest."""
    named = next((row for pattern, row in closed_models() if pattern.match(written)), None)
    return named or next((row for _, row in reversed(closed_models()) if row.maker == written), None)


def bill_of(line: Line, *, asked: bool = False) -> ApiBill | None:
    """What an API costs today, a month: the money, and the tokens in and out as far as they were said. Where an API is
    `asked` about, tokens alone are the load that it would get."""
    billed = next(book("aspects", "bills").find(line.words), None) is not None
    if not billed and not asked:
        return None
    usd = next((q for _, q in line.quantities if billed and _is_sum(q) and q.per in _PER_MONTH), None)
    into, out = _tokens(line, "inputs"), _tokens(line, "outputs")
    said_per = next((q.per for q in (into, out) if q is not None and q.per), "")
    if usd is None and into is None and out is None:
        return None
    amount = None if usd is None or usd.low is None else usd.low * _PER_MONTH[usd.per]
    quotes = [line.quote(place, place) for place, q in line.quantities if q in (usd, into, out)]
    return ApiBill(
        amount=amount, currency=usd.unit if usd else None, input_tokens=_count(into, said_per),
        output_tokens=_count(out, said_per),
        quotes=tuple(quotes), model=_paid_for(line),
    )  # fmt: skip


def _is_sum(quantity: Quantity) -> bool:
    """Money, or a figure without a unit beside somebody's bill: "we pay OpenAI 9k/month"."""
    counts = (quantity.low or 0.0) >= 1.0  # less is the price of a unit: a token, a kilowatt-hour
    bare = quantity.dimension == "number" and not quantity.noun and quantity.per != "" and quantity.low >= LEAST_BILL
    return counts and (quantity.dimension == "money" or bare)


def _paid_for(line: Line) -> str | None:
    """The closed model that is named, else the maker."""
    models = (name for name, _ in closed_in(line.text.raw))
    makers = (row.maker for _, row in closed_models() if row.maker.lower() in line.text.raw.lower())
    return next(chain(models, makers), None)


def _tokens(line: Line, section: str) -> Quantity | None:
    """The first large figure with words of the section behind it, before the next figure."""
    places = [place for place, _ in line.quantities]
    for place, quantity in line.quantities:
        following = next((other for other in places if other > place), len(line.words))
        behind = Words(line.words[place + 1 : min(following, place + 1 + BEHIND)])
        if quantity.dimension == "money" or not any(book("aspects", section).find(behind)):
            continue
        if (_count(quantity) or 0) >= LEAST_TOKENS:
            return quantity
    return None


def _count(quantity: Quantity | None, per: str = "") -> float | None:
    """Tokens a month; billions of parameters are a figure in billions. `per`: the period of both of two that are added,
    as in "20M input + 4M output tokens a day"."""
    if quantity is None or quantity.low is None:
        return None
    return quantity.low * (1e9 if quantity.dimension == "params" else 1.0) * _PER_MONTH.get(quantity.per or per, 1.0)


def _aspects(line: Line, asking: Mapping[int, str]) -> Iterator[QuestionAspect]:
    assert set(kinds("aspects", "aspects")) == set(ASPECTS)
    said: set[str] = set()
    for number, form in islice(asking.items(), MOST_SENTENCES):
        first, last = line.sentence_places[number]
        part = Words(line.words[first : last + 1])
        found = {match.value for match in book("aspects", "aspects").find(_without_asides(part))}
        found |= {match.value for match in book("aspects", "aspects").find(part)}
        if next(book("aspects", "suffices").find(part), None) is not None:
            found -= {"need"}
        if form not in _CLOSED_FORMS and not _ends_in_doubt(part):
            found -= {"afford"}
        if form == "open":
            found -= {"need"}
        if "need" not in found:
            found -= {"nodes", "link"}
        said |= found
    if said.isdisjoint(("api", "own", "hosted")) and next(_weighing(line), None) is not None:
        said.add("rent")
    if any(book("aspects", "wishes_for_ai").find(line.words)):
        said.add("open")
    if not said.isdisjoint(("api", "own", "hosted")):
        said.discard("rent")
    yield from (aspect for aspect in ASPECTS if aspect in said)


def _without_asides(part: Words) -> Words:
    """The sentence without what stands in brackets, its halves one clause: "an API (openrouter or so) or our own"."""
    kept: list[Word] = []
    depth, clause, closed = 0, -1, False
    before: dict[int, int] = {}
    for word in part:
        if word.text == "(":
            depth += 1
        elif word.text == ")":
            depth, closed = max(0, depth - 1), True
        elif not depth:
            if closed and clause >= 0:
                before[word.clause] = clause
            clause, closed = before.get(word.clause, word.clause), False
            kept.append(word._replace(clause=clause))
    return Words(kept)


def _whether(line: Line, asking: Mapping[int, str]) -> bool:
    """A sentence asks whether something can be; none asks whether it is too much, or where its limits are."""
    for number, form in islice(asking.items(), MOST_SENTENCES):
        first, last = line.sentence_places[number]
        part = Words(line.words[first : last + 1])
        closed = form in _CLOSED_FORMS or (form != "open" and _ends_in_doubt(part))
        if closed and next(book("aspects", "other_way").find(part), None) is None:
            return True
    return False


def _ends_in_doubt(part: Words) -> bool:
    """ "..., possible?", "... ok?": a question of yes or no without its form."""
    return any(word.text in ("possible", "enough", "ok", "okay", "doable", "realistic", "feasible") for word in part)


def _closed(line: Line, *, hosted: bool) -> Iterator[str]:
    """The closed models that are to run on machines, as they are written."""
    if not hosted:
        return
    for first, last in islice(line.sentence_places.values(), MOST_SENTENCES):
        part = Words(line.words[first : last + 1])
        known = {
            m.written.lower() for m in line.mentions[first : last + 1] if isinstance(m, Name) and m.kind == "model"
        }
        quote = line.quote(first, last)
        for written, _ in closed_in(quote):
            named = any(written.lower() in name for name in known)
            if not named and _is_hosted(part):
                yield written


def _is_hosted(part: Words) -> bool:
    wanted = next(book("aspects", "hosting").find(part), None) is not None
    return wanted and next(book("aspects", "aimed").find(part), None) is None
