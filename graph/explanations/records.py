"""Answers from what the plan keeps on record: assumptions, changes, sources, risks, where a figure is from."""

import re
from collections.abc import Iterator, Sequence

from artifacts.notation import bullets, count, figure, link, money, plain
from domain.base import Source
from domain.placement import PlacementOption
from graph.explanations.evidence import Standing
from graph.explanations.wording import name
from graph.explanations.workloads import dearest
from graph.understanding.labels.sections import words

MOST_LINES = 6
UTILISATION = frozenset({"mfu", "hfu", "utilisation", "utilization", "flops", "tflops", "peak", "efficiency"})
"""Words of a question about the share of a GPU's peak."""
MOST_FOUND = 4
SHORTEST = 4
"""Letters of a word that is looked up."""
RARE = 0.15
"""Share of the plan's lines that hold a word which still tells something."""
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?(?:%|per ?cent)")
_USED = re.compile(r"(\d+(?:\.\d+)?)% utilisation")
_WORD = re.compile(r"[a-z][a-z-]+")
SAME_FIGURE = 0.005
"""Two figures are one when they differ by no more than this share: 68.7 in a table is 68.71 in the proof."""
TELLING = 10.0
"""Smaller figures stand everywhere: without their noun they lead nowhere."""
_COUNTED = re.compile(r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?: x)? ?([A-Za-z]*)")


def assumptions(standing: Standing) -> str:
    """What the plan takes as so without having been told."""
    if UTILISATION & {*standing.words} and (rates := _rates(standing)):
        return rates
    beside = standing.plan.retrieval
    texts = beside.corpus.lines if beside else ()
    counted = (f"{line.label}: {line.formula} = {figure(line.value, 0)} {line.unit}" for line in texts)
    lines = [*standing.plan.assumptions, *counted]
    if not lines:
        return "The plan assumes nothing: everything it goes by, you said."
    return "What you did not say, the plan assumes:\n\n" + bullets(map(plain, lines))


def _rates(standing: Standing) -> str:
    """The share of the GPU's peak that the estimate counts on."""
    if not standing.plan.recommendations:
        return ""
    lines = [line for estimate in standing.one().option.throughput for line in estimate.lines]
    told = [f"{plain(line.label)}: {plain(line.formula)}" for line in lines if "TFLOPS" in line.formula]
    if not told:
        return ""
    band = "It is an estimate, with a band that a short run on the machine narrows."
    band = f"{at_other_share(standing)}{band}"
    return f"What the estimate counts on of the GPU's peak:\n\n{bullets(dict.fromkeys(told))}\n\n{band}"


def at_other_share(standing: Standing) -> str:
    """The job's time and cost at the share of the peak that the question names; empty where it names none, or there is
    no job."""
    option = standing.one().option
    said = _PERCENT.search(standing.question)
    counted = (_USED.search(line.formula) for estimate in option.throughput for line in estimate.lines)
    used = next((float(found[1]) for found in counted if found), None)
    if said is None or used is None or option.job_hours is None or not 0 < float(said[1]) <= 100:
        return ""
    times = used / float(said[1])
    cost = "" if option.job_cost_usd is None else f" and {money(option.job_cost_usd * times)}"
    was = "" if option.job_cost_usd is None else f" and {money(option.job_cost_usd)}"
    hours, limit = option.job_hours * times, standing.spec.deadline_hours
    late = "" if limit is None or hours <= limit else f" That is more than the {figure(limit)} h it may take."
    return (
        f"At {figure(float(said[1]))} % the job takes about {figure(hours, 1)} h{cost} instead of "
        f"{figure(option.job_hours, 1)} h{was}: x {figure(used)} / {figure(float(said[1]))}.{late}\n\n"
    )


def asks_other_share(standing: Standing) -> bool:
    """Whether it asks about another share of a GPU's peak."""
    return bool(UTILISATION & {*standing.words}) and _PERCENT.search(standing.question) is not None


def changes(standing: Standing) -> str:
    """What the last revision changed."""
    if not standing.plan.changes:
        return "This is the first plan of the conversation: nothing has changed yet."
    return "Against the plan before:\n\n" + bullets(map(plain, standing.plan.changes))


def sources(standing: Standing) -> str:
    """Where the facts were read, and when: the price first."""
    plan, catalog = standing.plan, standing.plan.catalog
    lines = [
        f"the price of number {item.rank}, {name(item.option)}: {_cited(item.option.offer.source)}"
        for item in plan.recommendations
    ]
    of_prices = {item.option.offer.source for item in plan.recommendations}
    rest = [source for source in plan.sources if source not in of_prices]
    lines += [_cited(source) for source in rest[:MOST_LINES]]
    if len(rest) > MOST_LINES:
        lines.append(f"{len(rest) - MOST_LINES} more, listed at the end of the plan")
    held = (
        f"The catalogue holds {count(catalog.offers, 'offer')}, {count(catalog.models, 'model')} and "
        f"{count(catalog.packages, 'chart')}; its facts are from {catalog.as_of_oldest.isoformat()} to "
        f"{catalog.as_of_newest.isoformat()}. Prices move: check the provider's page before you commit."
    )
    return f"{bullets(lines)}\n\n{held}" if lines else held


def risks(standing: Standing) -> str:
    """The plan's own cautions and trade-offs."""
    plan = standing.plan
    lines = [*_weak_points(standing), *map(plain, plan.cautions)]
    if standing.workload is None and plan.together is not None and plan.together.usd_per_month:
        most = plan.together.workloads[dearest(plan.together)]
        lines.insert(0, f"what comes first is of {plain(most.name)}, for which most is paid")
    else:
        lines += map(plain, plan.tradeoffs)
    lines += [f"{plain(gap.tool)} could not be looked up: {plain(gap.consequence)}" for gap in plan.gaps]
    return bullets(lines) or "The plan names no risk of its own; its assumptions are what to check first."


def _weak_points(standing: Standing) -> list[str]:
    """What the first recommendation stands on: one copy, spot capacity, a speed that nobody measured."""
    if not standing.plan.recommendations:
        return []
    option, points = standing.first, []
    if option.job_hours is None and (option.replicas == 1 or option.nodes == 1):
        points.append(
            f"one machine ({name(option)}): while it is down, so is the service; nothing takes its place by itself"
        )
    if option.offer.pricing == "spot":
        points.append("spot capacity can be taken back at short notice")
    if option.throughput:
        points.append("its speed is estimated, not measured: the band is in “how sure are you of the speed”")
    return points


def trace(standing: Standing) -> str | None:
    """Every line of the plan in which the question's figure stands, of the same thing where there are such lines; null
    where it holds no figure."""
    asked = [(_value(figure), noun) for figure, noun in _COUNTED.findall(standing.question)]
    if not asked:
        return None
    record = list(dict.fromkeys(_record(standing)))
    lines = [line for line in record if any(_counts(line, value, noun) for value, noun in asked)]
    if not lines:
        telling = [value for value, _ in asked if value >= TELLING]
        lines = [line for line in record if any(_counts(line, value, "") for value in telling)]
    if lines:
        guesses = {*standing.plan.assumptions}
        told = lines[:MOST_LINES]
        marked = (f"{plain(line)} That was assumed, not said." if line in guesses else plain(line) for line in told)
        return "That figure stands in the plan here:\n\n" + bullets(marked)
    figures = ", ".join(dict.fromkeys(figure for figure, _ in _COUNTED.findall(standing.question)))
    return f"No line of the plan holds the figure {plain(figures)}. {assumptions(standing)}"


def _record(standing: Standing) -> Iterator[str]:
    """Every sentence and every line of arithmetic of the plan, those of the first recommendation before the others."""
    plan = standing.plan
    yield from plan.assumptions
    for item in plan.recommendations:
        yield from (f"Number {item.rank}: {line}" for line in _arithmetic(item.option))
    if plan.retrieval:
        beside = plan.retrieval
        yield from (f"{part.role} ({part.name}): {part.where}" for part in beside.parts)
        lines = (*beside.corpus.lines, *beside.lines, *(line for part in beside.parts for line in part.lines))
        yield from (f"{line.label}: {line.formula} = {line.value:,.6g} {line.unit}" for line in lines)
    if plan.cost:
        for line in plan.cost.lines:
            yield f"{line.item}: {line.formula}" + (
                f" = ${line.monthly_usd:,.2f}" if line.monthly_usd is not None else ""
            )
    yield from (*plan.tradeoffs, *plan.cautions, plan.understanding)


def lines_holding(standing: Standing, names: Sequence[str], most: int) -> list[str]:
    """Lines of the plan that hold one of these names as words, as Markdown."""
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])", re.I)
    return [plain(line) for line in dict.fromkeys(_record(standing)) if pattern.search(line)][:most]


def lookup(standing: Standing) -> str | None:
    """Lines of the plan that hold the rarest words of the question; null where none of them stands in it."""
    record = list(dict.fromkeys(_record(standing)))
    held = [{_one(word) for word in _WORD.findall(line.lower())} for line in record]
    asked = {_one(word) for word in standing.words if len(word) >= SHORTEST} - words("follow_ups", "plain")
    weights = {word: sum(word in line for line in held) for word in asked}
    rare = {word for word, lines in weights.items() if 0 < lines <= max(2, len(record) * RARE)}
    if 2 * len(rare) <= len(asked):
        return None
    scored = sorted((-len(rare & line), at) for at, line in enumerate(held) if rare & line)
    if not scored:
        return None
    best = [record[at] for score, at in scored if score == scored[0][0]][:MOST_FOUND]
    return "The plan says of that:\n\n" + bullets(plain(line) for line in best)


def _arithmetic(option: PlacementOption) -> Iterator[str]:
    yield from option.reasons
    lines = [*(option.proof.lines if option.proof else ()), *(line for t in option.throughput for line in t.lines)]
    yield from (f"{line.label}: {line.formula} = {line.value:,.6g} {line.unit}" for line in lines)


def _counts(line: str, wanted: float, noun: str) -> bool:
    """Whether the figure stands in the line, before the noun if there is one: "20 requests", "2 TB"."""
    held = _COUNTED.findall(line)
    close = SAME_FIGURE * abs(wanted)
    return any(
        abs(_value(figure) - wanted) <= close and (not noun or _one(noun) == _one(after)) for figure, after in held
    )


def _one(noun: str) -> str:
    return noun.lower().removesuffix("s")


def _value(text: str) -> float:
    """As it is written; "10.000" in a question is ten thousand, as no figure of a plan ends in three zeros."""
    return float(re.sub(r"\.(?=(?:\d{3}\.)*000$)", "", text).replace(",", ""))


def _cited(source: Source) -> str:
    return f"{link(source.name, source.url)}, as of {source.as_of.isoformat()}"
