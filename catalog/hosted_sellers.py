"""Which hosted APIs are known to meet what was asked of whoever handles the data: programmes, and the place it must
stay in; none of a seller that is ruled out. Of no API does the catalogue know where it computes, so that none is known
to keep data in a place. A cloud or region that is named for machines asks nothing of an API."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from catalog.reference import Reference
from domain.hosted import HostedPrice
from domain.names import squash
from domain.own_files import own_yaml
from domain.workload import WorkloadSpec
from sizing.seller_owners import owner_refusal, owners_asked


@lru_cache
def provider_of_api() -> dict[str, str]:
    """API by its own name -> provider."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, str])


def admitted(
    prices: Sequence[HostedPrice], spec: WorkloadSpec, reference: Reference
) -> tuple[tuple[HostedPrice, ...], tuple[HostedPrice, ...]]:
    """The prices of the APIs that meet it, and those of the APIs of which it is not known."""
    unknown = {price.api for price in prices if not _meets(price.api, spec, reference)}
    known = tuple(price for price in prices if price.api not in unknown)
    return known, tuple(price for price in prices if price.api in unknown)


def asked_of_sellers(spec: WorkloadSpec) -> str:
    """What an API has to be known to meet, in words; empty where nothing was asked."""
    where, inside = _must_stay_in(spec), spec.hosting in ("on_premises", "air_gapped")
    parts = (
        ", ".join(programme.upper() for programme in spec.compliance),
        f"to stay in {', '.join(where)}" if where else "",
        "to stay on your premises" if inside else "",
        owners_asked(spec.location),
    )
    return " and ".join(part for part in parts if part)


def _must_stay_in(spec: WorkloadSpec) -> tuple[str, ...]:
    """Where the data has to stay: the jurisdictions; the regions too where the data is not for everybody's eyes."""
    where = spec.location
    guarded = bool(spec.sensitive or spec.compliance)
    return (*(where.regions if guarded else ()), *where.jurisdictions)


def _meets(api: str, spec: WorkloadSpec, reference: Reference) -> bool:
    """The programmes recorded of a provider are those of its machines: of a large cloud alone they hold for its API."""
    where, provider = spec.location, provider_of_api().get(api)
    if spec.hosting in ("on_premises", "air_gapped") or _must_stay_in(spec):
        return False
    if provider in where.excluded_providers or owner_refusal(where, provider or api) is not None:
        return False
    rows = (row for row in reference.providers if row.provider == provider and row.seller == "hyperscaler")
    held = next((row.programmes for row in rows), ())
    return all(any(squash(asked).startswith(squash(has)) for has in held) for asked in spec.compliance)
