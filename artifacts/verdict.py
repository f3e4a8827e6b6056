"""The answer to a question about hardware: enough or not and by how much, this one or that one, at which price."""

from collections.abc import Sequence
from typing import NamedTuple

from artifacts.choices import duration, machines, place
from artifacts.notation import count as counted
from artifacts.notation import dollars, figure, rate, sentence
from domain.offers import Gpu
from domain.placement import MemoryProof, PlacementOption
from sizing.enough import Most, Way
from sizing.longest_there import Held
from sizing.precision import GGUF

METHODS = {
    "train": "with all weights in Adam", "lora": "LoRA", "qlora": "QLoRA",
    "lora recomputed": "LoRA with gradient checkpointing", "qlora recomputed": "QLoRA with gradient checkpointing",
}  # fmt: skip
_RECOMPUTED = ("lora recomputed", "qlora recomputed")
"""The same adapters with less in memory meanwhile."""
_ADAPTERS = tuple(label for label in METHODS if label != "train")
FOUR_BITS = {"awq": "4-bit (awq)", "gptq": "4-bit (gptq)", "int4": "4-bit (int4)", "nf4": "4-bit (nf4)"}
TERABYTE_GB = 1000.0
TIGHT = 0.92
"""Of the memory that may be used: what fills more is one long request away from failing."""
SLOW_FIRST_MS = 2000.0
"""From which the wait for the first token is told with the pace."""
SAME_WITHIN, SAME_COST = 0.05, 0.02
"""Share by which two speeds, or two costs, may differ and still be told as the same."""


class InTime(NamedTuple):
    """A job that does not end in time on the hardware that was asked about: what it takes there, `due` hours, and how
    many of the same GPUs end it in time, null where that is not known. `hours` is null where it does not fit."""

    hours: float | None
    due: float
    gpus: int | None
    ends_after: float | None


def enough(
    model: str, gpu: Gpu, count: int, ways: Sequence[Way], planned: PlacementOption | None = None, *,
    said: bool = False, by_memory: bool = False, held: Sequence[Held] = (), in_time: InTime | None = None,
    read_alone: MemoryProof | None = None, usual: int | None = None,
) -> str:  # fmt: skip
    """Yes or No with the margin, what a lower precision or a lighter method changes, and how many it would take.

    A lower precision is a yes, the model runs, and so is a lighter method of training, unless a format or a method was
    `said`. `planned` is the plan on this very hardware, whose format and figures are then those of the answer.
    `by_memory`: the card is known by its memory alone, so that nothing is said of its speed. `held`: the contexts
    that fit where the one that was asked for does not. `in_time`: what a deadline that was said takes.
    `read_alone`: what the cards hold of a format that they only read, where nothing that they compute in fits.
    `usual`: tokens of the longest request of such a use, where none was said: with fewer it runs all the same.
    """
    asked, *lighter = ways
    cards = f"{count} x {gpu.name}"
    if planned is not None and planned.quantization:
        if planned.offer.gpu is not None and not by_memory:
            cards = f"{count} x {planned.offer.gpu.name}"
        return _as_planned(model, cards, count, asked, planned, by_memory)
    if in_time is not None and in_time.hours is not None:
        takes = f"takes about {duration(in_time.hours)} there, {duration(in_time.due)} were said"
        return f"No: {model} fits on {cards} {told(asked.label)}, but {takes}{_more(in_time, gpu)}."
    if asked.fits:
        return f"Yes: {model} fits on {cards} {_by(asked.label)}, {_margin(asked, by_memory)}."
    fewest = "" if asked.least is None else f"; {asked.least} of them would do"
    if in_time is not None:
        fewest = ("" if asked.least is None else f"; {asked.least} of them hold it") + _more(in_time, gpu)
    fitting = [way for way in lighter if way.fits]
    if fitting and (not said or fitting[0].label in _RECOMPUTED):
        also = "".join(f"; {told(way.label)} {_margin(way, by_memory)}" for way in _each_size(fitting)[1:])
        yes = f"Yes, {_by(fitting[0].label)}: {model} fits on {cards}, {_margin(fitting[0], by_memory)}{also}"
        if fitting[0].label in _RECOMPUTED:
            return f"{yes}. {sentence(told(asked.label))} without it does not: {asked.why_not or _missing(asked)}."
        if not asked.computes:
            return f"{yes}. {sentence(_lacks(gpu, asked))}, in which it is published{_read_alone(read_alone)}."
        return f"{yes}. {sentence(_adverb(asked))} {_needs(asked)}{fewest}."
    if read_alone is not None:
        each = f"{figure(read_alone.needed_gib, 0)} of {figure(read_alone.usable_gib, 0)} GiB on each"
        return (
            f"Yes by memory, {told(asked.label)}: {model} fits on {cards}, {each}. {sentence(_lacks(gpu, asked))}"
            + (f"{_read_alone(read_alone)}: measure before you rely on it.")
        )
    if usual is not None and held and not fitting:
        there = "; ".join(_with_context(one, cards, subject) for one, subject in zip(held, (model, "it"), strict=False))
        if any(one.tokens >= usual for one in held):
            return f"Yes: {there}."
        return f"Only in part: {there}; such a use takes up to {usual:,}, which the plan below holds."
    ways_out = [f"{_adverb(way)} fits on {cards}, {_margin(way, by_memory)}" for way in _each_size(fitting)]
    ways_out += [_with_context(one, cards) for one in held]
    if not fitting:
        carried = [way for way in lighter if way.least is not None]
        ways_out += [f"{_adverb(way)} takes {way.least}" for way in (carried if not asked.computes else carried[:1])]
    outlook = f" {sentence('; '.join(ways_out))}." if ways_out else ""
    if not asked.computes:
        needs = f"{model} {told(asked.label)} {_needs(asked)}"
        return f"No: {needs}, which would not be too much, but {_lacks(gpu, asked)}.{outlook}"
    if asked.short_gb <= 0 and asked.least is None:  # memory is not what is missing
        lacks = asked.why_not or "it is not known to run there"
        return f"No: {model} {told(asked.label)} does not fit on {cards} as it is usually run, {lacks}.{outlook}"
    there = f"{cards} hold{'s' if count == 1 else ''} {_size(asked.held_gb)}, {_missing(asked)}"
    needs = f"{model} {told(asked.label)} {_needs(asked)}"
    return f"No: {needs}, {there}{fewest or '; no usual number of them does'}.{outlook}"


def _lacks(gpu: Gpu, way: Way) -> str:
    return f"the {gpu.name} does not compute in {told(way.label).removeprefix('in ')}"


def _read_alone(proof: MemoryProof | None) -> str:
    """That kernels read such weights all the same."""
    if proof is None:
        return ""
    return (
        "; vLLM's Marlin kernels read such weights there and multiply in 16 bits, at a speed nobody has measured here"
    )


def _with_context(held: Held, cards: str, subject: str = "it") -> str:
    runs = f"{told(held.label)} with llama.cpp" if held.label in GGUF else told(held.label)
    eight = ", its KV cache in 8 bits," if held.cache != "bf16" else ""
    return f"{runs}{eight} {subject} fits on {cards} with up to about {held.tokens:,} tokens of context"


def _more(in_time: InTime, gpu: Gpu) -> str:
    if in_time.gpus is None or in_time.ends_after is None:
        return ""
    return f"; {in_time.gpus} x {gpu.name} end it in time, in {duration(in_time.ends_after)}"


def not_known(
    model: str, hardware: str, held_gb: float | None, states: Sequence[tuple[str, float]], engine: str
) -> str:
    """Hardware that the catalogue has no figures of: what the work needs, to be held against its memory. No only where
    its memory, `held_gb` where that was said, is too small for the lightest way."""
    unknown = f"the catalogue has no figures of {hardware}"
    if not states:
        return f"Cannot say: {unknown}, and the size of {model} is not known."
    sizes = " or ".join(f"{_size(states_gb)} {told(label)}" for label, states_gb in _ends(states))
    needs = f"{model} needs about {sizes}, before caches and activations"
    if held_gb is None:
        return f"Cannot say: {unknown}. {needs}: hold that against its memory, and measure its speed first."
    there = f"the {_size(held_gb)} it has are"
    fitting = [(label, states_gb) for label, states_gb in states if states_gb <= TIGHT * held_gb]
    if not fitting:
        return f"No, by memory alone: {needs}, and {there} too few ({unknown})."
    return (
        f"Cannot say: {unknown}. {needs}; by memory alone {there} enough {told(fitting[0][0])}, but how fast it "
        f"is, and whether {engine} runs there, is to be tried first."
    )


def _ends(states: Sequence[tuple[str, float]]) -> Sequence[tuple[str, float]]:
    """What was asked and the lightest."""
    lightest = min(states, key=lambda state: state[1])
    return tuple(dict.fromkeys((states[0], lightest)))


def smallest(model: str, cards: Sequence[tuple[Gpu, Way]], first: PlacementOption | None) -> str:
    """The smallest card for each format, one request at a time, and what the plan is made for beside it."""
    if not cards:
        return f"No single GPU of the catalogue holds {model}."
    each = (
        f"{told(way.label)} 1 x {gpu.name} ({figure(gpu.memory_gb, 0)} GB: {_margin(way, True)})" for gpu, way in cards
    )
    does = f"trains {model} alone" if cards[0][1].label in METHODS else f"holds {model}, one request at a time"
    alone = f"The smallest card that {does}: {'; '.join(each)}."
    served = first.served.in_flight if first is not None and first.served is not None else None
    more = f" The plan below is for {counted(served, 'request')} at once." if served and served > 1 else ""
    return alone + more


def _each_size(ways: Sequence[Way]) -> list[Way]:
    """The first of those that take the same memory."""
    kept: dict[int, Way] = {}
    for way in ways:
        kept.setdefault(round(way.states_gb), way)
    return list(kept.values())[:2]


def _as_planned(
    model: str, cards: str, count: int, asked: Way, planned: PlacementOption, by_memory: bool
) -> str:  # fmt: skip
    """Yes as the plan has it: the same format, count and speed."""
    label = planned.quantization or asked.label
    proof, served = planned.proof, planned.served
    filled = "" if proof is None else f"{figure(proof.needed_gib, 0)} of {figure(proof.usable_gib, 0)} GiB on each"
    pace = "" if served is None or served.tokens_per_s_per_user is None or by_memory else (
        f", {counted(served.in_flight, 'request')} at once at {served.tokens_per_s_per_user:.0f} tokens a second each"
    )  # fmt: skip
    if planned.job_hours is not None and not by_memory:
        pace = f", done in about {duration(planned.job_hours)}"
    if served is not None and (served.ttft_ms or 0.0) > SLOW_FIRST_MS and pace:
        pace += f", the first after {figure((served.ttft_ms or 0.0) / 1000, 0)} s"
    free = f"; {planned.gpus} of them do, {count - planned.gpus} stay free" if planned.gpus < count else ""
    if label == asked.label:
        return f"Yes: {model} fits on {cards} {_by(label)}, {filled}{pace}{free}."
    yes = f"Yes, {_by(label)}: {model} fits on {cards}, {filled}{pace}{free}."
    if asked.fits:
        return f"{yes} {sentence(told(asked.label))} it fits too, {_margin(asked, by_memory)}."
    fewest = "" if asked.least is None else f"; {asked.least} of them would do"
    return f"{yes} {sentence(told(asked.label))} it {_needs(asked)}{fewest}."


def beside(
    planned: PlacementOption, named: PlacementOption | None, *, by_memory: bool = False, too_few: bool = False
) -> str:
    """Why the plan has other machines than those that were asked about and would do; `named` is the plan on them,
    `too_few` says that they hold the model and not the load."""
    other = machines(planned)
    if too_few:
        return f"They do not carry the whole of this load, for which the plan below has {other}."
    if by_memory:
        runs = f", where it runs {told(planned.quantization)}" if planned.quantization else ""
        return f"The plan below has {other}{runs}."
    if named is None:
        return f"The plan below has {other}: nobody in the catalogue rents the others under these constraints."
    reasons = []
    if cost(planned) < cost(named) * (1 - SAME_WITHIN):
        reasons.append("costs less" if planned.gpus == 1 else "cost less")
    if planned.quantization and planned.quantization != named.quantization:
        reasons.append(f"{'runs' if planned.gpus == 1 else 'run'} it {told(planned.quantization)}")
    kept = [broken for broken in named.breaks if broken.rule not in {item.rule for item in planned.breaks}]
    if kept:
        reasons.append(
            f"keep{'s' if planned.gpus == 1 else ''} a rule that the others break ({kept[0].rule}: {kept[0].words})"
        )
    why = f", which {', '.join(reasons)}" if reasons else ""
    return f"The plan below has {other}{why}; the others: {_sold(named)}."


def more_than_least(planned: PlacementOption, least: int, elsewhere: PlacementOption | None) -> str:
    """Why the plan has more of the GPUs than hold the work; `elsewhere` is the plan on them wherever they stand."""
    if elsewhere is not None and cost(elsewhere) < cost(planned) * (1 - SAME_WITHIN):
        return (
            f"The plan below has {machines(planned)}, the fewest that are listed in the place that was said; wherever "
            f"they stand, sellers that name no place among them: {_sold(elsewhere)}."
        )
    each = planned.offer.gpu_count
    sizes = "" if each <= least else f", on machines that are sold with {each}"
    return f"The plan below has {machines(planned)}, for the load and the pace that it keeps{sizes}."


def users(model: str, cards: str, most: Most | None, planned: PlacementOption | None = None) -> str:
    """How many at once; where the rules leave none, what the plan on the same cards gives up for those it serves."""
    if most is None:
        served = planned.served if planned else None
        if planned is None or served is None or served.tokens_per_s_per_user is None or not planned.breaks:
            return f"None at the pace and with the memory in reserve that plans keep: {model} on {cards}."
        gives_up = "; ".join(f"{broken.rule}: {broken.words}" for broken in planned.breaks)
        return (
            f"{counted(served.in_flight, 'request')} at once, {served.tokens_per_s_per_user:.0f} tokens a second each: "
            f"more of {model} on {cards} would leave nothing in reserve ({gives_up})."
        )
    pace = most.deployment.per_user
    each = "" if pace is None else f", {pace:.0f} tokens a second each"
    many = f"More than {most.at_once:,}" if most.at_once >= 4096 else f"About {most.at_once:,}"
    return f"{many} at once: {model} {told(most.label)} on {cards}{each}; with a tenth active, ten times as many users."


def compared(options: Sequence[tuple[str, PlacementOption | None, str]], taken: str = "") -> str:
    """Each named thing with its best plan under the constraints (or why it has none), and who wins at what. `taken`:
    the one that the plan below is on, which comes first with what speaks for it where another costs less."""
    sides = "; ".join(_side(name, option, why) for name, option, why in options)
    placed = [(name, option) for name, option, _ in options if option is not None]
    if not placed:
        return f"{sides}."
    if len(placed) == 1:
        return f"{placed[0][0]}, the only one of them that meets the constraints. {sides}."
    if len({period(option) for _, option in placed}) > 1:
        return f"{sides}: the one is of a job and the other of a month, which do not compare."
    cheapest = min(placed, key=lambda item: (cost(item[1]), item[0] != taken))
    mine = next((option for name, option in placed if name == taken), None)
    if mine is not None and cost(cheapest[1]) < cost(mine) * (1 - SAME_COST):
        return f"{taken}: {_in_spite_of(mine, *cheapest)}. {sides}."
    fastest = max(placed, key=lambda item: _pace(item[1]))
    dearest, slowest = max(cost(option) for _, option in placed), min(_pace(option) for _, option in placed)
    same_cost = dearest <= cost(cheapest[1]) * (1 + SAME_COST)
    same_pace = _pace(fastest[1]) <= max(_pace(cheapest[1]) if not same_cost else slowest, 1e-12) * (1 + SAME_WITHIN)
    if same_cost and same_pace:
        return f"Either: they cost the same and are as fast. {sides}."
    if same_cost:
        times = f", {_pace(fastest[1]) / slowest:.1f} times" if slowest else ""
        return f"{fastest[0]}: the fastest{times}, at the same cost. {sides}."
    if cheapest == fastest or same_pace:
        speed = " and is no slower" if _pace(cheapest[1]) else ""
        return f"{cheapest[0]}: it costs the least{speed}, {_times(dearest, cost(cheapest[1]))}. {sides}."
    times = f", {_pace(fastest[1]) / _pace(cheapest[1]):.1f} times" if _pace(cheapest[1]) else ""
    return f"{cheapest[0]} costs the least, {fastest[0]} is the fastest{times}. {sides}."


def _in_spite_of(mine: PlacementOption, name: str, cheaper: PlacementOption) -> str:
    """Why the plan is on these machines although others cost less."""
    more = f"{name} costs {figure(100 * (1 - cost(cheaper) / cost(mine)), 0)} % less"
    held = {broken.rule for broken in mine.breaks}
    if broken := [one for one in cheaper.breaks if one.rule not in held]:
        return f"{more}, but gives up {' and '.join(f'{one.rule} ({one.words})' for one in broken)}"
    if mine.runs != cheaper.runs:
        return f"{more}, with {cheaper.runs} where the plan runs {mine.runs}"
    if mine.quantization != cheaper.quantization and cheaper.quantization:
        return f"{more}, {told(cheaper.quantization)} where the plan runs it {told(mine.quantization or 'bf16')}"
    return f"{more}, at a price or with a speed that the rules rely on less"


def chosen_of(options: Sequence[tuple[str, PlacementOption | None, str]], first: PlacementOption) -> str:
    """Why the first of several models is taken, which is the plan's, and what each would take in a plan of its own."""
    (name, mine, _), *others = options
    rest = [option for _, option, _ in others if option is not None]
    dearest = max(map(cost, rest), default=0.0)
    if not rest:
        why = "the only one of them that meets the constraints"
    elif mine is not None and dearest > cost(mine) * (1 + SAME_COST) and cost(mine) <= min(map(cost, rest)):
        why = f"it costs the least, {_times(dearest, cost(mine))}"
    else:
        why = "the first of them by the constraints, the rules and the order in which they were named"
        kept = {broken.rule for option in rest for broken in option.breaks} - {broken.rule for broken in first.breaks}
        why = f"it keeps {', '.join(sorted(kept))}" if kept else why
    return f"{name} is taken: {why}. {'; '.join(_side(*option) for option in options)}."


def _times(dearest: float, least: float) -> str:
    return f"{figure(100 * (1 - least / dearest), 0)} % less than the dearest"


def priced(options: Sequence[PlacementOption]) -> str:
    """The figure, the range over the choices, and how old the price is."""
    first = options[0]
    told_ = f"About {dollars(cost(first))} {period(first)} ({rate(first.price_per_hour_usd)} an hour)"
    costs = [cost(option) for option in options]
    if max(costs) > min(costs):
        told_ += f"; the plans below cost {dollars(min(costs))} to {dollars(max(costs))}"
    return f"{told_}. Price of {first.offer.source.as_of.isoformat()}, machines alone."


def settled(option: PlacementOption) -> str:
    """What it comes down to, where the question names nothing to compare."""
    if option.offer.gpu is None:
        return f"No GPU is needed: {machines(option)} does it."
    if option.label == "to provide":
        return ""
    spent = "no rent" if option.is_own else f"{dollars(cost(option))} {period(option)}"
    if option.job_hours is not None:
        spent = f"about {duration(option.job_hours)}, {spent}"
    best = "fastest" if option.taken_for == "speed" else "cheapest"
    why = "it is what you have" if option.label == "own hardware" else f"the {best} that keeps the rules below"
    if option.breaks:
        why = f"the best under the constraints, which gives up {_given_up(option)}"
    return f"{machines(option)}, {spent}: {why}."


def fewest(name: str, count: int, hours: float, option: PlacementOption, due_hours: float) -> str:
    """The least number by the estimate, before the plan's, which leaves room for its error."""
    rent = option.price_per_hour_usd / option.gpus * count * hours
    paid = "" if option.is_own else f", about {dollars(rent)} at the plan's price of a GPU"
    return (
        f"At the least {count} x {name}: {duration(hours)} of the {duration(due_hours)} by the estimate{paid}. The "
        "plan has more, since the estimate may be off and machines are sold in sizes:"
    )


def gpu_hours(option: PlacementOption) -> str:
    """The hours of a job times its GPUs."""
    hours, name = option.job_hours or 0.0, option.offer.gpu.name if option.offer.gpu else "machine"
    total = option.gpus * hours
    return f"About {figure(total, 0 if total >= 10 else 1)} {name} hours ({option.gpus} x {figure(hours, 1)} h)."


def model_told(option: PlacementOption) -> str:
    """Which model the plan runs, how large it is and under which licence; empty where none was chosen."""
    model = option.model
    if model is None:
        return ""
    licence = f", licence {model.license}" if model.license else ""
    billions = model.params_b
    if billions is None:
        size = "size not published"
    else:
        size = f"{figure(billions, 1)}B parameters" if billions >= 1 else f"{figure(1000 * billions, 0)}M parameters"
    return f"{model.key} ({size}{licence})."


def _given_up(option: PlacementOption) -> str:
    return " and ".join(f"{item.rule} ({item.words})" for item in option.breaks)


def told(label: str) -> str:
    """A number format or a training method, as a sentence has it."""
    return METHODS.get(label, f"in {FOUR_BITS.get(label, label)}")


def cost(option: PlacementOption) -> float:
    """USD for a job in all, else for a month."""
    return option.price_per_month_usd if option.job_cost_usd is None else option.job_cost_usd


def period(option: PlacementOption) -> str:
    """What `cost` is for."""
    return "a month" if option.job_cost_usd is None else "for the job"


def _side(name: str, option: PlacementOption | None, why: str) -> str:
    if option is None:
        return f"{name}: {why or 'no offer of it meets every constraint'}"
    pace = ""
    if option.job_hours is None and option.served and option.served.tokens_per_s_per_user is not None:
        pace = f", {option.served.tokens_per_s_per_user:.0f} tok/s for each user"
    elif option.job_hours is None and option.served and option.served.answer_ms is not None:
        pace = f", {figure(option.served.answer_ms / 1000, 2)} s each"
    return f"{name}: {_sold(option)}{pace}{f' ({why})' if why else ''}"


def sold_for_less(option: PlacementOption, others: Sequence[PlacementOption]) -> str:
    """The same machines at another price among these, with what that seller gives up; empty where there are none."""
    alike = [
        other for other in others
        if not other.is_own and other.breaks and other.gpus == option.gpus and other.offer.gpu == option.offer.gpu
        and cost(other) < cost(option) * (1 - SAME_COST)
    ]  # fmt: skip
    if not alike:
        return ""
    least = min(alike, key=cost)
    given_up = " ".join(broken.rule for broken in least.breaks)
    return f"{dollars(cost(least))} at {place(least)}, which gives up {given_up}"


def _sold(option: PlacementOption) -> str:
    time = "" if option.job_hours is None else f", {duration(option.job_hours)}"
    return f"{machines(option)} at {place(option)}, {dollars(cost(option))} {period(option)}{time}"


def _pace(option: PlacementOption) -> float:
    """The larger the faster; 0 where it is not known."""
    if option.job_hours:
        return 1 / option.job_hours
    served = option.served
    if served is None:
        return 0.0
    return served.tokens_per_s_per_user or (1000 / served.answer_ms if served.answer_ms else 0.0)


def _margin(way: Way, by_memory: bool) -> str:
    """What is filled of each GPU, and what a user gets."""
    filled = (
        ""
        if way.proof is None
        else f"{figure(way.proof.needed_gib, 0)} of {figure(way.proof.usable_gib, 0)} GiB on each"
    )
    pace = way.deployment.per_user if way.deployment and not by_memory else None
    if way.proof is not None and way.proof.needed_gib > TIGHT * way.proof.usable_gib:
        filled += " (hardly any to spare)"
    return filled + ("" if pace is None else f", {pace:.0f} tokens a second for each user")


def _by(label: str) -> str:
    """In fp8; with LoRA."""
    return f"with {told(label)}" if label in _ADAPTERS else told(label)


def _adverb(way: Way) -> str:
    """In fp8 it; LoRA."""
    return told(way.label) if way.label in METHODS else f"{told(way.label)} it"


def _needs(way: Way) -> str:
    return f"needs about {_size(way.states_gb)} before caches and activations"


def _missing(way: Way) -> str:
    if way.short_gb <= 0:
        return f"but {way.why_not}" if way.why_not else "which leaves too little for them"
    return f"{_size(way.short_gb)} too few"


def _size(gb: float) -> str:
    return f"{figure(gb / TERABYTE_GB, 1)} TB" if gb >= TERABYTE_GB else f"{figure(gb, 0 if gb >= 10 else 1)} GB"
