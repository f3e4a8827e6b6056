"""Which offers a spec allows at all, before any arithmetic: price, place, provider, GPU, instance size."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from domain.offers import Gpu, Offer
from domain.workload import WorkloadSpec

LARGEST_NODE_GPUS = 8
"""A count up to this is asked of one instance; a larger one may be reached over several."""

_SAME_PLACE = {"uk": "gb", "usa": "us", "united states": "us", "united kingdom": "gb", "europe": "eu"}
_VENDOR_WORDS = re.compile(r"^(nvidia|amd|intel|google|aws|geforce|tesla|instinct)+")
_ON_REQUEST_VENDORS = ("intel", "google", "aws")


def plain_name(text: str) -> str:
    """A GPU's or provider's name as people vary it, brought to one spelling: "NVIDIA H100 80GB" is "h10080gb"."""
    joined = "".join(c for c in text.lower() if c.isalnum())
    return _VENDOR_WORDS.sub("", joined) or joined


def names_gpu(wanted: str, gpu: Gpu) -> bool:
    """Whether the user's word means this GPU: its name, its family or an alias of it."""
    plain = plain_name(wanted)
    return any(plain == plain_name(name) for name in (gpu.name, gpu.family, *gpu.aliases))


@dataclass(frozen=True, slots=True)
class GpuGroup:
    """Offers that differ only in price and place: one GPU model, one count."""

    gpu: Gpu
    gpu_count: int
    min_nodes: int
    offers: tuple[Offer, ...]
    """The cheapest region of every (provider, instance type, pricing), cheapest first; ties by name."""


@dataclass(slots=True)
class OfferFilter:
    """The spec's hard constraints on an offer. Answers are remembered per GPU model and per place."""

    spec: WorkloadSpec
    _gpus: dict[int, str | None] = field(default_factory=dict)
    _places: dict[tuple[str, str, str | None, tuple[str, ...]], str | None] = field(default_factory=dict)

    def refusal(self, offer: Offer) -> str | None:
        """Why the offer is out, in one clause; null when it is allowed."""
        if offer.price_per_hour_usd is None:
            return "its price is not known"
        place = (offer.provider, offer.region, offer.country, offer.jurisdictions)
        if place not in self._places:
            self._places[place] = self._place_refusal(offer)
        if (reason := self._places[place]) is not None:
            return reason
        spec = self.spec
        if spec.pricing is not None and offer.pricing != spec.pricing:
            return f"it is {offer.pricing.replace('_', '-')}, asked was {spec.pricing.replace('_', '-')}"
        if (offer.gpu is None) != (spec.gpu_needed is False):
            return "it has no GPU" if offer.gpu is None else "it has a GPU and none is needed"
        if (reason := self._machine_refusal(offer)) is not None:
            return reason
        return self._gpu_refusal(offer.gpu, offer.gpu_count) if offer.gpu is not None else None

    def _place_refusal(self, offer: Offer) -> str | None:
        location = self.spec.location
        provider = plain_name(offer.provider)
        if location.providers and provider not in {plain_name(p) for p in location.providers}:
            return f"{offer.provider} is not among the providers asked for"
        if provider in {plain_name(p) for p in location.excluded_providers}:
            return f"{offer.provider} is excluded"
        if location.regions and not any(_in_region(offer.region, r) for r in location.regions):
            return f"{offer.region} is not among the regions asked for"
        if location.jurisdictions and not _under(offer, location.jurisdictions):
            return f"{offer.region} is not known to be in {', '.join(location.jurisdictions)}"
        return None

    def _machine_refusal(self, offer: Offer) -> str | None:
        cpu = self.spec.cpu
        if cpu.min_vcpu is not None and (offer.vcpu is None or offer.vcpu < cpu.min_vcpu):
            return f"it has {offer.vcpu or 'unknown'} vCPU, asked were {cpu.min_vcpu}"
        if cpu.min_ram_gb is not None and (offer.ram_gib is None or offer.ram_gib * 2**30 / 1e9 < cpu.min_ram_gb):
            return f"it has {offer.ram_gib or 'unknown'} GiB of RAM, asked were {cpu.min_ram_gb:g} GB"
        return None

    def _gpu_refusal(self, gpu: Gpu, count: int) -> str | None:
        if id(gpu) not in self._gpus:
            self._gpus[id(gpu)] = self._model_refusal(gpu)
        if (reason := self._gpus[id(gpu)]) is not None:
            return reason
        wanted = self.spec.gpu
        if wanted.min_count is not None and wanted.min_count <= LARGEST_NODE_GPUS and count < wanted.min_count:
            return f"it has {count} GPU, asked were {wanted.min_count}"
        total = wanted.min_total_vram_gb
        if total is not None and count * gpu.memory_gb < total and total <= LARGEST_NODE_GPUS * gpu.memory_gb:
            return f"it has {count * gpu.memory_gb:g} GB of GPU memory in all, asked were {total:g}"
        return None

    def _model_refusal(self, gpu: Gpu) -> str | None:
        wanted = self.spec.gpu
        if wanted.models and not any(names_gpu(name, gpu) for name in wanted.models):
            return f"{gpu.name} is not the GPU asked for"
        if any(names_gpu(name, gpu) for name in wanted.excluded):
            return f"{gpu.name} is excluded"
        if gpu.vendor in _ON_REQUEST_VENDORS and not wanted.models:
            return f"{gpu.name} needs its own engine and is used only when asked for by name"
        if wanted.min_vram_gb is not None and gpu.memory_gb < wanted.min_vram_gb:
            return f"{gpu.name} has {gpu.memory_gb:g} GB, asked were {wanted.min_vram_gb:g}"
        return None

    def min_nodes(self, gpu: Gpu, count: int) -> int:
        """Nodes that a count or a total memory larger than one instance takes."""
        wanted = self.spec.gpu
        nodes = math.ceil(wanted.min_count / count) if wanted.min_count else 1
        if wanted.min_total_vram_gb is not None:
            nodes = max(nodes, math.ceil(wanted.min_total_vram_gb / (count * gpu.memory_gb)))
        return max(1, nodes)


def offer_order(offer: Offer) -> tuple[float, str, str, str, str, str]:
    """Cheapest first; every tie is settled by name."""
    price = math.inf if offer.price_per_hour_usd is None else offer.price_per_hour_usd
    return price, offer.provider, offer.instance_type, offer.region, offer.pricing, offer.key


def allowed_groups(spec: WorkloadSpec, offers: Iterable[Offer]) -> tuple[GpuGroup, ...]:
    """The allowed GPU offers by GPU model and count, in the order of the names."""
    check = OfferFilter(spec)
    gpus: dict[tuple[str, float, float, float | None, float | None], Gpu] = {}
    known: dict[int, Gpu] = {}
    members: dict[tuple[int, int], list[Offer]] = {}
    for offer in offers:
        if offer.gpu is None or check.refusal(offer) is not None:
            continue
        gpu = known.get(id(offer.gpu))
        if gpu is None:
            facts = offer.gpu
            key = (facts.name, facts.usable_gib, facts.memory_gb, facts.compute_capability, facts.memory_bandwidth_gb_s)
            gpu = known[id(facts)] = gpus.setdefault(key, facts)
        members.setdefault((id(gpu), offer.gpu_count), []).append(offer)
    by_id = {id(gpu): gpu for gpu in gpus.values()}
    groups = [
        GpuGroup(by_id[gpu_id], count, check.min_nodes(by_id[gpu_id], count), _cheapest_regions(found))
        for (gpu_id, count), found in members.items()
    ]
    return tuple(sorted(groups, key=lambda g: (g.gpu.name, g.gpu.usable_gib, g.gpu_count, offer_order(g.offers[0]))))


def _cheapest_regions(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    best: dict[tuple[str, str, str], Offer] = {}
    for offer in offers:
        key = (offer.provider, offer.instance_type, offer.pricing)
        if key not in best or offer_order(offer) < offer_order(best[key]):
            best[key] = offer
    return tuple(sorted(best.values(), key=offer_order))


def allowed_cpu_offers(spec: WorkloadSpec, offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The allowed offers without a GPU, cheapest first."""
    check = OfferFilter(spec)
    return _cheapest_regions(o for o in offers if o.gpu is None and check.refusal(o) is None)


def _in_region(region: str, wanted: str) -> bool:
    """A region by name or by the beginning of it: us-east means us-east-1 too."""
    name, asked = region.lower().replace("_", "-"), wanted.lower().strip().replace("_", "-").replace(" ", "-")
    return name == asked or name.startswith(asked) or name.replace("-", "") == asked.replace("-", "")


def _under(offer: Offer, jurisdictions: Sequence[str]) -> bool:
    places = {_place(j) for j in offer.jurisdictions} | ({_place(offer.country)} if offer.country else set())
    return any(_place(j) in places for j in jurisdictions)


def _place(name: str) -> str:
    plain = name.strip().lower()
    return _SAME_PLACE.get(plain, plain)
