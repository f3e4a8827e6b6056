"""Which hosted APIs are known to meet what was asked of the seller: its name and its programmes. Of no API does the
catalogue know where it computes, so that none is known to keep data in a place."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from catalog.reference import Reference
from domain.hosted import HostedPrice
from domain.names import squash
from domain.own_files import own_yaml
from domain.workload import WorkloadSpec


@lru_cache
def provider_of_api() -> dict[str, str]:
    """API by its own name -> provider."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, str])


def admitted(
    prices: Sequence[HostedPrice], spec: WorkloadSpec, reference: Reference
) -> tuple[tuple[HostedPrice, ...], tuple[str, ...]]:
    """The prices of the APIs that meet it, and the names of those of which it is not known."""
    unknown = {price.api for price in prices if not _meets(price.api, spec, reference)}
    return tuple(price for price in prices if price.api not in unknown), tuple(sorted(unknown))


def asked_of_sellers(spec: WorkloadSpec) -> str:
    """What an API has to be known to meet, in words; empty where nothing was asked."""
    where = (*spec.location.regions, *spec.location.jurisdictions)
    parts = [", ".join(programme.upper() for programme in spec.compliance), " or ".join(spec.location.providers)]
    return " and ".join(part for part in (*parts, f"to stay in {', '.join(where)}" if where else "") if part)


def _meets(api: str, spec: WorkloadSpec, reference: Reference) -> bool:
    """The programmes recorded of a provider are those of its machines: of a large cloud alone they hold for its API."""
    where, provider = spec.location, provider_of_api().get(api)
    if spec.hosting in ("on_premises", "air_gapped") or where.regions or where.jurisdictions:
        return False
    if where.providers and provider not in where.providers:
        return False
    if provider in where.excluded_providers:
        return False
    rows = (row for row in reference.providers if row.provider == provider and row.seller == "hyperscaler")
    held = next((row.programmes for row in rows), ())
    return all(any(squash(asked).startswith(squash(has)) for has in held) for asked in spec.compliance)
