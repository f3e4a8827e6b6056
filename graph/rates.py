"""The rate by which a budget in another currency becomes dollars: the catalogue's where it was refreshed."""

from catalog.reference import Reference
from domain.workload import WorkloadSpec
from sizing.currency import rates_of


def with_rate(spec: WorkloadSpec, reference: Reference) -> WorkloadSpec:
    """The spec with the rate of its budget's currency; unchanged where there is none newer than the shipped one."""
    code, source = (spec.budget.currency or "USD").strip().upper(), reference.rates_source
    if spec.budget.amount is None or source is None or code == "USD" or code not in reference.per_eur:
        return spec
    rate = rates_of(reference.per_eur, source)[code]
    return spec.model_copy(update={"budget": spec.budget.model_copy(update={"rate": rate})})
