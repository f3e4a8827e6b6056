"""Reads the index.yaml of a Helm repository."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from catalog.files import refuse
from catalog.importers.charts import ListedChart, climbs
from catalog.importers.origin import LocalFile
from catalog.importers.versions import released
from catalog.importers.yaml_text import Mapping, yaml_mapping

NO_NAME = {"index", "charts", "chart", "helm", "helm-charts", "yaml", "yml", "stable", "repo", ""}


class HelmIndex(NamedTuple):
    """`dates` are the days that the file itself names."""

    charts: tuple[ListedChart, ...]
    dates: tuple[str, ...]


def read_index(file: LocalFile, repository: str, repository_url: str | None) -> HelmIndex:
    """Every chart of the index. Raises ImportRefused for a file that is none, and for one that means harm."""
    root = yaml_mapping(file.path)
    entries = root.get("entries")
    if not isinstance(entries, Mapping):
        refuse(file.path, 1, "is no index of a Helm repository: it has no entries")
    charts = []
    for name in entries:
        versions = entries.mappings(name)
        line = versions[0].line if versions else entries.line
        for said in {name, *(text for version in versions if (text := version.text("name")))}:
            if climbs(said):
                refuse(file.path, line, f"names a chart {said[:60]}, which leaves its folder")
        charts.append(_listed(name, line, versions, repository, repository_url))
    dates = (root.text("generated") or "", *_created(entries))
    return HelmIndex(tuple(charts), dates)


def name_in(url_or_path: str) -> str | None:
    """What a repository at this place is likely to be called: the last part that is not called index or charts."""
    parts = urlsplit(url_or_path)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("charts.").split(".")[0] if parts.scheme else ""
    words = [re.sub(r"(?:[-_.]?index)?\.ya?ml$", "", part) for part in parts.path.split("/")]
    named = [word for word in words if word.lower() not in NO_NAME]
    last = named[-1] if named else host
    return last.lower() if re.fullmatch(r"[A-Za-z0-9][\w.-]{0,60}", last) else None


def _listed(name: str, line: int, versions: list[Mapping], repository: str, repository_url: str | None) -> ListedChart:
    named = {text: version for version in versions if (text := version.text("version"))}
    newest = next((named[version] for version in released(named)), Mapping(line))
    annotations = newest.mapping("annotations")
    return ListedChart(
        line=line,
        name=name,
        repository=repository,
        repository_url=repository_url,
        versions={text: version.text("appVersion") for text, version in named.items()},
        description=newest.text("description") or "",
        keywords=tuple(newest.texts("keywords")),
        category=annotations.text("category") or annotations.text("artifacthub.io/category"),
        home=newest.text("home"),
        license=annotations.text("licenses") or annotations.text("artifacthub.io/license"),
        deprecated=(newest.text("deprecated") or "").lower() == "true",
        library=newest.text("type") == "library",
    )


def _created(entries: Mapping) -> Iterator[str]:
    for name in entries:
        for version in entries.mappings(name):
            yield version.text("created") or ""
