"""A name said short stands for the one said in full before: "stay with mistral" after "Mistral 7B"."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from domain.workload import RequestedModel
from graph.understanding.claims import Claim
from graph.understanding.marked import Marked


def in_full(
    claims: Iterable[Claim], standing: Sequence[RequestedModel], turns: Sequence[str], mark: Callable[[str], Marked]
) -> list[Claim]:
    """The claims with every model as it stands or was last named in an earlier turn, where only one is meant."""
    return [_in_full(claim, standing, turns, mark) for claim in claims]


def _in_full(
    claim: Claim, standing: Sequence[RequestedModel], turns: Sequence[str], mark: Callable[[str], Marked]
) -> Claim:
    model = claim.value
    if claim.operation != "add" or not isinstance(model, RequestedModel) or model.params_b or not model.name.isalpha():
        return claim
    found = {held.name: held for held in standing if held.params_b and _begins(held.name, model.name)}
    for words in () if found else reversed(turns):
        if model.name.lower() not in words.lower():
            continue
        found = {
            mention.written: RequestedModel(name=mention.written, params_b=mention.size_b)
            for mention in mark(words).mentions
            if mention.kind == "model" and mention.size_b and _begins(mention.written, model.name)
        }
        if found:
            break
    return replace(claim, value=next(iter(found.values()))) if len(found) == 1 else claim


def _begins(name: str, short: str) -> bool:
    return re.match(rf"{re.escape(short)}(?![a-z])", name, re.I) is not None
