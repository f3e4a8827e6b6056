"""What was ruled out and no field of the spec can hold: said as an assumption, for it is not filtered by."""

from collections.abc import Sequence

from domain.workload import RequestedModel
from graph.understanding.claims import Claim
from graph.understanding.draft import Draft

_COUNTRY = "No option is filtered by a country to avoid: check the region of each, since you ruled out "
_MODEL = "No model is filtered by its line: swap a proposed one, since you ruled out "


def unheld(draft: Draft, claims: Sequence[Claim]) -> None:
    """Notes countries and model lines ruled out with nothing wanted in their place, in place."""
    places = _ruled_out(claims, "location.jurisdictions")
    if places and not draft.lists["location.jurisdictions"] and not draft.lists["location.regions"]:
        _note(draft, _COUNTRY, places)
    elif draft.lists["location.jurisdictions"] or draft.lists["location.regions"]:
        _note(draft, _COUNTRY, ())
    models = _ruled_out(claims, "models")
    if models and not draft.models:
        _note(draft, _MODEL, models)
    elif draft.models:
        _note(draft, _MODEL, ())


def _ruled_out(claims: Sequence[Claim], field: str) -> tuple[str, ...]:
    held = [claim.value for claim in claims if claim.field == field and claim.operation == "exclude"]
    return tuple(sorted({value.name if isinstance(value, RequestedModel) else str(value) for value in held}))


def _note(draft: Draft, beginning: str, names: Sequence[str]) -> None:
    """One sentence of a kind stands, with all the names; none when something is wanted now."""
    standing = [text for text in draft.assumptions if text.startswith(beginning)]
    if not names and not standing:
        return
    before = {name for text in standing for name in text.removeprefix(beginning).rstrip(".").split(", ")}
    kept = tuple(text for text in draft.assumptions if not text.startswith(beginning))
    said = (f"{beginning}{', '.join(sorted({*before, *names}))}.",) if names else ()
    draft.assumptions = (*kept, *said)
