"""What a cloud sells: an accelerator's facts, and an instance type at a price in a region."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.base import HOURS_PER_MONTH, Frozen, Pricing, Source
from domain.cluster import GpuAccess

Vendor = Literal["nvidia", "amd", "intel", "google", "aws", "apple", "cpu"]
"""Who made an accelerator. No row has `cpu`: sizing takes the cores of a machine without a GPU for such a device."""
Link = Literal["nvlink", "nvlink_bridge", "infinity_fabric", "ici", "neuronlink", "roce", "pcie"]
SellerTier = Literal[
    "hyperscaler", "managed_kubernetes", "virtual_machines", "containers", "community", "marketplace"
]  # fmt: skip
"""Who stands behind a machine. The last three rent containers: `containers` in data centres of their own, `community`
and `marketplace` on strangers' machines."""
PriceKind = Literal["listed", "median", "floor", "multiplied", "estimate"]
"""How a price came about: a seller's list price; the median or the lowest of a market; one GPU's price multiplied; a
figure worked out from others, or what spot cost on a day."""
NODE_TIERS: frozenset[SellerTier] = frozenset({"hyperscaler", "managed_kubernetes", "virtual_machines"})
OWN_HARDWARE = "own hardware"
"""The provider of an offer that is no offer: machines that the user has."""
STRANGERS: frozenset[SellerTier] = frozenset({"community", "marketplace"})


class Gpu(Frozen):
    """One accelerator model. TFLOPS are dense (no sparsity); an unknown figure is null, never 0."""

    name: str = Field(description="canonical name with variant: H100-SXM, A100-80GB, L4, RTX-4090")
    family: str = Field(description="what a buyer calls all its variants: H100, A100")
    vendor: Vendor
    aliases: tuple[str, ...] = ()
    architecture: str | None = None
    compute_capability: float | None = Field(default=None, description="NVIDIA only: 7.5, 8.9, 9.0")
    memory_gb: float = Field(description="nominal, as sold")
    usable_gib: float = Field(description="what the driver reports, in GiB: what a fit is checked against")
    memory_bandwidth_gb_s: float | None = None
    tflops_fp32: float | None = None
    tflops_fp16: float | None = None
    tflops_bf16: float | None = None
    tflops_fp8: float | None = None
    tops_int8: float | None = None
    tflops_fp4: float | None = None
    link: Link = "pcie"
    link_gb_s: float | None = Field(default=None, description="bidirectional bandwidth per GPU")
    source: Source | None = None

    def __hash__(self) -> int:
        """Of the name, and of the memory, by which a part of a GPU differs from the whole: what is known of a GPU is
        looked up all the time."""
        return hash((self.name, self.usable_gib))


class Offer(Frozen):
    """An instance type in a region under one kind of pricing: a row of `cloud.instances`."""

    key: str = Field(description="provider/instance_type/region/pricing, with -12m for a commitment of 12 months")
    provider: str
    instance_type: str
    region: str
    country: str | None = Field(default=None, description="ISO 3166-1 alpha-2")
    jurisdictions: tuple[str, ...] = ()
    pricing: Pricing
    term_months: int = Field(default=0, ge=0, description="how long the price commits to; 0: not at all")
    gpu: Gpu | None = None
    gpu_count: int = 0
    vcpu: int | None = None
    ram_gib: float | None = None
    local_storage_gb: float | None = None
    price_per_hour_usd: float | None = Field(default=None, description="for the whole instance; null: unknown")
    price_kind: PriceKind = "listed"
    price_age_days: int = Field(default=0, description="before the newest price of the catalogue")
    usual_price_per_hour_usd: float | None = Field(
        default=None,
        description="as many of these GPUs, at this kind of pricing, at the catalogue's median; null: no GPU",
    )
    seller: SellerTier = "virtual_machines"
    fabric_gbit_s: float | None = Field(
        default=None, description="RDMA network between nodes of this kind, per node; null: none known"
    )
    network_gbit_s: float | None = Field(
        default=None, description="what the instance's ordinary network carries at best; null: not known"
    )
    in_cluster: GpuAccess | None = Field(default=None, description="of nodes that are there; null: not of a cluster")
    source: Source

    @property
    def can_be_node(self) -> bool:
        """Whether it can join a Kubernetes cluster; what is rented as a container cannot."""
        return self.seller in NODE_TIERS

    @property
    def terms(self) -> str:
        """The kind of pricing as people write it, how long it binds first: on-demand, spot, 1-year commitment."""
        if not self.term_months:
            return self.pricing.replace("_", "-")
        years, months = divmod(self.term_months, 12)
        return f"{self.term_months}-month commitment" if months else f"{years}-year commitment"

    @property
    def price_per_month_usd(self) -> float | None:
        """730 hours of the instance, in USD."""
        return None if self.price_per_hour_usd is None else self.price_per_hour_usd * HOURS_PER_MONTH

    @property
    def total_vram_gb(self) -> float:
        """Nominal GB over all the GPUs of the instance."""
        return self.gpu_count * self.gpu.memory_gb if self.gpu else 0.0


class ServicePrice(Frozen):
    """A provider's price for something that is not an instance: storage, egress, a load balancer."""

    key: str = Field(description="provider/kind/region (region * where the price is the same everywhere)")
    provider: str
    kind: Literal["block_storage", "object_storage", "file_storage", "egress", "load_balancer", "control_plane"]
    region: str = "*"
    unit: Literal["gb_month", "gb", "hour"]
    price_usd: float
    source: Source


class Market(Frozen):
    """What is usual over the whole catalogue: what one offer's price is held against."""

    newest_price: date | None = Field(default=None, description="day of the newest price: ages count from it")
    usual_per_gpu_hour_usd: dict[str, float] = Field(
        default_factory=dict, description="`GPU name/pricing` -> median USD of one GPU for one hour"
    )
