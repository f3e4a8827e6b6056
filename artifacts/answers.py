"""The answer to a question about need, money, APIs or a purchase, from the plan's own figures."""

from collections.abc import Sequence

from artifacts.buying import BOARD_GPUS, MODULES, bought_instead, no_list_price
from artifacts.choices import OF_ANOTHER_SIZE, at_odds, duration, machines, nearest_of, not_given_up, place, servers
from artifacts.notation import dollars, figure, sentence
from artifacts.unit_cost import PLURALS, UNITS, price, significant
from artifacts.verdict import cost, period
from domain.hosted import HostedComparison, HostedPrice
from domain.placement import PlacementOption, Relaxation
from domain.workload import AskedQuestion, Budget, WorkloadSpec
from sizing.budget import budget_of
from sizing.currency import DEFAULT_RATES, to_usd
from sizing.deployment import VCPU_PER_GPU
from sizing.misses import is_near
from sizing.relaxing import IN_ORDER, is_nobodys_to_give, sacrifice
from sizing.rules import HOST_GIB, HOST_VCPU

SAME_WITHIN = 0.1
OTHER_WAYS = (IN_ORDER.index("model"), True)
"""What may be given up in a second proposal."""
MOST_NAMES = 3
OWN = "own machines"
WITHIN = "Within it without machines: "
LEAST_TIMES = 1.05
"""Below, so many times a sum reads as the sum itself."""


def affordable(option: PlacementOption, budget: Budget, limit_usd: float) -> str:
    """Yes with the figure and what it is of the sum that was named; no for a job that costs more in all."""
    if option.job_cost_usd is not None and budget.period in (None, "total") and option.job_cost_usd > limit_usd:
        return unaffordable(option, budget, limit_usd)
    spent, unit = _spent(option, budget)
    share = 100 * spent / limit_usd if limit_usd else 0.0
    time = "" if option.job_hours is None else f", in about {duration(option.job_hours)}"
    broken = f"; it gives up {option.breaks[0].rule} ({option.breaks[0].words})" if option.breaks else ""
    verb = "costs" if option.gpus <= 1 else "cost"
    does = f"{machines(option)} at {place(option)} {verb} {dollars(spent)} {unit}{time}"
    return f"Yes: {does}, {figure(share, 0)} % of {_sum(budget, option)}{broken}."


def unaffordable(option: PlacementOption, budget: Budget, limit_usd: float) -> str:
    """No with the least it costs; `option` is the plan that only the sum forbids."""
    spent, unit = _spent(option, budget)
    times = f"{spent / limit_usd:.1f} times" if limit_usd else "above"
    time = "" if option.job_hours is None else f", about {duration(option.job_hours)}"
    sold = f"{machines(option)} at {place(option)}{time}"
    return f"No: the least it costs is {dollars(spent)} {unit} ({sold}), {times} {_sum(budget, option)}."


def too_dear(unaffordable: str, hosted: str) -> str:
    """One verdict: that an API does it for the sum, where one does, before what machines cost; else no."""
    if not hosted.startswith(WITHIN):
        return " ".join(part for part in (unaffordable, hosted) if part)
    machines_cost = unaffordable.removeprefix("No: ")
    return f"No machine does it for that, an API does: {hosted.removeprefix(WITHIN)} Of machines {machines_cost}"


def endless(option: PlacementOption, within_hours: float, relaxations: Sequence[Relaxation]) -> str:
    """No: what it takes there, what nobody waits for, and what would end in time."""
    takes = f"{machines(option)} at {place(option)} take about {duration(option.job_hours or 0.0)}"
    spent = f" and {dollars(option.job_cost_usd)}" if option.job_cost_usd and not option.is_own else ""
    instead = f" {nearest_of(relaxations).explanation}" if relaxations else ""
    return f"No: {takes}{spent}, and nobody starts a job of more than {duration(within_hours)}.{instead}"


def impossible(relaxations: Sequence[Relaxation], spec: WorkloadSpec) -> str:
    """No, with what would have to give way; empty where nothing is known to help."""
    if not relaxations:
        none = "No: nothing in the catalogue meets all of it, and no single constraint that gives way would help"
        return f"{none}{at_odds(spec)}."
    nearest = nearest_of(relaxations)
    if nearest.hole and nearest.field != "pricing":
        return f"{nearest.hole} Its nearest prices under the same law: {nearest.explanation}"
    if is_nobodys_to_give(nearest):
        return f"No: nothing in the catalogue meets all of it. {not_given_up(nearest)}"
    if not is_near(spec, nearest):
        least = f"{nearest.explanation[:1].lower()}{nearest.explanation[1:]}"
        return f"No: nothing in the catalogue meets all of it, {OF_ANOTHER_SIZE} {least}"
    others = (item for item in relaxations if item != nearest and not item.hole and not is_nobodys_to_give(item))
    other = min((item for item in others if sacrifice(item) <= OTHER_WAYS), key=sacrifice, default=None)
    also = f" Or: {other.explanation[:1].lower()}{other.explanation[1:]}" if other else ""
    return f"{nearest.hole or 'No, not all of it together.'} {nearest.explanation}{also}"


def at_least(option: PlacementOption, model: str) -> str:
    """What the model that was asked for takes at the least, where only another one fits what was said."""
    time = "" if option.job_hours is None else f", {duration(option.job_hours)}"
    sold = f"{machines(option)} at {place(option)}, {dollars(cost(option))} {period(option)}{time}"
    return f"{model} itself takes at the least {sold}."


def by_the_token(
    prices: Sequence[HostedPrice], model: str, millions: tuple[float, float] | None = None,
    limit_usd: float | None = None,
) -> str:  # fmt: skip
    """Who sells the same model without machines; empty where nobody does. `millions`: tokens in and out of a month,
    which may cost `limit_usd`."""
    listed = [price for price in prices if price.input_usd_per_million_tokens is not None]
    if not listed:
        return ""
    best = min(listed, key=lambda row: (row.input_usd_per_million_tokens or 0.0, row.api))
    others = len({row.api for row in listed}) - 1
    more = f" and {others} more" if others else ""
    out = best.output_usd_per_million_tokens
    each = f"{price(best.input_usd_per_million_tokens or 0.0)} per million tokens in"
    each += "" if out is None else f" and {price(out)} out"
    day = best.source.as_of.isoformat()
    bill, within = "", False
    if millions is not None and out is not None:
        spent = millions[0] * (best.input_usd_per_million_tokens or 0.0) + millions[1] * out
        bill = f", about {dollars(spent)} a month at this load"
        within = limit_usd is not None and spent <= limit_usd
    sold = f"{best.api}{more} sell{'' if others else 's'} {model} by the token, {each}{bill} ({day})"
    return f"{WITHIN}{sold}." if within else f"Without machines: {sold}."


def needed(question: AskedQuestion, named: str, count: int | None, first: PlacementOption, smaller: bool) -> str:
    """Yes only where nothing less does it. `named` is the GPU that was asked about, empty for none; `smaller`: the plan
    has less than that."""
    does = f"{machines(first)} does it" if first.gpus <= 1 else f"{machines(first)} do it"
    spent = "" if first.is_own else f" for {dollars(cost(first))} {period(first)}"
    if question.asks("nodes") and not (question.asks("link") and first.nodes > 1):
        if first.nodes == 1:
            return f"No: one machine is enough, {does}{spent}."
        return f"Yes: it takes {first.nodes} machines, {does}{spent}."
    if question.asks("link"):
        return f"{_link(first)} {machines(first)}{spent}."
    if first.offer.gpu is None:
        return f"No GPU is needed: {machines(first)} does it{spent}."
    if question.asks("any_gpu") and not named:
        return f"Yes, as it is planned: {does}{spent}; how fast it would be without a GPU is not known here."
    if smaller:
        return f"No: {does}{spent}."
    asked = f"{count} x {named}" if count else named
    return f"Yes, {asked or 'that much'}: nothing smaller does it at a lower price, {does}{spent}."


def machines_needed(option: PlacementOption) -> str:
    """Whether one machine is enough, of a question about how many there must be."""
    each = option.offer.gpu_count
    if option.nodes == 1:
        return "Yes, one machine is enough:"
    return f"No, one machine is not enough: it takes {option.nodes}, each with {each} GPU{'' if each == 1 else 's'}."


def _link(option: PlacementOption) -> str:
    if option.job_hours is not None:
        if option.nodes == 1:
            return "No: it runs on one machine, and nothing passes between machines:"
        return f"Yes, as it is planned: {option.nodes} machines exchange gradients at every step:"
    gpu, together = option.offer.gpu, option.tensor_parallel * option.pipeline_parallel
    if gpu is None or together <= 1:
        return "No: each copy runs on one GPU, so nothing has to pass between them:"
    if gpu.link in ("pcie", "nvlink_bridge"):
        return f"No: {together} GPUs a copy meet the load over PCIe:"
    return f"Yes, as it is planned: {together} GPUs work on one copy and wait for what passes between them:"


def api_is_cheaper(beside: HostedComparison | None, option: PlacementOption) -> bool:
    """At the load that was said, by more than the two may differ and still be the same."""
    if beside is None or beside.api_usd_per_month is None:
        return False
    low, ours = beside.api_usd_per_month[0], option.price_per_month_usd
    return low < ours and abs(low - ours) > SAME_WITHIN * max(low, ours)


def api_or_own(
    question: AskedQuestion, beside: HostedComparison | None, option: PlacementOption, model: str, said: str = ""
) -> str:
    """Which is cheaper at the load that was said, both figures, and from which load on renting pays.

    `said` are the place and the programmes that were asked for: an API that is not known to meet them is no answer.
    """
    rented = f"{machines(option)} at {place(option)}, {dollars(option.price_per_month_usd)} a month"
    bill = _bill(question, option)
    if beside is None or not beside.quotes:
        why = f"no hosted API of {model} is in the catalogue"
        if beside is not None and beside.unproven:
            meets = said if said.startswith("to ") else f"to meet {said or 'what was asked'}"
            why = f"no hosted API of {model} is known {meets} ({_few(beside.unproven)})"
            if not bill and (cheaper := _unproven_cheaper(beside, option, model)):
                return f"{cheaper}, against {rented}. But {why}: settle that with its seller first, else {OWN}."
        if bill:
            cheaper = _unproven_cheaper(beside, option, model) if beside is not None else ""
            return f"{bill} {cheaper}. But {why}." if cheaper else f"{bill} {sentence(why)}."
        return f"{_lead(question, 'own', known=False)}: {why}; {rented}."
    name = beside.stand_in.name if beside.stand_in else model
    if beside.at_load is None or beside.api_usd_per_month is None:
        renting = "" if bill else f" Renting is {rented};"
        return f"{bill or 'That depends on the load.'} {_from(beside)}{renting} {_lists(beside, name)}."
    low, _ = beside.api_usd_per_month
    ours = option.price_per_month_usd
    api = f"{_lists(beside, name)}, {dollars(low)} a month {_at_load(beside)}"
    if beside.unproven and said:
        api += f" ({said} is proven for that seller's cloud: confirm it for the API)"
    if abs(low - ours) <= SAME_WITHIN * max(low, ours):
        winner, lead = "", "It comes to the same"
    else:
        winner = "api" if low < ours else "own"
        lead = _lead(question, winner)
    if bill and winner == "api":
        return f"{bill} An API of the open model is cheaper still: {api}. {_from(beside)}".rstrip()
    if bill:
        return f"{bill} {sentence(api)}."
    return f"{lead}: {api}, against {rented}. {_from(beside)}".rstrip()


def _unproven_cheaper(beside: HostedComparison, option: PlacementOption, model: str) -> str:
    """That an API would be cheaper whose seller is not known to meet what was asked; empty where none is."""
    quote, month = beside.unproven_lowest, beside.unproven_usd_per_month
    if quote is None or month is None or month >= option.price_per_month_usd:
        return ""
    name = beside.stand_in.name if beside.stand_in else model
    listed = f"{quote.api} lists {price(quote.usd)} per {UNITS[beside.unit]} of {name}"
    return f"By price alone an API: {listed}, {dollars(month)} a month {_at_load(beside)}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _lead(question: AskedQuestion, winner: str, *, known: bool = True) -> str:
    """Who wins, after the yes or no of a question that expects one; `known`: it is the price that decides."""
    wins = "own machines are cheaper" if winner == "own" else "an API is cheaper"
    wins = wins if known else OWN
    if question.kind == "which" or (question.asks("api") and not question.whether):
        return sentence(wins)
    if question.asks("own"):
        return f"{'Yes' if winner == 'own' else 'No'}, {wins}"
    if question.asks("hosted"):
        return f"{'No' if winner == 'own' else 'Yes'}, {wins}"
    return sentence(wins)


def _bill(question: AskedQuestion, option: PlacementOption) -> str:
    """Whether own machines cost less than what is paid today; of an API that was asked about, the other way round."""
    bill = question.bill
    if bill is None or bill.amount is None:
        return ""
    ours = option.price_per_month_usd
    owns = f"{machines(option)} at {place(option)}, {dollars(ours)} a month"
    paid, usd = f"{bill.amount:,.10g} {bill.currency or 'USD'}", bill.amount
    if bill.currency not in (None, "USD"):
        if bill.currency not in DEFAULT_RATES:
            return f"{owns}, against the {paid} that you pay."
        usd = to_usd(bill.amount, bill.currency)
        paid += f" ({dollars(usd)})"
    lead = "Yes" if (ours < usd) != question.asks("hosted") else "No"
    return f"{lead}: {owns}, against the {paid} that you pay."


def _lists(beside: HostedComparison, name: str) -> str:
    quote = beside.quotes[0]
    return f"{quote.api} lists {price(quote.usd)} per {UNITS[beside.unit]} of {name}"


def _at_load(beside: HostedComparison) -> str:
    load = beside.at_load
    assert load is not None
    month = load.units_per_hour * beside.hours_per_month
    if beside.unit == "million_tokens" and month >= 1000:
        amount = f"{significant(month / 1000)} billion tokens"
    else:
        amount = f"{significant(month)} {PLURALS[beside.unit]}"
    return f"for {amount}" + (" (if the load lasts every hour)" if load.load == "in_flight" else "")


def _from(beside: HostedComparison) -> str:
    even = beside.against_lowest
    if even is None:
        return ""
    if not even.reachable:
        return "At no load that these machines carry does renting pay against the cheapest."
    if even.times_load is None:
        return f"Renting pays from about {significant(_two(even.requests_per_hour))} requests an hour."
    if even.times_load > 1:
        return f"Renting pays from about {significant(_two(even.times_load))} times this load."
    return f"Renting pays down to about {figure(100 * even.times_load, 0)} % of this load."


def to_buy(option: PlacementOption, spec: WorkloadSpec) -> str:
    """The machine, and whether the sum that was said buys its cards; what they list at stands in the answer."""
    offer, proof = option.offer, option.proof
    gpus = f"{offer.gpu_count} x {offer.gpu.name} {offer.gpu.memory_gb:g} GB" if offer.gpu else offer.instance_type
    told = [f"a machine with {gpus}" if option.nodes == 1 else f"{option.nodes} machines with {gpus} each"]
    vcpu = max(offer.vcpu or 0, HOST_VCPU + VCPU_PER_GPU * offer.gpu_count)
    told.append(f"{vcpu} vCPU")
    if proof is not None:
        weights = proof.weights_gib * option.tensor_parallel * option.pipeline_parallel
        told.append(f"{_up_to(max(offer.ram_gib or 0.0, HOST_GIB + weights), 16)} GiB of RAM")
        told.append(f"{_up_to(100 + 2 * weights, 50)} GB of disk")
    return f"{_realistic(option, spec)}Buy {', '.join(told)}.{_together(option)}"


def to_buy_of(options: Sequence[tuple[str, PlacementOption | None]], spec: WorkloadSpec) -> str:
    """Hardware that a purchase is weighed between, each with what its cards list at and how fast it is."""
    sides = [f"{name}: {_bought(option, spec) if option else 'does not carry it alone'}" for name, option in options]
    priced = [
        (found.cards_usd, name)
        for name, option in options
        if option is not None and (found := bought_instead(option, spec)) is not None
    ]
    lead = f"{min(priced)[1]} costs the least to buy. " if len(priced) > 1 else ""
    return f"{lead}{'; '.join(sides)}."


def _bought(option: PlacementOption, spec: WorkloadSpec) -> str:
    found, served = bought_instead(option, spec), option.served
    price = "no list price" if found is None else f"{dollars(found.cards_usd)} for the cards"
    pace = "" if option.job_hours is None else f", {duration(option.job_hours)} a job"
    if served is not None and served.tokens_per_s_per_user is not None:
        pace = f", {served.tokens_per_s_per_user:.0f} tokens a second each for {served.in_flight} at once"
    elif served is not None and served.answer_ms is not None:
        pace = f", {figure(served.answer_ms / 1000, 2)} s each"
    how = f" in {option.quantization}" if option.quantization and option.job_hours is None else ""
    rules = f", {' and '.join(f'{one.rule} ({one.words})' for one in option.breaks)}" if option.breaks else ""
    return f"{servers(option)}{how}, {price}{pace}{rules}"


def _together(option: PlacementOption) -> str:
    """That cards of many machines may share fewer."""
    gpu, each = option.offer.gpu, option.offer.gpu_count
    if gpu is None or gpu.link in MODULES or option.nodes <= 2 or each * 2 > BOARD_GPUS:
        return ""
    return f" They may share servers, which take up to {BOARD_GPUS} such cards: two at least, so that one may fail."


def _realistic(option: PlacementOption, spec: WorkloadSpec) -> str:
    """Yes or no, where a sum to buy for was said: what the cards take of it, and what is left for all else."""
    limit, found = budget_of(spec), bought_instead(option, spec)
    if limit.amount_usd is None or limit.period != "total":
        return ""
    said = f"{spec.budget.amount or 0:,.10g} {spec.budget.currency or 'USD'}"
    if found is None:
        return f"Whether {said} are enough only a quote tells: {no_list_price(option)}. "
    cards, left = dollars(found.cards_usd), limit.amount_usd - found.cards_usd
    if left <= 0:
        times = found.cards_usd / limit.amount_usd
        above = f"{times:.1f} times your" if times >= LEAST_TIMES else "a little more than your"
        return f"No: the cards alone list at {cards}, {above} {said}. The least that would do: "
    share = figure(100 * found.cards_usd / limit.amount_usd, 0)
    around = "servers" if option.nodes > 1 else "server"
    return (
        f"Yes, for the cards: they list at {cards}, {share} % of your {said}; {dollars(left)} is left for the {around} "
        "around them, network and care, which only a quote tells. "
    )


def _up_to(value: float, step: int) -> int:
    return int(-(-value // step) * step)


def _spent(option: PlacementOption, budget: Budget) -> tuple[float, str]:
    """USD and what they are for, in the period of the budget."""
    if budget.period == "hour":
        return option.price_per_hour_usd, "an hour"
    if budget.period == "month":
        return option.price_per_month_usd, "a month"
    return cost(option), period(option)


def _sum(budget: Budget, option: PlacementOption) -> str:
    usual = "month" if option.job_cost_usd is None else "total"
    per = {"hour": " an hour", "month": " a month", "total": " in all"}[budget.period or usual]
    return f"{budget.amount or 0:,.10g} {budget.currency or 'USD'}{per}"


def _two(value: float) -> float:
    return float(f"{value:.2g}")
