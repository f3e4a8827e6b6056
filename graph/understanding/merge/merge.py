"""Merges what a turn claims into the spec that stands: later words override, add, exclude, withdraw or scale."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from domain.workload import OwnedHardware, RequestedModel
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.line import Line
from graph.understanding.merge.corrections import Turn, turn_of
from graph.understanding.merge.draft import Draft, Scalar
from graph.understanding.merge.instead import in_its_place
from graph.understanding.merge.lists import ListMerge, newest, quoted
from graph.understanding.merge.models import revised_models, with_sizes
from graph.understanding.merge.same_work import without_other_work
from graph.understanding.roles.claim import EXPLICIT, MEDIUM, STRONG, Claim, Value

OPPOSITE_BOUNDS = (
    ("gpu.min_count", "gpu.max_count"), ("gpu.min_vram_gb", "gpu.max_vram_gb"), ("gpu.min_nodes", "gpu.max_nodes"),
)  # fmt: skip
KINDS_OF_WORK = ("task_type", "domain")
COLOURS = ("industry", "use_case")
"""Fields that the words around a request settle, and that words around a change only touch."""
COUNTED = ("dataset.items", "volume.amount", "traffic.users", "training.examples")
OF_THEM = tuple(("of", word) for word in ("the", "our", "my", "these", "those", "them"))
FOLLOWING = 4
"""Words from a figure to what it is a part of."""
_LAST = ("context_tokens", "precision")
_NOT_QUANTIZED = ("fp32", "fp16", "bf16", "published")


def merge(draft: Draft, line: Line, claims: Sequence[Claim], turn: int, index: NameIndex) -> None:
    """Applies the turn's claims to the draft. `turn` counts user turns from 0."""
    said = turn_of(line, turn)
    claims = in_its_place(draft, said, without_other_work(draft, line, claims)) if turn else claims
    draft.question = None
    before = {path: draft.scalars.get(path) for pair in OPPOSITE_BOUNDS for path in pair}
    by_field: dict[str, list[Claim]] = {}
    for claim in claims:
        by_field.setdefault(claim.field, []).append(claim)
    for name in sorted(by_field, key=lambda name: (name in _LAST, name)):
        held, stood = by_field[name], draft.lists.get(name, ())
        if any(claim.operation == "withdraw" and claim.value is None for claim in held):
            draft.empty(name)
        if name == "models":
            _merge_models(draft, said, held, index)
        elif name == "owned":
            _merge_owned(draft, said, held)
        elif name in draft.lists:
            ListMerge(draft, said, name, held, stood).apply()
        elif name in draft.scalars:
            _merge_scalar(draft, said, name, held)
    _keep_bounds_apart(draft, before, by_field)
    if "gpu.min_count" in by_field and "gpu.or_more" not in by_field:
        draft.empty("gpu.or_more")
    _quantize(draft, by_field.get("precision", []))


def strongest(claims: Sequence[Claim]) -> Claim:
    """The claim that holds among several about one field: the strongest, then the larger number."""
    return max(claims, key=lambda claim: (claim.strength, _size(claim.value), str(claim.value), -claim.span.start))


def _size(value: Value | None) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _merge_scalar(draft: Draft, said: Turn, name: str, claims: Sequence[Claim]) -> None:
    for claim in claims:
        standing = draft.scalars[name]
        if claim.operation == "scale" and isinstance(standing, int | float) and isinstance(claim.value, int | float):
            scaled = standing * claim.value
            draft.scalars[name] = round(scaled) if isinstance(standing, int) else round(scaled, 2)
            draft.evidence[name] = quoted(said, [claim])
        if claim.operation == "withdraw" and claim.value is not None and standing == claim.value:
            draft.empty(name)
    current = newest(said, [claim for claim in claims if claim.operation == "set"])
    current = [claim for claim in current if not _is_replaced(said, claim)] or current
    current = [claim for claim in current if not _is_a_part(draft, said, name, claim)]
    if not current:
        return
    best, standing = strongest(current), draft.scalars[name]
    if standing is not None and standing != best.value and not draft.assumed(name):
        words = draft.evidence.get(name)
        if not _overrides(name, best) or (
            words and words.turn < said.number and _in_passing(said, name, best, standing)
        ):
            return
    if best.assumption is None and best.strength >= MEDIUM:
        draft.settle(name)
    elif standing is None:
        draft.suppose(name, best.assumption or f"{best.value}, from the words used.".replace("_", " "))
    if not isinstance(best.value, RequestedModel | OwnedHardware):
        draft.scalars[name] = best.value
    supporting = [claim for claim in current if claim.value == best.value]
    draft.evidence[name] = quoted(said, [min(supporting, key=lambda claim: (-claim.strength, claim.span.start))])


def _is_replaced(said: Turn, claim: Claim) -> bool:
    """Its words name what another value takes the place of: "daily retraining instead of weekly"."""
    return "instead of" in said.line.text.raw[claim.span.start : claim.span.end].lower()


def _is_a_part(draft: Draft, said: Turn, name: str, claim: Claim) -> bool:
    """So many of those that stand are not another number of them: "we have annotations for 200 of the slides"."""
    standing, value = draft.scalars[name], claim.value
    if name not in COUNTED or not isinstance(standing, int | float) or not isinstance(value, int | float):
        return False
    words = said.line.text.raw[claim.span.start :].lower().split()[:FOLLOWING]
    return value < standing and any(pair in OF_THEM for pair in pairwise(words))


def _overrides(name: str, claim: Claim) -> bool:
    """A hint never overturns what stands; words that only colour the picture do not change the task or the domain."""
    return claim.assumption is None and claim.strength >= (STRONG if name in KINDS_OF_WORK else MEDIUM)


def _in_passing(said: Turn, name: str, claim: Claim, standing: Scalar) -> bool:
    """A later turn touches the field without being about it: "marketing will use it as well"."""
    if name in ("domain", *COLOURS) and said.edits(claim):
        return True
    if name == "domain" and standing == "multimodal" and claim.strength <= EXPLICIT:  # "handwritten notes too"
        return True
    return name in COLOURS and not said.restates(claim)


def _merge_models(draft: Draft, said: Turn, claims: Sequence[Claim], index: NameIndex) -> None:
    taken_back = [
        claim.value.name if isinstance(claim.value, RequestedModel) else str(claim.value)
        for claim in claims
        if claim.operation in ("exclude", "withdraw", "drop") and claim.value is not None
    ]
    current = newest(said, [claim for claim in claims if claim.operation in ("add", "set")])
    current = with_sizes(said, current, index)
    if current:
        draft.settle("models")
        draft.evidence["models"] = quoted(said, current)
    wanted = [claim.value for claim in current if isinstance(claim.value, RequestedModel)]
    adds, searches = any(map(said.adds, current)), draft.scalars.get("task_type") == "rag"
    draft.models = revised_models(draft.models, taken_back, wanted, adds, index, beside_one=searches)


def _merge_owned(draft: Draft, said: Turn, claims: Sequence[Claim]) -> None:
    """What is said of a GPU at hand takes the place of what was said of it before."""
    held = {item.gpu: item for item in draft.owned}
    for claim in claims:
        value = claim.value
        if isinstance(value, OwnedHardware) and claim.operation in ("add", "set"):
            held[value.gpu] = value
            draft.evidence["owned"] = quoted(said, [one for one in claims if one.operation == claim.operation])
        elif value is not None:
            held.pop(value.gpu if isinstance(value, OwnedHardware) else str(value), None)
    draft.owned = tuple(held.values())


def _keep_bounds_apart(draft: Draft, before: Mapping[str, Scalar], said: Mapping[str, list[Claim]]) -> None:
    """A new bound beyond the opposite one that stands ends that one, and a new bound ends an exact number."""
    for pair in OPPOSITE_BOUNDS:
        new = [path for path in pair if path in said and draft.scalars[path] != before[path]]
        low, high = (draft.scalars[path] for path in pair)
        if not new or not isinstance(low, int | float) or not isinstance(high, int | float):
            continue
        if len(new) == 2:
            if low > high:  # "use our 8, but keep 2 free"
                draft.empty(pair[0])
        elif low > high or before[pair[0]] == before[pair[1]]:
            draft.empty(pair[1] if new[0] == pair[0] else pair[0])


def _quantize(draft: Draft, claims: Sequence[Claim]) -> None:
    """A quantisation is one of the weights: it belongs to the models as well."""
    said = draft.scalars.get("precision")
    kind = said if isinstance(said, str) and said not in _NOT_QUANTIZED else None
    if claims or kind is not None:
        draft.models = tuple(model.model_copy(update={"quantization": kind}) for model in draft.models)
