"""Names that are the user's own: the host that people reach, buckets and containers of data and of results."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from graph.understanding.vocabulary import table

MOST_READ = 20_000
"""Characters of a message."""
BEFORE = 60
"""Characters before a name that tell what it is for."""
_STORES = r"(?:amazon |aws |azure |google )?(?:s3|gcs|blob storage|blob|spaces|object stor(?:age|e)|cloud storage)"
_NAME = r"[a-z0-9][a-z0-9._/-]{1,100}(?<![./-])"
_ADDRESS = re.compile(r"\b(?:s3[an]?|gc?s|az|azure|abfss?|wasbs?)://[a-z0-9][^\s,;\"'`<>()]{1,200}", re.IGNORECASE)
_BUCKET = re.compile(
    r"\b(?P<noun>[Bb]uckets?|[Cc]ontainer|Space)(?:\s{1,3}(?:is\s{1,3}|are\s{1,3})?(?P<called>called|named|:))?"
    rf"\s{{1,3}}(?P<mark>[\"'`])?(?P<name>{_NAME})(?P<end>[\"'`]?\s{{0,3}}(?:[.,;:)](?!\w)|$|and\b|as\b))?"
)
_ACCOUNT = re.compile(
    r"\bstorage account\s{1,3}(?:called\s|named\s|is\s)?[\"'`]?([a-z0-9]{3,24})[\"'`]?(?=\W)", re.IGNORECASE
)
_ONLY_STORE = re.compile(
    rf"\b(?:in)?to\s(?:our\s|my\s|the\s|an?\s)?({_STORES})(?!\s(?:bucket|container))"
    r"(?=\s{0,3}(?:[.,;:)!]|$|and\b|at\b))",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"(?<![\w./@-])(?:https?://)?(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,5}[a-z]{2,18})(?![\w@]|\.\w)",
    re.IGNORECASE,
)
_REACHED = re.compile(
    r"\b(?:(?:sub-?)?domain|host ?name|dns|name|url|endpoint|reach(?:es|ed|able)?|available|accessible|expos\w+"
    r"|published|live|opens?)\b[^.;!?\n]{0,40}$",
    re.IGNORECASE,
)
_ANOTHER_S = re.compile(
    r"\b(?:from|registr\w+|mirror|harbor|artifactory|qdrant|postgres\w*|database|mlflow|vault|models?)\b[^,]{0,30}$",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(?:py|js|ts|json|ya?ml|txt|csv|md|cpp|gguf|pdf|zip|sh|bin|pt|onnx)$", re.IGNORECASE)
_STRANGERS = re.compile(
    r"(?:^|\.)(?:openai|huggingface|hf|anthropic|github|googleapis|amazonaws|ollama|docker)\.\w+$", re.IGNORECASE
)
_GOES_TO = re.compile(
    r"\b(?:in)?to\s(?:(?!from\b)[\w'-]+\s){0,6}[\"'`]?$"
    r"|\b(?:sav|writ|land|output|end up|results?|summar|transcript|adapter|checkpoint)\w*\s"
    r"(?:(?!from\b)[\w'-]+\s){0,3}in\s(?:[\w'-]+\s){0,4}[\"'`]?$",
    re.IGNORECASE,
)
_NO_NAMES = frozenset(table("own_names", dict[str, list[str]])["no_names"])
_KIND = re.compile(r"\b(s3|gcs|google cloud storage)\s$", re.IGNORECASE)
_SCHEMES = {"s3": "s3", "gcs": "gs", "google cloud storage": "gs"}
"""Of addresses, for a bucket whose kind is named before it."""
Use = Literal["host", "data", "results", "account"]


class OwnName(NamedTuple):
    use: Use
    name: str
    start: int
    end: int


def own_names(raw: str) -> tuple[OwnName, ...]:
    """In the order of the message, none overlapping."""
    found: list[OwnName] = []
    for one in sorted(_found(raw[:MOST_READ]), key=lambda one: (one.start, -one.end)):
        if not found or one.start >= found[-1].end:
            found.append(one)
    return tuple(found)


def _found(raw: str) -> Iterator[OwnName]:
    for match in _ADDRESS.finditer(raw):
        name = match[0].rstrip(".:!?/")
        yield OwnName(_use(raw, match.start()), name, match.start(), match.start() + len(name))
    blobs = re.search(r"\b(?:blob|azure|storage account)\b", raw, re.IGNORECASE) is not None
    for match in _BUCKET.finditer(raw):
        name, container = match["name"], match["noun"].lower() == "container"
        plain = not (match["called"] or match["mark"] or re.search(r"[-._/\d]", name))
        if name in _NO_NAMES or (container and not blobs) or (plain and match["end"] is None):
            continue
        kind = _KIND.search(raw[max(0, match.start() - BEFORE) : match.start()])
        scheme = f"{_SCHEMES[kind[1].lower()]}://" if kind else ""
        yield OwnName(_use(raw, match.start("noun")), f"{scheme}{name}", *match.span("name"))
    for match in _ONLY_STORE.finditer(raw):
        yield OwnName("results", match[1], *match.span(1))
    for match in _ACCOUNT.finditer(raw):
        if match[1].lower() not in _NO_NAMES:
            yield OwnName("account", match[1], *match.span(1))
    for match in _HOST.finditer(raw):
        host, before = match["host"], raw[max(0, match.start() - BEFORE) : match.start()]
        if _FILE.search(host) or _STRANGERS.search(host) or _ANOTHER_S.search(before) or not _REACHED.search(before):
            continue
        yield OwnName("host", host, *match.span("host"))


def _use(raw: str, start: int) -> Use:
    return "results" if _GOES_TO.search(raw[max(0, start - BEFORE) : start]) else "data"
