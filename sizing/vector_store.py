"""Memory and disk of a vector store with an HNSW graph, from the number of vectors and their width."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.own_files import own_yaml
from domain.placement import ProofLine
from domain.workload import WorkloadSpec
from sizing.corpus import CHARACTERS_PER_TOKEN
from sizing.memory import GIB

ANY_STORE = "other"
"""The row of a store that was asked for by no name."""
PAGE_BYTES = 8192
BUSY = 0.6


class StoreKind(Frozen):
    """A row of `vector_stores.yaml`, which says what each of these is."""

    name: str
    title: str
    says: tuple[str, ...]
    inside: tuple[str, ...] = ()
    chart: str | None = None
    speaks: bool
    client: tuple[str, ...] = ()
    number_bytes: float
    working: float = 1.0
    row_bytes: float
    rows: str
    copies: bool = False
    page_bytes: int | None = None
    build_bytes: int | None = None
    kept_bytes: float = 0.0
    wider: int | None = None
    source: str
    graph_source: str | None = None

    def lives_in(self, part: str) -> bool:
        """Whether it is an extension of that."""
        return any(host in part.lower() for host in self.inside)

    def bytes_of_number(self, dimensions: int) -> float:
        """In memory, of a vector of that width."""
        return 1 / 8 if self.wider is not None and dimensions > self.wider else self.number_bytes


class _Kinds(Frozen):
    stores: tuple[StoreKind, ...]


@lru_cache
def store_kinds() -> Mapping[str, StoreKind]:
    """Every store of vectors by its name, in the order in which a name is looked up."""
    held = own_yaml(Path(__file__).with_name("vector_stores.yaml"), _Kinds)
    return {kind.name: kind for kind in held.stores}


def kind_called(part: str) -> StoreKind | None:
    """The store of vectors that something of the user's is, by what it was called."""
    said = part.lower()
    return next((kind for kind in store_kinds().values() if any(name in said for name in kind.says)), None)


def store_wanted(spec: WorkloadSpec) -> bool:
    """Whether a store of vectors is there or was asked for, by its name or as the part that it is."""
    return store_at_hand(spec) is not None or any(kind_called(part) for part in spec.components.wanted)


def own_kind() -> StoreKind:
    """The store that a plan installs where nothing else was asked for."""
    return store_kinds()["qdrant"]


class StoreAtHand(Frozen):
    """A store that runs at the user's already, and what they called it."""

    kind: StoreKind
    called: str

    def is_meant_by(self, wish: str) -> bool:
        """Whether the wish is for this store, or for any."""
        asked = kind_called(wish)
        return asked is not None and asked.name in (self.kind.name, ANY_STORE)


def store_meant(spec: WorkloadSpec) -> StoreKind:
    """Of the store that keeps a plan's vectors: the user's, else one that was asked for and that a chart installs."""
    theirs = store_at_hand(spec)
    asked = [kind for part in spec.components.wanted if (kind := kind_called(part)) is not None and kind.chart]
    if theirs is not None or own_kind() in asked:
        return theirs.kind if theirs else own_kind()
    return next(iter(asked), own_kind())


def store_at_hand(spec: WorkloadSpec) -> StoreAtHand | None:
    """The store of vectors that is there: named, or an extension that was asked for of something that is there."""
    named = [(kind, part) for part in spec.components.present if (kind := kind_called(part)) is not None]
    asked = [kind for part in spec.components.wanted if (kind := kind_called(part)) is not None]
    inside = [
        (kind, f"{part} with {kind.name}") for kind in asked for part in spec.components.present if kind.lives_in(part)
    ]
    found = next(iter((*named, *inside)), None)
    return StoreAtHand(kind=found[0], called=found[1]) if found else None


MOST_WHOLE_GIB = 256.0
"""Of vectors as they are; beyond it a store keeps int8 copies in RAM and the vectors on disk."""
QUANTIZATION, QUANTIZED_BYTES = "int8", 1
QUANTIZATION_SOURCE = (
    "Qdrant, optimisation: int8 copies in RAM (always_ram), vectors on disk, the best hits scored anew"
    " (https://qdrant.tech/documentation/guides/optimize/)"
)
SEARCHES_PER_VCPU, SEARCHED_VECTORS = 1238.0 / 8, 1e6
SEARCH_SOURCE = (
    "Qdrant, benchmarks of vector databases: 1,238 searches a second, 95 % below 5 ms, over 1M vectors of 1,536"
    " numbers on 8 vCPU (https://qdrant.tech/benchmarks/); a walk through an HNSW graph grows with the logarithm of its"
    " points"
)


@dataclass(frozen=True, slots=True)
class VectorStore:
    """`chunks` vectors in RAM with their graph; the texts of `chunk_tokens` each stay on disk.

    `quantized`: int8 copies are in RAM, and the vectors beside the texts.
    """

    chunks: float
    dimensions: int
    chunk_tokens: int
    quantized: bool = False
    kind: StoreKind = field(default_factory=own_kind)

    @property
    def bytes_in_memory(self) -> float:
        """Of each number of a vector."""
        return QUANTIZED_BYTES if self.quantized else self.kind.bytes_of_number(self.dimensions)

    @property
    def vector_bytes(self) -> float:
        return self.chunks * self.dimensions * self.bytes_in_memory

    @property
    def link_bytes(self) -> float:
        return self.chunks * self.kind.row_bytes

    @property
    def memory_gib(self) -> float:
        """By the rule of the store's makers, and never less than vectors and graph."""
        if self.kind.page_bytes is not None:
            return self.chunks / self._rows_a_page * PAGE_BYTES / GIB
        return max(self.vector_bytes * self.kind.working, self.vector_bytes + self.link_bytes) / GIB

    @property
    def build_gib(self) -> float | None:
        """Of the graph while it is made at once from what is there; null where it grows with each vector."""
        if self.kind.build_bytes is None:
            return None
        return (self.vector_bytes + self.chunks * self.kind.build_bytes) / GIB

    @property
    def _rows_a_page(self) -> int:
        """Vectors of one page, with their links."""
        each = self.dimensions * self.bytes_in_memory + self.kind.row_bytes
        return max(1, int((self.kind.page_bytes or 0) / each))

    @property
    def text_bytes(self) -> float:
        return self.chunks * self.chunk_tokens * CHARACTERS_PER_TOKEN

    @property
    def disk_gib(self) -> float:
        """What is in memory, kept, and the text of every chunk; the vectors themselves where they are not in memory."""
        whole = replace(self, quantized=False).memory_gib if self.quantized else 0.0
        return self.memory_gib + whole + self.kept_bytes / GIB + self.text_bytes / GIB

    @property
    def kept_bytes(self) -> float:
        """Of the vectors that stand on the disk beside the index."""
        return self.chunks * self.dimensions * self.kind.kept_bytes

    def search_vcpu(self, searches_per_s: float, shards: int) -> float:
        """Every search goes through the graph of every shard."""
        points = max(10.0, self.chunks / shards)
        return searches_per_s * shards / SEARCHES_PER_VCPU * max(1.0, math.log(points) / math.log(SEARCHED_VECTORS))

    def search_line(self, searches_per_s: float, shards: int) -> ProofLine:
        """The cores that searching takes, at 60 % of them busy."""
        return ProofLine(
            label="Cores of the vector store", unit="vCPU", value=self.search_vcpu(searches_per_s, shards) / BUSY,
            source=SEARCH_SOURCE,
            formula=f"{searches_per_s:,.6g} searches/s x {shards} shards of {self.chunks / shards:,.0f} vectors / "
                    f"{SEARCHES_PER_VCPU:,.0f} a second and vCPU over 1M, {BUSY:.0%} busy",
        )  # fmt: skip

    def at_yours(self, called: str, *, each_million: bool = False) -> str:
        """Where it is, when it is there already under this name, with what it has to have room for."""
        room = f"{self.memory_gib:,.1f} GiB of RAM and {self.disk_gib:,.1f} GiB of disk"
        return f"your {called}, with room for {room}{' for each million chunks' if each_million else ''}"

    @property
    def copies_told(self) -> tuple[str, ...]:
        """Why copies are kept in RAM, where they are."""
        if not self.quantized:
            return ()
        whole = replace(self, quantized=False)
        return (
            f"The vectors as they are would take {whole.memory_gib:,.0f} GiB of RAM: {QUANTIZATION} copies are kept in "
            "RAM and the vectors on disk, where the best hits are scored anew.",
        )

    @property
    def lines(self) -> tuple[ProofLine, ...]:
        width = f"{self.chunks:,.0f} x {self.dimensions:,}"
        copies = f" ({QUANTIZATION} copies)" if self.quantized else ""
        beside = "the vectors, " if self.quantized or self.kind.kept_bytes else ""
        each = f"{self.bytes_in_memory:g} B"
        memory = f"{width} x {each} x {self.kind.working:g}, graph included"
        if self.kind.page_bytes is not None:
            memory = (
                f"{self.chunks:,.0f} vectors of {self.dimensions:,} x {each} + {self.kind.row_bytes:g} B, "
                f"{self._rows_a_page} in each page of {PAGE_BYTES / 1024:g} KiB"
            )
        elif self.kind.working == 1:
            memory = "the vectors and the graph"
        made: tuple[ProofLine, ...] = ()
        if self.build_gib is not None:
            made = (
                ProofLine(label="RAM while the index is made", unit="GiB", value=self.build_gib,
                          formula=f"{width} x {each} + {self.chunks:,.0f} x {self.kind.build_bytes} B",
                          source=self.kind.source),
            )  # fmt: skip
        return (
            ProofLine(label="Vectors", unit="GiB", value=self.vector_bytes / GIB, formula=f"{width} x {each}{copies}",
                      source=QUANTIZATION_SOURCE if self.quantized else None),
            ProofLine(label="HNSW graph", unit="GiB", value=self.link_bytes / GIB,
                      source=self.kind.graph_source or self.kind.source,
                      formula=f"{self.chunks:,.0f} x {self.kind.rows}"),
            ProofLine(label="RAM of the vector store", unit="GiB", value=self.memory_gib, source=self.kind.source,
                      formula=memory),
            ProofLine(label="Disk of the vector store", unit="GiB", value=self.disk_gib,
                      formula=f"the RAM kept, {beside}and {self.chunks:,.0f} texts x {self.chunk_tokens} tokens x "
                              f"{CHARACTERS_PER_TOKEN:g} B"),
            *made,
        )  # fmt: skip


def store_for(rows: float, dimensions: int, tokens: int, kind: StoreKind | None = None) -> VectorStore:
    """Of vectors as they are, or of int8 copies where those would not fit a large machine."""
    whole = VectorStore(rows, dimensions, tokens, kind=kind or own_kind())
    return replace(whole, quantized=whole.kind.copies and whole.memory_gib > MOST_WHOLE_GIB)
