"""Several workloads of one request: which of them a question is about, and all of them side by side."""

import re
from collections.abc import Sequence

from artifacts.notation import bullets, count, money, plain, rate, table
from artifacts.together import shared_machine_of, together_rows
from domain.parts import PlacedWorkload, Together
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan, ModelChoice, Recommendation
from graph.explanations.topics import Topic

OF_ALL: frozenset[Topic] = frozenset({
    "whole_plan", "cost", "place", "machine", "compare", "models", "several", "room", "price_age", "size", "cheaper",
})  # fmt: skip
"""Topics in which a question that names no workload is about all of them."""
EACH = frozenset({"workload", "workloads", "separately", "each", "split"})
"""Words of a question about every one of them."""
ALSO = {"tts": "text to speech", "stt": "speech recognition", "asr": "speech recognition", "llm": "chat", "bot": "chat",
        "embedder": "embeddings", "voice": "speech"}  # fmt: skip
SHORTEST = 4
LONGEST_NAME = 48
COLUMNS = ("Workload", "On", "Where", "Costs", "Speed or time", "Gives up")
DEAREST = frozenset({"most", "more", "dearer", "costlier", "dearest", "biggest", "expensive", "priciest"})
_WORD = re.compile(r"[a-z0-9]+")


def workloads_named(found: Together, words: Sequence[str]) -> list[int]:
    """The numbers of the workloads that the words name."""
    said = {part for word in words for part in _WORD.findall(ALSO.get(word, word).lower()) if len(part) >= SHORTEST}
    own = [_telling(workload) for workload in found.workloads]
    shared = {word for number, one in enumerate(own) for other in own[number + 1 :] for word in one & other}
    return [number for number, names in enumerate(own) if any(_same(a, b) for a in said for b in names - shared)]


def plan_of(plan: DeploymentPlan, number: int) -> DeploymentPlan:
    """The plan as it is for one of its workloads: its own machine first, or the machine that it shares."""
    found = plan.together
    option = option_of(found.workloads[number], found) if found else None
    if found is None or option is None:
        return plan
    if number == 0 and plan.recommendations and plan.recommendations[0].option.offer == option.offer:
        return plan
    mine, name = (Recommendation(rank=1, option=option),), found.workloads[number].name
    runs = (
        (ModelChoice(rank=1, model=option.model, reason=f"runs as {name}"),) if option.model and number else plan.models
    )
    alone = {"recommendations": mine, "models": runs, "cost": None, "hosted": None, "retrieval": None}
    return plan.model_copy(update=alone)


def option_of(workload: PlacedWorkload, found: Together) -> PlacementOption | None:
    """What it runs on: of a machine that two share the whole machine, with its price."""
    machine = shared_machine_of(workload, found)
    if machine is None:
        return workload.option
    option = machine.options[machine.names.index(workload.name)]
    hourly = machine.machine.price_per_hour_usd or option.price_per_hour_usd
    return option.model_copy(update={
        "offer": machine.machine, "price_per_hour_usd": hourly,
        "price_per_month_usd": hourly * option.hours_per_month, "label": "shared",
    })  # fmt: skip


def of_all(found: Together, words: Sequence[str]) -> str:
    """Every workload with its machine, place and price; what they cost together, and what shares a machine."""
    rows = [tuple(map(plain, row)) for row in together_rows(found, LONGEST_NAME)]
    sums = [money(found.usd_per_month) + " a month"] if found.usd_per_month else []
    sums += [f"{money(found.usd_once)} once"] if found.usd_once else []
    nodes = sum(one.option.nodes for one in found.workloads if one.option) - len(found.shared)
    total = f"Together {count(nodes, 'machine')} (nodes of the cluster), {' and '.join(sums) or 'no rent'}."
    return "\n\n".join([f"{_dearest(found, words)}{total}", table(COLUMNS, rows), bullets(sharing(found))]).rstrip()


def sharing(found: Together) -> list[str]:
    """Which of them are on one machine, and the day and kind of each price."""
    lines = [
        f"{plain(' and '.join(one.names))} share one machine: {plain(one.split)}, "
        f"{money(one.saves_usd_per_month)} a month less than apart."
        for one in found.shared
    ]
    together = {name for one in found.shared for name in one.names}
    for workload in found.workloads:
        if workload.option is not None and workload.name not in together:
            lines.append(f"{plain(workload.name)} has a machine of its own: no sharing that is cheaper was found.")
    seen = dict.fromkeys(
        f"{plain(option.offer.provider)}: {rate(option.offer.price_per_hour_usd or 0.0)} an hour, "
        f"{option.offer.price_kind} price of {option.offer.source.as_of.isoformat()}"
        for workload in found.workloads
        if (option := option_of(workload, found)) is not None and not option.is_own
    )
    return [*lines, *(f"Price at {line}." for line in seen)]


def _dearest(found: Together, words: Sequence[str]) -> str:
    """The one that costs the most, where that is asked."""
    if not DEAREST & {*words}:
        return ""
    monthly = {workload.name: _monthly(workload, found) for workload in found.workloads}
    dearest = max(monthly, key=lambda name: monthly[name])
    machine = next((one for one in found.shared if dearest in one.names), None)
    with_it = f", on the machine that it shares ({money(machine.usd_per_month)} a month for both)" if machine else ""
    return f"**{plain(dearest)}** costs the most{with_it or f', {money(monthly[dearest])} a month'}. "


def _monthly(workload: PlacedWorkload, found: Together) -> float:
    machine = shared_machine_of(workload, found)
    if machine is not None:
        return machine.usd_per_month * machine.shares[machine.names.index(workload.name)]
    return workload.usd_per_month or workload.usd_once or 0.0


def _telling(workload: PlacedWorkload) -> set[str]:
    text = f"{workload.name} {workload.does}".lower()
    return {word for word in _WORD.findall(text) if len(word) >= SHORTEST and not word[0].isdigit()}


def _same(one: str, other: str) -> bool:
    """Whether one is the other with an ending: "embedding", "embeddings", "embed"."""
    shorter, longer = sorted((one, other), key=len)
    return longer.startswith(shorter) or (len(shorter) > SHORTEST and one[: SHORTEST + 1] == other[: SHORTEST + 1])
