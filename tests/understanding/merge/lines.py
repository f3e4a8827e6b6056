"""Lines of a few words, and specs that stand, without the catalogue: names are given by hand."""

from domain.turn import Question
from domain.workload import Evidence, WorkloadSpec
from graph.understanding.mentions.line import Line, line_of
from graph.understanding.mentions.mention import Name, Named, NameKind
from graph.understanding.mentions.quantities import quantities_in
from graph.understanding.merge.draft import put_together, taken_apart
from graph.understanding.roles.claim import Proposal, assigned, claims_of
from graph.understanding.text.clauses import divided
from graph.understanding.text.tokens import tokens_of

NAMES: dict[str, NameKind] = {
    "aws": "provider", "azure": "provider", "gcp": "provider", "a100": "gpu", "h100": "gpu", "kafka": "chart",
    "mistral": "model", "whisper": "model", "frankfurt": "region",
}  # fmt: skip


def line(raw: str) -> Line:
    """The line of a message whose names are those above, one word each."""
    tokens = tokens_of(raw)
    text = divided(raw, tokens)
    names = [
        Name(at, at, (Named(NAMES[token.text], token.text),), written=token.text)
        for at, token in enumerate(tokens)
        if token.text in NAMES
    ]
    return line_of(text, names, quantities_in(text, {name.first for name in names}))


def standing(*said: tuple[str, object, str]) -> WorkloadSpec:
    """A spec of fields, their values and the words behind them; each was said a turn after the one before."""
    draft = taken_apart(WorkloadSpec())
    for turn, (field, value, quote) in enumerate(said):
        if isinstance(value, tuple):
            draft.lists[field] = value
        else:
            assert value is None or isinstance(value, str | float | int)
            draft.scalars[field] = value
        draft.evidence[field] = Evidence(quote=quote, turn=turn)
    return put_together(draft)


def fields_of(proposals: list[Proposal]) -> dict[str, object]:
    """What the proposals that hold would set."""
    return {claim.field: claim.value for claim in claims_of(assigned(proposals))}


def question(field: str, *suggestions: str) -> Question:
    return Question(field=field, text="?", suggestions=suggestions)
