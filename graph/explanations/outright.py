"""Questions whose words can mean one thing: a step by its number, the whole page, how a time or a speed was worked out,
how long it takes to set it up. Each is answered from that fact alone, whatever the question resembles."""

import re
from collections.abc import Callable, Mapping

from artifacts.markdown import plan_markdown
from artifacts.notation import bullets, count, figure, money, plain
from domain.placement import PlacementOption, Throughput
from graph.explanations.evidence import Standing
from graph.explanations.manifests import step_shown
from graph.explanations.pace import served
from graph.explanations.page import on_the_page, quoted
from graph.explanations.parts import names_a_component, stack
from graph.explanations.subjects import store_size
from graph.explanations.supposed import another_machine, one_machine_less
from graph.explanations.unknowns import sentences
from graph.explanations.wording import name
from graph.understanding.labels.sections import words

_NUMBERS = re.compile(
    r"\bsteps? ?(?:number|no\.?|nr\.?|#)? ?(\d{1,3}(?: ?(?:,|&|and|to|-|–) ?\d{1,3}){0,9})(?!\d)", re.I
)
_RANGE = re.compile(r"(\d{1,3}) ?(?:to|-|–) ?(\d{1,3})")
_UNTOLD = re.compile(
    r".*\b(?:about|on|of|regarding|mentions?|mentioned|covers?|includes?|forgot|missed|overlooked|omitted|lacks|misses|omits"
    r"|see|find|spot)\b(?:\s+(?:anything|any|an?|the|our|where|how))?\s+(?:(?:on|about|for|of)\s+)?(.{2,80}?)"
    r"(?:\s+(?:in|from)\s+(?:the|your|this|that|there)\b.*)?$",
    re.I | re.S,
)
MOST_STEPS = 5
"""Shown at once."""
HOURS_PER_DAY = 24
MOST_TIMES = 100
"""By how much an estimate can be said to be off."""
FIRST_ASKED = "Ask it something"
"""The step that says what the first start fetches."""


def outright(standing: Standing) -> str | None:
    """Null where it asks for none of these, or the plan holds nothing of it."""
    told = OUTRIGHT.get(standing.outright)
    return told(standing) if told else None


def _steps(standing: Standing) -> str | None:
    """The steps that it counts out, with their commands; of one that the plan does not have, those that it has."""
    steps = standing.plan.steps
    written = _NUMBERS.search(standing.question)
    if not steps or (written is None and "last" not in standing.words):
        return None
    wanted = [len(steps)] if written is None else _counted(written[1])
    there = {step.order: step for step in steps}
    if missing := [number for number in wanted if number not in there]:
        titles = "\n".join(f"{step.order}. {plain(step.title)}" for step in steps)
        which = ", ".join(map(str, missing[:MOST_STEPS]))
        return f"The plan has no step {which}, it has {count(len(steps), 'step')}:\n\n{titles}"
    return "\n\n".join(step_shown(there[number]) for number in wanted[:MOST_STEPS])


def _counted(written: str) -> list[int]:
    """ "3", "3 and 4", "2 to 5"."""
    spans = ((int(first), int(last)) for first, last in _RANGE.findall(written))
    held = [number for first, last in spans for number in range(first, min(last, first + MOST_STEPS) + 1)]
    return sorted({*held, *map(int, re.findall(r"\d+", written))})


def _page(standing: Standing) -> str:
    """All of it as it is printed for a first request."""
    return plan_markdown(standing.plan)


def _arithmetic(standing: Standing) -> str | None:
    """How the time of a job, or the speed of a service, was worked out: every line of the estimate, then the sum."""
    if not standing.plan.recommendations:
        return None
    item = standing.one()
    option = item.option
    lines = [f"{plain(line.label)}: `{line.formula}` = {line.value:,.6g} {plain(line.unit)}".rstrip()
             for estimate in option.throughput for line in estimate.lines]  # fmt: skip
    sums = [*_hours_of(option)] if option.job_hours is not None else []
    if not lines and not sums:
        return None
    head = f"How it was worked out for number {item.rank}, {name(option)}:"
    band = next((_band(one) for one in option.throughput if one.low), "")
    return "\n\n".join(part for part in (head, bullets([*dict.fromkeys(lines), *sums]), band) if part)


def _hours_of(option: PlacementOption) -> list[str]:
    """The job's hours in days and in money."""
    hours = option.job_hours or 0.0
    days = f" = {figure(hours / HOURS_PER_DAY, 1)} days" if hours >= HOURS_PER_DAY else ""
    estimate = next((one for one in option.throughput if one.metric == "training_hours"), None)
    setting_up = hours - estimate.value if estimate is not None else 0.0
    told = [f"work / rate = {figure(estimate.value, 1)} h"] if estimate is not None and estimate.lines else []
    with_it = f", {figure(setting_up, 1)} h of setting up counted" if round(setting_up, 1) > 0 else ""
    told.append(f"the job: {figure(hours, 1)} h{days}{with_it}")
    if option.job_cost_usd is not None:
        told.append(f"its cost: {figure(hours, 2)} h x {money(option.price_per_hour_usd)} an hour = "
                    f"{money(option.job_cost_usd)}")  # fmt: skip
    return told


def _band(estimate: Throughput) -> str:
    return (
        f"It is an estimate, not measured: between {figure(estimate.low, 1)} and {figure(estimate.high, 1)} "
        f"{estimate.metric.replace('_', ' ')}."
    )


def _setting_up(standing: Standing) -> str | None:
    """That nobody's working hours are known, how many steps there are, and what the first start fetches."""
    steps = standing.plan.steps
    if not steps:
        return None
    starts = dict.fromkeys(plain(step.detail.partition(";")[0]) for step in steps if step.title.startswith(FIRST_ASKED))
    fetches = "".join(f" {told}." for told in starts)
    quota = next((step for step in steps if "quota" in step.title.lower()), None)
    waits = f" Step {quota.order}, “{plain(quota.title)}”, waits for the seller's answer." if quota else ""
    return (
        f"How long people take is not estimated: the plan holds {count(len(steps), 'step')} to carry out once, from "
        f"“{plain(steps[0].title)}” to “{plain(steps[-1].title)}”, each with its commands.{waits}{fetches}"
    )


def _one_less(standing: Standing) -> str | None:
    """What one of several machines costs; of one machine what another would; null where they need one another."""
    option = standing.first if standing.plan.recommendations else None
    if option is None or standing.plan.together or option.nodes > option.replicas:
        return None
    if option.nodes < 2:
        return None if option.job_hours is not None or option.is_own else another_machine(option)
    return one_machine_less(option) if option.job_hours is None else None


def _missing(standing: Standing) -> str | None:
    """Of what the plan is said not to have: the part that is there for it; where the catalogue has one, that; else that
    it has none."""
    if names_a_component(standing):
        return stack(standing)
    named = _UNTOLD.search(standing.question)
    what = plain((named[1] if named else standing.question).strip(" ?!."))
    asked = [word for word in re.findall(r"[a-z]{4,}", what.lower()) if word not in words("follow_ups", "plain")]
    if found := on_the_page(standing.plan, asked) if asked else []:
        return f"The plan says of that:\n\n{quoted(found)}"
    return (
        f"No part of the plan is there for “{what}”, and the catalogue has no chart of that name: nothing of it is "
        "installed, sized or priced. Name a product to have it looked up (“add ...”)."
    )


def _tenancy(standing: Standing) -> str | None:
    """That nobody's hosts are known, what is rented, and of whom to ask for one alone."""
    if not standing.plan.recommendations:
        return None
    option = standing.one().option
    if option.is_own:
        return "It runs on your own machines, which you share with nobody."
    return (
        f"{sentences()['tenancy']} What is rented is {name(option)}, yours alone for as long as you rent it; whether "
        f"its host is, ask {plain(option.offer.provider)} for a dedicated host: the plan does not count its price."
    )


def _two_places(standing: Standing) -> str | None:
    """That one plan does not hold both, what each workload is now, and how to have the two."""
    together = standing.plan.together
    if together is None:
        return None
    rows = [
        f"{plain(one.name)}: {name(one.option)}, "
        + (f"{money(one.usd_per_month)} a month" if one.usd_per_month else f"{money(one.usd_once or 0.0)} once")
        for one in together.workloads
        if one.option is not None
    ]
    return (
        "No: a plan puts on machines of your own whatever they carry, and cannot be told which work stays on them and "
        "which is rented, so nothing is changed. As it stands:\n\n"
        f"{bullets(rows)}\n\nFor what stays rented these figures hold. For the rest begin a plan of its own that names "
        "your machine and that work alone, and leave it out here (“drop ...”)."
    )


def _off_by(standing: Standing) -> str | None:
    """What an estimate that is off by so much leaves: of a job its hours beside its deadline, of a service what a user
    gets beside what was asked for."""
    if not standing.plan.recommendations or (times := _times_slower(standing)) is None:
        return None
    option, spec = standing.one().option, standing.spec
    if option.job_hours is not None:
        hours, limit = option.job_hours * times, spec.deadline_hours
        told = f"{figure(option.job_hours, 1)} h x {figure(times, 2)} = {figure(hours, 1)} h"
        cost = "" if option.job_cost_usd is None else f", {money(option.job_cost_usd * times)}"
        if limit is None:
            return f"It would take {told}{cost}; no time was set that it has to keep."
        within = hours <= limit
        return (
            f"{'Yes' if within else 'No'}: {told}{cost}, {'within' if within else 'above'} the {figure(limit, 1)} h "
            f"that it may take; it holds up to {figure(limit / option.job_hours, 2)} times the estimate."
        )
    load = served(option)
    if load is None or load.tokens_per_s_per_user is None:
        return None
    pace, least = load.tokens_per_s_per_user / times, spec.traffic.tokens_per_second_per_user
    asked = f", and {figure(least, 1)} were asked for" if least else ""
    return (
        f"It still holds {load.in_flight:,} requests at once, since that is a matter of memory; each gets "
        f"{figure(pace, 1)} tokens a second instead of {figure(load.tokens_per_s_per_user, 1)}{asked}."
    )


def _times_slower(standing: Standing) -> float | None:
    """By what the time grows: of a share of the speed its inverse."""
    if standing.times is not None and standing.times > 0:
        return standing.times if standing.times >= 1 else 1 / standing.times
    counted = next(
        (one.low for one in standing.figures if one.dimension == "number" and 1 < one.low <= MOST_TIMES), None
    )
    if counted is not None and "factor" in standing.words:
        return counted
    percent = next((one.low for one in standing.figures if one.dimension == "percent" and 0 < one.low < 100), None)
    if percent is None:
        return None
    return 1 + percent / 100 if {"longer", "more"} & {*standing.words} else 1 / (1 - percent / 100)


OUTRIGHT: Mapping[str, Callable[[Standing], str | None]] = {
    "step": _steps,
    "page": _page,
    "arithmetic": _arithmetic,
    "setting_up": _setting_up,
    "vectors": store_size,
    "one_less": _one_less,
    "missing": _missing,
    "tenancy": _tenancy,
    "off_by": _off_by,
    "two_places": _two_places,
}
"""By the kinds of `outright` in vocabulary/follow_ups.yaml."""
