"""Retrieval-augmented generation in all its parts: what each needs, where it fits, and what they cost together.

The generator is placed first. Embedder and reranker go on GPUs of its machine that run nothing, else beside it, where
its cache leaves room under the expected load, else on CPU. What runs in RAM goes on the generator's machine, which is
paid for anyway, else on the cheapest machine without a GPU at the same provider.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.models import ModelCard
from domain.offers import Offer
from domain.parts import PartPlace, PartRole, Retrieval, WorkloadPart
from domain.placement import PlacementOption, ProofLine
from domain.workload import CpuRequirement, GpuRequirement, WorkloadSpec
from sizing.constraints import allowed_cpu_offers, offer_order
from sizing.cores import SYSTEM_GIB
from sizing.corpus import corpus_of
from sizing.cpu_placement import DEFAULT_VCPU
from sizing.deployment import VCPU_PER_GPU, Deployment
from sizing.encoders import Encoder, embedder_of, reranker_of
from sizing.room import GpuRoom, gpu_room, ram_room
from sizing.rules import HOST_VCPU, RuleBook
from sizing.vector_store import QUANTIZATION, VectorStore, store_at_hand, store_for, store_meant

ENCODER_VCPU = 2
GIB_PER_VCPU = 16.0
"""Of vectors: a store asks for a core for each. A small one lives on what the system leaves idle."""
RAM_SHARE = 0.9
"""Of a machine's RAM beside the system's, what may be filled."""
MOST_CPU_MACHINES, FEW_MACHINES = 16, 4
"""As many at most, and so few where some are large enough: each is one more to look after."""
SHARED_NOTE = (
    "Kubernetes gives a GPU to one pod: to share it, turn on time-slicing in the GPU operator"
    " (https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/gpu-sharing.html)."
)
UNKNOWN_CORPUS = "How many documents or pages there are was not said, so the vector store is given per million chunks."


def needs_retrieval(spec: WorkloadSpec) -> bool:
    """Whether the parts beside the generator belong to what was asked."""
    return spec.task_type == "rag"


def retrieval(
    spec: WorkloadSpec, generator: PlacementOption, models: Sequence[ModelCard], offers: Sequence[Offer] = (), *,
    has_machine: bool = True,
) -> Retrieval:  # fmt: skip
    """`models` with embedders and rerankers, in order of relevance. `has_machine`: no other workload is on it.

    `offers` with machines without a GPU, of providers that the request's compliance admits. Rent only: disks, traffic
    and the like are `cost_breakdown`'s.
    """
    embedder, reranker = embedder_of(spec, models), reranker_of(spec, models)
    corpus = corpus_of(spec, embedder.longest_input)
    theirs = store_at_hand(spec)
    store = store_for(corpus.chunks or 1e6, embedder.dimensions, corpus.chunk_tokens, store_meant(spec))
    seats = _Seats(spec, generator, tuple(offers), has_machine)
    wanted: list[tuple[PartRole, Encoder]] = [("embedder", embedder)]
    if not {name.lower() for name in spec.components.excluded} & {"reranker", "reranking"}:
        wanted.append(("reranker", reranker))
    on_gpu = {role: seats.on_gpu(role, model) for role, model in wanted}
    for role, model in wanted:
        if on_gpu[role] is None:
            seats.asked.append(_InRam(role, model.name, model.key, model.ram_gib, None, ENCODER_VCPU, model.ram_lines))
    if corpus.chunks is not None and theirs is None:
        cores = int(store.memory_gib / GIB_PER_VCPU)
        seats.asked.append(
            _InRam(
                "vector store", "Vector store", None, store.memory_gib, store.disk_gib, cores, store.lines,
                QUANTIZATION if store.quantized else None,
            )
        )  # fmt: skip
    in_ram = seats.in_ram()
    parts = [_generator(generator)]
    parts += [part for role, _ in wanted if (part := on_gpu[role] or in_ram.get(role)) is not None]
    known = corpus.chunks is not None
    kept = in_ram.get("vector store")
    parts.append(kept or (_their_store(store, theirs.called, known=known) if theirs else _unknown_store(store)))
    hours = None
    if corpus.embedded_tokens is not None and generator.offer.gpu is not None:
        hours = embedder.hours_line(corpus.embedded_tokens, corpus.chunk_tokens, generator.offer.gpu, generator.gpus)
    prices = [part.usd_per_month for part in parts]
    shared = any(part.place == "shared GPU" for part in parts)
    notes = (
        *(model.assumption for _, model in wanted),
        UNKNOWN_CORPUS if corpus.chunks is None else None,
        *store.copies_told,
        SHARED_NOTE if shared and generator.offer.can_be_node else None,
    )
    return Retrieval(
        corpus=corpus,
        dimensions=embedder.dimensions,
        parts=tuple(parts),
        generator_memory_fraction=seats.fraction,
        embed_hours=hours.value if hours else None,
        embed_usd=hours.value * generator.price_per_hour_usd if hours else None,
        usd_per_month=None if None in prices else sum(price for price in prices if price is not None),
        assumptions=tuple(note for note in notes if note),
        lines=(hours,) if hours else (),
    )


def _generator(option: PlacementOption) -> WorkloadPart:
    proof, gpu = option.proof, option.offer.gpu
    memory = None if proof is None else proof.total_gib * proof.tensor_parallel * proof.pipeline_parallel
    machines = f"{option.nodes} x {option.offer.instance_type}"
    return WorkloadPart(
        name=option.runs, role="generator", model=option.model.key if option.model else None, memory_gib=memory,
        place="own GPUs" if gpu else "CPU machine", usd_per_month=option.price_per_month_usd,
        where=f"{machines} ({option.gpus} x {gpu.name})" if gpu else machines,
    )  # fmt: skip


def _their_store(store: VectorStore, called: str, *, known: bool) -> WorkloadPart:
    """One that is there already. `known`: how much it is to hold; else what each million chunks takes is told."""
    return WorkloadPart(
        name="Vector store", role="vector store", memory_gib=store.memory_gib if known else None,
        disk_gib=store.disk_gib if known else None, quantization=QUANTIZATION if store.quantized else None,
        place="theirs", where=store.at_yours(called, each_million=not known), usd_per_month=0.0, lines=store.lines,
    )  # fmt: skip


def _unknown_store(store: VectorStore) -> WorkloadPart:
    return WorkloadPart(
        name="Vector store", role="vector store", place="unknown", usd_per_month=None, lines=store.lines,
        where=f"{store.memory_gib:.1f} GiB of RAM and {store.disk_gib:.1f} GiB of disk for each million chunks",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _InRam:
    role: PartRole
    name: str
    model: str | None
    memory_gib: float
    disk_gib: float | None
    vcpu: int
    lines: tuple[ProofLine, ...]
    quantization: str | None = None

    def placed(self, place: PartPlace, where: str, usd: float | None, machines: int = 1) -> WorkloadPart:
        """`machines`: that a store is spread over."""
        return WorkloadPart(
            name=self.name, role=self.role, model=self.model, memory_gib=self.memory_gib, disk_gib=self.disk_gib,
            place=place, where=where, usd_per_month=usd, lines=self.lines, quantization=self.quantization,
            shards=machines if self.role == "vector store" else 1,
        )  # fmt: skip


@dataclass(slots=True)
class _Seats:
    """Who sits where: GPUs are given away part by part, RAM to all who asked for it at once."""

    spec: WorkloadSpec
    option: PlacementOption
    offers: tuple[Offer, ...]
    has_machine: bool = True
    fraction: float | None = None
    asked: list[_InRam] = field(default_factory=list)
    _room: GpuRoom | None = None
    _spare: list[float] = field(default_factory=list)
    _beside: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._room = gpu_room(self.option, self.spec) if self.has_machine else None
        if self._room is not None:
            self._spare = [self._room.spare_gib] * self._room.spare
            self._beside = [self._room.free_gib] * self._room.together

    def on_gpu(self, role: PartRole, model: Encoder) -> WorkloadPart | None:
        """On the GPU with the most room; null where none has enough."""
        room, need, gpu = self._room, model.gpu_gib, self.option.offer.gpu
        if room is None or gpu is None:
            return None
        place: PartPlace = "spare GPU" if max(self._spare, default=0.0) >= need else "shared GPU"
        rooms = self._spare if place == "spare GPU" else self._beside
        free = max(rooms, default=0.0)
        if free < need:
            return None
        rooms[rooms.index(free)] = free - need
        lines = model.gpu_lines
        where = f"a {gpu.name} of the generator's machine that runs nothing else: {need:.1f} of {free:.1f} GiB"
        if place == "shared GPU":
            self.fraction = room.fraction_beside(room.free_gib - min(self._beside))
            where = f"on a GPU of the generator: {need:.1f} of {free:.1f} GiB that its load leaves free"
            lines = (*lines, *room.lines)
        return WorkloadPart(
            name=model.name, role=role, model=model.key, memory_gib=need, place=place, where=where, usd_per_month=0.0,
            lines=lines,
        )  # fmt: skip

    def in_ram(self) -> dict[PartRole, WorkloadPart]:
        """Together on the generator's machine while it has room, the largest first; the rest together elsewhere."""
        found: dict[PartRole, WorkloadPart] = {}
        rest: list[_InRam] = []
        gib, cores = self._left_on_machine()
        for part in sorted(self.asked, key=lambda p: -p.memory_gib):
            if part.memory_gib <= gib and part.vcpu <= cores:
                where = f"in RAM of the generator's machine: {part.memory_gib:.1f} of {gib:.1f} GiB free"
                found[part.role] = part.placed("same machine", where, 0.0)
                gib, cores = gib - part.memory_gib, cores - part.vcpu
            else:
                rest.append(part)
        found.update(self._elsewhere(rest))
        return found

    def _left_on_machine(self) -> tuple[float, float]:
        """GiB of RAM and cores beside the generator; none of a machine whose RAM is not known, or that others use."""
        if not self.has_machine:
            return 0.0, 0.0
        offer, room = self.option.offer, ram_room(self.option)
        cores = math.inf if offer.vcpu is None else offer.vcpu - VCPU_PER_GPU * offer.gpu_count - HOST_VCPU
        return (room or 0.0) * RAM_SHARE, cores

    def _elsewhere(self, parts: Sequence[_InRam]) -> dict[PartRole, WorkloadPart]:
        need = sum(part.memory_gib for part in parts)
        if self.option.is_own:
            where = "a machine of yours with {:.1f} GiB of RAM"
            return {p.role: p.placed("CPU machine", where.format(p.memory_gib), 0.0) for p in parts}
        chosen = cpu_machines(self.spec, self.option, self.offers, need) if parts else None
        if chosen is None:
            where = f"{{:,.1f}} GiB of RAM; {why_none(need, self.offers)}"
            return {p.role: p.placed("unknown", where.format(p.memory_gib), None) for p in parts}
        offer, count = chosen
        usd = count * (offer.price_per_hour_usd or 0.0) * self.option.hours_per_month
        size = f"{offer.vcpu} vCPU, {offer.ram_gib:g} GiB"
        machines = f"{count} x {offer.instance_type} ({size}) at {offer.provider} {offer.region}"
        placed = {p.role: p.placed("CPU machine", machines, usd * p.memory_gib / need, count) for p in parts}
        return {role: part.model_copy(update={"offer_key": offer.key}) for role, part in placed.items()}


def why_none(need_gib: float, offers: Sequence[Offer]) -> str:
    """Why nothing was found that holds it."""
    largest = max((offer.ram_gib or 0.0 for offer in offers if offer.gpu is None), default=0.0)
    held = MOST_CPU_MACHINES * (largest - SYSTEM_GIB) * RAM_SHARE
    if 0 < held < need_gib:
        return (
            f"that is more than {MOST_CPU_MACHINES} machines of {largest:,.0f} GiB hold: fewer or narrower vectors, "
            "bits in their place, or an index on disk (DiskANN) come first"
        )
    return "no price of a machine without a GPU is known"


def cpu_machines(
    spec: WorkloadSpec, option: PlacementOption, offers: Sequence[Offer], need_gib: float
) -> tuple[Offer, int] | None:
    """The best machines of one kind that hold it: of the generator's region, else provider, else of any."""
    here = spec.model_copy(
        update={
            "gpu_needed": False, "gpu": GpuRequirement(), "cpu": CpuRequirement(),
            "pricing": spec.pricing or "on_demand",
        }
    )  # fmt: skip
    book = RuleBook(here)
    near = [offer for offer in offers if offer.provider == option.offer.provider]
    for known in ([offer for offer in near if offer.region == option.offer.region], near, offers):
        fits = []
        for offer in allowed_cpu_offers(here, known, book):
            room = ((offer.ram_gib or 0.0) - SYSTEM_GIB) * RAM_SHARE
            count = math.ceil(need_gib / room) if room > 0 else MOST_CPU_MACHINES + 1
            if count <= MOST_CPU_MACHINES and (offer.vcpu or 0) >= DEFAULT_VCPU:
                bits, weight = book.of_machine(offer, Deployment(1))
                price = count * (offer.price_per_hour_usd or 0.0)
                fits.append((bits, count > FEW_MACHINES, price * weight, offer_order(offer), offer, count))
        if fits:
            best = min(fits, key=lambda fit: fit[:4])
            return best[4], best[5]
    return None
