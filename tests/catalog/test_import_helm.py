"""Importing Helm repositories and Artifact Hub pages."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog.diff import catalog_diff
from catalog.importers.helm import import_helm
from catalog.importers.helm_index import name_in
from catalog.importers.versions import released
from catalog.importers.withdraw import withdraw
from catalog.quarantine import quarantined
from catalog.snapshot import catalog_ref
from database import Database
from domain.errors import ImportRefused
from domain.packages import Package
from domain.queries import PackageQuery
from tools import packages

INDEX = """\
apiVersion: v1
entries:
  gizmo:
  - {name: gizmo, version: 1.9.0, appVersion: "7.1", created: "2026-02-01T00:00:00Z"}
  - name: gizmo
    version: 1.10.0
    appVersion: 7.10
    description: |
      A gizmo   for queues.
      Not markup: <b>bold</b>
    keywords: [Message Queue, gizmo]
    home: https://gizmo.example
    created: 2026-03-01T10:00:00.5Z
    annotations: {licenses: Apache-2.0}
  - {name: gizmo, version: 2.0.0-rc.1}
  base:
  - {name: base, version: 1.0.0, type: library}
  <CHARTNAME>:
  - {name: <CHARTNAME>, version: 1.0.0}
  unreleased:
  - {name: unreleased, version: v1.0.0-devel}
  - {name: unreleased, version: 0.0.1-set.by.chartpress}
generated: "2026-04-05T06:07:08Z"
"""


def written(folder: Path, text: str, name: str = "acme/index.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


async def chart(database: Database, key: str) -> Package | None:
    found = await packages.search(PackageQuery(names=(key.partition("/")[2],), top_k=50), database)
    return next((package for package in found.items if package.key == key), None)


async def test_an_index_gives_each_chart_at_its_newest_release(catalogue: Database, tmp_path: Path) -> None:
    report = await import_helm(catalogue, written(tmp_path, INDEX), repository_url="https://acme.example/charts")
    found = await chart(catalogue, "acme/gizmo")
    assert report.sets[0].source == "helm/acme"
    assert found is not None
    assert (found.version, found.app_version, found.category, found.license) == (
        "1.10.0",
        "7.10",
        "messaging",
        "Apache-2.0",
    )
    assert found.repository_url == "https://acme.example/charts"
    assert found.source.as_of == date(2026, 4, 5)


async def test_charts_that_cannot_be_installed_are_listed_with_the_reason(catalogue: Database, tmp_path: Path) -> None:
    await import_helm(catalogue, written(tmp_path, INDEX))
    refused = await quarantined(catalogue, "helm/acme")
    assert [(item.line, item.item, item.rule) for item in refused] == [
        (17, "base", "library-chart"),
        (19, "<CHARTNAME>", "no-such-name"),
        (21, "unreleased", "no-released-version"),
    ]


async def test_a_chart_of_the_starter_catalogue_keeps_our_words_and_takes_the_newer_version(
    catalogue: Database, tmp_path: Path
) -> None:
    ours = await chart(catalogue, "qdrant/qdrant")
    assert ours is not None
    index = "entries:\n  qdrant:\n  - {name: qdrant, version: VERSION, description: Their words}\n"
    path = written(tmp_path, index.replace("VERSION", "999.1.0"), "qdrant/index.yaml")
    await import_helm(catalogue, path)
    newer = await chart(catalogue, "qdrant/qdrant")
    assert newer is not None
    assert (newer.version, newer.description, newer.category) == ("999.1.0", ours.description, ours.category)
    diff = await catalog_diff(catalogue)
    assert [(change.change, change.before, change.after) for change in diff.changes] == [
        ("moved", ours.version, "999.1.0")
    ]
    path.write_text(index.replace("VERSION", "0.0.9"))
    await import_helm(catalogue, path)
    assert await chart(catalogue, "qdrant/qdrant") == ours


@pytest.mark.parametrize(
    "address", ["https://evil.example/charts", "https://qdrant.github.io.evil.example/qdrant-helm", "http://localhost"]
)
async def test_an_index_cannot_take_another_repositorys_name(catalogue: Database, tmp_path: Path, address: str) -> None:
    """Its charts would be installed by the commands of everybody's plans."""
    path = written(tmp_path, "entries:\n  qdrant:\n  - {name: qdrant, version: 999.1.0}\n")
    with pytest.raises(ImportRefused, match="is not the repository qdrant, which is known at") as refused:
        await import_helm(catalogue, path, repository="qdrant", repository_url=address)
    assert "--repository" in refused.value.remedy


async def test_a_repository_is_the_same_with_and_without_a_slash_at_its_end(
    catalogue: Database, tmp_path: Path
) -> None:
    ours = await chart(catalogue, "qdrant/qdrant")
    assert ours is not None
    path = written(tmp_path, "entries:\n  qdrant:\n  - {name: qdrant, version: 999.1.0}\n")
    await import_helm(catalogue, path, repository="qdrant", repository_url="https://QDRANT.github.io/qdrant-helm/")
    now = await chart(catalogue, "qdrant/qdrant")
    assert now is not None
    assert (now.version, now.repository_url) == ("999.1.0", ours.repository_url)


async def test_an_imported_repositorys_name_is_taken_too_until_it_is_withdrawn(
    catalogue: Database, tmp_path: Path
) -> None:
    path = written(tmp_path, INDEX)
    await import_helm(catalogue, path, repository_url="https://acme.example/charts")
    with pytest.raises(ImportRefused, match="acme"):
        await import_helm(catalogue, path, repository="acme", repository_url="https://moved.example/charts")
    await withdraw(catalogue, "helm/acme")
    await import_helm(catalogue, path, repository="acme", repository_url="https://moved.example/charts")
    found = await chart(catalogue, "acme/gizmo")
    assert found is not None
    assert found.repository_url == "https://moved.example/charts"


async def test_of_artifact_hub_a_chart_under_anothers_name_is_quarantined(catalogue: Database, tmp_path: Path) -> None:
    listed = [
        {
            "name": name, "version": "1.0.0", "ts": 1_780_000_000,
            "repository": {"name": "qdrant", "url": url, "kind": 0},
        }
        for name, url in (("qdrant", "https://evil.example"), ("extra", "https://qdrant.github.io/qdrant-helm"))
    ]  # fmt: skip
    await import_helm(catalogue, written(tmp_path, json.dumps({"packages": listed}), "search/pages.json"))
    assert [(row.item, row.rule) for row in await quarantined(catalogue, "artifact-hub")] == [
        ("qdrant", "another-address")
    ]
    assert await chart(catalogue, "qdrant/extra") is not None


async def test_the_same_index_in_another_order_changes_nothing(catalogue: Database, tmp_path: Path) -> None:
    one = "  a:\n  - {name: a, version: 1.0.0}\n  - {name: a, version: 1.1.0}\n"
    other = "  b:\n  - {name: b, version: 1.0.0}\n"
    await import_helm(catalogue, written(tmp_path, f"entries:\n{one}{other}"), as_of=date(2026, 1, 1))
    reference = await catalog_ref(catalogue)
    again = await import_helm(catalogue, written(tmp_path, f"entries:\n{other}{one}"), as_of=date(2026, 1, 1))
    assert not again.changed
    assert await catalog_ref(catalogue) == reference


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<!DOCTYPE html>\n<html></html>\n", "web page"),
        ("entries:\n  a:\n  - {name: ../../etc, version: 1.0.0}\n", "row 3 names a chart ../../etc"),
        ("entries:\n  ok:\n  - {name: ok, version: 1.0.0}\n  a/b:\n  - {version: 1.0.0}\n", "row 5 names a chart a/b"),
        (BOMB + "entries: {}\n", "row 2 uses an alias"),
        ("entries: !!python/object/apply:os.system ['true']\n", "row 1 has a tag"),
        ("entries:\n  a: [\n", "is not YAML"),
        ("entries:\n  a:\n  - {name: a, version: 1.0.0\n", "is not YAML"),
        ("[1, 2]\n", "not a mapping"),
        ("apiVersion: v1\n", "has no entries"),
        ("entries: " + "[" * 60 + "]" * 60 + "\n", "nests more than"),
        ("entries:\n  a:\n  - {name: a, version: main}\n", "no chart that can be used"),
    ],
)
async def test_a_wrong_or_hostile_index_is_refused_by_row_and_nothing_of_it_stored(
    catalogue: Database, tmp_path: Path, text: str, place: str
) -> None:
    before = await catalog_ref(catalogue)
    written(tmp_path, "entries:\n  good:\n  - {name: good, version: 1.0.0}\n", "good/index.yaml")
    path = written(tmp_path, text)
    with pytest.raises(ImportRefused) as refused:
        await import_helm(catalogue, [tmp_path / "good", path])
    assert place in refused.value.message
    assert "acme/index.yaml" in refused.value.message
    assert await catalog_ref(catalogue) == before
    assert await chart(catalogue, "good/good") is None


async def test_a_line_without_end_is_refused(catalogue: Database, tmp_path: Path) -> None:
    path = written(tmp_path, "entries:\n")
    with path.open("ab") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(ImportRefused, match="row 2 is longer than"):
        await import_helm(catalogue, path)


def page(*names: str, **fields: object) -> dict[str, object]:
    listed = [
        {
            "name": name, "display_name": name.title(), "description": "Does things", "version": "3.2.1",
            "app_version": "3", "license": "MIT", "stars": 12, "category": 2, "official": True,
            "ts": int(datetime(2026, 5, 6, tzinfo=UTC).timestamp()),
            "repository": {"name": "acme", "url": "https://acme.example", "kind": 0},
        } | fields
        for name in names
    ]  # fmt: skip
    return {"packages": listed}


async def test_pages_of_artifact_hub_are_read_from_a_file(catalogue: Database, tmp_path: Path) -> None:
    plugin = page("plugin", repository={"name": "acme", "url": "https://acme.example", "kind": 6})
    path = written(tmp_path, "\n".join(map(json.dumps, (page("widget"), plugin, page("sprocket")))), "hub/pages.jsonl")
    report = await import_helm(catalogue, path)
    found = await chart(catalogue, "acme/widget")
    assert (report.as_of, report.new) == (date(2026, 5, 6), 2)
    assert found is not None
    assert (found.display_name, found.category) == ("Widget", "database")
    assert (found.stars, found.official) == (None, False), "which a file says of itself"


async def test_the_index_of_a_repository_outweighs_what_artifact_hub_says_of_it(
    catalogue: Database, tmp_path: Path
) -> None:
    index = written(tmp_path, "entries:\n  widget:\n  - {name: widget, version: 4.0.0}\n")
    pages = written(tmp_path, json.dumps(page("widget", "sprocket")), "hub/pages.json")
    await import_helm(catalogue, pages)
    await import_helm(catalogue, index)
    found = await chart(catalogue, "acme/widget")
    assert found is not None
    assert found.version == "4.0.0"
    assert await chart(catalogue, "acme/sprocket") is not None


class _Hub(BaseHTTPRequestHandler):
    """Artifact Hub's search, with 130 packages."""

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        first, size = int(asked["offset"][0]), int(asked["limit"][0])
        body = json.dumps(page(*(f"chart-{n}" for n in range(130)[first : first + size]))).encode()
        found = asked["kind"] == ["0"] and urlsplit(self.path).path == "/api/v1/packages/search"
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("limit", "charts"), [(None, 130), (70, 70)])
async def test_the_search_of_artifact_hub_is_read_page_by_page(
    catalogue: Database, hub: str, limit: int | None, charts: int
) -> None:
    report = await import_helm(catalogue, f"{hub}/api/v1/packages/search", limit=limit)
    assert report.sets[0].rows_stored == charts


async def test_an_address_that_does_not_answer_is_an_error_with_a_remedy(catalogue: Database, hub: str) -> None:
    with pytest.raises(ImportRefused, match="the answer was 404") as refused:
        await import_helm(catalogue, f"{hub}/acme/index.yaml?offset=0&limit=1&kind=0")
    assert "import it from disk" in refused.value.remedy


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (("1.9.0", "1.10.0", "v1.2.3"), ("1.10.0", "1.9.0", "v1.2.3")),
        (("2.0.0-rc.1", "1.0.0"), ("1.0.0",)),
        (("2.0.0-beta.2", "2.0.0-beta.10", "2.0.0-alpha"), ("2.0.0-beta.10", "2.0.0-beta.2", "2.0.0-alpha")),
        (("v1.0.0-devel", "0.0.1-set.by.chartpress", "0.0.0", "main", "", "1"), ()),
        (("1.0.0+build.5", "1.0"), ("1.0.0+build.5", "1.0")),
    ],
)
def test_the_newest_release_comes_first_and_placeholders_nowhere(
    versions: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert released(versions) == expected
    assert released(reversed(versions)) == expected


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("https://charts.bitnami.com/bitnami", "bitnami"),
        ("https://prometheus-community.github.io/helm-charts", "prometheus-community"),
        ("https://charts.jetstack.io", "jetstack"),
        ("acme/index.yaml", "acme"),
        ("downloads/acme-index.yaml", "acme"),
        ("charts/index.yaml", None),
    ],
)
def test_a_repository_is_called_after_its_place(place: str, name: str | None) -> None:
    assert name_in(place) == name
