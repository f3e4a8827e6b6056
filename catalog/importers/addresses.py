"""Addresses of chart repositories: a name that is known under one address stays that repository's.

Commands of every plan call a repository by its name. A list that brought another address under a known name would
change what those commands install.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from catalog.quarantine import Doubt
from catalog.starter import Chart
from catalog.store import Connection
from domain.errors import ImportRefused

KNOWN = "SELECT DISTINCT repository, repository_url FROM cloud.bitnami_packages WHERE repository_url IS NOT NULL"
Addresses = Mapping[str, frozenset[str]]


def same_address(url: str) -> str:
    """The address in the one form that it is compared in."""
    parts = urlsplit(url.strip())
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


async def known_addresses(connection: Connection, curated: Mapping[str, Chart]) -> Addresses:
    """Of each repository that the catalogue has charts of."""
    cursor = await connection.execute(KNOWN)
    said = [(row["repository"], row["repository_url"]) for row in await cursor.fetchall()]
    said += [(chart.package.repository, chart.package.repository_url) for chart in curated.values()]
    found: dict[str, frozenset[str]] = {}
    for name, url in said:
        if url:
            found[name] = found.get(name, frozenset()) | {same_address(url)}
    return found


def refuse_another_address(name: str, url: str | None, known: Addresses) -> None:
    """Raises ImportRefused for the index of a repository whose name is another's."""
    if url is not None and (others := _others(name, url, known)):
        raise ImportRefused(
            f"{url} is not the repository {name}, which is known at {others}.",
            "Import it under a name of its own with --repository, or, where the repository moved, withdraw the old"
            f" set first: stack8s catalog withdraw helm/{name}",
        )


def doubt_another_address(name: str, url: str | None, known: Addresses) -> None:
    """Raises Doubt for one chart of a list of many repositories."""
    if url is not None and (others := _others(name, url, known)):
        raise Doubt("another-address", f"{url[:80]} is not the repository {name}, which is known at {others}")


def _others(name: str, url: str, known: Addresses) -> str:
    addresses = known.get(name, frozenset())
    return "" if not addresses or same_address(url) in addresses else " and ".join(sorted(addresses))
