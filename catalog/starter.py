"""The starter catalogue: its files, what they hold, and what no catalogue may claim."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Generic, Literal, NamedTuple, TypeVar

from pydantic import Field

from catalog.files import Cells, checked, csv_rows, json_rows, refuse, refuse_duplicates, yaml_rows
from catalog.hosted_bounds import hosted_price_doubt
from domain.base import Frozen, Source
from domain.hosted import HostedPrice
from domain.models import ModelCard
from domain.offers import Gpu, Offer, SellerTier, ServicePrice
from domain.packages import Package
from domain.vocabulary import RegionTerm

STARTER = Path(__file__).with_name("starter")
Kind = Literal["compute", "models", "charts", "hosted", "currency"]
KINDS: tuple[Kind, ...] = ("compute", "models", "charts", "hosted")
"""What the starter has files of: the rates that are shipped belong to sizing."""
FORMAT = "1"
"""Part of every hash: raise it when the same files are to be stored differently."""

SOURCE_COLUMNS = ("source_id", "name", "url", "licence", "as_of")
GPU_COLUMNS = (*(name for name in Gpu.model_fields if name != "source"), "source_id")
PROVIDER_COLUMNS = ("provider", "display_name", "aliases", "seller", "programmes", "programmes_url", "source_id")
REGION_COLUMNS = ("provider", "region", "display_name", "country", "jurisdictions", "aliases")
OFFER_COLUMNS = ("provider", "instance_type", "region", "pricing", "term_months", "gpu", "gpu_count", "vcpu", "ram_gib",
                 "local_storage_gb", "price_per_hour_usd", "price_kind", "seller", "source_id")  # fmt: skip
FABRIC_COLUMNS = ("provider", "instance_type", "gbit_s", "source_id")
SERVICE_COLUMNS = ("provider", "kind", "region", "unit", "price_usd", "source_id")
HOSTED_COLUMNS = (*(name for name in HostedPrice.model_fields if name != "source"), "source_id")

T = TypeVar("T")


class CatalogSource(Frozen):
    source_id: str = Field(min_length=1)
    source: Source
    licence: str | None = None


UNKNOWN_SELLER: SellerTier = "containers"
"""What a provider of whom nothing is known is taken for: nothing proves that its machines can join a cluster, and
nothing that they stand in strangers' houses. Whoever chooses it goes without charts, not without the offer."""


class Provider(Frozen):
    """`seller` is what it sells where an offer says nothing else; the source of a row is the page that shows it."""

    provider: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    display_name: str
    aliases: tuple[str, ...] = ()
    seller: SellerTier = UNKNOWN_SELLER
    programmes: tuple[str, ...] = ()
    programmes_url: str | None = None


class Region(RegionTerm):
    display_name: str | None = None


class Fabric(Frozen):
    """The network between nodes: RDMA, or cards that are kept for what GPUs tell each other."""

    provider: str
    instance_type: str = Field(min_length=1, description="how the names of the instance types begin")
    gbit_s: float = Field(gt=0, description="per node")


class Network(Frozen):
    """What an instance's ordinary network carries at best."""

    provider: str
    instance_type: str = Field(min_length=1)
    gbit_s: float = Field(gt=0, description="per instance")


class CardedModel(Frozen):
    model: ModelCard
    card: str


class Chart(Frozen):
    package: Package
    aliases: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()


class Cited(NamedTuple, Generic[T]):
    """A fact and the id of the source it was read in."""

    fact: T
    source_id: str


class ComputeFacts(NamedTuple):
    sources: tuple[CatalogSource, ...]
    gpus: tuple[Cited[Gpu], ...]
    providers: tuple[Cited[Provider], ...]
    regions: tuple[Region, ...]
    offers: tuple[Cited[Offer], ...]
    fabrics: tuple[Cited[Fabric], ...]
    networks: tuple[Cited[Network], ...]
    services: tuple[Cited[ServicePrice], ...]


class ModelFacts(NamedTuple):
    sources: tuple[CatalogSource, ...]
    models: tuple[Cited[CardedModel], ...]


class ChartFacts(NamedTuple):
    sources: tuple[CatalogSource, ...]
    charts: tuple[Cited[Chart], ...]


class HostedFacts(NamedTuple):
    sources: tuple[CatalogSource, ...]
    prices: tuple[Cited[HostedPrice], ...]


def starter_sha256(kind: Kind, folder: Path = STARTER) -> str:
    """Fingerprint of the files of one kind, without reading a row; files that are not there count as none."""
    digest = hashlib.sha256(FORMAT.encode())
    for path in sorted((folder / kind).glob("*")):
        if path.suffix in (".csv", ".jsonl", ".yaml"):
            digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def read_compute(folder: Path = STARTER) -> ComputeFacts:
    """What clouds sell. Raises ImportRefused, naming file and row, for a row that cannot be true."""
    here = folder / "compute"
    sources = _Sources(here)
    gpus = _gpus(here / "gpus.csv", sources)
    providers = _providers(here / "providers.csv", sources)
    names = {provider.fact.provider for provider in providers}
    regions = _regions(here / "regions.csv", names)
    sellers = {provider.fact.provider: provider.fact.seller for provider in providers}
    offers = _offers(here / "offers.csv", sources, [gpu.fact for gpu in gpus], regions, sellers)
    fabrics = _fabrics(here / "fabrics.csv", sources, offers)
    networks = _networks(here / "networks.csv", sources, offers)
    services = _services(here / "services.csv", sources, names)
    return ComputeFacts(sources.all, gpus, providers, regions, offers, fabrics, networks, services)


def read_models(folder: Path = STARTER) -> ModelFacts:
    """Models with their cards. Raises ImportRefused."""
    path = folder / "models" / "models.jsonl"
    sources = _Sources(path.parent)
    models = []
    for row, fields in json_rows(path):
        source_id, source = sources.cited(fields, path, row)
        card = fields.pop("card", None)
        model = checked(ModelCard, {**fields, "source": source}, path, row)
        models.append(Cited(checked(CardedModel, {"model": model, "card": card}, path, row), source_id))
    refuse_duplicates(path, (model.fact.model.key.lower() for model in models))
    return ModelFacts(sources.all, tuple(models))


def read_charts(folder: Path = STARTER) -> ChartFacts:
    """Helm charts. Raises ImportRefused."""
    path = folder / "charts" / "charts.yaml"
    sources = _Sources(path.parent)
    charts = []
    for row, fields in yaml_rows(path):
        source_id, source = sources.cited(fields, path, row)
        names = {name: fields.pop(name, None) for name in ("aliases", "versions")}
        key = f"{fields.get('repository')}/{fields.get('name')}"
        package = checked(Package, {**fields, "key": key, "source": source}, path, row)
        charts.append(Cited(checked(Chart, {"package": package, **names}, path, row), source_id))
    refuse_duplicates(path, (chart.fact.package.key for chart in charts))
    return ChartFacts(sources.all, tuple(charts))


def read_hosted(folder: Path = STARTER) -> HostedFacts:
    """What APIs list for open models. Raises ImportRefused."""
    path = folder / "hosted" / "prices.csv"
    sources = _Sources(path.parent)
    prices = []
    for row, cells in csv_rows(path, HOSTED_COLUMNS):
        source_id, source = sources.cited(cells, path, row)
        price = checked(HostedPrice, {**cells, "source": source}, path, row)
        if doubt := hosted_price_doubt(price):
            refuse(path, row, doubt)
        prices.append(Cited(price, source_id))
    refuse_duplicates(path, (price.fact.key for price in prices))
    return HostedFacts(sources.all, tuple(prices))


class _Sources:
    """The sources of one folder, looked up by the rows that cite them."""

    def __init__(self, folder: Path) -> None:
        path = folder / "sources.csv"
        found = []
        for row, cells in csv_rows(path, SOURCE_COLUMNS):
            source = checked(Source, {name: cells[name] for name in ("name", "url", "as_of")}, path, row)
            described = {"source_id": cells["source_id"], "licence": cells["licence"], "source": source}
            found.append(checked(CatalogSource, described, path, row))
        refuse_duplicates(path, (source.source_id for source in found))
        self.all = tuple(found)
        self._by_id = {source.source_id: source.source for source in found}

    def cited(self, cells: Cells, path: Path, row: int) -> tuple[str, Source]:
        """Takes `source_id` out of the cells."""
        source_id = str(cells.pop("source_id", None))
        if source_id not in self._by_id:
            refuse(path, row, f"cites an unknown source: {source_id}")
        return source_id, self._by_id[source_id]


def _gpus(path: Path, sources: _Sources) -> tuple[Cited[Gpu], ...]:
    gpus = []
    for row, cells in csv_rows(path, GPU_COLUMNS, lists=("aliases",)):
        source_id, source = sources.cited(cells, path, row)
        gpu = checked(Gpu, {**cells, "source": source}, path, row)
        if gpu.memory_gb <= 0 or gpu.usable_gib <= 0:
            refuse(path, row, f"gives {gpu.name} no memory")
        gpus.append(Cited(gpu, source_id))
    refuse_duplicates(path, (gpu.fact.name for gpu in gpus))
    return tuple(gpus)


def _providers(path: Path, sources: _Sources) -> tuple[Cited[Provider], ...]:
    providers = []
    for row, cells in csv_rows(path, PROVIDER_COLUMNS, lists=("aliases", "programmes")):
        source_id, _ = sources.cited(cells, path, row)
        providers.append(Cited(checked(Provider, cells, path, row), source_id))
    refuse_duplicates(path, (provider.fact.provider for provider in providers))
    return tuple(providers)


def _regions(path: Path, providers: set[str]) -> tuple[Region, ...]:
    regions = []
    for row, cells in csv_rows(path, REGION_COLUMNS, lists=("jurisdictions", "aliases")):
        cells["name"] = cells.pop("region")
        region = checked(Region, cells, path, row)
        if region.provider not in providers:
            refuse(path, row, f"names an unknown provider: {region.provider}")
        regions.append(region)
    refuse_duplicates(path, (f"{region.provider}/{region.name}" for region in regions))
    return tuple(regions)


def _offers(
    path: Path, sources: _Sources, gpus: Sequence[Gpu], regions: Sequence[Region], sellers: Mapping[str, SellerTier]
) -> tuple[Cited[Offer], ...]:
    """Without a tier of its own, an offer has its provider's; without a kind of price, the seller's list price.

    A machine type that the seller itself bills by the GPU or by its parts has a listed price: it names the machine, or
    sells one GPU at that price. `multiplied` is the price of a machine that it is not known to sell.
    """
    known_gpus = {gpu.name: gpu for gpu in gpus}
    known_regions = {(region.provider, region.name): region for region in regions}
    offers, rows = [], {}
    for row, cells in csv_rows(path, OFFER_COLUMNS):
        source_id, source = sources.cited(cells, path, row)
        region = known_regions.get((str(cells["provider"]), str(cells["region"])))
        if region is None:
            refuse(path, row, f"names an unknown region: {cells['provider']}/{cells['region']}")
        if cells["gpu"] is not None and cells["gpu"] not in known_gpus:
            refuse(path, row, f"names an unknown GPU: {cells['gpu']}")
        gpu = None if cells["gpu"] is None else known_gpus[str(cells["gpu"])]
        place = {"country": region.country, "jurisdictions": region.jurisdictions}
        cells["seller"] = cells["seller"] or sellers[region.provider]
        key = "/".join(str(cells[name]) for name in ("provider", "instance_type", "region", "pricing"))
        key += f"-{cells['term_months']}m" if cells["term_months"] else ""
        offer = checked(Offer, {**cells, **place, "gpu": gpu, "key": key, "source": source}, path, row)
        if offer.price_per_hour_usd is not None and offer.price_per_hour_usd <= 0:
            refuse(path, row, "has a price of zero; an unknown price is an empty cell")
        if (offer.gpu is None) != (offer.gpu_count == 0) or offer.gpu_count < 0:
            refuse(path, row, f"counts {offer.gpu_count} GPUs of {cells['gpu'] or 'no kind'}")
        if (offer.pricing == "reserved") != (offer.term_months > 0):
            refuse(path, row, f"commits to {offer.term_months} months at {offer.pricing} pricing")
        offers.append(Cited(offer, source_id))
        rows[offer.key] = row
    refuse_duplicates(path, (offer.fact.key for offer in offers))
    _refuse_dear(path, [offer.fact for offer in offers], rows)
    return tuple(offers)


def _refuse_dear(path: Path, offers: Sequence[Offer], rows: dict[str, int]) -> None:
    """Nobody is paid for taking the risk of spot, or for committing, with a price above on-demand."""
    on_demand = {
        (offer.provider, offer.instance_type, offer.region): offer.price_per_hour_usd
        for offer in offers
        if offer.pricing == "on_demand"
    }
    for offer in offers:
        full = on_demand.get((offer.provider, offer.instance_type, offer.region))
        if offer.pricing != "on_demand" and full and offer.price_per_hour_usd and offer.price_per_hour_usd > full:
            said = f"sells {offer.pricing} at {offer.price_per_hour_usd}, above on-demand at {full}"
            refuse(path, rows[offer.key], said)


def _fabrics(path: Path, sources: _Sources, offers: Sequence[Cited[Offer]]) -> tuple[Cited[Fabric], ...]:
    sold = {(offer.fact.provider, offer.fact.instance_type) for offer in offers}
    fabrics = []
    for row, cells in csv_rows(path, FABRIC_COLUMNS):
        source_id, _ = sources.cited(cells, path, row)
        fabric = checked(Fabric, cells, path, row)
        if not any(provider == fabric.provider and name.startswith(fabric.instance_type) for provider, name in sold):
            refuse(path, row, f"joins machines that nobody sells: {fabric.provider}/{fabric.instance_type}")
        fabrics.append(Cited(fabric, source_id))
    refuse_duplicates(path, (f"{fabric.fact.provider}/{fabric.fact.instance_type}" for fabric in fabrics))
    return tuple(fabrics)


def _networks(path: Path, sources: _Sources, offers: Sequence[Cited[Offer]]) -> tuple[Cited[Network], ...]:
    sold = {(offer.fact.provider, offer.fact.instance_type) for offer in offers}
    networks = []
    for row, cells in csv_rows(path, FABRIC_COLUMNS):
        source_id, _ = sources.cited(cells, path, row)
        network = checked(Network, cells, path, row)
        if (network.provider, network.instance_type) not in sold:
            refuse(path, row, f"describes a machine that nobody sells: {network.provider}/{network.instance_type}")
        networks.append(Cited(network, source_id))
    refuse_duplicates(path, (f"{network.fact.provider}/{network.fact.instance_type}" for network in networks))
    return tuple(networks)


def _services(path: Path, sources: _Sources, providers: set[str]) -> tuple[Cited[ServicePrice], ...]:
    services = []
    for row, cells in csv_rows(path, SERVICE_COLUMNS):
        source_id, source = sources.cited(cells, path, row)
        key = "/".join(str(cells[name]) for name in ("provider", "kind", "region"))
        price = checked(ServicePrice, {**cells, "key": key, "source": source}, path, row)
        if price.provider not in providers:
            refuse(path, row, f"names an unknown provider: {price.provider}")
        if price.price_usd < 0:
            refuse(path, row, "has a negative price")
        services.append(Cited(price, source_id))
    refuse_duplicates(path, (price.fact.key for price in services))
    return tuple(services)
