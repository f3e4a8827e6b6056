"""Several workloads of one request, in words: what all of them cost, and where each runs."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from artifacts.buying import source_told
from artifacts.choices import ON_SITE, choice_of, gpus_taken, machines, place, speed, will_do
from artifacts.notation import bullets, code, count, dollars, figure, money, plain, table
from artifacts.proof import fit_in_one_line
from domain.parts import PlacedWorkload, SharedMachine, Together
from domain.placement import PlacementOption
from sizing.purchase import purchase_of

LONGEST = 60
"""Characters of a workload's name in a sentence."""
HALF_A_CENT = 0.005
SHORTEST_MODEL = 9
"""Characters of a model's name that still tell it, with the sign that it goes on."""


HEADINGS = ("workload", "what", "where", "price", "speed", "gives up")
"""Of `together_rows`."""


TOLD_FROM = 1.02
"""Times the rent of the machines, from which what stands beside them is worth a word."""


def together_answer(found: Together) -> str:
    """What to rent in all and what it costs, as one sentence of plain text; then what runs on machines at hand."""
    placed = [workload for workload in found.workloads if workload.option is not None]
    own = [workload for workload in placed if workload.option is not None and workload.option.is_own]
    rented = [workload for workload in placed if workload not in own]
    sentences = []
    if rented:
        told = "; ".join(
            f"{_short_name(workload, LONGEST)}, on {_what(workload)}: {_cost(workload, found)}" for workload in rented
        )
        sentences.append(
            f"Rent {_how_many(rented, found)}{_where(rented)}: {_costs(len(rented))} {_sum(found)} ({told})."
        )
        bill = found.bill_usd_per_month
        if bill is not None and bill >= found.usd_per_month * TOLD_FROM:
            sentences.append(f"With what stands beside the machines the bill is {dollars(bill)} a month.")
    if own:
        there = "; ".join(f"{_short_name(workload, LONGEST)}, on {_what(workload)}" for workload in own)
        provide = any(workload.option and workload.option.label == "to provide" for workload in own)
        rent = "" if rented else "Rent nothing: "
        begins = "have machines of your own for" if provide else "your machines run"
        left = f"; {count(found.gpus_left, 'GPU')} of them stay free" if found.gpus_left else ""
        text = f"{rent}{begins} {count(len(own), 'workload')}{' together' if len(own) > 1 else ''} ({there}){left}."
        sentences.append(f"{text[0].upper()}{text[1:]}")
    if placed and (first := placed[0].option) is not None:
        does = will_do(first)
        sentences.append(f"{does[0].upper() if does.startswith(('it ', 'the ')) else does[0]}{does[1:]}.")
    if found.unplaced:
        sentences.append(f"Nothing was found for {'; '.join(found.unplaced)}.")
    return " ".join(sentences)


def together_enough(found: Together) -> str:
    """Whether what is at hand carries all of them, each at the pace that its rules ask for."""
    own = {one.name: one.option for one in found.workloads if one.option and one.option.label == "own hardware"}
    lacking = "; ".join(one.name for one in found.workloads if one.name not in own)
    if not own:
        return ""
    slow = [f"{name} {rule.rule} {rule.words}" for name, option in own.items() for rule in option.breaks]
    at = f", but not as it should be ({'; '.join(slow)})" if slow else ""
    left = (
        f"; {count(found.gpus_left, 'GPU')} stay{'s' if found.gpus_left == 1 else ''} free" if found.gpus_left else ""
    )
    if lacking:
        return f"Only in part: your machines carry {'; '.join(own)}, not {lacking}{at}{left}."
    return f"Yes: your machines carry all {len(own)} workloads at once{at}{left}."


def together_priced(found: Together) -> str:
    """What all of it costs, with the parts."""
    each = ", ".join(f"{workload.name} {_cost(workload, found)}" for workload in found.workloads if workload.option)
    left = f" Nothing was found for {'; '.join(found.unplaced)}." if found.unplaced else ""
    placed = [workload.option for workload in found.workloads if workload.option]
    if all(option.is_own for option in placed):
        told = _cards_to_buy([option for option in placed if option.label == "to provide"])
        return f"{told or 'No rent: what is at hand carries it.'}{left}"
    return f"About {_sum(found)} in all, machines alone: {each}.{left}"


def _cards_to_buy(options: Sequence[PlacementOption]) -> str:
    """The cards of machines that are to be had, parts of one counted together, and what they list at."""
    taken: Counter[str] = Counter()
    for option in options:
        if option.offer.gpu is not None:
            of_one = option.share if option.gpus == option.offer.gpu_count == 1 else None
            taken[option.offer.gpu.name] += math.ceil(100 * option.gpus * (of_one or 1.0))
    if not taken:
        return ""
    cards = {name: math.ceil(hundredths / 100) for name, hundredths in sorted(taken.items())}
    bought = [(number, purchase_of(name)) for name, number in cards.items()]
    listed = [number * known.usd for number, known in bought if known is not None and known.usd is not None]
    watts = [number * known.watts for number, known in bought if known is not None and known.watts is not None]
    power = f", {figure(sum(watts) / 1000, 2)} kW of them at full power" if len(watts) == len(cards) else ""
    what = ", ".join(f"{number} x {name}" for name, number in cards.items())
    if len(listed) < len(cards):
        return f"Buy machines with {what}: no public list has a price of all of these cards."
    return f"Buy machines with {what}: about {dollars(sum(listed))} for the cards alone ({source_told()}){power}."


def together_rows(found: Together, name_width: int) -> list[tuple[str, ...]]:
    """For the first screen: the workload, what it runs on, where, its price, speed or time, and rules it breaks."""
    return [
        (_short_name(workload, name_width), _what(workload), _at(workload),
         _cost(workload, found).replace("on the same machine", "same machine"), _speed(workload),
         " ".join(rule.rule for rule in workload.option.breaks) if workload.option else "")
        for workload in found.workloads
    ]  # fmt: skip


def together_terms(found: Together) -> list[str]:
    """The rules that a workload breaks in words, and the days of the prices."""
    broken: dict[str, list[str]] = {}
    for workload in found.workloads:
        if workload.option is not None and workload.option.breaks:
            said = "; ".join(f"{rule.rule} {rule.words}" for rule in workload.option.breaks)
            broken.setdefault(said, []).append(workload.name)
    told = [f"{'; '.join(names)}: {said}" for said, names in broken.items()]
    days = sorted(
        option.offer.source.as_of for workload in found.workloads
        if (option := workload.option) is not None and not option.is_own
    )  # fmt: skip
    if days:
        span = days[0].isoformat() if days[0] == days[-1] else f"{days[0].isoformat()} to {days[-1].isoformat()}"
        told.append(f"prices of {span}")
    return told


def together_costs(found: Together) -> str:
    """Markdown: each workload with its machine and price, and the sum."""
    rows = [
        (plain(workload.name), _runs(workload.option), _machines(workload.option), _paid(workload.usd_per_month),
         _paid(workload.usd_once))
        for workload in found.workloads
    ]  # fmt: skip
    rows.append(("**Together**", "", "", f"**{money(found.usd_per_month)}**", f"**{money(found.usd_once)}**"))
    return table(("Workload", "Runs", "On", "Per month", "Once"), rows, right=frozenset({3, 4}))


def together_section(found: Together) -> str:
    """The same with what two can share."""
    shares = [
        f"{machine.names[0]} and {machine.names[1]} fit on one machine: {machine.instance}, {machine.split}. It costs "
        f"{money(machine.usd_per_month)} a month, {money(machine.saves_usd_per_month)} less than one for each; the sum "
        f"counts it so.{_one_gpu(machine.one_gpu)}"
        for machine in found.shared
    ]
    left = [f"Nothing meets the constraints of {name}: the sum leaves it out." for name in found.unplaced]
    notes = bullets(
        plain(sentence) for sentence in (*shares, *_repeated(found), *_on_one_gpu(found), *_fits(found), *left)
    )
    return "\n\n".join(part for part in ("## The workloads together", together_costs(found), notes) if part)


def shared_machine_of(workload: PlacedWorkload, found: Together) -> SharedMachine | None:
    """The rented machine that it shares with another."""
    return next((machine for machine in found.shared if workload.name in machine.names), None)


def _short_name(workload: PlacedWorkload, width: int) -> str:
    """What it does in full, the model as far as there is room."""
    model, told = workload.name.removesuffix(workload.does), workload.does
    room = width - len(told)
    if len(workload.name) <= width or room < SHORTEST_MODEL or model == workload.name:
        return workload.name if len(workload.name) <= width else f"{workload.name[: width - 1]}…"
    return f"{model[: room - 3].rstrip(' ,')}…, {told}"


def _costs(workloads: int) -> str:
    return f"{count(workloads, 'workload')} {'together cost' if workloads > 1 else 'costs'}"


def _sum(found: Together) -> str:
    ending = [one for one in found.workloads if one.by_the_hour and one.option and one.option.price_per_hour_usd]
    monthly = found.usd_per_month - sum(one.usd_per_month or 0.0 for one in ending)
    usd_per_hour = sum(one.option.price_per_hour_usd for one in ending if one.option)
    month = f"{dollars(monthly)} a month" if monthly > HALF_A_CENT or not (found.usd_once or ending) else ""
    once = f"{dollars(found.usd_once)} once" if found.usd_once else ""
    hour = f"{dollars(usd_per_hour)} an hour while what ends is at work" if ending else ""
    return " and ".join(part for part in (month, once, hour) if part)


def _how_many(rented: Sequence[PlacedWorkload], found: Together) -> str:
    nodes = sum(workload.option.nodes for workload in rented if workload.option)
    return count(nodes - len(found.shared), "machine")


def _where(rented: Sequence[PlacedWorkload]) -> str:
    places = list(dict.fromkeys(_at(workload) for workload in rented))
    return f" at {places[0]}" if len(places) == 1 else f" at {len(places)} places"


def _what(workload: PlacedWorkload) -> str:
    """Its GPUs, or its part of a machine or of a GPU, and the number format."""
    option = workload.option
    if option is None:
        return "nothing found"
    precision = choice_of(option, 1).precision
    taken = gpus_taken(option) if option.offer.gpu else machines(option)
    return f"{taken}, {precision}" if precision else taken


def _at(workload: PlacedWorkload) -> str:
    if workload.option is None:
        return ""
    if workload.option.is_own:
        return ON_SITE
    return place(workload.option)


def _cost(workload: PlacedWorkload, found: Together) -> str:
    if workload.option is None:
        return ""
    if workload.option.is_own:
        return "to buy" if workload.option.label == "to provide" else "no rent"
    machine = shared_machine_of(workload, found)
    if machine is not None:
        if workload.name == machine.names[0]:
            return f"{dollars(machine.usd_per_month)} a month"
        return "on the same machine"
    if workload.usd_per_run is not None and workload.every:
        return f"{dollars(workload.usd_per_run)} a {workload.every}"
    if workload.usd_once is not None:
        return f"{dollars(workload.usd_once)} once"
    if workload.by_the_hour and workload.option.price_per_hour_usd:
        return f"{dollars(workload.option.price_per_hour_usd)} an hour"
    return f"{dollars(workload.usd_per_month or 0.0)} a month"


def _speed(workload: PlacedWorkload) -> str:
    return speed(choice_of(workload.option, 1)).removesuffix(" each") if workload.option else ""


def _repeated(found: Together) -> Iterator[str]:
    for workload in found.workloads:
        if workload.usd_per_run and workload.every:
            yield (
                f"{workload.name} is run every {workload.every} at {money(workload.usd_per_run)} a run: "
                f"{money(workload.usd_per_month or 0.0)} a month."
            )


def _on_one_gpu(found: Together) -> Iterator[str]:
    placed = [(one.name, one.option) for one in found.workloads if one.option is not None]
    own = [(name, option.share) for name, option in placed if option.is_own and option.offer.gpu_count == 1]
    if sharing := [(name, share) for name, share in own if share is not None]:
        names = " and ".join(f"{name} ({figure(100 * share)}%)" for name, share in sharing)
        yield f"{names} share one GPU; the speeds are those of their part of it."


def _fits(found: Together) -> Iterator[str]:
    for workload in found.workloads:
        if workload.option is not None and workload.option.proof is not None:
            yield f"{workload.name} {fit_in_one_line(workload.option.proof)}."


def _runs(option: PlacementOption | None) -> str:
    if option is None:
        return ""
    model = code(option.model.key) if option.model else plain(option.runs or "the reference workload")
    return f"{model}, {plain(option.quantization)}" if option.quantization else model


def _paid(usd: float | None) -> str:
    return "" if usd is None else money(usd)


def _machines(option: PlacementOption | None) -> str:
    if option is None:
        return "nothing found"
    offer = option.offer
    part = f"{gpus_taken(option)} of " if option.share is not None else f"{option.nodes} x "
    return f"{part}{code(offer.instance_type)} ({plain(offer.provider)}, {plain(offer.region)})"


def _one_gpu(shared: bool) -> str:
    return " On one GPU each service gets its share of memory; the speeds are those of its share." if shared else ""
