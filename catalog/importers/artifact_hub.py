"""Reads pages of Artifact Hub's package search, from files or from its API."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from catalog.files import refuse
from catalog.importers.charts import ListedChart, climbs
from catalog.importers.origin import CONNECT_S, READ_S, LocalFile, Origin, is_url
from catalog.importers.reading import json_documents
from domain.errors import ImportRefused

SEARCH = "/api/v1/packages/search"
ITS_OWN = ("https", "artifacthub.io")
PAGE = 60
"""The most that the API gives at once."""

MOST_PAGES = 1_000
HELM = 0
REPOSITORY_URL_SCHEMES = ("https://", "http://", "oci://")


class HubListing(NamedTuple):
    """`dates` are the days of the packages' newest versions."""

    charts: tuple[ListedChart, ...]
    dates: tuple[str, ...]


def is_search(origin: Origin) -> bool:
    """Whether the address is that of the search API."""
    return is_url(origin) and urlsplit(str(origin)).path.rstrip("/") == SEARCH


def read_pages(file: LocalFile) -> HubListing:
    """Every Helm package in a file of pages. Raises ImportRefused.

    Artifact Hub says itself what is official and how many stars it has. Another server or a file is not believed, for
    that would put a chart before everybody else's.
    """
    found, dates = [], []
    for line, document in json_documents(file.path):
        for package in _packages(document):
            name = _text(package, "name") or ""
            if climbs(name) or climbs(_text(_part(package, "repository"), "name") or ""):
                refuse(file.path, line, f"names a chart {name[:60]}, which leaves its folder")
            if _part(package, "repository").get("kind", HELM) == HELM and name:
                chart = _listed(line, name, package)
                found.append(chart if _is_its_own(file) else chart._replace(official=False, stars=None))
                dates.append(_day(package.get("ts")))
    if not found:
        refuse(file.path, 1, "holds no Helm packages of Artifact Hub")
    return HubListing(tuple(found), tuple(dates))


def _is_its_own(file: LocalFile) -> bool:
    address = urlsplit(file.url or "")
    return (address.scheme, address.hostname) == ITS_OWN


def fetch_pages(url: str, limit: int | None) -> Iterator[str]:
    """Each page of the search as a line of JSON, until `limit` packages. Raises ImportRefused."""
    seen = 0
    with httpx.Client(timeout=httpx.Timeout(READ_S, connect=CONNECT_S), follow_redirects=True) as client:
        for number in range(MOST_PAGES):
            wanted = PAGE if limit is None else min(PAGE, limit - seen)
            if wanted <= 0:
                return
            page = _page(client, url, number * PAGE, wanted)
            packages = list(_packages(page))
            if not packages:
                return
            seen += len(packages)
            yield json.dumps(page)


def _page(client: httpx.Client, url: str, offset: int, limit: int) -> object:
    parameters = {"kind": str(HELM), "limit": str(limit), "offset": str(offset)}
    try:
        for attempt in Retrying(
            retry=retry_if_exception(_passes), stop=stop_after_attempt(4), wait=wait_exponential_jitter(1, 30),
            reraise=True,
        ):  # fmt: skip
            with attempt:
                answer = client.get(httpx.URL(url).copy_merge_params(parameters))
                answer.raise_for_status()
        value: object = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else type(error).__name__
        raise ImportRefused(
            f"{url} could not be read from package {offset} on: {status}.", "Try again later; nothing was stored."
        ) from error
    return value


def _passes(error: BaseException) -> bool:
    """Whether it may be gone at the next attempt."""
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code in (429, 502, 503, 504)


def _packages(document: object) -> Iterable[Mapping[str, object]]:
    listed = document.get("packages", [document]) if isinstance(document, dict) else document
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _listed(line: int, name: str, package: Mapping[str, object]) -> ListedChart:
    repository = _part(package, "repository")
    url = _text(repository, "url") or ""
    keywords = package.get("keywords")
    stars = package.get("stars")
    category = package.get("category")
    return ListedChart(
        line=line,
        name=name,
        repository=_text(repository, "name") or "",
        repository_url=url if url.startswith(REPOSITORY_URL_SCHEMES) else None,
        versions={_text(package, "version") or "": _text(package, "app_version")},
        description=_text(package, "description") or "",
        keywords=tuple(word for word in keywords if isinstance(word, str)) if isinstance(keywords, list) else (),
        category=str(category) if isinstance(category, int | str) else None,
        display_name=_text(package, "display_name"),
        home=_text(package, "home_url"),
        license=_text(package, "license"),
        deprecated=package.get("deprecated") is True,
        official=package.get("official") is True or repository.get("official") is True,
        stars=stars if isinstance(stars, int) and stars >= 0 else None,
    )


def _part(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = value.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: Mapping[str, object], name: str) -> str | None:
    text = value.get(name)
    return text if isinstance(text, str) else None


def _day(seconds: object) -> str:
    if not isinstance(seconds, int) or not 0 < seconds < 4_102_444_800:
        return ""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
