"""Answers to what only a trial, a person or time can tell: said to be unknown, with what the plan gives to find out."""

import re

from artifacts.notation import bullets, count, figure, money, plain, rate
from domain.placement import PlacementOption
from graph.explanations.evidence import Standing
from graph.explanations.pace import most_in_flight, pace, served
from graph.explanations.storage import STORES
from graph.explanations.unknowns import sentences
from graph.explanations.wording import name
from sizing.amount_of_work import TRAINING_TASKS
from sizing.amount_of_work import tokens_of as tokens_said
from sizing.demand import active_share
from sizing.variants import FINE_TUNING_EPOCHS

KEEPS = (*STORES, "metrics", "llm tracing", "logs", "user interface")
"""Roles of components in which something of the users stays."""
_EPOCHS = re.compile(r"([\d,.]*\d) epochs")


def epochs_of(standing: Standing) -> float | None:
    """Passes over the data that the plan goes by, said or assumed; null where it trains nothing or counts none."""
    spec = standing.spec
    if spec.task_type not in TRAINING_TASKS:
        return None
    if spec.training.epochs:
        return spec.training.epochs
    told = next((found for line in standing.plan.assumptions if (found := _EPOCHS.search(line))), None)
    if told is not None:
        return float(told[1].replace(",", ""))
    assumed = spec.task_type == "fine_tuning" and tokens_said(spec) is None
    return float(FINE_TUNING_EPOCHS) if assumed else None


def epoch_cost(standing: Standing, option: PlacementOption) -> str | None:
    """What one pass over the data takes and costs; null where the plan has no job of so many."""
    epochs = epochs_of(standing)
    if not epochs or not option.job_hours or option.job_cost_usd is None:
        return None
    said = "you said" if standing.spec.training.epochs else "it assumes"
    return (
        f"One epoch takes about {figure(option.job_hours / epochs)} h and costs about "
        f"{money(option.job_cost_usd / epochs)}: the plan counts {figure(epochs)} epochs, which {said}, in "
        f"{figure(option.job_hours, 1)} h for {money(option.job_cost_usd)}."
    )


def epochs(standing: Standing) -> str | None:
    """That the number is not known before the run, and what each more costs."""
    if standing.spec.task_type not in TRAINING_TASKS:
        return None
    each = epoch_cost(standing, standing.one().option)
    return " ".join(part for part in (sentences()["epochs"], each) if part)


def growth(standing: Standing) -> str:
    """That the growth is not known, and what a multiple of what the plan carries takes."""
    option = standing.one().option
    if option.job_hours is not None:
        return sentences()["growth"]
    load, work = served(option), pace(option, standing.spec)
    if load is not None and load.tokens_per_s_per_user is not None:
        carries = f"{load.in_flight:,} requests at a time"
    elif work is not None:
        carries = f"{figure(work.per_hour, 0)} {work.unit}s an hour"
    else:
        return sentences()["growth"]
    lines = [f"now: {count(option.gpus, 'GPU')}, {name(option)}, for {carries}"]
    most = most_in_flight(option)
    if load is not None and most and most > load.in_flight and not option.is_own:
        share = active_share(standing.spec.traffic) if standing.spec.traffic.concurrent_users is None else 1.0
        people = f", about {figure(most / share, 0)} users" if share < 1 else ""
        more = rate(option.price_per_hour_usd / max(1, option.replicas))
        lines[0] += f"; it carries at most {most:,} at a time{people}, above that one more copy for {more} an hour"
    lines += [
        f"{times} times that: {count(times * option.gpus, 'GPU')}, {money(times * option.price_per_month_usd)} a month"
        for times in (2, 10)
    ]
    return f"{sentences()['growth']}\n\n{bullets(lines)}\n\nSay “plan for ...” with a load to have it worked out."


def approval(standing: Standing) -> str:
    """That others decide, and which facts of the plan they will ask for."""
    if not standing.plan.recommendations:
        return sentences()["approval"]
    offer = standing.first.offer
    country = f", {offer.country}" if offer.country else ", country not known"
    kept = ", ".join(programme.upper() for programme in standing.spec.compliance) or "none asked for"
    stack = standing.plan.stack
    parts = ", ".join(f"{part.package.name} ({part.role})" for part in stack if part.role in KEEPS)
    lines = [
        f"where it runs and who sells it: {offer.provider} {offer.region}{country}",
        f"programmes that the seller must be listed for: {kept}",
        f"parts that keep data, metrics or what was asked: {parts}" if parts else "",
        "what may be made with it, retention, moderation: nothing in the plan; read the seller's terms",
    ]
    return f"{sentences()['approval']} What stands in the plan for them:\n\n" + bullets(
        plain(line) for line in lines if line
    )
