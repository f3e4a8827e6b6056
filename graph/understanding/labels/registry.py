"""Names of the user's own: the host of an image registry ("registry is harbor.corp.local"), and `own_names`."""

import re
from collections.abc import Iterator

from graph.understanding.mentions.line import Line, Span
from graph.understanding.mentions.own_names import MOST_READ, own_names
from graph.understanding.roles.claim import Claim
from graph.understanding.stance.stance import Stances

_HOST = re.compile(
    r"\b(?:(?:registry|mirror|artifactory|harbor|nexus|quay)\s{0,3}(?:is|=|:|at|on|under)|images?\b[^.;\n]{0,40}?\s(?:from|via|through))\s{0,3}"
    r"((?:[a-z0-9-]{1,40}\.){1,6}[a-z]{2,20}(?::\d{2,5})?(?:/[a-z0-9_-]{1,40}){0,3})",
    re.IGNORECASE,
)


def registry_claims(line: Line, _: Stances) -> Iterator[Claim]:
    """The host behind the word for it, or behind that for what comes from there."""
    for found in _HOST.finditer(line.text.raw[:MOST_READ]):
        yield Claim("sources.registry", found.group(1), Span(found.start(), found.end()))


def address_claims(line: Line, _: Stances) -> Iterator[Claim]:
    """What is reached under a name, and where data lie and results go; a store with a bucket is there already."""
    for use, name, start, end in own_names(line.text.raw):
        span = Span(start, end)
        yield Claim(f"addresses.{use}", name, span)
        if use in ("data", "results"):
            yield Claim("components.wanted", "object_storage", span, "drop")
