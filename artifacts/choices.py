"""The answer in one sentence and the three choices: what to rent, at which price, what it does and gives up."""

from collections.abc import Sequence

from artifacts.buying import bought_instead, cards_told, no_list_price, paid_off, source_told
from artifacts.notation import LEAST_USD, count, dollars, figure, money, rate
from domain.base import HOURS_PER_MONTH
from domain.offers import Offer
from domain.placement import BrokenRule, PlacementOption, Relaxation
from domain.plan import Choice, DeploymentPlan
from domain.workload import RUNS_PER_MONTH, WorkloadSpec
from sizing.amount_of_work import JOB_TASKS, TRAINING_TASKS, hop_s, is_heard_live, stream_step_s
from sizing.budget import budget_of
from sizing.choices import CHOICES as RENTED
from sizing.longest_request import with_longest_request
from sizing.misses import is_near
from sizing.recurring import recurring_run
from sizing.relaxing import is_nobodys_to_give, sacrifice

CHOICES = ("own hardware", "to provide", *RENTED)
ON_SITE = "on site"
YEARS = 3
"""Over which hardware is usually written off."""
LONG_HOURS = 14 * 24.0
"""A job that takes longer says what would shorten it."""
WEEK_HOURS = 7 * 24.0
DAY_HOURS = 48.0
"""Longer times are told in days."""
OF_ANOTHER_SIZE = "and what would do is of another size; check the figures that it rests on, or ask for a part of it:"
NOTHING_FITS = "Nothing in the catalogue meets every constraint"

LEAST_MS = 0.1
"""Below it an answer takes no time that anybody notices beside its network."""


def answer(
    spec: WorkloadSpec, options: Sequence[PlacementOption], relaxations: Sequence[Relaxation] = (),
    own_part: PlacementOption | None = None,
) -> str:  # fmt: skip
    """What to rent, at which price, and what it will do; where nothing fits, so, and the nearest thing that works.

    `own_part`: what of it runs on hardware at hand that does not carry all of it, which is said first.
    """
    if own_part is not None and not any(option.label == "own hardware" for option in options):
        rest = answer(spec, options, relaxations)
        part = f"On your {machines(own_part)} a part of it runs: {will_do(own_part)}."
        return f"{part} For all of it: {_first_down(rest)}"
    if not options:
        if not relaxations:
            return f"{NOTHING_FITS}, and no single one that gives way would help{at_odds(spec)}."
        nearest = nearest_of(relaxations)
        if nearest.hole:
            sold, does = f"{machines(nearest.option)} at {place(nearest.option)}", will_do(nearest.option)
            return f"Priced below where the catalogue has a price: {sold}, {_hourly(nearest.option)}: {does}."
        if is_nobodys_to_give(nearest):
            return f"{NOTHING_FITS}. {not_given_up(nearest)}"
        if not is_near(spec, nearest):
            return f"{NOTHING_FITS}, {OF_ANOTHER_SIZE} {_first_down(nearest.explanation)}"
        return f"{NOTHING_FITS}. The nearest that works: {nearest.explanation}"
    first = options[0]
    if first.label == "to provide":
        return f"Rent nothing, buy {servers(first)}: {will_do(first)}.{_orientation(first, spec)}"
    if first.is_own:
        return f"Rent nothing, {_of_yours(first)} will do: {will_do(first)}.{_shortened(options, spec)}"
    price = f"{hourly(first.price_per_hour_usd)} an hour"
    if is_by_the_hour(first, spec):
        return f"Rent {machines(first)} at {place(first)} for {price} while it works{_at_most(first, spec)}: " + (
            f"{will_do(first)}. How long that is follows from how much there is; all month it would be "
            f"{dollars(first.price_per_month_usd)}."
        )
    month = f"{dollars(first.price_per_month_usd)} a month"
    if first.hours_per_month != HOURS_PER_MONTH:
        month += (
            f" of {figure(first.hours_per_month)} h, {dollars(first.price_per_hour_usd * HOURS_PER_MONTH)} if left on"
        )
    month += _of_a_stretch(first, spec)
    cost = f"{price} ({month})" if first.job_cost_usd is None else price
    does = _streams(first, spec) if stream_step_s(spec) is not None and first.served else will_do(first)
    does += repeated(first, spec)
    return f"Rent {machines(first)} at {place(first)} for {cost}: {does}.{_shortened(options, spec)}"


def is_by_the_hour(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether it is a job, which ends, of unknown length: its machines are given back, so no month of them is paid."""
    ends = spec.task_type in JOB_TASKS and option.job_cost_usd is None and option.job_hours is None
    return ends and not option.is_own and recurring_run(spec, option) is None


def _at_most(option: PlacementOption, spec: WorkloadSpec) -> str:
    """What a run of it costs that takes all of its time."""
    if spec.deadline_hours is None:
        return ""
    run = option.price_per_hour_usd * spec.deadline_hours
    again = f" a {spec.every}, {dollars(run * RUNS_PER_MONTH[spec.every])} a month" if spec.every else ""
    return f", at most {dollars(run)}{again} for the {duration(spec.deadline_hours)} that were said"


def _of_a_stretch(option: PlacementOption, spec: WorkloadSpec) -> str:
    """What the few days cost after which a service is no longer needed."""
    hours = spec.deadline_hours
    if hours is None or hours > WEEK_HOURS or spec.task_type in JOB_TASKS or spec.volume.amount is not None:
        return ""
    return f"; {dollars(option.price_per_hour_usd * hours)} if given back after the {duration(hours)} that were said"


def at_odds(spec: WorkloadSpec) -> str:
    """Which limits rule it out together, as the rest of a sentence; empty where fewer than two were said."""
    gpu, count_ = spec.gpu, spec.gpu.max_count or spec.gpu.min_count
    said = []
    if gpu.models or count_:
        said.append(f"{f'{count_} x ' if count_ else ''}{' or '.join(gpu.models) or 'GPUs'}")
    if spec.budget.amount is not None:
        said.append(_sum(spec))
    if spec.deadline_hours is not None:
        said.append(f"{duration(spec.deadline_hours)} to the end")
    if spec.traffic.ttft_ms is not None:
        said.append(f"{figure(spec.traffic.ttft_ms, 0)} ms to the first token")
    places = " or ".join(spec.location.regions or spec.location.jurisdictions)
    where = " in ".join(part for part in (" or ".join(spec.location.providers), places) if part)
    said += [where] if where else []
    return "" if len(said) < 2 else f": {', '.join(said[:-1])} and {said[-1]} rule it out together"


def repeated(option: PlacementOption, spec: WorkloadSpec) -> str:
    """What a job comes to in a month that is run again, its machines given back after each run."""
    if option.job_cost_usd is None:
        return ""
    if (run := recurring_run(spec, option)) is not None and run.keeps_up:
        return f"; run every {run.every}, {dollars(run.usd_per_month)} a month"
    if spec.every is None:
        return ""
    return f"; run every {spec.every}, {dollars(option.job_cost_usd * RUNS_PER_MONTH[spec.every])} a month"


def _hourly(option: PlacementOption) -> str:
    return f"{hourly(option.price_per_hour_usd)} an hour"


def _streams(option: PlacementOption, spec: WorkloadSpec) -> str:
    """Of live speech: how many streams, and how soon each step of those that are heard is worked through."""
    model = option.model.key if option.model else option.runs
    how = f" in {option.quantization}" if option.quantization else ""
    streams = spec.traffic.concurrent_users or spec.traffic.peak_concurrent_users
    if not is_heard_live(spec):
        return f"{model}{how} speaks in {count(streams, 'stream')} at once" if streams else f"{model}{how} speaks live"
    told = f"{model}{how} listens to {count(streams, 'stream')} at once" if streams else f"{model}{how} listens live"
    step = option.served.answer_ms if option.served else None
    return told if step is None else f"{told} and answers in {_seconds(step)} to each step of {hop_s(spec):g} s"


def servers(option: PlacementOption) -> str:
    """2 servers with 1 x L40S 48 GB each."""
    gpu, each = option.offer.gpu, " each" if option.nodes > 1 else ""
    if gpu is None:
        size = f"{option.offer.vcpu or '?'} vCPU and {figure(option.offer.ram_gib or 0)} GiB of RAM"
    else:
        size = f"{option.offer.gpu_count} x {gpu.name}" + ("" if "GB" in gpu.name else f" {gpu.memory_gb:g} GB")
    return f"{count(option.nodes, 'server')} with {size}{each}"


def _of_yours(option: PlacementOption) -> str:
    """your 4 x A100-40GB; of more than that so many, and how many stay free."""
    held = option.held_gpus or option.gpus
    if held <= option.gpus:
        return f"your {machines(option)}"
    return f"{option.gpus} of your {held} x {machines(option).partition(' x ')[2]}"


def _orientation(option: PlacementOption, spec: WorkloadSpec) -> str:
    """What the cards list at, and what the like rents for, which quotes can be held against."""
    rent = (option.rents_for_per_hour_usd or 0.0) * HOURS_PER_MONTH
    if not rent:
        return ""
    budget, found = budget_of(spec).amount_usd, bought_instead(option, spec)
    within = "" if budget is None else f"; your {_sum(spec)} are {figure(budget / rent)} months of it"
    like = f"The like rents for about {dollars(rent)} a month, {dollars(rent * YEARS * 12)} in {YEARS} years"
    if found is None:
        return f" {like}, to hold quotes against{within}; {no_list_price(option)}."
    return f" {cards_told(option, found)} {paid_off(found)}"


def purchase_note(spec: WorkloadSpec, options: Sequence[PlacementOption]) -> str:
    """Where hardware is at hand and a sum was said: what it buys or rents more; empty where that is not asked."""
    priced = [option for option in options if not option.is_own and option.price_per_month_usd]
    rented = next((option for option in priced if option.offer.pricing == "on_demand"), None)
    budget = budget_of(spec).amount_usd
    if not spec.owned or budget is None or rented is None or spec.budget.period == "hour":
        return ""
    month = rented.price_per_hour_usd * HOURS_PER_MONTH
    rents = (
        f"{_sum(spec)} rent {machines(rented)} at {place(rented)} for {figure(budget / month)} months without a break"
    )
    found = bought_instead(rented, spec)
    if spec.budget.period == "month":
        return ""
    if found is None:
        return f"{rents}; what they buy is not worked out, since {no_list_price(rented)}."
    cards = int(budget // found.card_usd)
    name = rented.offer.gpu.name if rented.offer.gpu else ""
    buys = f"{cards} x {name}, cards alone" if cards else f"not one {name}"
    return f"{rents}, or buy {buys}, at {dollars(found.card_usd)} each ({source_told()})."


def _sum(spec: WorkloadSpec) -> str:
    return f"{spec.budget.amount:,.10g} {spec.budget.currency or 'USD'}"


def _first_down(text: str) -> str:
    return text[:1].lower() + text[1:]


def nearest_of(relaxations: Sequence[Relaxation]) -> Relaxation:
    """The one that gives up least of the request; the first of those that give up as much."""
    return min(relaxations, key=sacrifice)


def not_given_up(relaxation: Relaxation) -> str:
    """What giving up a licence or the place of the data would bring, which no steps are made for."""
    would = relaxation.explanation[:1].lower() + relaxation.explanation[1:]
    return f"Only this would help, and it is not for a plan to give up, so no steps follow: {would}"


def shown_option(plan: DeploymentPlan) -> PlacementOption | None:
    """What the steps carry out: the first recommendation, else the nearest that works; null where there are none."""
    if plan.recommendations:
        return plan.recommendations[0].option
    if not plan.steps or not plan.relaxations:
        return None
    nearest = nearest_of(plan.relaxations)
    return None if is_nobodys_to_give(nearest) else with_longest_request(nearest.option, plan.spec)


def _shortened(options: Sequence[PlacementOption], spec: WorkloadSpec) -> str:
    """For a job of many days: what makes it shorter."""
    hours = options[0].job_hours
    if hours is None or hours <= LONG_HOURS:
        return ""
    quicker = next((o for o in options if o.label == "faster" and o.job_hours), None)
    ways = [f"{machines(quicker)} take {duration(quicker.job_hours)}"] if quicker and quicker.job_hours else []
    if spec.task_type in TRAINING_TASKS:
        ways.append("less data, fewer epochs or a smaller model do so in proportion")
    elif spec.volume.unit == "simulated_ns":
        ways.append("a run goes step by step, so more GPUs do not; a longer time step or fewer nanoseconds do")
    else:
        ways.append("more machines do so in proportion, each with a part of the items")
    return f" To shorten it: {'; '.join(ways)}."


def three_choices(
    options: Sequence[PlacementOption], spec: WorkloadSpec | None = None
) -> tuple[Choice, ...]:  # fmt: skip
    """Those of the options that are choices, with what they cost and give up: by the hour where all that is rented is
    for a job of unknown length, else by the month or the job."""
    rented = [option for option in options if option.label in CHOICES and not option.is_own]
    by_the_hour = spec is not None and bool(rented) and all(is_by_the_hour(option, spec) for option in rented)
    found = _choices(options)
    if not by_the_hour:
        return found
    hours = {rank: option.price_per_hour_usd for rank, option in enumerate(options, start=1)}
    return tuple(choice.model_copy(update={"usd": hours[choice.rank], "per": "hour"}) for choice in found)


def _choices(options: Sequence[PlacementOption]) -> tuple[Choice, ...]:
    return tuple(
        choice_of(option, rank) for rank, option in enumerate(options, start=1) if option.label in CHOICES
    )  # fmt: skip


def machines(option: PlacementOption) -> str:
    """2 x H100-SXM 80 GB; the instance type where there is no GPU."""
    gpu = option.offer.gpu
    if gpu is None or not option.gpus:
        return f"{option.nodes} x {option.offer.instance_type}"
    return gpus_taken(option) + ("" if "GB" in gpu.name else f" {gpu.memory_gb:g} GB")


def gpus_taken(option: PlacementOption) -> str:
    """2 x L4; 1 of 4 x L4, or 50% of L4, where another workload has the rest of the machine."""
    name, each = option.offer.gpu.name if option.offer.gpu else option.offer.instance_type, option.offer.gpu_count
    if option.share is None:
        return f"{option.gpus} x {name}"
    return f"{option.gpus} of {each} x {name}" if each > 1 else f"{option.share:.0%} of {name}"


def place(option: PlacementOption) -> str:
    """The seller and the region; the kind of pricing where it is not on demand."""
    offer = option.offer
    return sold_at(offer) + ("" if offer.pricing == "on_demand" else f", {offer.terms}")


def sold_at(offer: Offer) -> str:
    """The seller, and the region where it has more than one."""
    return offer.provider + ("" if offer.region in ("global", offer.provider) else f" {offer.region}")


def _about(usd: float) -> str:
    return dollars(usd) if 0 < usd < LEAST_USD else f"about {dollars(usd)}"


def speed(choice: Choice) -> str:
    """Tokens a second of each user, the wait for an answer, or the time of the job."""
    if choice.job_hours is not None:
        return duration(choice.job_hours)
    if choice.tokens_per_s_per_user is not None:
        return f"{choice.tokens_per_s_per_user:.0f} tok/s"
    return "" if choice.answer_ms is None else f"{_seconds(choice.answer_ms)} each"


def hourly(usd: float) -> str:
    """Cents from a dollar on, more decimals below."""
    return money(usd) if usd >= 1 else rate(usd)


def duration(hours: float) -> str:
    """Minutes, hours or days, whichever reads best."""
    if hours < 1:
        return f"{max(1, round(hours * 60))} min"
    return f"{figure(hours, 1)} h" if hours <= DAY_HOURS else f"{figure(hours / 24, 1)} days"


def rules(broken: Sequence[BrokenRule]) -> tuple[str, ...]:
    """R1 community hosts, R6 slow: ..."""
    return tuple(f"{item.rule} {item.words}" for item in broken)


def choice_of(option: PlacementOption, rank: int) -> Choice:
    """The option as a row of the table of choices."""
    job, served = option.job_cost_usd, option.served
    return Choice(
        label=option.label,
        rank=rank,
        machines=machines(option),
        model=option.model.name if option.model else option.runs,
        precision=option.quantization if option.job_hours is None else None,
        where=ON_SITE if option.is_own else place(option),
        usd=option.price_per_month_usd if job is None else job,
        per="month" if job is None else "job",
        tokens_per_s_per_user=served.tokens_per_s_per_user if served else None,
        answer_ms=served.answer_ms if served else None,
        job_hours=option.job_hours,
        gives_up=rules(option.breaks),
        price_as_of=option.offer.source.as_of,
        price_kind=option.offer.price_kind,
    )


def will_do(option: PlacementOption) -> str:
    """What it serves how fast, or how long its job takes."""
    model = option.model.key if option.model else option.runs or "the reference workload"
    served = option.served
    by_default = option.model is None and option.quantization == "train"
    method = {"train": "all weights trained", "lora": "LoRA", "qlora": "QLoRA"}.get(option.quantization or "")
    how = method or (f"in {option.quantization}" if option.quantization else "")
    named = f"{model} {how}".strip() if method is None else model if by_default else f"{model} ({method})"
    if option.job_hours is not None:
        spent = ""
        if option.job_cost_usd is not None and not option.is_own:
            spent = f" and costs {_about(option.job_cost_usd)}"
        return f"the job ({named}) takes about {duration(option.job_hours)}{spent}"
    if served is None:
        return f"it runs {named}"
    if served.tokens_per_s_per_user is not None:
        first = "" if served.ttft_ms is None else f", first token after {_seconds(served.ttft_ms)}"
        people = count(served.in_flight, "request")
        return f"{named} serves {people} at once at {served.tokens_per_s_per_user:.0f} tokens a second each{first}"
    if served.answer_ms is not None:
        return f"{named} answers in {_seconds(served.answer_ms)}, {served.in_flight} at a time"
    return f"it runs {named}"


def _seconds(milliseconds: float) -> str:
    if milliseconds < LEAST_MS:
        return f"under {LEAST_MS:g} ms"
    if milliseconds < 100:
        return f"{figure(milliseconds, 0 if milliseconds >= 10 else 1)} ms"
    return f"{figure(milliseconds / 1000, 1)} s"
