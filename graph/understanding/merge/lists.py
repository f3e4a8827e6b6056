"""Merges what a turn claims of a list into what stands: wanted, ruled out, let in again, taken back."""

from collections.abc import Iterable, Sequence

from domain.workload import Evidence
from graph.understanding.merge.corrections import Turn, span_of
from graph.understanding.merge.draft import Draft
from graph.understanding.roles.claim import Claim

COUNTERPART = {
    "gpu.models": "gpu.excluded",
    "gpu.vendors": "gpu.excluded_vendors",
    "location.providers": "location.excluded_providers",
    "location.jurisdictions": "location.excluded_jurisdictions",
    "components.wanted": "components.excluded",
    "location.owners": "location.excluded_owners",
    "location.sellers": "location.excluded_sellers",
    "model_origin.allowed": "model_origin.excluded",
    "license.allowed": "license.excluded",
}
GATHERED = (
    "compliance", "components.wanted", "components.present", "sensitive", "pricing_allowed", "languages", "features",
    "model_origin.allowed", "model_origin.excluded", "sources.excluded",
    "location.owners", "location.excluded_owners",
)  # fmt: skip
"""Fields where one more never means instead."""
WELCOMED = ("location.sellers",)
"""Fields in which what is let in again is also welcome."""
LET_IN_ALONE = frozenset({"gpu.vendors"})
"""Lists of which a permitted member rules no other one out: "AMD is fine for us"."""
OUT_WITHOUT_ANOTHER = ("location.providers",)
"""Lists of which a member that another is to replace is ruled out where none takes its place: "rather than AWS"."""
EXCLUDED_ON_WITHDRAWAL = ("components.wanted",)
"""The stack would bring the component back by itself, so taking it back rules it out."""


def quoted(said: Turn, claims: Iterable[Claim]) -> Evidence:
    span = span_of(said.line, claims)
    return Evidence(quote=said.line.text.raw[span.start : span.end], turn=said.number)


def newest(said: Turn, claims: Sequence[Claim]) -> list[Claim]:
    """Those after the last correction within the turn."""
    last = max((said.segment(claim) for claim in claims), default=0)
    return [claim for claim in claims if said.segment(claim) == last]


class ListMerge:
    """One list field with its counterpart: what is wanted, ruled out, let in again and taken back.

    `before` is the field as the turn found it."""

    def __init__(self, draft: Draft, said: Turn, name: str, claims: Sequence[Claim], before: Sequence[str]) -> None:
        self.draft, self.said, self.name, self.claims, self.before = draft, said, name, claims, before
        self.other = COUNTERPART.get(name)
        self.ruled_out = {str(claim.value) for claim in claims if claim.operation == "exclude"}
        self.let_in = self._let_in()

    def apply(self) -> None:
        standing = self._without_taken_back()
        standing = self._with_wanted(standing)
        if not standing and self.name in OUT_WITHOUT_ANOTHER:
            dropped = {str(claim.value) for claim in self._taken_back() if claim.operation == "drop"}
            self.ruled_out |= {value for value in dropped if not _stands(value, self.before)}
        if self.other:
            self._rule_out(self.other, standing)
        draft, name = self.draft, self.name
        draft.lists[name] = tuple(v for v in standing if not any(_same(v, out) for out in self.ruled_out))
        if draft.lists[name]:
            draft.settle(name)

    def _let_in(self) -> set[str]:
        """What was ruled out and no longer is; with nothing wanted before, "also Azure" only lets it in."""
        refused = {*self.ruled_out, *(self.draft.lists[self.other] if self.other else ())}
        let_in = {
            str(claim.value)
            for claim in self.claims
            if claim.operation == "permit"
            or (claim.operation == "add" and str(claim.value) not in self.ruled_out and not self.before
                and self.said.adds(claim))
        } & refused  # fmt: skip
        self.ruled_out -= let_in
        return let_in

    def _without_taken_back(self) -> tuple[str, ...]:
        standing = self.draft.lists[self.name]
        for claim in self._taken_back():
            value = str(claim.value)
            gone_for_good = self.name in EXCLUDED_ON_WITHDRAWAL or not _stands(value, self.before)
            if self.other and claim.operation == "withdraw" and gone_for_good:
                self.ruled_out.add(value)
            standing = tuple(item for item in standing if not _same(item, value))
        return standing

    def _taken_back(self) -> list[Claim]:
        return [claim for claim in self.claims if claim.operation in ("withdraw", "drop") and claim.value is not None]

    def _with_wanted(self, standing: tuple[str, ...]) -> tuple[str, ...]:
        wanted = [
            claim
            for claim in self.claims
            if claim.operation in ("add", "set", "permit")
            and (self.name in WELCOMED or str(claim.value) not in self.let_in or self.said.stands_alone(claim))
        ]
        if self.name in LET_IN_ALONE and not standing and all(claim.operation == "permit" for claim in wanted):
            return standing
        current = wanted if self.name in GATHERED else newest(self.said, wanted)
        values = {str(claim.value) for claim in current} - self.ruled_out
        if not values:
            return standing
        if not standing and any(self.said.adds(claim) for claim in current):
            standing = tuple(self.before)  # "forget the EU, the US is fine too": beside what was taken back
        adds = self.name in GATHERED or any(
            self.said.adds(claim) or (claim.operation == "permit" and not _stands(str(claim.value), standing))
            for claim in current
        )
        adds = adds or any(c.operation == "drop" and _stands(str(c.value), self.before) for c in self._taken_back())
        supporting = [claim for claim in current if str(claim.value) in values]
        self.draft.evidence[self.name] = quoted(self.said, supporting)
        return tuple(sorted({*(standing if adds else ()), *values}))

    def _rule_out(self, other: str, standing: Sequence[str]) -> None:
        let_in = (*standing, *self.let_in)
        refused = {value for value in self.draft.lists[other] if not any(_same(value, item) for item in let_in)}
        ruling = [
            claim
            for claim in self.claims
            if claim.operation in ("exclude", "withdraw")
            or (claim.operation == "drop" and str(claim.value) in self.ruled_out)
        ]
        if self.ruled_out and ruling:
            self.draft.evidence[other] = quoted(self.said, ruling)
        self.draft.lists[other] = tuple(sorted(refused | self.ruled_out))


def _stands(value: str, standing: Sequence[str]) -> bool:
    return any(_same(item, value) for item in standing)


def _same(item: str, value: str) -> bool:
    """Equal, or a variant of what is said: dropping "A100" drops "A100-80GB"."""
    return item == value or item.startswith(value + "-")
