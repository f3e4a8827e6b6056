"""Several workloads of one request: which of them a question is about, and all of them side by side."""

import re
from collections.abc import Sequence

from artifacts.notation import bullets, count, figure, money, plain, rate, table
from artifacts.together import shared_machine_of, together_rows
from domain.base import HOURS_PER_MONTH
from domain.parts import PlacedWorkload, Together
from domain.plan import DeploymentPlan, ModelChoice, Recommendation
from graph.explanations.evidence import Standing
from graph.explanations.licence import licence_of, terms_told
from graph.explanations.money import over_period, period_asked
from graph.explanations.topics import Topic
from graph.understanding.mentions.line import Line
from sizing.budget import budget_of

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
ONE = frozenset({"one", "single", "same", "1"})
MACHINE = frozenset({"gpu", "card", "machine", "box", "server", "node", "<gpu>"})
MEMORY = frozenset({"memory", "vram", "room", "space"})
GPUS = frozenset({"gpu", "gpus", "card", "cards", "<gpu>"})
LEFT = frozenset({"left", "free", "spare", "over", "remains", "unused", "remaining"})
PART = frozenset({"part", "share", "portion", "fraction", "percent", "percentage", "of"})
MUCH = frozenset({"much", "what", "which"})
DEAREST = frozenset({"most", "more", "dearer", "costlier", "dearest", "biggest", "expensive", "priciest", "pricey"})
_WORD = re.compile(r"[a-z0-9]+")


def workloads_named(found: Together, words: Sequence[str]) -> list[int]:
    """The numbers of the workloads that the words name."""
    said = {part for word in words for part in _WORD.findall(ALSO.get(word, word).lower()) if len(part) >= SHORTEST}
    own = [_telling(workload) for workload in found.workloads]
    shared = {word for number, one in enumerate(own) for other in own[number + 1 :] for word in one & other}
    return [number for number, names in enumerate(own) if any(_same(a, b) for a in said for b in names - shared)]


def dearest(found: Together) -> int:
    """The number of the workload for which most is paid in a month."""
    paid = [
        one.option.price_per_month_usd if one.option and one.option.job_cost_usd is None else 0.0
        for one in found.workloads
    ]
    return max(range(len(paid)), key=lambda number: (paid[number], -number), default=0)


def spelt(line: Line, ends: int | None = None) -> list[str]:
    """The words of the names before place `ends`, as they are written: "the whisper part"."""
    named = (name.written for place, name in line.names if ends is None or place < ends)
    return [word for written in named for word in written.lower().split()]


def plan_of(plan: DeploymentPlan, number: int) -> DeploymentPlan:
    """The plan as it is for one of its workloads: its own machine first, or the machine that it shares."""
    found = plan.together
    option = found.workloads[number].option if found else None
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


def of_all(found: Together, words: Sequence[str], question: str) -> str:
    """Every workload with its machine, place and price; what they cost together, over the period that the question
    names, what shares a machine, and the memory that is left where that is asked."""
    rows = [tuple(map(plain, row)) for row in together_rows(found, LONGEST_NAME)]
    sums = [money(found.usd_per_month) + " a month"] if found.usd_per_month else []
    sums += [f"{money(found.usd_once)} once"] if found.usd_once else []
    nodes = sum(one.option.nodes for one in found.workloads if one.option) - len(found.shared)
    over = over_period(found.usd_per_month, HOURS_PER_MONTH, period_asked(question)) if found.usd_per_month else ""
    total = f"Together {count(nodes, 'machine')} (nodes of the cluster), {' and '.join(sums) or 'no rent'}{over}."
    left = memory_left(found) if (MEMORY | GPUS) & {*words} and LEFT & {*words} else []
    if left:
        return f"{bullets(left)}\n\n{total}"
    told = [f"{_dearest(found, words)}{total}", table(COLUMNS, rows), bullets(sharing(found))]
    return "\n\n".join(part for part in told if part).rstrip()


def each_first(plan: DeploymentPlan, found: Together) -> DeploymentPlan:
    """The plan with the machines of its workloads as its recommendations, in their order: where they are is told of
    each."""
    options = [one.option for one in found.workloads if one.option is not None]
    each = tuple(Recommendation(rank=rank, option=option) for rank, option in enumerate(options, 1))
    return plan.model_copy(update={"recommendations": each})


def budget_of_all(found: Together, standing: Standing) -> str:
    """What all of them leave of the budget."""
    spec = standing.plan.spec
    limit = budget_of(spec)
    if limit.amount_usd is None:
        return f"You named no budget; {of_all(found, (), '')}"
    used = found.spent_usd(limit.period)
    per = {"hour": "an hour", "month": "a month", "total": "in all"}[limit.period]
    asked = spec.budget
    in_own = "" if (asked.currency or "USD") == "USD" else f" ({figure(asked.amount or 0)} {asked.currency})"
    left = "left" if used <= limit.amount_usd else "missing"
    return (
        f"{'Yes' if used <= limit.amount_usd else 'No'}: all of them together take {money(used)} of "
        f"{money(limit.amount_usd)}{in_own} {per}, machines alone: {money(abs(limit.amount_usd - used))} is {left}."
    )


def asks_share(words: Sequence[str]) -> bool:
    """ "How much of that is the embedding part?" """
    return bool(MUCH & {*words} and PART & {*words})


def share_of(found: Together, name: str) -> str:
    """What one workload costs of all of them a month; of a machine that two share, its part by the GPU it takes."""
    workload, total = next(one for one in found.workloads if one.name == name), found.usd_per_month
    monthly = _monthly(workload, found) if workload.usd_once is None else 0.0
    machine = shared_machine_of(workload, found)
    if workload.option is None or not total or not monthly:
        return of_all(found, (), "")
    percent = figure(100 * monthly / total, 0)
    told = f"**{plain(workload.name)}** is {money(monthly)} of the {money(total)} a month, {percent} %"
    if machine is None:
        return f"{told}; it has a machine of its own."
    part = machine.shares[machine.names.index(workload.name)]
    return (
        f"{told}: {figure(100 * part, 0)} % of the machine that {plain(' and '.join(machine.names))} share, "
        f"{money(machine.usd_per_month)} a month."
    )


def asks_for_one(words: Sequence[str]) -> bool:
    """ "Can they all sit on one GPU?" """
    return bool(ONE & {*words} and MACHINE & {*words})


def on_one(found: Together) -> str:
    """Whether all of them would go onto one GPU, by their memory; the plan has no figure of their speed there."""
    known = [(one, one.option) for one in found.workloads if one.option is not None and one.option.proof is not None]
    if len(found.shared) == 1 and found.shared[0].one_gpu and len(found.shared[0].names) == len(found.workloads):
        return f"Yes, and they do: {plain(found.shared[0].split)}."
    needs = [
        (plain(one.name), option.proof.needed_gib * option.gpus / max(1, option.replicas))
        for one, option in known
        if option.proof is not None
    ]
    whole = sum(gib for _, gib in needs)
    sums = " + ".join(f"{figure(gib, 1)} ({name})" for name, gib in needs)
    largest = max(option.proof.usable_gib * option.proof.memory_fraction for _, option in known if option.proof)
    can = "Yes, by memory alone" if whole <= largest else "Not on a GPU of this plan"
    unknown = "" if len(needs) == len(found.workloads) else " Of the others the plan holds no memory."
    return (
        f"{can}: one copy of each takes {sums} = {figure(whole, 1)} GiB as they are planned, and the largest GPU here "
        f"gives {figure(largest, 1)} GiB.{unknown} The plan keeps them apart because it found no sharing that is "
        "cheaper under the loads asked for; how fast they would be side by side, it has no figure for."
    )


def why_apart(found: Together) -> str:
    """Whether they need GPUs of their own: by memory, and by the hours that a job takes of its machine."""
    told = on_one(found)
    lead = "They need not be apart by memory" if told.startswith("Yes, by memory") else "Because of memory"
    hours = [
        f"{plain(one.name)} takes {figure(one.option.job_hours, 1)} h a run; its machine is paid for that time alone."
        for one in found.workloads
        if one.option is not None and one.option.job_hours is not None
    ]
    return "\n\n".join(part for part in (f"{lead}: {told.partition(': ')[2]}", bullets(hours)) if part)


def licences_of_all(found: Together, users: int | None) -> str:
    """The licence of each workload's model, and the terms of each licence once."""
    run = [(one, one.option.model) for one in found.workloads if one.option is not None]
    lines = bullets(
        f"{plain(one.name)}: {licence_of(model) if model else 'no model of the catalogue'}" for one, model in run
    )
    of_each = {model.license: terms_told(model, users=users, derived=False) for _, model in run if model}
    return "\n\n".join((lines, *of_each.values()))


def memory_left(found: Together) -> list[str]:
    """GPU memory that each workload leaves free where it runs."""
    lines = []
    for workload in found.workloads:
        if workload.option is None or (proof := workload.option.proof) is None:
            continue
        name, room = plain(workload.name), proof.usable_gib * proof.memory_fraction
        if workload.option.share is not None:
            lines.append(f"{name}: takes {figure(proof.needed_gib, 1)} GiB of a machine that it shares.")
            continue
        lines.append(
            f"{name}: {figure(proof.needed_gib, 1)} of {figure(room, 1)} GiB that may be used are taken on each GPU, "
            f"{figure(max(0.0, room - proof.needed_gib), 1)} GiB stay free."
        )
    return lines


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
        if (option := workload.option) is not None and not option.is_own
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
