"""`catalog refresh`: every source on its own, against servers on this machine that speak their formats."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from zlib import crc32

import pytest
import pytest_asyncio
import yaml
from huggingface_hub import HfApi
from huggingface_hub.hf_api import ModelInfo

from catalog.importers import hub_api
from catalog.importers.skypilot import import_skypilot
from catalog.importers.withdraw import withdraw
from catalog.integrity import violations
from catalog.models import models_of
from catalog.reference import load_reference
from catalog.refresh.run import Refreshed, RefreshReport, refresh
from catalog.refresh.sources import SHIPPED, RefreshSources, asked, read_sources
from catalog.snapshot import catalog_ref, snapshots
from database import Database
from domain.errors import InvalidInput
from domain.models import ModelCard
from domain.workload import Budget, WorkloadSpec
from graph.rates import with_rate
from sizing.budget import budget_notes, budget_of
from tests.catalog.local_sources import NEW_MODEL, OUR_MODEL, VMS, LocalSources, served
from tools import compute

PRICE = "lambda/gpu_8x_h100_sxm5/us-east-1/on_demand"
ALL = ["skypilot/lambda", "hub", "hosted/list", "currency/ecb", "helm/acme"]


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSources]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.file_download.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    for module in ("utils._http", "file_download"):  # its client waits between its tries, for 23 s in all
        monkeypatch.setattr(f"huggingface_hub.{module}.time", SimpleNamespace(sleep=lambda seconds: None))
    with served() as sources:
        monkeypatch.setattr(hub_api, "_info", partial(told_of, sources, hub_api._info))
        yield sources


def told_of(
    sources: LocalSources, ask: Callable[[HfApi, str], ModelInfo | None], hub: HfApi, model: str
) -> ModelInfo | None:
    """What the server says of a model. Of the hundreds that the catalogue has and the server does not, every fiftieth
    is asked about: each takes a connection and 3 ms, and a refresh asks about all."""
    return ask(hub, model) if model in sources.models or crc32(model.encode()) % 50 == 0 else None


@pytest.fixture
def sources(local: LocalSources, tmp_path: Path) -> RefreshSources:
    path = tmp_path / "sources.yaml"
    path.write_text(local.yaml())
    return read_sources(path)


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(catalogue: Database) -> AsyncIterator[Database]:
    """The catalogue, without what an earlier refresh wrote down."""
    yield catalogue
    async with catalogue.connection() as connection:
        await connection.execute("DELETE FROM catalog.refreshes")


def outcomes(report: RefreshReport) -> dict[str, str]:
    return {item.name: item.outcome for item in report.sources}


async def price(database: Database) -> float | None:
    offers = await compute.lookup([PRICE], database)
    return offers[0].price_per_hour_usd if offers else None


async def model(database: Database, key: str) -> ModelCard | None:
    reference = await load_reference(database)
    async with database.connection() as connection:
        return next(iter(await models_of(connection, [key], reference)), None)


async def test_every_source_is_brought_up_to_date_and_the_second_time_nothing_changes(
    fresh: Database, sources: RefreshSources
) -> None:
    report = await refresh(fresh, sources)
    assert outcomes(report) == dict.fromkeys(ALL, "changed")
    assert report.violations == ()
    assert await price(fresh) == 30.0
    assert {item.source for item in await snapshots(fresh)} >= set(ALL)
    reference = await catalog_ref(fresh)

    again = await refresh(fresh, sources)
    assert outcomes(again) == dict.fromkeys(ALL, "unchanged")
    assert await catalog_ref(fresh) == reference


async def test_what_changed_is_told(fresh: Database, local: LocalSources, sources: RefreshSources) -> None:
    await refresh(fresh, sources)
    local.files["/lambda/vms.csv"] = VMS + "gpu_8x_h100_sxm5,H100,8,208,1800,,33.0,,us-east-1\n"
    told: list[Refreshed] = []
    report = await refresh(fresh, sources, told=told.append)
    (changed,) = [item for item in report.sources if item.outcome == "changed"]
    assert (changed.name, changed.moved, changed.new, changed.gone) == ("skypilot/lambda", 1, 0, 0)
    assert [(one.key, one.before, one.after, one.percent) for one in changed.changes] == [(PRICE, "30", "33", 10.0)]
    assert [item.name for item in told] == ALL


@pytest.mark.parametrize("fault", ["down", "half", "web page"])
async def test_a_source_that_fails_leaves_its_facts_and_the_others_go_on(
    fresh: Database, local: LocalSources, sources: RefreshSources, fault: str
) -> None:
    await refresh(fresh, sources)
    local.files["/lambda/vms.csv"] = VMS + "gpu_8x_h100_sxm5,H100,8,208,1800,,33.0,,us-east-1\n" * 40
    local.files["/acme/index.yaml"] = local.files["/acme/index.yaml"].replace("1.10.0", "1.11.0")
    local.faults["/lambda/vms.csv"] = fault  # type: ignore[assignment]
    report = await refresh(fresh, sources)
    assert [item.name for item in report.failed] == ["skypilot/lambda"]
    assert report.failed[0].problem
    assert outcomes(report)["helm/acme"] == "changed"
    assert await price(fresh) == 30.0
    assert report.violations == ()


@pytest.mark.parametrize(
    "path", ["/acme/index.yaml", "/prices.json", "/rates.xml", "/api/models", f"/{NEW_MODEL}/resolve/main/README.md"]
)
async def test_each_source_is_all_or_nothing(
    fresh: Database, local: LocalSources, sources: RefreshSources, path: str
) -> None:
    before = {item.source: item.sha256 for item in await snapshots(fresh)}
    local.faults[path] = "half"
    report = await refresh(fresh, sources)
    (failed,) = report.failed
    held = {item.source for item in await snapshots(fresh)} - set(before)
    assert held == {name for name in ALL if name != failed.name}
    local.faults.clear()
    assert outcomes(await refresh(fresh, sources))[failed.name] == "changed"


async def test_a_refresh_that_was_stopped_goes_on_and_the_next_one_starts_anew(
    fresh: Database, local: LocalSources, sources: RefreshSources
) -> None:
    class Stopped(Exception):
        pass

    def stop(item: Refreshed) -> None:
        if item.name == "hub":
            raise Stopped

    with pytest.raises(Stopped):
        await refresh(fresh, sources, told=stop)
    local.asked.clear()
    report = await refresh(fresh, sources)
    assert outcomes(report) == {
        "skypilot/lambda": "before", "hub": "before", "hosted/list": "changed", "currency/ecb": "changed",
        "helm/acme": "changed",
    }  # fmt: skip
    assert "/lambda/vms.csv" not in local.asked
    assert outcomes(await refresh(fresh, sources)) == dict.fromkeys(ALL, "unchanged")


async def test_a_stopped_refresh_can_be_begun_again(fresh: Database, sources: RefreshSources) -> None:
    class Stopped(Exception):
        pass

    def stop(_: Refreshed) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        await refresh(fresh, sources, told=stop)
    assert outcomes(await refresh(fresh, sources, again=True))["skypilot/lambda"] == "unchanged"


async def test_on_trial_everything_is_read_and_nothing_stored(fresh: Database, sources: RefreshSources) -> None:
    reference = await catalog_ref(fresh)
    report = await refresh(fresh, sources, trial=True)
    assert outcomes(report) == dict.fromkeys(ALL, "changed")
    assert await catalog_ref(fresh) == reference
    assert await model(fresh, NEW_MODEL) is None
    real = await refresh(fresh, sources)
    assert [(item.new, item.gone, item.moved) for item in real.sources] == [
        (item.new, item.gone, item.moved) for item in report.sources
    ]


async def test_one_source_or_a_part_can_be_named(fresh: Database, local: LocalSources, sources: RefreshSources) -> None:
    assert list(outcomes(await refresh(fresh, sources, only=["helm"]))) == ["helm/acme"]
    assert list(outcomes(await refresh(fresh, sources, only=["skypilot/lambda", "hosted"]))) == [
        "skypilot/lambda", "hosted/list",
    ]  # fmt: skip
    assert set(local.asked) == {"/acme/index.yaml", "/lambda/vms.csv", "/prices.json"}
    with pytest.raises(InvalidInput, match="skypilot/nowhere"):
        await refresh(fresh, sources, only=["skypilot/nowhere"])


async def test_the_hub_gives_new_models_and_todays_downloads_of_ours(fresh: Database, sources: RefreshSources) -> None:
    ours = await model(fresh, OUR_MODEL)
    assert ours is not None
    await refresh(fresh, sources, only=["hub"])
    new, now = await model(fresh, NEW_MODEL), await model(fresh, OUR_MODEL)
    assert new is not None
    assert (new.architecture.layers, new.source.as_of) == (32, date.today())
    assert now == ours.model_copy(update={"downloads": 987_654_321, "likes": 7})
    await withdraw(fresh, "hub")
    assert await model(fresh, OUR_MODEL) == ours


async def test_a_price_that_cannot_be_is_kept_out(
    fresh: Database, local: LocalSources, sources: RefreshSources
) -> None:
    local.files["/lambda/vms.csv"] = (
        VMS + "gpu_8x_h100_sxm5,H100,8,208,1800,,0.01,,us-east-1\n" + ("gpu_1x_gh200,GH200,1,64,432,,2.0,,us-east-1\n")
    )
    report = await refresh(fresh, sources, only=["skypilot"])
    assert report.sources[0].quarantined == 1
    assert await price(fresh) != 0.01
    assert report.violations == ()


async def test_a_repository_that_calls_itself_as_another_is_not_taken(fresh: Database, local: LocalSources) -> None:
    text = f"helm: {{in_use: false, repositories: [{{name: qdrant, address: '{local.address}/acme'}}]}}"
    report = await refresh(fresh, RefreshSources.model_validate(yaml.safe_load(text)))
    (failed,) = report.failed
    assert "is not the repository qdrant, which is known at https://qdrant.github.io" in (failed.problem or "")
    assert report.violations == ()


async def test_the_shipped_sources_ask_every_index_that_the_catalogue_has_charts_of(catalogue: Database) -> None:
    sources = read_sources()
    async with catalogue.connection() as connection:
        what = await asked(connection, sources)
        cursor = await connection.execute("SELECT DISTINCT repository, repository_url FROM cloud.bitnami_packages")
        used = {row["repository"]: row["repository_url"] for row in await cursor.fetchall()}
    names = {item.name for item in what.items}
    assert {f"helm/{name}" for name, url in used.items() if (url or "").startswith("http")} <= names
    assert all(name in what.left_out[0] for name, url in used.items() if (url or "").startswith("oci:"))
    assert {"skypilot/aws", "skypilot/digitalocean", "hub", "hosted/list"} <= names
    assert len(names) == len(what.items)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("skypilot: {address: 'https://example.com/vms.csv', clouds: [aws]}", "skypilot.address"),
        ("helm: {repositories: [{name: acme, address: 'ftp://example.com'}]}", "helm.repositories.0.address"),
        ("hosted: [", "cannot be read"),
        ("hubs: {}", "hubs"),
    ],
)
def test_a_sources_file_of_another_form_is_refused_by_its_field(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=match):
        read_sources(path)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE cloud.instances SET price_per_hour_usd = 999 WHERE pricing = 'spot' AND provider = 'vultr'", ""),
        (
            "UPDATE cloud.instances SET price_per_hour_usd = 999 WHERE pricing = 'spot' AND provider = 'azure'",
            "Spot or",
        ),
        ("UPDATE cloud.instances SET gpu_count = 0 WHERE provider = 'lambda'", "An offer counts GPUs"),
        ("UPDATE cloud.instances SET region = 'mars' WHERE key LIKE 'lambda/gpu_8x_v100%%'", "nowhere known"),
        ("UPDATE cloud.instances SET source_id = NULL WHERE provider = 'ovh'", "An offer cites no source"),
        ("UPDATE cloud.bitnami_packages SET version = '' WHERE key = 'qdrant/qdrant'", "A chart has no version"),
        (
            "UPDATE cloud.bitnami_packages SET repository_url = 'https://evil.example' WHERE key = 'bitnami/redis'",
            "two addresses",
        ),
        ("DELETE FROM hf.model_to_card WHERE model_id = 'BAAI/bge-m3'", "no card that can be searched"),
    ],
)
async def test_a_catalogue_that_breaks_a_rule_says_which(catalogue: Database, statement: str, rule: str) -> None:
    async with catalogue.connection() as connection, connection.transaction(force_rollback=True):
        await connection.execute(statement)
        found = await violations(_Same(connection))  # type: ignore[arg-type]
    assert [sentence for sentence in found if rule in sentence] if rule else found == ()
    assert len(found) <= 1


class _Same:
    """A database with one connection, so that a rule is asked inside the transaction that breaks it."""

    def __init__(self, connection: object) -> None:
        self._connection = connection

    def connection(self) -> "_Same":
        return self

    async def __aenter__(self) -> object:
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        pass


async def test_the_starter_catalogue_breaks_no_rule(catalogue: Database) -> None:
    assert await violations(catalogue) == ()


async def test_what_was_imported_breaks_no_rule(catalogue: Database, tmp_path: Path) -> None:
    path = tmp_path / "aws_vms.csv"
    path.write_text(VMS + "p5.48xlarge,H100,8,192,2048,,55.04,20.0,us-east-1\n")
    await import_skypilot(catalogue, path, as_of=date(2026, 11, 1))
    assert await violations(catalogue) == ()


def test_the_shipped_sources_are_all_there() -> None:
    assert SHIPPED.is_file()
    assert all(part is not None for part in read_sources())


async def test_a_refreshed_rate_is_the_one_that_a_budget_is_held_against(
    fresh: Database, sources: RefreshSources
) -> None:
    spec = WorkloadSpec(budget=Budget(amount=100, currency="EUR"))
    await refresh(fresh, sources, only=["currency"])
    asked = with_rate(spec, await load_reference(fresh))
    assert budget_of(asked).amount_usd == 125
    assert [note for note in budget_notes(asked) if "2026-11-20" in note]
    await withdraw(fresh, "currency/ecb")
    assert with_rate(spec, await load_reference(fresh)) == spec
