"""When nothing fits: for each constraint the smallest change that gives a plan, found by asking the offers again."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from domain.base import Pricing
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import PlacementOption, Relaxation
from domain.workload import Budget, WorkloadSpec
from sizing.amount_of_work import JOB_TASKS
from sizing.budget import budget_of
from sizing.candidates import candidates, is_requested, primary_request
from sizing.constraints import OfferFilter, plain_name
from sizing.cpu_placement import place_on_cpu
from sizing.currency import DEFAULT_RATES, Rates
from sizing.groups import allowed_groups
from sizing.placement import first_option
from sizing.relaxing import CONSTRAINTS, JOINT, NONE, is_whole, sacrifice, stated_value, with_value, words_for
from sizing.residency import price_hole, tariff_hole, within_home
from sizing.rules import RuleBook
from sizing.search import can_be_placed, plans_of
from sizing.standards import MOST_JOB_HOURS

DECIMALS = 2
LARGER_IS_STRICTER = {
    "gpu.min_count", "gpu.min_vram_gb", "gpu.min_total_vram_gb", "gpu.min_nodes", "cpu.min_vcpu", "cpu.min_ram_gb",
    "context_tokens", "traffic.concurrent_users", "traffic.users", "traffic.requests_per_second",
    "traffic.peak_concurrent_users", "traffic.peak_requests_per_second", "traffic.tokens_per_second_per_user",
    "traffic.tokens_per_second", "training.tokens", "training.epochs", "volume.amount", "availability.min_replicas",
    "hours_per_month",
}  # fmt: skip
LARGER_IS_LOOSER = {
    "gpu.max_count", "gpu.max_vram_gb", "gpu.max_nodes", "traffic.ttft_ms", "traffic.latency_ms", "deadline_hours",
}  # fmt: skip
LISTS_TO_EXTEND = {
    "location.providers", "location.regions", "location.jurisdictions", "gpu.models", "gpu.vendors",
}  # fmt: skip
PLACE = ("location.regions", "location.jurisdictions", "location.providers")
LISTS_TO_SHORTEN = {"location.excluded_providers", "gpu.excluded", "gpu.excluded_vendors"}
LOWER_PRECISIONS = ("fp8", "int8", "awq")
BISECTIONS = 24
LARGE = ((1e12, " trillion"), (1e9, " billion"))
MOST_MODELS_TRIED = 12
FARTHEST_MACHINES, FARTHEST_USD, FARTHEST_TIMES = 32, 100_000.0, 10.0
"""What takes more machines for a service is a data centre of its own; what costs more, of a service a month where no
sum was said, else so many times that sum, is another project. Neither is near to what was asked."""
_KEEPS_OFFERS = {"models", "models.quantization"}
OTHERWISE: dict[Pricing, str] = {"on_demand": "On demand", "spot": "On spot", "reserved": "With a commitment"}
"""How it is paid for, where not as was asked."""
WITHOUT_DROPPING = ("precision", "models.quantization", "models")
"""What has other values to try even where dropping it does not help."""


class _Market:
    """The models and offers that every question is asked of."""

    def __init__(self, models: Sequence[ModelCard], offers: Sequence[Offer], rates: Rates) -> None:
        self.models, self.offers, self.rates = models, offers, rates

    def narrowed(self, spec: WorkloadSpec) -> "_Market":
        """Without a GPU only the offers that this spec, the loosest of those to be tried, allows: they are looked at
        one by one. Those with GPUs stand in columns."""
        if spec.gpu_needed is not False:
            return self
        check = OfferFilter(spec)
        return _Market(self.models, tuple(o for o in self.offers if not check.refuses(o)), self.rates)

    def least_spent_usd(self, spec: WorkloadSpec) -> float:
        """The cheapest plan over all models, precisions and kinds of pricing, in the budget's period."""
        limit = budget_of(spec, self.rates)
        if spec.gpu_needed is False:
            options = place_on_cpu(spec, self.models, self.offers, self.rates).options
            return min(limit.spent_usd(o.price_per_hour_usd, None) for o in options)
        book = RuleBook(spec)
        allowed, least = allowed_groups(spec, self.offers, book), math.inf
        for candidate in candidates(spec, self.models):
            # What a service may cost to be cheaper still; of a job what is done faster may cost less in all.
            bound = limit if book.is_job or math.isinf(least) else replace(limit, amount_usd=least)
            plans = plans_of(spec, candidate, allowed, bound, book)
            if len(plans):
                hours = plans.by_layout(limit.counted_hours(one.job_hours) for one in plans.laid)
                least = min(least, float((plans.price * hours).min()))
        return least

    def has_plan(self, spec: WorkloadSpec) -> bool:
        """Whether `option` finds one."""
        if spec.gpu_needed is False:
            return self.option(spec) is not None
        return can_be_placed(spec, self.models, self.offers, self.rates)

    def option(self, spec: WorkloadSpec) -> PlacementOption | None:
        return first_option(spec, self.models, self.offers, self.rates)


def nearest_misses(
    spec: WorkloadSpec, models: Sequence[ModelCard], all_offers: Sequence[Offer], rates: Rates = DEFAULT_RATES
) -> tuple[Relaxation, ...]:
    """One relaxation for each constraint that can give way alone; pairs only when none can.

    What an engineer gives up first comes first (a wish before the model, a ban and the law last), then the cheapest.

    `all_offers` are the offers before the spec's filters; none is proposed outside the jurisdiction of the place that
    was said. Empty when the spec can be placed as it stands, or when
    even two constraints together do not help.
    """
    market = _Market(models, within_home(spec, all_offers), rates)
    hole, tariff = price_hole(spec, all_offers), tariff_hole(spec, all_offers)
    stated = [c.path for c in CONSTRAINTS if stated_value(spec, c.path) is not None]
    if not stated or market.has_plan(spec):
        return ()
    singles = [r for path in stated if (r := _relax_one(spec, path, market)) is not None]
    found = sorted(singles or _relax_two(spec, stated, market), key=_order)
    found = [relaxation for relaxation in found if is_near(spec, relaxation)] or found
    return tuple(_told(relaxation, hole, tariff) for relaxation in found)


def _told(relaxation: Relaxation, hole: str, tariff: str) -> Relaxation:
    """Beside a hole in the catalogue, a change of place is only where its next price is, and another kind of price
    bounds the one that is not known."""
    moved = {*relaxation.field.split(JOINT)}
    lacks = hole if not moved.isdisjoint(PLACE) else tariff if relaxation.field == "pricing" else ""
    return relaxation.model_copy(update={"hole": lacks}) if lacks else relaxation


def never_ends(spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer]) -> PlacementOption | None:
    """What meets every constraint but takes longer than anybody waits, of a job without a deadline; null where nothing
    does, or something ends in time."""
    if spec.deadline_hours is not None or spec.task_type not in JOB_TASKS or spec.gpu_needed is False:
        return None
    patient = spec.model_copy(update={"deadline_hours": math.inf, "budget": Budget()})
    option = first_option(patient, models, offers)
    late = option is not None and (option.job_hours or 0.0) > MOST_JOB_HOURS
    return option if late else None


def is_near(spec: WorkloadSpec, relaxation: Relaxation) -> bool:
    """Whether anybody would take it: no fleet that nobody spoke of, and no bill far beyond any that was."""
    option, limit = relaxation.option, budget_of(spec)
    is_job, counted = spec.task_type in JOB_TASKS, bool(spec.gpu.min_count or spec.gpu.min_nodes)
    paid = option.price_per_month_usd if option.job_cost_usd is None else option.job_cost_usd
    if paid > FARTHEST_USD and not counted:
        spent = limit.spent_usd(option.price_per_hour_usd, option.job_hours)
        if not is_job if limit.amount_usd is None else spent > FARTHEST_TIMES * limit.amount_usd:
            return False
    asked = max(spec.gpu.min_nodes or 1, spec.availability.min_replicas or 1)
    return is_job or option.nodes <= max(FARTHEST_MACHINES, asked)


def _order(relaxation: Relaxation) -> tuple[tuple[int, bool], float, str]:
    return sacrifice(relaxation), relaxation.option.price_per_hour_usd, relaxation.field


def _relax_two(spec: WorkloadSpec, stated: Sequence[str], market: _Market) -> Iterator[Relaxation]:
    """Two constraints at once: one is dropped, the other moves as little as it can."""
    for first, second in combinations(stated, 2):
        neither = with_value(with_value(spec, first, NONE), second, NONE)
        is_way_out = market.has_plan(neither)
        for dropped, moved in ((first, second), (second, first)):
            if dropped == "models" or moved == dropped or not (is_way_out or moved in WITHOUT_DROPPING):
                continue
            found = _relax_one(with_value(spec, dropped, NONE), moved, market)
            if found is not None:
                yield Relaxation(
                    field=JOINT.join((dropped, found.field)),
                    current=JOINT.join((stated_value(spec, dropped) or NONE, found.current)),
                    proposed=JOINT.join((NONE, found.proposed)),
                    option=found.option,
                    explanation=f"Without {words_for(dropped)}: {found.explanation}",
                )
                break


def _relax_one(spec: WorkloadSpec, path: str, market: _Market) -> Relaxation | None:
    """The smallest change of one constraint that gives a plan; null when none does."""
    if path not in _KEEPS_OFFERS:
        market = market.narrowed(with_value(spec, path, NONE))
    tried = ((p, market.option(with_value(spec, path, p))) for p in _proposals(spec, path, market))
    proposed, option = next(((p, o) for p, o in tried if o is not None), (NONE, None))
    if option is None:
        return None
    current = stated_value(spec, path) or NONE
    gpu, offer = option.offer.gpu, option.offer
    machines = f"{option.gpus} x {gpu.name}" if gpu and option.gpus else f"{option.nodes} x {offer.instance_type}"
    change = OTHERWISE[offer.pricing] if path == "pricing" else _change(path, current, proposed)
    paid = "" if path == "pricing" or offer.pricing == "on_demand" else f", {offer.pricing},"
    return Relaxation(
        field=path,
        current=current,
        proposed=proposed,
        option=option,
        explanation=f"{change}, the cheapest plan is {machines} at {offer.provider}{paid} "
        f"for ${option.price_per_hour_usd:,.2f} an hour ({_whole(option)}).",
    )


def _change(path: str, current: str, proposed: str) -> str:
    """With the budget 95 instead of 40; with AT, NO allowed as the jurisdictions."""
    if proposed == NONE:
        return f"Without {words_for(path)} that was asked for" if path == "models" else f"Without {words_for(path)}"
    if path in LISTS_TO_EXTEND:
        return f"With {proposed.removeprefix(f'{current}, ')} too, beside {current}"
    return f"With {words_for(path)} {_plainly(proposed)} instead of {_plainly(current)}"


def _whole(option: PlacementOption) -> str:
    """What it comes to: a job's hours, a service's month."""
    if option.job_cost_usd is not None and option.job_hours is not None:
        return f"${option.job_cost_usd:,.2f} for the job of about {option.job_hours:,.1f} h"
    return f"${option.price_per_month_usd:,.2f} for {option.hours_per_month:g} hours"


def _plainly(value: str) -> str:
    """A figure as people write it: 6,475.4 and 300 rather than 6475.4 and 300.0; 4.7 trillion."""
    try:
        figure = float(value)
    except ValueError:
        return value
    size, word = next(((size, word) for size, word in LARGE if figure >= size), (1.0, ""))
    shown = figure / size
    return f"{round(shown, DECIMALS) if shown >= 1 else shown:,.10g}{word}"


def _proposals(spec: WorkloadSpec, path: str, market: _Market) -> Iterator[str]:
    """Values to try, nearest first. Nothing is tried when not even dropping the constraint helps."""
    if path in ("precision", "models.quantization"):
        yield from (*LOWER_PRECISIONS, NONE)
        return
    if path == "models":
        yield from _smaller_models(spec, market)
        return
    freed = with_value(spec, path, NONE)
    if not market.has_plan(freed):
        return
    if path == "budget.amount":
        yield _budget_for(spec, market)
    elif path in LISTS_TO_EXTEND and (option := market.option(freed)) is not None:
        yield f"{stated_value(spec, path)}, {_member(path, option)}"
    elif path in LISTS_TO_SHORTEN:
        yield from _shorter(spec, path, market)
    elif path in LARGER_IS_STRICTER or path in LARGER_IS_LOOSER:
        yield from _bisect(spec, path, market)
    yield NONE


def _smaller_models(spec: WorkloadSpec, market: _Market) -> Iterator[str]:
    """Other models of the same domain, the largest that is smaller first."""
    requested = primary_request(spec, market.models)
    if requested is None:
        return
    asked = [m for m in market.models if is_requested(requested, m) and m.params_b]
    domain = asked[0].domain if asked else spec.domain
    ceiling = requested.params_b or (asked[0].params_b if asked else None) or math.inf
    sized = [(m.params_b, m.key) for m in market.models if m.params_b and m.domain == domain and m.params_b < ceiling]
    yield from (key for _, key in sorted(sized, key=lambda s: (-s[0], s[1]))[:MOST_MODELS_TRIED])


def _budget_for(spec: WorkloadSpec, market: _Market) -> str:
    """What the cheapest of all plans costs in the budget's period and currency, rounded up to a cent."""
    limit = budget_of(spec, market.rates)
    spent = market.least_spent_usd(with_value(spec, "budget.amount", NONE))
    per_usd = (spec.budget.amount or 1.0) / (limit.amount_usd or 1.0)
    return repr(math.ceil(spent * per_usd * 100 + 1e-6) / 100)


def _member(path: str, option: PlacementOption) -> str:
    offer = option.offer
    if path == "location.providers":
        return offer.provider
    if path == "location.regions":
        return offer.region
    if path in ("gpu.models", "gpu.vendors"):
        return NONE if offer.gpu is None else offer.gpu.name if path == "gpu.models" else offer.gpu.vendor
    return offer.country or (offer.jurisdictions[0] if offer.jurisdictions else NONE)


def _shorter(spec: WorkloadSpec, path: str, market: _Market) -> Iterator[str]:
    """The list without one of its members, the one whose return gives the cheapest plan first."""
    members = (stated_value(spec, path) or "").split(", ")
    tried: list[tuple[float, str]] = []
    for member in members:
        rest = ", ".join(m for m in members if plain_name(m) != plain_name(member)) or NONE
        option = market.option(with_value(spec, path, rest))
        if option is not None:
            tried.append((option.price_per_hour_usd, rest))
    yield from (rest for _, rest in sorted(tried))


def _bisect(spec: WorkloadSpec, path: str, market: _Market) -> Iterator[str]:
    """The value nearest to the stated one that gives a plan: whole numbers exactly, others to a thousandth."""
    stated = float(stated_value(spec, path) or 0)
    whole = is_whole(path) or path.endswith("vram_gb")
    stricter = path in LARGER_IS_STRICTER
    loose = (1.0 if whole else stated / 1000) if stricter else stated * 1000

    def works(value: float) -> bool:
        return market.has_plan(with_value(spec, path, _written(value, whole=whole)))

    if not works(loose):
        return
    strict = stated
    for _ in range(BISECTIONS):
        middle = (strict + loose) / 2 if not whole else float((int(strict) + int(loose)) // 2)
        told = [_rounded(end, whole=whole, down=stricter) for end in (strict, loose)]
        if told[0] == told[1] or (whole and middle in (strict, loose)):
            break  # whatever lies between is told alike
        if works(middle):
            loose = middle
        else:
            strict = middle
    yield _written(_rounded(loose, whole=whole, down=stricter), whole=whole)


def _rounded(value: float, *, whole: bool, down: bool) -> float:
    if whole:
        return value
    digits = 3 - math.floor(math.log10(abs(value))) - 1 if value else 0
    scale = 10.0**digits
    scaled = value * scale
    return (math.floor(scaled) if down else math.ceil(scaled)) / scale


def _written(value: float, *, whole: bool) -> str:
    return str(int(value)) if whole else repr(value)
