"""Of what kind the data is: medical, personal, financial or a company's own, unless it is said to be anybody's."""

from collections.abc import Iterator

from graph.understanding.labels.book import Label, labels, stance_of
from graph.understanding.mentions.line import Line
from graph.understanding.roles.claim import MEDIUM, Claim
from graph.understanding.stance.stance import UNWANTED, Stances
from graph.understanding.text.phrases import Match

IMPLIED = {
    "healthcare": "medical", "hipaa": "medical", "hitrust": "medical", "hds": "medical", "finance": "financial",
    "insurance": "financial", "pci": "financial", "gdpr": "personal", "ccpa": "personal", "lgpd": "personal",
    "pipeda": "personal", "human_resources": "personal", "ferpa": "personal", "itar": "company", "tisax": "company",
    "phipa": "medical", "dspt": "medical", "popia": "personal", "pdpa": "personal",
}  # fmt: skip
"""Industries and programmes that are about such data, whatever else is said of it."""


def sensitive_claims(line: Line, stances: Stances) -> Iterator[Claim]:
    """The kinds named, then those that an industry or a programme implies where nothing says the data is anybody's."""
    found = labels("sensitive").find(line)
    clearing = [match for match in found if match.value.field == "clears" and not _is_denied(match, stances)]
    cleared = [match for match in clearing if match.value.value == "message"]
    if cleared:
        yield Claim("sensitive", None, line.span(cleared[0].first, cleared[0].last), "withdraw")
        return
    for match in found:
        taken_back = stance_of(match, stances) == "withdrawn"
        if match.value.field == "sensitive" and not taken_back and not _is_cleared(line, match, clearing):
            yield Claim("sensitive", match.value.value, line.span(match.first, match.last), "add")
    if clearing:
        return
    for match in (*labels("industry").find(line), *labels("constraints").find(line)):
        kind = IMPLIED.get(match.value.value)
        if kind is not None and not _is_denied(match, stances):
            yield Claim("sensitive", kind, line.span(match.first, match.last), "add", MEDIUM)


def _is_denied(match: Match[Label], stances: Stances) -> bool:
    return stance_of(match, stances) in UNWANTED


def _is_cleared(line: Line, said: Match[Label], clearing: list[Match[Label]]) -> bool:
    """Something in its clause, or for its sentence, says that the data is public, made up or anonymous."""
    here = line.words[said.first]
    return any(
        there.clause == here.clause or (there.sentence == here.sentence and match.value.value == "sentence")
        for match in clearing for there in (line.words[match.first],)
    )  # fmt: skip
