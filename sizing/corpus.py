"""How much text there is to search: documents, pages or gigabytes as the chunks that are embedded and stored."""

import math
import re

from domain.parts import Corpus
from domain.placement import ProofLine
from domain.workload import WorkloadSpec

CHUNK_TOKENS, OVERLAP_TOKENS = 512, 128
CHUNK_SOURCE = (
    "Azure AI Search, chunking of documents: start with 512 tokens (about 2,000 characters) and 25 % overlap"
    " (https://learn.microsoft.com/azure/search/vector-search-how-to-chunk-documents)"
)
CHARACTERS_PER_TOKEN = 4.0
PAGE_TOKENS = 667.0
"""500 words of English, three words in four tokens."""
DOCUMENT_PAGES = 10.0
SHORT_ITEM_PAGES = 1.0
SHORT_ITEMS = ("text", "images", "tabular", "logs")
"""Modalities whose items are messages, rows or scans: a page each rather than a document."""
PAGES_PER_GB = {"documents": 64_782.0, "images": 15_477.0}
PAGES_SOURCE = (
    "averages of Applied Discovery, in eDiscovery Daily: a GB holds 64,782 pages of Word files, 15,477 of images"
    " (https://cloudnine.com/ediscoverydaily/ediscovery-best-practices-the-number-of-pages-in-each-gigabyte-can-vary-widely/)"
)


def corpus_of(spec: WorkloadSpec, longest_input: int | None = None) -> Corpus:
    """The corpus of a retrieval service. `longest_input`: tokens that the embedder reads at most.

    A size in GB counts before an assumed length of a document; pages that were said count before both.
    """
    chunk = min(CHUNK_TOKENS, longest_input or CHUNK_TOKENS)
    overlap = min(OVERLAP_TOKENS, chunk // 4)
    tokens = _tokens(spec)
    if tokens is None:
        return Corpus(chunk_tokens=chunk)
    documents = _documents(spec)
    chunks = _chunks(tokens.value, documents, chunk, overlap)
    pieces = f"{chunk} tokens, {overlap} of them shared with the one before"
    line = ProofLine(
        label="Chunks", unit="chunks", value=chunks, source=CHUNK_SOURCE,
        formula=f"{tokens.value:,.0f} tokens, {_each(documents)}in chunks of {pieces}",
    )  # fmt: skip
    embedded = tokens.value + overlap * (chunks - (documents or 1))
    return Corpus(
        documents=documents, chunks=chunks, embedded_tokens=max(tokens.value, embedded), chunk_tokens=chunk,
        lines=(tokens, line),
    )  # fmt: skip


def _chunks(tokens: float, documents: float | None, chunk: int, overlap: int) -> float:
    """At least one a document; where only the size is known, one long text."""
    count = documents or 1.0
    length = tokens / count
    if length <= chunk:
        return count
    return count * math.ceil((length - overlap) / (chunk - overlap))


def _each(documents: float | None) -> str:
    return f"{documents:,.0f} documents, " if documents else ""


def _documents(spec: WorkloadSpec) -> float | None:
    if spec.dataset.items is not None:
        return None if _counts_pages(spec) else float(spec.dataset.items)
    volume = spec.volume
    once = volume.per in (None, "total") and volume.unit in ("documents", "items")
    return volume.amount if once else None


def _counts_pages(spec: WorkloadSpec) -> bool:
    """Whether the items were said to be pages: "300,000 pages of contracts"."""
    said = spec.evidence.get("dataset.items")
    of_each = spec.volume.unit == "pages"  # "300 40-page contracts"
    return said is not None and not of_each and re.search(r"\bpages?\b", said.quote, re.IGNORECASE) is not None


def _counts_chunks(spec: WorkloadSpec) -> bool:
    """Whether the items were said to be cut already: "750 million passages", "80M vectors"."""
    said = spec.evidence.get("dataset.items")
    return said is not None and re.search(r"\b(passages?|chunks?|vectors?|embeddings?)\b", said.quote, re.I) is not None


def _tokens(spec: WorkloadSpec) -> ProofLine | None:
    """Tokens of the whole text, each part once."""
    volume, dataset, kind = spec.volume, spec.dataset, spec.dataset.modality or "documents"
    once = volume.per in (None, "total")
    if once and volume.amount and volume.unit == "tokens":
        return _line(volume.amount, f"{volume.amount:,.0f} tokens as stated")
    if dataset.items is not None and _counts_pages(spec):
        return _line(dataset.items * PAGE_TOKENS, f"{dataset.items:,.0f} pages x {PAGE_TOKENS:g} tokens (500 words)")
    if once and volume.amount and volume.unit == "pages":
        return _line(volume.amount * PAGE_TOKENS, f"{volume.amount:,.0f} pages x {PAGE_TOKENS:g} tokens (500 words)")
    if dataset.size_gb and kind in PAGES_PER_GB:
        pages = dataset.size_gb * PAGES_PER_GB[kind]
        formula = f"{dataset.size_gb:,g} GB x {PAGES_PER_GB[kind]:,.0f} pages ({kind}) x {PAGE_TOKENS:g} tokens"
        return _line(pages * PAGE_TOKENS, formula, PAGES_SOURCE)
    if dataset.size_gb:
        formula = f"{dataset.size_gb:,g} GB of plain text / {CHARACTERS_PER_TOKEN:g} characters a token"
        return _line(dataset.size_gb * 1e9 / CHARACTERS_PER_TOKEN, formula)
    documents = _documents(spec)
    if documents is None:
        return None
    if _counts_chunks(spec):
        return _line(documents * CHUNK_TOKENS, f"{documents:,.0f} passages x {CHUNK_TOKENS} tokens")
    pages = SHORT_ITEM_PAGES if kind in SHORT_ITEMS else DOCUMENT_PAGES
    formula = f"{documents:,.0f} {kind} x {pages:g} pages (assumed) x {PAGE_TOKENS:g} tokens (500 words)"
    return _line(documents * pages * PAGE_TOKENS, formula)


def _line(tokens: float, formula: str, source: str | None = None) -> ProofLine:
    return ProofLine(label="Text", unit="tokens", value=tokens, formula=formula, source=source)
