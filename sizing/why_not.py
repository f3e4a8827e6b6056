"""Why an offer the user asks about is not chosen, or what it would cost if it were."""

from collections.abc import Sequence

from domain.models import ModelCard
from domain.offers import Offer
from domain.workload import WorkloadSpec
from sizing.budget import budget_of
from sizing.candidates import Candidate, candidates
from sizing.constraints import OfferFilter
from sizing.currency import DEFAULT_RATES, Rates
from sizing.search import search, whole_hours
from sizing.variants import variants_of


def why_not(spec: WorkloadSpec, models: Sequence[ModelCard], offer: Offer, rates: Rates = DEFAULT_RATES) -> str:
    """One sentence: the constraint that rules the offer out, the memory it lacks, or its price as a plan."""
    name = f"{offer.instance_type} at {offer.provider} ({offer.pricing.replace('_', '-')}, {offer.region})"
    reason = OfferFilter(spec).refusal(offer)
    if reason is not None:
        return f"{name} is out: {reason}."
    if offer.gpu is None:
        return f"{name} meets the constraints; it costs ${offer.price_per_hour_usd or 0:,.2f} an hour."
    plan = search(spec, models, (offer,), rates).best
    if plan is not None:
        deployment = plan.deployment
        return (
            f"{name} would do: {deployment.nodes} x {plan.gpu_count} {plan.gpu.name} with {plan.variant.label} for "
            f"${plan.price_per_hour_usd:,.2f} an hour; options before it cost less or were preferred."
        )
    refusals = [r for c in candidates(spec, models)[:1] for r in _refusals(spec, c, offer, rates)]
    return f"{name} is out: {'; '.join(dict.fromkeys(refusals)) or 'no model is left that the licence allows'}."


def _refusals(spec: WorkloadSpec, candidate: Candidate, offer: Offer, rates: Rates) -> list[str]:
    if offer.gpu is None:
        return []
    budget, allowed = budget_of(spec, rates), OfferFilter(spec)
    nodes, most = allowed.min_nodes(offer.gpu, offer.gpu_count), allowed.max_nodes(offer.gpu_count)
    found: list[str] = []
    for variant in variants_of(spec, candidate):
        deployment = variant.footprint.deploy(offer.gpu, offer.gpu_count, nodes)
        if deployment is None:
            found.append(variant.footprint.refusal(offer.gpu, offer.gpu_count))
            continue
        if deployment.nodes > most:
            found.append(f"it takes {deployment.nodes} of it, and at most {most} are allowed")
            continue
        price = (offer.price_per_hour_usd or 0.0) * deployment.nodes
        spent = budget.spent_usd(price, whole_hours(spec, deployment))
        found.append(
            f"{deployment.nodes} of it would cost ${spent:,.2f} a {_PERIOD[budget.period]}, more than the budget"
        )
    return found


_PERIOD = {"hour": "hour", "month": "month", "total": "job"}
