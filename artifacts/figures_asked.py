"""The figures that a question asks for beside its kind: of one unit, of the years, of RAM and disk, of the hours."""

from collections.abc import Iterator
from typing import NamedTuple

from artifacts.buying import YEARS, bought_instead, cards_told, lead, no_list_price, others_named, paid_off
from artifacts.choices import duration, machines, place
from artifacts.notation import dollars, figure
from artifacts.unit_cost import AT, UNITS, price
from domain.hosted import HostedComparison
from domain.parts import RecurringRun, Retrieval
from domain.placement import PlacementOption, Throughput
from domain.plan import CostBreakdown
from domain.workload import LANGUAGE_DOMAINS, AskedQuestion, WorkloadSpec
from sizing.amount_of_work import JOB_TASKS, SPEECH_ITEMS_PER_HOUR, TRAINING_TASKS, items_of_job
from sizing.budget import budget_of
from sizing.demand import average_requests_per_s
from sizing.purchase import bought
from sizing.standards import setup_hours
from sizing.units_of_work import pieces_counted

UNIT_WORDS = {
    "image_generation": "image", "video": "clip", "embeddings": "text", "speech": "recording", "vision": "item",
    "llm": "request", "multimodal": "request",
}  # fmt: skip
GIB = 2**30
PIECES = ("requests_per_second", "images_per_second")
PLAIN = (None, "tokens", "requests")
"""Units of a language model whose cost is told by the million tokens."""
LEAST_USD_OF_ONE = 0.001
"""What costs less is told by the thousand."""
LEAST_WHOLE = 10
MORE = 0.05
"""By which a bill exceeds the rent of the workload's machines before it is told beside it."""


def figures_asked(
    question: AskedQuestion, spec: WorkloadSpec, option: PlacementOption, *,
    hosted: HostedComparison | None = None, beside: Retrieval | None = None, recurring: RecurringRun | None = None,
    rented: PlacementOption | None = None,
) -> str:  # fmt: skip
    """One sentence for each, in the order in which money, time and size are asked; empty where none is."""
    told = []
    if question.asks("unit"):
        told.append(unit_told(spec, option, hosted, recurring))
    bounded = spec.deadline_hours is not None or budget_of(spec).judges_the_job
    if question.asks("time") or (option.job_hours is not None and bounded):
        told.append(hours_told(spec, option))
    if question.asks("rent"):
        told.append(rent_told(spec, option, question.years or YEARS, rented))
    if question.asks("storage"):
        told.append(room_told(spec, option, beside))
    return " ".join(sentence for sentence in told if sentence)


def bill_above(
    cost: CostBreakdown | None, option: PlacementOption | None, limit_usd: float | None, *, comes_back: bool = False
) -> float:
    """USD by which the whole bill of a month is more than it may be; 0 where it is not, and of a job, unless it
    `comes_back`."""
    if cost is None or option is None or limit_usd is None or option.is_own:
        return 0.0
    if option.job_cost_usd is not None and not comes_back:
        return 0.0
    return max(0.0, cost.monthly_usd - limit_usd)


def bill_told(
    cost: CostBreakdown | None, option: PlacementOption, above: float = 0.0, *, comes_back: bool = False
) -> str:
    """The whole bill where it is more than the machines of the workload, with what makes the difference; `above` is by
    how much it is more than it may be. A job has a bill of a month where it `comes_back`."""
    if cost is None or option.is_own or (option.job_cost_usd is not None and not comes_back):
        return ""
    machines_usd = cost.lines[0].monthly_usd or 0.0
    if cost.monthly_usd <= machines_usd * (1 + MORE) and above <= 0:
        return ""
    others = sorted((line for line in cost.lines[1:] if line.monthly_usd), key=lambda line: -(line.monthly_usd or 0.0))
    named = " and ".join(_name(line.item) for line in others[:2])
    beyond = f", {dollars(above)} above the budget" if above > 0 else ""
    return (
        f"With {named} the bill is {dollars(cost.monthly_usd)} a month{beyond}."
        if named
        else (f"The bill is {dollars(cost.monthly_usd)} a month{beyond}.")
    )


def _name(item: str) -> str:
    """Of a line of the bill: without the machines that it counts, in the middle of a sentence."""
    name = item.partition(":")[0]
    return f"the {name if name[:2].isupper() else name[:1].lower() + name[1:]}"


def hours_range(option: PlacementOption, deadline_hours: float | None) -> tuple[float, float] | None:
    """The least and the most that the job takes by the error of its estimate, of which setting up has none; null where
    no error is known."""
    hours = option.job_hours
    if not hours:
        return None
    known = {estimate.metric: estimate for estimate in option.throughput}
    if (trained := known.get("training_hours")) is not None and trained.low < trained.high:
        begins = max(0.0, hours - trained.value)
        return begins + trained.low, begins + trained.high
    rates = (known.get("output_tokens_per_second"), known.get("requests_per_second"), known.get("images_per_second"))
    speed = next((estimate for estimate in rates if _has_band(estimate)), None)
    if speed is None:
        return None
    begins = min(hours, setup_hours(deadline_hours))
    working = (hours - begins) * speed.value
    return begins + working / speed.high, begins + working / speed.low


def _has_band(estimate: Throughput | None) -> bool:
    return estimate is not None and 0 < estimate.low < estimate.high


def hours_told(spec: WorkloadSpec, option: PlacementOption) -> str:
    """The hours of a job with their error, what that comes to, and where the worst of it breaks what was said."""
    found = hours_range(option, spec.deadline_hours)
    if found is None:
        return ""
    low, high = found
    told = (
        "With the half hour until it starts, and by the error of the estimate, the plan takes "
        f"{duration(low)} to {duration(high)}"
    )
    if not option.is_own:
        told += f", {dollars(option.price_per_hour_usd * low)} to {dollars(option.price_per_hour_usd * high)}"
    return f"{told}{_beyond(spec, option, high)}."


def late_note(spec: WorkloadSpec, option: PlacementOption) -> str:
    """That a job may end too late or cost too much by the error of its estimate; empty where it does not."""
    found = hours_range(option, spec.deadline_hours)
    beyond = _beyond(spec, option, found[1]) if found else ""
    if found is None or not beyond:
        return ""
    spent = "" if option.is_own else f" and cost {dollars(option.price_per_hour_usd * found[1])}"
    return f"By the error of the estimate the job may take up to {duration(found[1])}{spent}{beyond}."


def _beyond(spec: WorkloadSpec, option: PlacementOption, high: float) -> str:
    """That the longest it may take costs more, or ends later, than was said."""
    limit, ends = budget_of(spec), spec.deadline_hours
    said = []
    if limit.judges_the_job and not limit.admits(option.price_per_hour_usd, high) and not option.is_own:
        a_month = f" a month, by {dollars(limit.spent_usd(option.price_per_hour_usd, high))} for all of its runs"
        comes_back = limit.runs_per_month is not None and limit.runs_per_month > 1
        said.append(f"the {spec.budget.amount:,.10g} {spec.budget.currency or 'USD'}{a_month if comes_back else ''}")
    if ends is not None and high > ends:
        said.append(f"the {duration(ends)} that it may take")
    return f": the upper end is beyond {' and '.join(said)}" if said else ""


def unit_told(
    spec: WorkloadSpec, option: PlacementOption, hosted: HostedComparison | None, recurring: RecurringRun | None
) -> str:  # fmt: skip
    """What one unit costs, and of what that is the quotient."""
    if option.is_own:
        return "What one unit costs on your own machines is not known: power, space and care have no price here."
    word = _unit(spec)
    found = _each(spec, option, recurring)
    if recurring is None and hosted is not None and hosted.usd is not None and hosted.unit != "million_tokens":
        at = AT[hosted.usd.load] if hosted.usd.load != "in_flight" else AT["full"]
        return f"One {UNITS[hosted.unit]} costs about {price(hosted.usd.usd)} {at}{_api(hosted)}."
    if found is not None and (found.load != AT["full"] or not _writes(spec)):
        return f"{_so_many(word, found.usd)} {found.load} ({found.paid}).".replace("  ", " ")
    if hosted is not None and hosted.usd is not None:
        return f"A million tokens costs about {price(hosted.usd.usd)} {AT[hosted.usd.load]}{_api(hosted)}."
    return f"What one {word} costs follows from how many there are in a month: say so, and it is worked out."


class _Each(NamedTuple):
    """USD of one unit of the work, at which load, and the quotient that it is."""

    usd: float
    load: str
    paid: str


def _each(spec: WorkloadSpec, option: PlacementOption, recurring: RecurringRun | None) -> _Each | None:
    """Of a run, of a job, at the load that was said, else at full load; null where nothing is counted."""
    pieces = SPEECH_ITEMS_PER_HOUR if spec.volume.unit == "audio_hours" else pieces_counted(spec)
    if recurring is not None and recurring.items:
        items = recurring.items / pieces
        run = f"{dollars(recurring.usd_per_run)} for {figure(items, 0)} every {recurring.every}"
        return _Each(recurring.usd_per_run / items, "", f"{run}, the machines given back after each run")
    once = items_of_job(spec)
    if option.job_cost_usd is not None and once:
        items = once / pieces
        return _Each(option.job_cost_usd / items, "", f"{dollars(option.job_cost_usd)} for {figure(items, 0)}")
    flow = average_requests_per_s(spec)
    if flow and spec.volume.unit != "tokens" and option.job_hours is None:
        month = flow * 3600 * option.hours_per_month / pieces
        paid = f"{dollars(option.price_per_month_usd)} a month for {figure(month, 0)}"
        return _Each(option.price_per_month_usd / month, "at this load", paid)
    rate = next((one.value for one in option.throughput if one.metric in PIECES and one.value > 0), None)
    if rate is None or option.job_hours is not None:
        return None
    hour = rate * 3600
    told = f"{dollars(option.price_per_hour_usd)} an hour for {figure(hour, 0 if hour >= LEAST_WHOLE else 1)}"
    return _Each(option.price_per_hour_usd / hour, AT["full"], told)


def piece_line(
    spec: WorkloadSpec, option: PlacementOption, hosted: HostedComparison | None, recurring: RecurringRun | None
) -> str:
    """What a unit of work costs that is not counted in tokens, as a line of the first screen; empty where the line
    beside hosted APIs tells it, where nothing is rented, or of a training."""
    told_there = hosted is not None and hosted.usd is not None and hosted.unit != "million_tokens"
    if option.is_own or told_there or spec.task_type in TRAINING_TASKS or spec.domain == "speech":
        return ""
    found = _each(spec, option, recurring)
    if found is None or (_writes(spec) and found.load and (found.load == AT["full"] or spec.volume.unit in PLAIN)):
        return ""
    count, unit = _pieces(_unit(spec), found.usd)
    return f"Per {unit} {price(found.usd * count)} {found.load} ({found.paid})".replace("  ", " ")


def _writes(spec: WorkloadSpec) -> bool:
    return (spec.domain or "llm") in LANGUAGE_DOMAINS


def _pieces(word: str, usd: float) -> tuple[int, str]:
    """One of them, or as many as come to a sum that people can read."""
    return (1, word) if usd >= LEAST_USD_OF_ONE else (1000, f"1,000 {word}s")


def _so_many(word: str, usd: float) -> str:
    count, unit = _pieces(word, usd)
    return f"{'One ' if count == 1 else ''}{unit} cost{'s' if count == 1 else ''} about {price(usd * count)}"


def _unit(spec: WorkloadSpec) -> str:
    if spec.volume.unit:
        return spec.volume.unit.replace("_", " ").removesuffix("s")
    if spec.dataset.items and (spec.dataset.modality or "").endswith("s"):
        return (spec.dataset.modality or "").removesuffix("s")
    return UNIT_WORDS.get(spec.domain or "llm", "request")


def _api(hosted: HostedComparison) -> str:
    if hosted.quotes:
        return f"; {hosted.quotes[0].api} lists {price(hosted.quotes[0].usd)}"
    return "; the catalogue has no API's price of it" if not hosted.unproven else ""


def _own_or_rented(spec: WorkloadSpec, option: PlacementOption, rented: PlacementOption, years: float) -> str:
    """Machines that are there, or are still to be bought."""
    gpu, rent = option.offer.gpu, rented.price_per_month_usd
    found = bought(gpu.name, option.gpus, option.hours_per_month, rent, spec.power) if gpu else None
    there = f"If {machines(option)} are yours already, use them: no rent"
    like = f"{machines(rented)} at {place(rented)} {'is' if rented.gpus <= 1 else 'are'} {dollars(rent)} a month"
    if found is None:
        return f"{there}; {like}."
    kept = f"{there}, {dollars(found.power_usd_per_month)} a month of power; {like}."
    bought_yet = lead(found, years)
    return (
        f"{kept} If they are still to be bought: {bought_yet[:1].lower()}{bought_yet[1:]} {cards_told(option, found)}"
    )


def rent_told(
    spec: WorkloadSpec, option: PlacementOption, years: float, rented: PlacementOption | None = None
) -> str:  # fmt: skip
    """What the rent of the years comes to beside what the cards cost to buy, and which of the two pays."""
    hourly = option.rents_for_per_hour_usd or option.price_per_hour_usd
    if not hourly and option.is_own and rented is not None:
        return _own_or_rented(spec, option, rented, years)
    if not hourly or (spec.task_type in JOB_TASKS and option.job_cost_usd is not None and not spec.every):
        return f"Rent: bought machines pay only if many such jobs follow.{_cards(spec, option)}"
    month = hourly * option.hours_per_month
    over = f"{figure(years, 1)} year{'' if years == 1 else 's'}"
    total = month * 12 * years
    sold = machines(option) if option.is_own else f"{machines(option)} at {place(option)}"
    told = f"Renting {sold} is {dollars(month)} a month, {dollars(total)} over {over}."
    found, limit = bought_instead(option, spec), budget_of(spec)
    rule = ""
    if limit.amount_usd is not None and limit.period == "total":
        said = f"{spec.budget.amount:,.10g} {spec.budget.currency or 'USD'}"
        rule = f" {said} are {figure(limit.amount_usd / month, 0)} months of this rent."
    if found is None:
        return f"{told}{rule} Buying pays where machines, power and care come to less; {no_list_price(option)}."
    others = others_named(option, spec, month)
    return f"{lead(found, years)} {told}{rule} {cards_told(option, found)} {paid_off(found)}{others}"


def _cards(spec: WorkloadSpec, option: PlacementOption) -> str:
    found = bought_instead(option, spec)
    return "" if found is None else f" {cards_told(option, found)}"


def room_told(spec: WorkloadSpec, option: PlacementOption, beside: Retrieval | None) -> str:
    """RAM and disk of the vectors where they are what is kept, else of the machines."""
    store = beside.part("vector store") if beside else None
    if store is not None and store.memory_gib is not None and store.disk_gib is not None:
        copies = f" as {store.quantization} copies" if store.quantization else ", not quantised"
        rent = f", {dollars(store.usd_per_month)} a month" if store.usd_per_month else ""
        where = "" if store.place == "unknown" else f" ({store.where}{rent})"
        ram, disk = f"{figure(store.memory_gib, 0)} GiB of RAM{copies}", f"{figure(store.disk_gib, 0)} GiB of disk"
        return f"The vectors take {ram}, and {disk}{where}."
    offer, parts = option.offer, list(_machine_needs(spec, option))
    has = f"{figure(offer.ram_gib, 0)} GiB of RAM" if offer.ram_gib else "as much RAM as it comes with"
    each = " each" if option.nodes > 1 else ""
    told = f"The machine{'s have' if option.nodes > 1 else ' has'} {has}{each}"
    return f"{told}; {', '.join(parts)}." if parts else f"{told}."


def _machine_needs(spec: WorkloadSpec, option: PlacementOption) -> Iterator[str]:
    proof = option.proof
    if proof is not None:
        yield f"{figure(proof.needed_gib, 0)} GiB of each GPU's {figure(proof.usable_gib, 0)} are taken"
        weights = proof.weights_gib * proof.tensor_parallel * proof.pipeline_parallel
        yield f"the weights are {figure(weights * GIB / 1e9, 0)} GB on disk"
    if spec.dataset.size_gb:
        yield f"the data {figure(spec.dataset.size_gb, 0)} GB"
