"""What a refresh asks, and where: the sources file, and the chart repositories that the catalogue has charts of."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from catalog.importers.charts import is_name
from catalog.importers.hub_chosen import Chosen
from catalog.importers.unsaid import unsaid
from catalog.starter import Kind
from catalog.store import Connection
from domain.base import Frozen
from domain.errors import InvalidInput

SHIPPED = Path(__file__).with_name("sources.yaml")
HTTP = r"^https?://\S+$"
IN_USE = (
    "SELECT repository, min(repository_url) AS address FROM cloud.bitnami_packages"
    " WHERE repository_url IS NOT NULL GROUP BY repository ORDER BY repository"
)


class Clouds(Frozen):
    address: str = Field(pattern=r"^https?://\S*\{cloud\}\S*$")
    clouds: tuple[str, ...] = Field(min_length=1)


class ChartRepository(Frozen):
    name: str
    address: str = Field(pattern=HTTP)


class ChartRepositories(Frozen):
    """`in_use`: also those that the catalogue has charts of."""

    in_use: bool = True
    repositories: tuple[ChartRepository, ...] = ()


class ApiPrices(Frozen):
    address: str = Field(pattern=HTTP)


class ReferenceRates(Frozen):
    address: str = Field(pattern=HTTP)


class RefreshSources(Frozen):
    """A sources file; a part that is not there is not refreshed."""

    skypilot: Clouds | None = None
    helm: ChartRepositories | None = None
    hub: Chosen | None = None
    hosted: ApiPrices | None = None
    currency: ReferenceRates | None = None


class RefreshItem(Frozen):
    """One source, by the name that its set has in `catalog status`: it comes whole or not at all."""

    name: str
    kind: Kind
    address: str


class Asked(Frozen):
    """What a refresh asks, in its order, and what it cannot ask, as sentences."""

    items: tuple[RefreshItem, ...]
    left_out: tuple[str, ...] = ()


def read_sources(path: Path = SHIPPED) -> RefreshSources:
    """Raises InvalidInput for a file of another form."""
    try:
        return RefreshSources.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.", f"Write it as {SHIPPED.name} is written.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"{path} has a wrong {where or 'form'}: {first['msg']}.", f"Write it as {SHIPPED.name} is written."
        ) from error


async def asked(connection: Connection, sources: RefreshSources, only: Iterable[str] = ()) -> Asked:
    """Every source, or those whose names are or begin with one of `only`. Raises InvalidInput where none does."""
    items = [*_clouds(sources), *_fixed(sources)]
    left_out: tuple[str, ...] = ()
    if sources.helm is not None:
        named = {item.name: item.address for item in sources.helm.repositories}
        cursor = await connection.execute(IN_USE)
        used = {row["repository"]: row["address"] for row in await cursor.fetchall()} if sources.helm.in_use else {}
        repositories = used | named
        without = sorted(name for name, address in repositories.items() if not address.startswith("http"))
        items += [
            RefreshItem(name=f"helm/{name}", kind="charts", address=f"{address.rstrip('/')}/index.yaml")
            for name, address in sorted(repositories.items())
            if name not in without and is_name(name)
        ]
        if without:
            left_out = (f"OCI registries have no index to ask for: {', '.join(without)}.",)
    return Asked(items=_chosen(items, tuple(only)), left_out=left_out if not only else ())


def _clouds(sources: RefreshSources) -> Iterator[RefreshItem]:
    for cloud in sources.skypilot.clouds if sources.skypilot else ():
        address = sources.skypilot.address.replace("{cloud}", cloud) if sources.skypilot else ""
        ours = unsaid().providers.get(cloud, cloud)
        yield RefreshItem(name=f"skypilot/{ours}", kind="compute", address=address)


def _fixed(sources: RefreshSources) -> Iterator[RefreshItem]:
    """Models before the prices of APIs, which are read for the models that the catalogue knows."""
    if sources.hub is not None:
        yield RefreshItem(name="hub", kind="models", address=sources.hub.endpoint or "https://huggingface.co")
    if sources.hosted is not None:
        yield RefreshItem(name="hosted/list", kind="hosted", address=sources.hosted.address)
    if sources.currency is not None:
        yield RefreshItem(name="currency/ecb", kind="currency", address=sources.currency.address)


def _chosen(items: list[RefreshItem], only: tuple[str, ...]) -> tuple[RefreshItem, ...]:
    for word in only:
        if not any(_is_meant(item, word) for item in items):
            kinds = ", ".join(dict.fromkeys(item.name.split("/")[0] for item in items))
            raise InvalidInput(f"No source is called {word!r}.", f"Name one, such as skypilot/aws, or a part: {kinds}.")
    return tuple(item for item in items if not only or any(_is_meant(item, word) for word in only))


def _is_meant(item: RefreshItem, word: str) -> bool:
    return item.name == word or item.name.startswith(f"{word}/")
