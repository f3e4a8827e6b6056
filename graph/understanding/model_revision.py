"""Which models stand after a turn: one of two swapped, another size, a size said apart, a family and its member."""

import re
from collections.abc import Sequence
from functools import lru_cache

from domain.workload import Domain, RequestedModel
from graph.understanding.claims import Claim
from graph.understanding.lexicon import STRONG
from graph.understanding.marked import Marked
from graph.understanding.names import name_rules, normal

_LANGUAGE = re.compile(r"(?i)\b(?:s?llms?|language|chat|text|assistant|gpt)\b")
_BARE = re.compile(r"[\d.]+B")


def revised_models(
    standing: Sequence[RequestedModel], taken_back: Sequence[str], said: Sequence[RequestedModel], adds: bool
) -> tuple[RequestedModel, ...]:
    """`said` are the models wanted now, in place of those that stand or (`adds`) beside them."""
    left = tuple(model for model in standing if not any(_one_model(model.name, name) for name in taken_back))
    if said:
        bare = len(said) == 1 and _BARE.fullmatch(said[0].name) is not None
        kept = left if adds or len(left) < len(standing) else _of_other_kinds(left, said)
        named = {_plain(model.name): model for model in kept}
        for model in said:
            held = named.get(_plain(model.name))
            named[_plain(model.name)] = held if held and held.params_b and not model.params_b else model
        if (bare or not adds) and len(said) == 1:
            named = _resized(left, said[0], named)
        if not bare and len(named) == 1:
            named = _sized_as_before(standing, named)
        left = tuple(named.values())
    return tuple(sorted(_distinct(left), key=lambda model: (-(model.params_b or 0.0), model.name.lower(), model.name)))


def with_sizes(line: Marked, claims: Sequence[Claim]) -> list[Claim]:
    """The claims of one stretch: a bare "13B" beside a named model is its size, "a 7B LLM" beside Whisper another."""
    named = [claim for claim in claims if claim.strength >= STRONG]
    bare = [claim for claim in claims if claim.strength < STRONG]
    if not named or not bare:
        return list(claims)
    speaks = [claim for claim in named if _kind(claim) in ("llm", "multimodal", None)]
    if not speaks:
        named += [claim for claim in bare if _LANGUAGE.search(line.raw[claim.span.start : claim.span.end + 25])]
    unsized = [
        claim for claim in (speaks or named) if isinstance(claim.value, RequestedModel) and not claim.value.params_b
    ]
    if len(unsized) == len(bare) == 1 and len(named) == len(unsized):
        size, model = bare[0].value, unsized[0].value
        if isinstance(size, RequestedModel) and isinstance(model, RequestedModel):
            sized = model.model_copy(update={"params_b": size.params_b})
            return [Claim("models", sized, unsized[0].span, "add", strength=unsized[0].strength)]
    return named


def kind_of(name: str) -> Domain | None:
    """What models of this line are mostly for, by the lines known by name."""
    written = normal(name)
    if re.search(r"embed|rerank", written):
        return "embeddings"
    return next((kind for line, kind in _lines() if written.startswith(line)), None)


@lru_cache
def _lines() -> tuple[tuple[str, Domain], ...]:
    lines = [(normal(line), kind) for kind, held in name_rules().families.items() for line in held]
    return tuple(sorted(lines, key=lambda line: (-len(line[0]), line)))


def _kind(claim: Claim) -> Domain | None:
    return kind_of(claim.value.name) if isinstance(claim.value, RequestedModel) else None


def _of_other_kinds(standing: Sequence[RequestedModel], said: Sequence[RequestedModel]) -> tuple[RequestedModel, ...]:
    """Of an LLM and its embedder, the one that the new model does not take the place of."""
    kinds, new = {kind_of(model.name) for model in standing}, {kind_of(model.name) for model in said}
    if len(kinds) < 2 or not new <= kinds or None in new:
        return ()
    return tuple(model for model in standing if kind_of(model.name) not in new)


def _resized(
    standing: Sequence[RequestedModel], new: RequestedModel, named: dict[str, RequestedModel]
) -> dict[str, RequestedModel]:
    """ "make it the 8B": the family that stands, in another size."""
    if len(standing) != 1 or not _BARE.fullmatch(new.name):
        return named
    resized = re.sub(r"\d+(?:\.\d+)?(?= ?[bB]\b)", f"{new.params_b:g}", standing[0].name)
    if resized == standing[0].name:
        return (
            {_plain(standing[0].name): standing[0].model_copy(update={"params_b": new.params_b})}
            if not standing[0].params_b
            else named
        )
    return {_plain(resized): RequestedModel(name=resized, params_b=new.params_b)}


def _sized_as_before(standing: Sequence[RequestedModel], named: dict[str, RequestedModel]) -> dict[str, RequestedModel]:
    """ "a 13B model ... it's Llama 2": the name that was missing, in the size that was said."""
    if len(standing) != 1 or not _BARE.fullmatch(standing[0].name):
        return named
    return {
        name: model if model.params_b else model.model_copy(update={"params_b": standing[0].params_b})
        for name, model in named.items()
    }


def _distinct(models: Sequence[RequestedModel]) -> tuple[RequestedModel, ...]:
    """Without the bare family where a member of it is named too ("Llama ... Llama 70B")."""
    names = [_plain(model.name) for model in models]
    return tuple(
        model
        for model, name in zip(models, names, strict=True)
        if model.params_b or not any(other != name and other.startswith(name) for other in names)
    )


def _one_model(held: str, said: str) -> bool:
    return _plain(held).startswith(_plain(said)) or _plain(said).startswith(_plain(held))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())
