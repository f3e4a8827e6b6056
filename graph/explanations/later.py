"""Answers about paying in another way, and about what comes after the job."""

import re

from artifacts.notation import bullets, figure, money, plain
from graph.explanations.evidence import Standing
from graph.explanations.instead import instead
from graph.explanations.wording import name
from sizing.amount_of_work import TRAINING_TASKS

SPELLED = {
    "twice": 2, "two": 2, "three": 3, "thrice": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10,
    "dozen": 12,
}  # fmt: skip
"""How often, in words."""
A_YEAR = {"day": 365, "night": 365, "week": 52, "weekend": 52, "month": 12, "quarter": 4}
_EVERY = re.compile(rf"\b(?:every|each|per|a) ({'|'.join(A_YEAR)})\b|\b(week|month|quarter)ly\b", re.I)
_NUMBER = re.compile(r"(?<![\w.,])([1-9]\d{0,3})(?![\w.,]*\d)")
GOES_ON = (
    "Spot capacity can be taken back at short notice. A job that goes on from what is kept off the machine loses only "
    "what came since: then spot is fine, say “use spot”."
)
GOES_DOWN = "Spot capacity can be taken back at short notice, and a service on it is down until there is another."
TIES = "A commitment is paid whether the machine is used or not, and the price of machines may fall meanwhile."


def pricing(standing: Standing) -> str | None:
    """The plan with another way of paying, and what it asks of the work."""
    if not standing.plan.recommendations or not standing.alternatives:
        return None
    first = standing.first
    others = {alternative.named.pricing for alternative in standing.alternatives}
    job = first.job_hours is not None or standing.spec.task_type not in ("inference", "rag", None)
    lines = [instead(standing, alternative) for alternative in standing.alternatives]
    lines += [GOES_ON if job else GOES_DOWN] if "spot" in others and first.offer.pricing != "spot" else []
    lines += [TIES] if "reserved" in others else []
    return f"Number 1 is {name(first)}.\n\n" + "\n\n".join(lines)


def runs(standing: Standing) -> str | None:
    """What the job costs so many times, once more where the question has no number; null where the plan has no job."""
    option = standing.one().option
    spelled = (SPELLED[word] for word in standing.words if word in SPELLED)
    many = next((int(word) for word in _NUMBER.findall(standing.question)), next(spelled, 1))
    asks_at_all = standing.closed and "twice" in standing.words  # "do we pay twice" counts no runs
    if option.job_hours is None or option.job_cost_usd is None or asks_at_all:
        return None
    each, once = round(option.job_hours, 1), round(option.job_cost_usd, 2)
    if (repeated := _EVERY.search(standing.question)) is not None:
        yearly = many * A_YEAR[(repeated[1] or repeated[2]).lower()]
        return (
            f"About **{money(yearly * once / 12)} a month**, {money(yearly * once)} a year: {yearly:,} runs a year × "
            f"{money(once)}, each {each} h on number 1, {name(option)}."
        )
    if many == 1:
        return f"Each run of the job costs about {money(once)} and takes {each} h on number 1, {name(option)}."
    return (
        f"{many:,} runs of the job cost about {many:,} × {money(once)} = {money(many * once)}: one after another on "
        f"number 1, {name(option)}, {many:,} × {each} = {figure(many * each, 1)} h; side by side on {many:,} such "
        f"machines {each} h. Runs over a part of the data, or stopped early, can rule some out for less."
    )


def afterwards(standing: Standing) -> str | None:
    """What is left of a training job, and what serving it takes; null where nothing is trained."""
    spec = standing.spec
    if spec.task_type not in TRAINING_TASKS or not standing.plan.recommendations:
        return None
    first = standing.first
    adapters = first.quantization in ("lora", "qlora")
    left = "the adapter, which is served with the model it was trained on or merged into it" if adapters else (
        "the trained weights"
    )  # fmt: skip
    named = next((model.params_b for model in spec.models if model.params_b), None)
    size = first.model.params_b if first.model and first.model.params_b else named
    lines = [
        f"The plan ends with the job; what is left on the volume is {left}.",
        (
            f"By memory, {figure(size)} B parameters are {figure(size * 2)} GB of weights at 16 bits and "
            f"{figure(size)} GB at 8 bits; the cache of a few users and the engine come on top."
            if size
            else ""
        ),
        (
            "A service is another plan: say for example “new project: serve the 8B for 2 users”, and it is worked out "
            "with its price."
        ),
    ]
    return bullets(plain(line) for line in lines if line)
