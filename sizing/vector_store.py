"""Memory and disk of a vector store with an HNSW graph, from the number of vectors and their width."""

import math
from dataclasses import dataclass

from domain.placement import ProofLine
from domain.workload import WorkloadSpec
from sizing.corpus import CHARACTERS_PER_TOKEN
from sizing.memory import GIB

STORES = (
    "vector", "qdrant", "weaviate", "milvus", "pgvector", "cloudnative-pg", "opensearch", "elasticsearch", "chroma",
    "vespa", "pinecone",
)  # fmt: skip
"""In the names of what was wanted, or is there; pgvector is asked for by its operator."""
BYTES_PER_DIMENSION = 4
LINKS = 16
"""M: links of a point in each layer, the default of Qdrant and pgvector; the lowest layer holds twice as many."""
LINK_BYTES = 10
WORKING_FACTOR = 1.5
BUSY = 0.6
MEMORY_SOURCE = (
    "Qdrant, capacity planning: vectors x dimensions x 4 bytes x 1.5, for the index, versions of points and segments"
    " that are being rebuilt (https://qdrant.tech/documentation/capacity-planning/)"
)
LINKS_SOURCE = (
    "hnswlib, parameters of the algorithm: M x 8 to 10 bytes a point"
    " (https://github.com/nmslib/hnswlib/blob/master/ALGO_PARAMS.md)"
)


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

    @property
    def bytes_in_memory(self) -> int:
        """Of each number of a vector."""
        return QUANTIZED_BYTES if self.quantized else BYTES_PER_DIMENSION

    @property
    def vector_bytes(self) -> float:
        return self.chunks * self.dimensions * self.bytes_in_memory

    @property
    def link_bytes(self) -> float:
        return self.chunks * LINKS * LINK_BYTES

    @property
    def memory_gib(self) -> float:
        """The rule of thumb of the store's makers, and never less than vectors and graph."""
        return max(self.vector_bytes * WORKING_FACTOR, self.vector_bytes + self.link_bytes) / GIB

    @property
    def text_bytes(self) -> float:
        return self.chunks * self.chunk_tokens * CHARACTERS_PER_TOKEN

    @property
    def disk_gib(self) -> float:
        """What is in memory, kept, and the text of every chunk; the vectors themselves where copies are in memory."""
        whole = VectorStore(self.chunks, self.dimensions, self.chunk_tokens).memory_gib if self.quantized else 0.0
        return self.memory_gib + whole + self.text_bytes / GIB

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

    def at_yours(self, name: str) -> str:
        """Where it is, when a store of this name is there already, with what it has to have room for."""
        return f"your {name}, with room for {self.memory_gib:,.1f} GiB of RAM and {self.disk_gib:,.1f} GiB of disk"

    @property
    def lines(self) -> tuple[ProofLine, ...]:
        width = f"{self.chunks:,.0f} x {self.dimensions:,}"
        copies, beside = (f" ({QUANTIZATION} copies)", "the vectors, ") if self.quantized else ("", "")
        return (
            ProofLine(label="Vectors", unit="GiB", value=self.vector_bytes / GIB,
                      formula=f"{width} x {self.bytes_in_memory} B{copies}",
                      source=QUANTIZATION_SOURCE if self.quantized else None),
            ProofLine(label="HNSW graph", unit="GiB", value=self.link_bytes / GIB, source=LINKS_SOURCE,
                      formula=f"{self.chunks:,.0f} x {LINKS} links x {LINK_BYTES} B"),
            ProofLine(label="RAM of the vector store", unit="GiB", value=self.memory_gib, source=MEMORY_SOURCE,
                      formula=f"{width} x {self.bytes_in_memory} B x {WORKING_FACTOR:g}, graph included"),
            ProofLine(label="Disk of the vector store", unit="GiB", value=self.disk_gib,
                      formula=f"the RAM kept, {beside}and {self.chunks:,.0f} texts x {self.chunk_tokens} tokens x "
                              f"{CHARACTERS_PER_TOKEN:g} B"),
        )  # fmt: skip


def store_for(rows: float, dimensions: int, tokens: int) -> VectorStore:
    """Of vectors as they are, or of int8 copies where those would not fit a large machine."""
    whole = VectorStore(rows, dimensions, tokens)
    return whole if whole.memory_gib <= MOST_WHOLE_GIB else VectorStore(rows, dimensions, tokens, quantized=True)


def store_at_hand(spec: WorkloadSpec) -> str | None:
    """The store of vectors that runs at the user's already, as it was called; null: none was told of."""
    return next((part for part in spec.components.present if any(name in part.lower() for name in STORES)), None)
