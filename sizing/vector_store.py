"""Memory and disk of a vector store with an HNSW graph, from the number of vectors and their width."""

from dataclasses import dataclass

from domain.placement import ProofLine
from sizing.corpus import CHARACTERS_PER_TOKEN
from sizing.memory import GIB

BYTES_PER_DIMENSION = 4
LINKS = 16
"""M: links of a point in each layer, the default of Qdrant and pgvector; the lowest layer holds twice as many."""
LINK_BYTES = 10
WORKING_FACTOR = 1.5
MEMORY_SOURCE = (
    "Qdrant, capacity planning: vectors x dimensions x 4 bytes x 1.5, for the index, versions of points and segments"
    " that are being rebuilt (https://qdrant.tech/documentation/capacity-planning/)"
)
LINKS_SOURCE = (
    "hnswlib, parameters of the algorithm: M x 8 to 10 bytes a point"
    " (https://github.com/nmslib/hnswlib/blob/master/ALGO_PARAMS.md)"
)


@dataclass(frozen=True, slots=True)
class VectorStore:
    """`chunks` vectors in RAM with their graph; the texts of `chunk_tokens` each stay on disk."""

    chunks: float
    dimensions: int
    chunk_tokens: int

    @property
    def vector_bytes(self) -> float:
        return self.chunks * self.dimensions * BYTES_PER_DIMENSION

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
        """What is in memory, kept, and the text of every chunk."""
        return self.memory_gib + self.text_bytes / GIB

    @property
    def lines(self) -> tuple[ProofLine, ...]:
        width = f"{self.chunks:,.0f} x {self.dimensions:,}"
        return (
            ProofLine(label="Vectors", unit="GiB", value=self.vector_bytes / GIB,
                      formula=f"{width} x {BYTES_PER_DIMENSION} B"),
            ProofLine(label="HNSW graph", unit="GiB", value=self.link_bytes / GIB, source=LINKS_SOURCE,
                      formula=f"{self.chunks:,.0f} x {LINKS} links x {LINK_BYTES} B"),
            ProofLine(label="RAM of the vector store", unit="GiB", value=self.memory_gib, source=MEMORY_SOURCE,
                      formula=f"{width} x {BYTES_PER_DIMENSION} B x {WORKING_FACTOR:g}, graph included"),
            ProofLine(label="Disk of the vector store", unit="GiB", value=self.disk_gib,
                      formula=f"the RAM kept, and {self.chunks:,.0f} texts x {self.chunk_tokens} tokens x "
                              f"{CHARACTERS_PER_TOKEN:g} B"),
        )  # fmt: skip
