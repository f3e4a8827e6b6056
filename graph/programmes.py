"""Compliance programmes: how they are written, and which of those demanded the catalogue has evidence of."""

from domain.workload import WorkloadSpec

PROVEN = ("hipaa", "gdpr", "soc2", "pci", "fedramp", "iso27001", "hds", "c5")
"""Those of which the catalogue of providers records who offers them."""
NAMES = {
    "soc2": "SOC 2", "iso27001": "ISO 27001", "iso27017": "ISO 27017", "iso27018": "ISO 27018", "pci": "PCI DSS",
    "hipaa": "HIPAA", "gdpr": "GDPR", "fedramp": "FedRAMP", "hds": "HDS", "c5": "BSI C5", "tisax": "TISAX",
    "secnumcloud": "SecNumCloud",
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
