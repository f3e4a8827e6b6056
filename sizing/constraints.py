"""Which offers a spec allows at all, before any arithmetic: price, place, provider, GPU, instance size."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from domain.base import Pricing
from domain.offers import STRANGERS, Gpu, Link, Offer
from domain.workload import LANGUAGE_DOMAINS, GpuRequirement, Interconnect, WorkloadSpec
from sizing.amount_of_work import JOB_TASKS, TRAINING_TASKS
from sizing.approaches import approach_for
from sizing.deployment import MAX_NODES
from sizing.engine_rows import engine_rows
from sizing.engines import OLDEST_NVIDIA, WITHOUT_IMAGES
from sizing.reference_workloads import reference_for
from sizing.rules import RuleBook, is_sensitive
from sizing.seller_owners import owner_refusal
from sizing.standards import needs_spare

LARGEST_NODE_GPUS = 8
"""A count up to this is asked of one instance; a larger one may be reached over several."""
LINKS: dict[Interconnect, frozenset[Link]] = {
    "nvlink": frozenset({"nvlink", "nvlink_bridge"}),
    "pcie": frozenset({"pcie", "nvlink_bridge"}),
}
"""Links between the GPUs of one machine that are what was asked for. What joins machines is not in the catalogue."""


def _runs_on_arm(spec: WorkloadSpec) -> bool:
    """Whether the engine of such work has an image for Arm processors."""
    is_trained = spec.task_type in ("training", "fine_tuning")
    return not is_trained and (spec.domain or "llm") in engine_rows().arm.domains


_SAME_PLACE = {"uk": "gb", "usa": "us", "united states": "us", "united kingdom": "gb", "europe": "eu"}
_VENDOR_WORDS = re.compile(r"^(nvidia|amd|intel|google|aws|geforce|tesla|instinct)+")
PUBLISHED_FOR = ("nvidia",)
_ON_REQUEST_VENDORS = ("intel", "google", "aws", "apple")
_UNKNOWN = "not asked yet"


@lru_cache(maxsize=65536)
def plain_name(text: str) -> str:
    """A GPU's or provider's name as people vary it, brought to one spelling: "NVIDIA H100 80GB" is "h10080gb"."""
    joined = "".join(c for c in text.lower() if c.isalnum())
    return _VENDOR_WORDS.sub("", joined) or joined


def names_gpu(wanted: str, gpu: Gpu) -> bool:
    """Whether the user's word means this GPU: its name, its family, an alias, or a variant of which it is a finer one.

    "A100-80GB" covers A100-80GB-PCIe, but "RTX-3090" is not RTX-3090-Ti, which is a family of its own.
    """
    plain = plain_name(wanted)
    parts = gpu.name.split("-")
    coarser = ("-".join(parts[:count]) for count in range(1, len(parts)))
    broader = (name for name in coarser if name.startswith(gpu.family))
    return any(plain == plain_name(name) for name in (gpu.name, gpu.family, *gpu.aliases, *broader))


def pricings_of(spec: WorkloadSpec) -> tuple[Pricing, ...] | None:
    """The kind of price that was asked for; for a service that is to survive a failure none that takes its machines
    back, unless that was permitted. Null: any."""
    if spec.pricing is not None:
        return (spec.pricing,)
    stays_up = needs_spare(spec) and spec.task_type not in JOB_TASKS and "spot" not in spec.pricing_allowed
    return ("on_demand", "reserved") if stays_up else None


def asked_of_one(wanted: GpuRequirement) -> int | None:
    """GPUs that one instance must have: the count asked for, shared over the machines that were asked for."""
    share = (wanted.min_count or 0) // (wanted.min_nodes or 1)
    return share if 1 <= share <= LARGEST_NODE_GPUS else None


@dataclass(slots=True)
class OfferFilter:
    """The spec's hard constraints on an offer. Answers are remembered per GPU model and per place."""

    spec: WorkloadSpec
    _gpus: dict[tuple[int, int], str | None] = field(default_factory=dict)
    _places: dict[tuple[str, str, str], str | None] = field(default_factory=dict)
    is_particular: bool = False
    """Whether it asks for what differs from offer to offer: pricing, cores, RAM."""
    pricings: tuple[Pricing, ...] | None = None
    """Kinds of price that are open to it; null: all."""
    _sensitive: bool = False
    _vendors: tuple[str, ...] = ()
    """Makers of GPUs that the recommended method has builds for; empty: no such bound."""

    def __post_init__(self) -> None:
        """What every answer looks at is worked out once."""
        spec = self.spec
        self.pricings = pricings_of(spec)
        self.is_particular = any(v is not None for v in (self.pricings, spec.cpu.min_vcpu, spec.cpu.min_ram_gb))
        self._sensitive = is_sensitive(spec)
        method = approach_for(spec)
        self._vendors = method.approach.vendors if method else self._vendors_of_programs()

    def _vendors_of_programs(self) -> tuple[str, ...]:
        """Makers of GPUs that the programs of this kind of work are published for; all, where the user names one.

        AMD's have images of the engine of language models and embedders, and of training; what serves pictures, speech
        and the like is published for NVIDIA's, so they are used for it only when they are asked for.
        """
        spec, wanted = self.spec, self.spec.gpu
        if spec.domain is None or wanted.models or wanted.vendors or set(PUBLISHED_FOR) & set(wanted.excluded_vendors):
            return ()
        everywhere = spec.task_type in TRAINING_TASKS or spec.domain in (*LANGUAGE_DOMAINS, "embeddings")
        return reference_for(spec).vendors or (() if everywhere else PUBLISHED_FOR)

    @property
    def asked_of_accelerators(self) -> tuple[object, ...]:
        """All that `allows_accelerator`, `min_nodes` and `max_nodes` go by."""
        return self.spec.gpu, self.spec.gpu_needed, _runs_on_arm(self.spec), self._vendors

    def refuses(self, offer: Offer) -> bool:
        """Whether the offer is out. What many offers share was answered with the first of them."""
        place = self._places.get((offer.provider, offer.region, offer.seller), _UNKNOWN)
        machine = self._gpus.get((id(offer.gpu), offer.gpu_count), _UNKNOWN)
        if place is _UNKNOWN or machine is _UNKNOWN or self.is_particular:
            return self.refusal(offer) is not None
        return place is not None or machine is not None or offer.price_per_hour_usd is None

    def refusal(self, offer: Offer) -> str | None:
        """Why the offer is out, in one clause; null when it is allowed."""
        if offer.price_per_hour_usd is None:
            return "its price is not known"
        if (reason := self._place_reason(offer)) is not None:
            return reason
        spec = self.spec
        if self.pricings is not None and offer.pricing not in self.pricings:
            asked = "that it stays up" if spec.pricing is None else spec.pricing.replace("_", "-")
            return f"it is {offer.pricing.replace('_', '-')}, asked was {asked}"
        return self._accelerator_reason(offer.gpu, offer.gpu_count) or self._machine_refusal(offer)

    def allows_place(self, offer: Offer) -> bool:
        """Whether nothing is wrong with who sells it and where: the same for all offers of that region and seller."""
        return self._place_reason(offer) is None

    def allows_accelerator(self, gpu: Gpu, count: int) -> bool:
        """Whether nothing is wrong with so many of this GPU in a machine."""
        return self._accelerator_reason(gpu, count) is None

    def _place_reason(self, offer: Offer) -> str | None:
        place = (offer.provider, offer.region, offer.seller)
        if place not in self._places:
            self._places[place] = self._place_refusal(offer)
        return self._places[place]

    def _accelerator_reason(self, gpu: Gpu | None, count: int) -> str | None:
        key = (id(gpu), count)
        if key not in self._gpus:
            self._gpus[key] = self._accelerator_refusal(gpu, count)
        return self._gpus[key]

    def _place_refusal(self, offer: Offer) -> str | None:
        location = self.spec.location
        provider = plain_name(offer.provider)
        if location.providers and provider not in {plain_name(p) for p in location.providers}:
            return f"{offer.provider} is not among the providers asked for"
        if provider in {plain_name(p) for p in location.excluded_providers}:
            return f"{offer.provider} is excluded"
        if (owned := owner_refusal(location, offer.provider)) is not None:
            return owned
        if offer.seller in location.excluded_sellers:
            return f"{offer.provider} is of a kind of seller that is excluded ({offer.seller.replace('_', ' ')})"
        welcome = bool(location.providers) or offer.seller in location.sellers
        if self._sensitive and offer.seller in STRANGERS and not welcome:
            return f"{offer.provider} rents out strangers' machines, which such data must not reach"
        if location.regions and not any(_in_region(offer.region, r) for r in location.regions):
            return f"{offer.region} is not among the regions asked for"
        if location.jurisdictions and not _under(offer, location.jurisdictions):
            return f"{offer.region} is not known to be in {', '.join(location.jurisdictions)}"
        if (out := location.excluded_jurisdictions) and (not offer.country or _under(offer, out)):
            return f"{offer.region} is not known to be outside {', '.join(out)}"
        return None

    def _machine_refusal(self, offer: Offer) -> str | None:
        cpu = self.spec.cpu
        if cpu.min_vcpu is not None and (offer.vcpu is None or offer.vcpu < cpu.min_vcpu):
            return f"it has {offer.vcpu or 'unknown'} vCPU, asked were {cpu.min_vcpu}"
        if cpu.min_ram_gb is not None and (offer.ram_gib is None or offer.ram_gib * 2**30 / 1e9 < cpu.min_ram_gb):
            return f"it has {offer.ram_gib or 'unknown'} GiB of RAM, asked were {cpu.min_ram_gb:g} GB"
        return None

    def _accelerator_refusal(self, gpu: Gpu | None, count: int) -> str | None:
        if (gpu is None) != (self.spec.gpu_needed is False):
            return "it has no GPU" if gpu is None else "it has a GPU and none is needed"
        if gpu is None:
            return None
        if count < 1 or gpu.memory_gb <= 0:
            return "it is only a part of a GPU"
        if (reason := self._model_refusal(gpu)) is not None:
            return reason
        wanted = self.spec.gpu
        if (least := asked_of_one(wanted)) is not None and count < least:
            return f"it has {count} GPU, asked were {least}"
        total = (wanted.min_total_vram_gb or 0.0) / (wanted.min_nodes or 1)
        if count * gpu.memory_gb < total <= LARGEST_NODE_GPUS * gpu.memory_gb:
            return f"it has {count * gpu.memory_gb:g} GB of GPU memory in all, asked were {total:g}"
        if wanted.max_count is not None and count > wanted.max_count:
            return f"it has {count} GPU, asked were at most {wanted.max_count}"
        if (least := self.min_nodes(gpu, count)) > (most := self.max_nodes(count)):
            return f"what was asked takes {least} of it, and at most {most} are allowed"
        return None

    def _model_refusal(self, gpu: Gpu) -> str | None:
        wanted = self.spec.gpu
        if wanted.models and not any(names_gpu(name, gpu) for name in wanted.models):
            return f"{gpu.name} is not the GPU asked for"
        if any(names_gpu(name, gpu) for name in wanted.excluded):
            return f"{gpu.name} is excluded"
        if wanted.vendors and gpu.vendor not in wanted.vendors:
            return f"{gpu.name} is not by {' or '.join(wanted.vendors)}"
        if gpu.vendor in wanted.excluded_vendors:
            return f"{gpu.name} is by {gpu.vendor}, which is excluded"
        if gpu.vendor in _ON_REQUEST_VENDORS and not wanted.models and not wanted.vendors:
            return f"{gpu.name} needs its own engine and is used only when asked for by name"
        if gpu.vendor == "nvidia" and not wanted.models and (gpu.compute_capability or 0.0) < OLDEST_NVIDIA:
            return f"{gpu.name} is older than current builds support (compute capability {OLDEST_NVIDIA:g})"
        if gpu.name in WITHOUT_IMAGES and not wanted.models:
            return f"no engine publishes images for machines with {gpu.name}"
        if gpu.name in engine_rows().arm.gpus and not wanted.models and not _runs_on_arm(self.spec):
            return f"what runs this is not published for the Arm processors beside {gpu.name}"
        if self._vendors and gpu.vendor not in self._vendors:
            return f"what runs this is not published for GPUs of {gpu.vendor}"
        if wanted.min_vram_gb is not None and gpu.memory_gb < wanted.min_vram_gb:
            return f"{gpu.name} has {gpu.memory_gb:g} GB, asked were {wanted.min_vram_gb:g}"
        if wanted.max_vram_gb is not None and gpu.memory_gb > wanted.max_vram_gb:
            return f"{gpu.name} has {gpu.memory_gb:g} GB, asked were at most {wanted.max_vram_gb:g}"
        links = LINKS.get(wanted.interconnect) if wanted.interconnect else None
        if links is not None and gpu.link not in links:
            return f"{gpu.name} is joined by {gpu.link.replace('_', ' ')}, asked was {wanted.interconnect}"
        return None

    def min_nodes(self, gpu: Gpu, count: int) -> int:
        """Nodes that were asked for, or that a count or a total memory larger than one instance takes."""
        wanted = self.spec.gpu
        by_count = math.ceil((wanted.min_count or 0) / count)
        by_memory = math.ceil((wanted.min_total_vram_gb or 0.0) / (count * gpu.memory_gb))
        return max(1, wanted.min_nodes or 1, by_count, by_memory)

    def max_nodes(self, count: int) -> int:
        """Nodes of `count` GPUs that the machines and the GPUs asked for leave room for."""
        wanted = self.spec.gpu
        by_count = MAX_NODES if wanted.max_count is None else wanted.max_count // count
        return min(MAX_NODES, by_count, MAX_NODES if wanted.max_nodes is None else wanted.max_nodes)


def offer_order(offer: Offer) -> tuple[float, str, str, str, str, str]:
    """Cheapest first; every tie is settled by name."""
    price = math.inf if offer.price_per_hour_usd is None else offer.price_per_hour_usd
    return price, offer.provider, offer.instance_type, offer.region, offer.pricing, offer.key


def allowed_cpu_offers(spec: WorkloadSpec, offers: Iterable[Offer], book: RuleBook) -> tuple[Offer, ...]:
    """The allowed offers without a GPU, cheapest first."""
    check, best = OfferFilter(spec), _Cheapest()
    for offer in offers:
        if offer.gpu is None and check.refusal(offer) is None:
            best.keep(offer, book.of_offer(offer))
    return tuple(sorted(best.kept(), key=offer_order))


class _Cheapest:
    """Of the regions of one instance type and pricing the cheapest stays, for each standing under the rules."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[tuple[object, ...], tuple[float, Offer]] = {}

    def keep(self, offer: Offer, standing: tuple[object, ...]) -> None:
        key = offer.provider, offer.instance_type, offer.pricing, standing
        price = offer.price_per_hour_usd or 0.0
        held = self._held.get(key)
        if held is None or price < held[0] or (price == held[0] and offer_order(offer) < offer_order(held[1])):
            self._held[key] = price, offer

    def kept(self) -> list[Offer]:
        return [offer for _, offer in self._held.values()]


def _in_region(region: str, wanted: str) -> bool:
    """A region by name or by the beginning of it: us-east means us-east-1 too, us-east-1 not us-east-10."""
    name, asked = region.lower().replace("_", "-"), wanted.lower().strip().replace("_", "-").replace(" ", "-")
    if not name.startswith(asked):
        return False
    rest = name[len(asked) :]
    return not rest or not (rest[0].isalnum() and asked[-1:].isdigit())


def _under(offer: Offer, jurisdictions: Sequence[str]) -> bool:
    places = {_place(j) for j in offer.jurisdictions} | ({_place(offer.country)} if offer.country else set())
    return any(_place(j) in places for j in jurisdictions)


def _place(name: str) -> str:
    plain = name.strip().lower()
    return _SAME_PLACE.get(plain, plain)
