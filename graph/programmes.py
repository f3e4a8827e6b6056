"""Compliance programmes: how they are written, and which of those demanded the catalogue has evidence of."""

import re
from collections.abc import Mapping, Sequence

from domain.placement import PlacementOption
from domain.workload import WorkloadSpec

_ASKED = re.compile(r"\b(?:baa|business associate|dpa|avv|attest\w*|certif\w*|sign(?:s|ed)?)\b", re.IGNORECASE)
"""Words of a question who holds a programme, or signs the agreement that belongs to it."""
_LEVEL = re.compile(r"\bfed-?\s?ramp[\s-]*(?:\(\s*)?(high|moderate|low)\b", re.IGNORECASE)
"""An authorisation at one impact level is none at a higher one."""
MOST_OTHERS = 6

PROVEN = ("hipaa", "gdpr", "soc2", "pci", "fedramp", "iso27001", "hds", "c5")
"""Those of which the catalogue of providers records who offers them."""
NAMES = {
    "soc2": "SOC 2", "iso27001": "ISO 27001", "iso27017": "ISO 27017", "iso27018": "ISO 27018", "pci": "PCI DSS",
    "hipaa": "HIPAA", "gdpr": "GDPR", "fedramp": "FedRAMP", "hds": "HDS", "c5": "BSI C5", "tisax": "TISAX",
    "secnumcloud": "SecNumCloud", "protected_b": "Protected B", "stateramp": "StateRAMP", "nis2": "NIS2",
    "dod_srg": "the DoD's impact level", "cyber_essentials": "Cyber Essentials",
}  # fmt: skip
"""As they are written, by the catalogue's key; another is written in capitals."""


def programme_name(programme: str) -> str:
    """As its issuer writes it."""
    return NAMES.get(programme.lower(), programme.upper())


def proven_programmes(spec: WorkloadSpec) -> tuple[str, ...]:
    """The programmes asked for that the catalogue knows the providers of; the others narrow nothing, with a caution."""
    return tuple(programme for programme in spec.compliance if programme.lower() in PROVEN)


def unproven_programmes(spec: WorkloadSpec) -> str:
    """The others, as a list in words; empty where there are none."""
    proven = proven_programmes(spec)
    return ", ".join(programme_name(name) for name in spec.compliance if name not in proven)


def attested_told(
    spec: WorkloadSpec, option: PlacementOption | None, held: Mapping[str, Sequence[str]], said: str
) -> str:
    """Who holds the programmes that were demanded, the plan's seller first, where that was asked. `held`: the
    programmes of each seller in the catalogue."""
    if option is None or option.is_own or not asks_who_attests(said):
        return ""
    levelled = "fedramp" if _LEVEL.search(said) else None
    asked = (programme for programme in proven_programmes(spec) if programme.lower() != levelled)
    return " ".join(_held_by(programme, option.offer.provider, held) for programme in asked)


def level_told(spec: WorkloadSpec, option: PlacementOption | None, said: str) -> str:
    """That a level of a programme was demanded, of which the catalogue knows the programme alone."""
    level = _LEVEL.search(said)
    if level is None or option is None or option.is_own or "fedramp" not in spec.compliance:
        return ""
    wanted = f"FedRAMP {level[1].capitalize()}"
    return (
        f"{wanted} is not shown by this plan: the catalogue records that {option.offer.provider} holds FedRAMP, not at "
        f"which level, for which service or region. See the FedRAMP Marketplace for {wanted} before you rent."
    )


def asks_who_attests(said: str) -> bool:
    """Whether the words ask for it."""
    return _ASKED.search(said) is not None


def _held_by(programme: str, seller: str, held: Mapping[str, Sequence[str]]) -> str:
    name, key = programme_name(programme), programme.lower()
    others = sorted(one for one, programmes in held.items() if key in programmes and one != seller)
    more = f" and {len(others) - MOST_OTHERS} more" if len(others) > MOST_OTHERS else ""
    listed = f"{', '.join(others[:MOST_OTHERS])}{more}"
    law = " Whether the use is lawful is for counsel, not for a plan." if key == "hipaa" else ""
    if key not in held.get(seller, ()):
        return f"{name} is attested by {listed}.{law}" if others else ""
    agreement = "; the BAA is a contract to be signed with the seller" if key == "hipaa" else ""
    also = f"; so do {listed}" if others else ""
    return f"{seller}, from which this plan rents, attests {name} by the catalogue{also}{agreement}.{law}"
