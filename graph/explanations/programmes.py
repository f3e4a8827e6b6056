"""Answers about compliance programmes: what the catalogue records of the seller, one by one."""

from artifacts.notation import bullets, link, plain
from domain.offers import Offer
from graph.explanations.evidence import ProgrammeCheck, Standing
from graph.explanations.records import lines_holding
from graph.programmes import programme_name

TAIL = "A listing is the provider's statement, not a certification of your deployment."


def compliance(standing: Standing) -> str:
    """Each programme that the question or the plan names, then where the data is processed and under whose law."""
    kept = ", ".join(programme_name(programme) for programme in standing.spec.compliance)
    head = f"The plan keeps to providers listed for {plain(kept)}." if kept else ""
    asked = [check.programme for check in standing.programmes]
    parts = [head, _checked(standing), _stands(standing)]
    if not kept and not asked:
        parts.append(
            "The plan keeps to no compliance programme, as you asked for none; whether it is lawful, others decide."
        )
    named = [*standing.spec.compliance, *asked]
    cautions = bullets(lines_holding(standing, named, 2)) if named else ""
    return "\n\n".join(part for part in (*parts, cautions) if part)


def _checked(standing: Standing) -> str:
    checks = standing.programmes
    if not standing.plan.recommendations or not checks:
        return ""
    if standing.first.is_own:
        names = ", ".join(programme_name(check.programme) for check in checks)
        return (
            f"It runs on hardware of your own: no seller is involved whose listing for {plain(names)} could be looked "
            "up. Whether your own operation has it, the plan does not know."
        )
    return f"{bullets(_line(check) for check in checks)}\n\n{_recorded(checks[0])}{TAIL}"


def _line(check: ProgrammeCheck) -> str:
    said = "listed" if check.listed else "not listed, so nothing is known of it: ask the seller"
    return f"{programme_name(check.programme)}: {plain(check.provider)} is {said}"


def _recorded(check: ProgrammeCheck) -> str:
    """What else the catalogue records of the seller."""
    if not check.recorded:
        return f"The catalogue records no programme of {plain(check.provider)}. "
    names = ", ".join(programme_name(programme) for programme in check.recorded)
    where = f" ({link('its own page', check.url)})" if check.url else ""
    return f"The catalogue records of {plain(check.provider)}: {plain(names)}{where}. "


def _stands(standing: Standing) -> str:
    """Where the data is processed and under whose law: what a lawyer asks first."""
    if not standing.plan.recommendations:
        return ""
    offer = standing.first.offer
    if standing.first.is_own:
        return "All data is processed on your own machines, on site."
    law = f", under the law of {plain(', '.join(offer.jurisdictions))}" if offer.jurisdictions else ""
    return f"Number 1 is processed at {plain(offer.provider)} {plain(offer.region)}, {_country(offer)}{law}."


def _country(offer: Offer) -> str:
    return plain(offer.country) if offer.country else "country not known"
