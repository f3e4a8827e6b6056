"""Merges what a turn claims into the spec that stands: later words override, add, exclude, withdraw or scale."""

import re
from collections.abc import Iterable, Sequence

from domain.workload import Evidence, RequestedModel
from graph.understanding.claims import Claim, Value, strongest
from graph.understanding.draft import Draft
from graph.understanding.lexicon import MEDIUM, STRONG, lexicon
from graph.understanding.marked import Marked
from graph.understanding.model_revision import revised_models, with_sizes
from graph.understanding.passing import COLOURS, beside, restated

LISTS = (
    "gpu.models", "gpu.excluded", "location.providers", "location.excluded_providers", "location.regions",
    "location.jurisdictions", "compliance", "license.allowed", "components.wanted", "components.excluded",
)  # fmt: skip
COUNTERPART = {
    "gpu.models": "gpu.excluded",
    "location.providers": "location.excluded_providers",
    "components.wanted": "components.excluded",
}
GATHERED = ("compliance", "components.wanted")
"""Fields where one more never means instead."""
EXCLUDED_ON_WITHDRAWAL = ("components.wanted",)
"""The stack would bring the component back by itself, so taking it back rules it out."""
_ADDING = re.compile(
    r"(?<![^ ])(?:also|too(?= ,|$| please| and)|as well|add|adding|additionally|in addition|include|including|plus|"
    r"besides|consider|extra|on top|another|alongside|additional|further|and also|or also|open to|"
    r"(?:put|bring|let|take|allow|get)(?: [\w.-]+){1,3} (?:back|in again)|allow(?: [\w.-]+){1,2} again)(?![^ ])|^or "
)
_NOT_QUANTIZED = ("fp32", "fp16", "bf16")


def merge(draft: Draft, line: Marked, claims: Sequence[Claim], turn: int) -> None:
    """Applies the turn's claims to the draft. `turn` counts user turns from 0."""
    breaks = [line.raw_span(*match.span())[0] for match in lexicon().corrections.finditer(line.text)]
    by_field: dict[str, list[Claim]] = {}
    for claim in claims:
        by_field.setdefault(claim.field, []).append(claim)
    for name in sorted(by_field, key=lambda name: (name in ("context_tokens", "precision"), name)):
        held, before = by_field[name], draft.lists.get(name, ())
        if any(claim.operation == "withdraw" and claim.value is None for claim in held):
            draft.empty(name)
        if name == "models":
            _merge_models(draft, line, held, turn, breaks)
        elif name in LISTS:
            _merge_list(draft, line, name, held, turn, breaks, before)
        elif name in draft.scalars:
            _merge_scalar(draft, line, name, held, turn, breaks)
    _quantize(draft, line, by_field.get("precision", []), turn)


def _segment(claim: Claim, breaks: Sequence[int]) -> int:
    return sum(1 for start in breaks if start <= claim.span.start) if claim.strength >= MEDIUM else 0


def _quoted(line: Marked, claims: Iterable[Claim], turn: int) -> Evidence:
    """The words of the claims: all in one quote when they stand together, else those of the first."""
    spans = sorted({(claim.span.start, claim.span.end) for claim in claims})
    start, end = spans[0][0], max(span[1] for span in spans)
    if end - start > 120:
        end = spans[0][1]
    return Evidence(quote=line.raw[start:end], turn=turn)


def _merge_scalar(draft: Draft, line: Marked, name: str, claims: list[Claim], turn: int, breaks: Sequence[int]) -> None:
    for claim in claims:
        standing = draft.scalars[name]
        if claim.operation == "scale" and isinstance(standing, int | float) and isinstance(claim.value, int | float):
            scaled = standing * claim.value
            draft.scalars[name] = round(scaled) if isinstance(standing, int) else round(scaled, 2)
            draft.evidence[name] = _quoted(line, [claim], turn)
        if claim.operation == "withdraw" and claim.value is not None and standing == claim.value:
            draft.empty(name)
    said = [claim for claim in claims if claim.operation == "set"]
    if not said:
        return
    last = max(_segment(claim, breaks) for claim in said)
    best = strongest([claim for claim in said if _segment(claim, breaks) == last])
    standing = draft.scalars[name]
    other = standing is not None and standing != best.value and not draft.assumed(name)
    if other and not _overrides(name, best):
        return
    words = draft.evidence.get(name)
    if other and name == "domain" and words is not None and words.turn < turn and beside(line, best):
        return
    if other and name in COLOURS and words is not None and words.turn < turn and not restated(line, best):
        return
    if best.assumption is None and best.strength >= MEDIUM:
        draft.settle(name)
    elif standing is None:
        draft.suppose(name, best.assumption or "")
    if not isinstance(best.value, RequestedModel):
        draft.scalars[name] = best.value
    supporting = [claim for claim in said if claim.value == best.value and _segment(claim, breaks) == last]
    draft.evidence[name] = _quoted(line, [min(supporting, key=lambda claim: (-claim.strength, claim.span.start))], turn)


def _overrides(name: str, claim: Claim) -> bool:
    """A hint never overturns what stands; words that only colour the picture do not change the task or the domain."""
    if name in ("task_type", "domain"):
        return claim.strength >= STRONG and claim.assumption is None
    return claim.assumption is None and claim.strength >= MEDIUM


def _merge_list(
    draft: Draft, line: Marked, name: str, claims: list[Claim], turn: int, breaks: Sequence[int], before: Sequence[str]
) -> None:
    excluded = sorted({str(claim.value) for claim in claims if claim.operation == "exclude"})
    taken_back = [claim for claim in claims if claim.operation in ("withdraw", "drop") and claim.value is not None]
    other = COUNTERPART.get(name)
    refused_before = (*excluded, *(draft.lists[other] if other else ()))
    let_in = {
        str(claim.value)
        for claim in claims
        if claim.operation == "permit"
        or (claim.operation == "add" and claim.value not in excluded and not before and _is_adding(line, claim))
    } & set(refused_before)
    excluded = [value for value in excluded if value not in let_in]
    wanted = [
        claim
        for claim in claims
        if claim.operation in ("add", "permit") and (str(claim.value) not in let_in or _alone(line, claim))
    ]
    standing = draft.lists[name]
    for claim in taken_back:
        value = str(claim.value)
        rules_out = (
            other and claim.operation == "withdraw" and (name in EXCLUDED_ON_WITHDRAWAL or not _stands(value, before))
        )
        if rules_out:
            excluded.append(value)
        standing = tuple(item for item in standing if not _same(item, value))
    if wanted:
        last = max(_segment(claim, breaks) for claim in wanted)
        current = wanted if name in GATHERED else [claim for claim in wanted if _segment(claim, breaks) == last]
        adds = name in GATHERED or any(
            _is_adding(line, claim) or (claim.operation == "permit" and not _stands(str(claim.value), standing))
            for claim in current
        )
        adds = adds or any(claim.operation == "drop" and _stands(str(claim.value), before) for claim in taken_back)
        values = [str(claim.value) for claim in current if str(claim.value) not in excluded]
        standing = tuple(sorted({*(standing if adds else ()), *values})) if values else standing
        if values:
            draft.evidence[name] = _quoted(line, [claim for claim in current if str(claim.value) in values], turn)
    if other:
        refused = [
            value for value in draft.lists[other] if not any(_same(value, item) for item in (*standing, *let_in))
        ]
        if excluded:
            refused += excluded
            ruling = [claim for claim in claims if claim.operation in ("exclude", "withdraw")]
            draft.evidence[other] = _quoted(line, ruling, turn)
        draft.lists[other] = tuple(sorted(set(refused)))
    draft.lists[name] = tuple(item for item in standing if not any(_same(item, value) for value in excluded))


def _alone(line: Marked, claim: Claim) -> bool:
    """ "AWS is fine after all, in fact AWS only": more than let in."""
    before, after = line.raw[: claim.span.start], line.raw[claim.span.end :]
    only = re.search(r"(?i)\b(?:only|solely|exclusively)(?: (?:on|use|with|at))? $", before)
    return claim.operation == "add" and (only or re.match(r"(?i) (?:only|exclusively)\b", after)) is not None


def _stands(value: str, standing: Sequence[str]) -> bool:
    return any(_same(item, value) for item in standing)


def _same(item: str, value: str) -> bool:
    """Equal, or a variant of what is said: dropping "A100" drops "A100-80GB"."""
    return item == value or item.startswith(value + "-")


def _is_adding(line: Marked, claim: Claim) -> bool:
    opens = max(line.raw.rfind(sign, 0, claim.span.start) for sign in ".;!?\n") + 1
    closes = min([at for sign in ".;!?\n" if (at := line.raw.find(sign, claim.span.end)) >= 0], default=len(line.raw))
    words = re.sub(r"[^\w ,]+", " ", line.raw[opens:closes].lower()).replace(",", " , ").strip()
    return _ADDING.search(re.sub(r"\s+", " ", words)) is not None


def _merge_models(draft: Draft, line: Marked, claims: list[Claim], turn: int, breaks: Sequence[int]) -> None:
    taken_back = [
        claim.value.name
        for claim in claims
        if claim.operation in ("exclude", "withdraw", "drop") and isinstance(claim.value, RequestedModel)
    ]
    wanted = [claim for claim in claims if claim.operation == "add"]
    current: list[Claim] = []
    if wanted:
        last = max(_segment(claim, breaks) for claim in wanted)
        current = with_sizes(line, [claim for claim in wanted if _segment(claim, breaks) == last])
        draft.evidence["models"] = _quoted(line, current, turn)
    said = [claim.value for claim in current if isinstance(claim.value, RequestedModel)]
    adds = any(_is_adding(line, claim) for claim in current)
    draft.models = revised_models(draft.models, taken_back, said, adds)


def _quantize(draft: Draft, line: Marked, claims: list[Claim], turn: int) -> None:
    """A quantisation is one of the weights: it belongs to the models as well."""
    said: Value | None = draft.scalars.get("precision")
    kind = said if isinstance(said, str) and said not in _NOT_QUANTIZED else None
    if not claims and kind is None:
        return
    draft.models = tuple(model.model_copy(update={"quantization": kind}) for model in draft.models)
