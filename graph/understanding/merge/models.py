"""Which models stand after a turn: one of two swapped, another size, a size said apart, a family and its member."""

import re
from collections.abc import Sequence, Set
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from domain.workload import Domain, RequestedModel
from graph.understanding.labels.book import labels
from graph.understanding.labels.sections import words
from graph.understanding.mentions.distilled import DISTILL
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.name_rules import form_of
from graph.understanding.merge.corrections import Turn
from graph.understanding.roles.claim import STRONG, Claim

MOST_WORDS = 5
"""Words of a name in which its line is looked for."""
LIST_SIGNS = frozenset({",", "and", "or", "/", "&", "+"})
VERSION = re.compile(r"(?<![\d.])(\d+)\.(\d+)(?![\d.]* ?[bB]\b)")
ANY_VERSION = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.]* ?[bB]\b)(?!\d)")
VERSIONED = re.compile(r"[A-Za-z]{1,2}\d+(?:\.\d+)?")
"""The end of a name by which its model goes alone: "R1", "V3"."""
MANNER = re.compile(r"[-_ ](?:instruct|chat|it|hf)\b", re.IGNORECASE)
"""What a name may end in that tells no other model."""
RANKS = "rerank"
BESIDE: frozenset[str | None] = frozenset({"embeddings", RANKS})
SIZE_ALONE = re.compile(r"[\d.]+B")
"""The name of a model of which only the size is known."""


def kind_of(name: str, index: NameIndex) -> Domain | None:
    """What models of this name, or of the line it begins with, are mostly for."""
    written = name.lower()
    if any(part in written for part in words("corrections", "embedders")):
        return "embeddings"
    parts = re.findall(r"[a-z]+|\d+(?:\.\d+)?", written)
    for count in range(min(MOST_WORDS, len(parts)), 0, -1):
        for named in index.of(form_of(" ".join(parts[:count])), "model"):
            if named.domain:
                return named.domain
    return None


def revised_models(
    standing: Sequence[RequestedModel], taken_back: Sequence[str], said: Sequence[RequestedModel], adds: bool,
    index: NameIndex, *, beside_one: bool = False,
) -> tuple[RequestedModel, ...]:  # fmt: skip
    """`said` are the models wanted now, in place of those that stand or (`adds`) beside them. `beside_one`: an embedder
    and a reranker work beside another model, whose place they do not take."""
    left = tuple(model for model in standing if not any(_one_model(model.name, name) for name in taken_back))
    if said:
        bare = len(said) == 1 and SIZE_ALONE.fullmatch(said[0].name) is not None
        kept = left if adds or len(left) < len(standing) else _of_other_kinds(left, said, index, beside_one)
        named = {_plain(model.name): model for model in kept}
        for model in said:
            held = named.get(_plain(model.name))
            named[_plain(model.name)] = held if held and held.params_b and not model.params_b else model
        if bare:
            named = _resized(left, said[0], named, index)
        elif len(named) == 1:
            named = _sized_as_before(standing, named)
        left = tuple(named.values())
    left = _distinct(left)
    if sum(model.choice is not None for model in left) < 2:  # nothing is left to choose from
        left = tuple(model.model_copy(update={"choice": None}) for model in left)
    return tuple(sorted(left, key=lambda model: (-(model.params_b or 0.0), model.name.lower(), model.name)))


def with_sizes(turn: Turn, claims: Sequence[Claim], index: NameIndex) -> list[Claim]:
    """A bare "13B" beside a named model is its size, "20B" in a list with a model of a size another member of its
    family; "a 7B LLM" beside Whisper is another model."""
    named = [claim for claim in claims if claim.strength >= STRONG]
    bare = [claim for claim in claims if claim.strength < STRONG]
    if not named or not bare:
        return list(claims)
    for claim in sorted(bare, key=lambda claim: claim.span.start):
        if member := _member_listed(turn, claim, named):
            named.append(replace(claim, value=member))
            bare.remove(claim)
    if any(match.value.value == "distilling" for match in labels("workloads").find(turn.line)):
        return [*named, *bare]  # the one that learns has no name yet
    speaks = [claim for claim in named if kind_of(_model(claim).name, index) in ("llm", "multimodal", None)]
    if not speaks:
        named += [claim for claim in bare if turn.said_of_language(claim) or not _comes_in(_model(claim), named, index)]
    unsized = [claim for claim in (speaks or named) if not _model(claim).params_b]
    if len(unsized) == len(bare) == len(named) == 1:
        sized = _model(unsized[0]).model_copy(update={"params_b": _model(bare[0]).params_b})
        return [replace(unsized[0], value=sized)]
    choice = {claim.span for claim in bare}
    if len(unsized) == len(named) == len(choice) == 1 and len(bare) > 1:  # "VLM-R1, the 7B or 72B"
        return [replace(unsized[0], value=_member_of(_model(unsized[0]), _model(claim))) for claim in bare]
    return named


def _comes_in(size: RequestedModel, named: Sequence[Claim], index: NameIndex) -> bool:
    """Whether one of the models may have that size: a member of known size comes in no other."""
    sizes = [found.params_b for claim in named for found in index.of(form_of(_model(claim).name), "model")]
    return not sizes or any(known is None or 0.5 <= (size.params_b or known) / known <= 2 for known in sizes)


def _member_of(family: RequestedModel, size: RequestedModel) -> RequestedModel:
    return RequestedModel(name=f"{family.name} {size.name}", params_b=size.params_b)


def _member_listed(turn: Turn, bare: Claim, named: Sequence[Claim]) -> RequestedModel | None:
    """ "gpt-oss 120b and 20b": the family of the model before it in the list, in this size."""
    place, size = turn.place(bare), _model(bare).params_b
    before = max((claim for claim in named if turn.place(claim) < place), key=turn.place, default=None)
    if before is None or not _model(before).params_b:
        return None
    between = turn.line.words[turn.place(before) + 1 : place]
    resized = _in_size(_model(before).name, size)
    if resized == _model(before).name or not between or any(word.text not in LIST_SIGNS for word in between):
        return None
    return RequestedModel(name=resized, params_b=size)


def _in_size(name: str, size_b: float | None) -> str:
    return re.sub(r"\d+(?:\.\d+)?(?= ?[bB]\b)", f"{size_b:g}", name)


def in_full(
    claims: Sequence[Claim], standing: Sequence[RequestedModel], named_before: Sequence[RequestedModel]
) -> list[Claim]:
    """A family alone is the one member of it that stands, else the one of earlier turns (`named_before`, newest first):
    "stay with mistral" after "Mistral 7B"; "the distill" is that of the one model that stands, and nothing without."""
    found: list[Claim] = []
    for claim in claims:
        model = claim.value
        if isinstance(model, RequestedModel) and model.name == DISTILL:
            found += [
                replace(claim, value=RequestedModel(name=f"{held.name} {DISTILL}"))
                for held in standing if len(standing) == 1 and DISTILL not in held.name.lower()
            ]  # fmt: skip
            continue
        if (
            claim.operation == "add"
            and isinstance(model, RequestedModel)
            and not model.params_b
            and model.name.isalpha()
        ):
            members = {held.name: held for held in standing if held.params_b and _begins(held.name, model.name)}
            if not members:
                earlier = (held for held in named_before if held.params_b and _begins(held.name, model.name))
                members = {held.name: held for held in [*earlier][:1]}
            if len(members) == 1:
                claim = replace(claim, value=next(iter(members.values())))
        found.append(claim)
    return found


def _model(claim: Claim) -> RequestedModel:
    return claim.value if isinstance(claim.value, RequestedModel) else RequestedModel(name=str(claim.value))


def _of_other_kinds(
    standing: Sequence[RequestedModel], said: Sequence[RequestedModel], index: NameIndex, beside_one: bool
) -> tuple[RequestedModel, ...]:
    """Of an LLM and its embedder, the one that the new model does not take the place of."""
    kinds = {_place_of(model, index) for model in standing}
    if beside_one and {_place_of(model, index) for model in said} <= BESIDE and kinds - BESIDE:
        kinds |= BESIDE
    new = {_place_of(model, index) for model in said} if len(kinds) > 1 else {None}
    if not new <= kinds or None in new:
        return ()
    return tuple(model for model in standing if _place_of(model, index) not in new)


def _place_of(model: RequestedModel, index: NameIndex) -> str | None:
    """Which place among several models it takes: one that also sees can stand for one that only writes, and what ranks
    takes none of what embeds."""
    kind = kind_of(model.name, index)
    return "llm" if kind == "multimodal" else RANKS if kind == "embeddings" and RANKS in model.name.lower() else kind


def _resized(
    standing: Sequence[RequestedModel], new: RequestedModel, named: dict[str, RequestedModel], index: NameIndex
) -> dict[str, RequestedModel]:
    """ "Make it the 8B": the family that stands, in another size; where its version has none of that size, the newest
    before it that has."""
    if len(standing) != 1:
        return named
    held = standing[0]
    resized = _in_size(held.name, new.params_b)
    if resized != held.name and not index.of(form_of(resized), "model"):
        resized = _of_other_versions(resized, index) or resized
    if resized != held.name:
        return {_plain(resized): RequestedModel(name=resized, params_b=new.params_b)}
    if held.params_b == new.params_b:  # "8B is fine", which it is
        return {_plain(held.name): held}
    member = f"{held.name} {new.name}"
    if held.params_b and not SIZE_ALONE.fullmatch(held.name) and index.of(form_of(member), "model"):
        return {_plain(member): RequestedModel(name=member, params_b=new.params_b)}  # "Qwen2.5-VL ... 7B ... the 32B"
    return named if held.params_b else {_plain(held.name): held.model_copy(update={"params_b": new.params_b})}


def _of_other_versions(name: str, index: NameIndex) -> str | None:
    """The name with the nearest lower version that the catalogue has: "Llama 3.1 8B" of "Llama 3.3 8B"."""
    found = VERSION.search(name)
    if found is None:
        return None
    for minor in range(int(found[2]) - 1, -1, -1):
        version = f"{found[1]}.{minor}" if minor else found[1]
        older = f"{name[: found.start()]}{version}{name[found.end() :]}"
        if index.of(form_of(older), "model"):
            return older
    return None


def _sized_as_before(standing: Sequence[RequestedModel], named: dict[str, RequestedModel]) -> dict[str, RequestedModel]:
    """ "A 13B model ... it's Llama 2": the name that was missing, in the size that was said."""
    if len(standing) != 1 or not SIZE_ALONE.fullmatch(standing[0].name):
        return named
    size = standing[0].params_b
    return {name: m if m.params_b else m.model_copy(update={"params_b": size}) for name, m in named.items()}


def _distinct(models: Sequence[RequestedModel]) -> tuple[RequestedModel, ...]:
    """Without the bare family where a member of it is named too ("Llama ... Llama 70B"), and without the version where
    it is named with it, in the same size ("Llama 3.2 3B ... Llama 3B"), or the end of a name alone ("DeepSeek-R1 ...
    R1")."""
    names = sorted({_plain(model.name) for model in models})
    longer = {name for name, following in pairwise(names) if following.startswith(name)}
    longer |= {
        _plain(end) for model in models for end in re.split(r"[-_ /]", model.name)[1:] if VERSIONED.fullmatch(end)
    }
    shorter = ((model, name) for model in models for name in (model.name, MANNER.sub("", model.name)))
    bare = ((model, _plain(one)) for model, name in shorter for one in (name, ANY_VERSION.sub("", name)))
    versioned = {name for model, name in bare if name != _plain(model.name)}
    lines = {_line(model.name) for model in models if model.params_b}
    return tuple(
        model for model in models
        if (_plain(model.name) not in versioned if model.params_b else _is_apart(model, longer, lines))
    )  # fmt: skip


def _is_apart(model: RequestedModel, longer: Set[str], lines: Set[str]) -> bool:
    """A model without a size is none of its own where its name begins another, or is a generation of the line of which
    another member is named in a size: the Llama 3.1 of "Llama 3.3 70B is not listed, so Llama 3.1"."""
    generation = model.choice is None and _line(model.name) != _plain(model.name)
    return _plain(model.name) not in longer and not (generation and _line(model.name) in lines)


def _line(name: str) -> str:
    """Without its size, generation and manner: "llama" of "Llama-3.3-70B-Instruct"."""
    return _plain(re.sub(r"\d+(?:\.\d+)?[bB]?(?![a-zA-Z0-9])", "", MANNER.sub("", name)))


def _one_model(held: str, said: str) -> bool:
    return _plain(held).startswith(_plain(said)) or _plain(said).startswith(_plain(held))


def _begins(name: str, short: str) -> bool:
    return re.match(rf"{re.escape(short)}(?![a-z])", name, re.IGNORECASE) is not None


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())
