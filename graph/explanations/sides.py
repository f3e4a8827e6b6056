"""Two things of the field that a question sets against one another: which of them the plan uses, what each is, and what
the other would make of the plan."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from artifacts.engines import engine_of
from artifacts.notation import bullets, plain
from domain.base import Frozen
from domain.packages import Package
from graph.explanations.evidence import Standing
from graph.explanations.glossary import Term, placed_terms, spoken
from graph.explanations.terms import cited, in_this_plan

JOINS = frozenset({
    "or", "vs", "versus", "and", "against", "with", "to", "over", "than", "not", "instead", "of", "better", "worse",
    "faster", "cheaper", "safer", "simpler",
})  # fmt: skip
ARTICLES = frozenset({"a", "an", "the", "plain", "just", "rather"})
WEIGHS = frozenset({"or", "vs", "versus", "compare", "compared", "comparison", "against", "between", "better", "not",
                    "instead", "rather"})  # fmt: skip
"""Words of a question of which two things it takes to be weighed."""


class Sides(Frozen):
    """The two, each with whether the plan uses it."""

    one: Term
    other: Term
    uses_one: bool
    uses_other: bool

    @property
    def unused(self) -> Term | None:
        """The one that would be another plan; null where it uses both or neither."""
        if self.uses_one == self.uses_other:
            return None
        return self.other if self.uses_one else self.one


def weighs(words: Iterable[str]) -> bool:
    """Whether a question may set two things against one another."""
    return bool(WEIGHS & {*words})


def sides_in(standing: Standing) -> Sides | None:
    """Null where the question weighs no two terms of the field."""
    if not standing.plan.recommendations or not weighs(standing.words):
        return None
    words = spoken(standing.question)
    charts = tuple(_of_chart(chart) for chart in (*(part.package for part in standing.plan.stack), *standing.charts))
    for before, after in pairwise(placed_terms(words, charts)):
        between = [word for word in words[before.last : after.first].split() if word not in ARTICLES]
        if between and {*between} <= JOINS and before.term.key != after.term.key:
            one, other = before.term, after.term
            return Sides(one=one, other=other, uses_one=_uses(standing, one), uses_other=_uses(standing, other))
    return None


def sides_told(standing: Standing, found: Sides, with_it: str) -> str:
    """Which of the two the plan uses, and each in a sentence; `with_it`: the plan with the other."""
    names = [_name(one) for one in (found.one, found.other)]
    used = [name for name, uses in zip(names, (found.uses_one, found.uses_other), strict=True) if uses]
    engine = engine_of(standing.first, standing.spec).value.lower()
    runs = found.unused is not None and not with_it and engine in (name.lower() for name in used)
    alone = ", for which its memory and speed are worked out" if runs else ""
    lead = f"The plan uses **{' and '.join(used)}**{alone}."
    here = [*dict.fromkeys(line for one in (found.one, found.other) for line in in_this_plan(one, standing)[:1])]
    says = bullets(f"{plain(one.says)}{cited(one)}" for one in (found.one, found.other))
    if not used:
        lead = "" if here else f"The plan uses neither {names[0]} nor {names[1]}."
    rest = with_it or (f"For {_name(found.unused)} the catalogue has no figures." if found.unused else "")
    return "\n\n".join(part for part in (lead, says, bullets(here), rest) if part)


def _of_chart(chart: Package) -> Term:
    names = dict.fromkeys((chart.name.lower(), chart.display_name.lower()))
    says = f"{chart.display_name or chart.name}: {chart.description}"
    return Term(names=tuple(name for name in names if name), says=says, source=chart.source.name, url=chart.source.url)


def _name(term: Term) -> str:
    """As its own sentence writes it."""
    at = term.says.lower().find(term.key)
    return plain(term.says[at : at + len(term.key)] if at >= 0 else term.key)


def _uses(standing: Standing, term: Term) -> bool:
    said = spoken(" ".join(_parts_of(standing)).replace("_", "-"))
    return any(f" {name} " in said for name in term.names)


def _parts_of(standing: Standing) -> Iterator[str]:
    """By which names the plan says what it uses."""
    option = standing.first
    yield from (option.offer.pricing, option.quantization or "", engine_of(option, standing.spec).value)
    if option.proof is not None:
        yield option.proof.mode
    split = {"tensor-parallel": option.tensor_parallel, "pipeline-parallel": option.pipeline_parallel}
    yield from (name.replace("-", " ") for name, many in split.items() if many > 1)
    for part in standing.plan.stack:
        yield from (part.package.name, part.package.display_name, part.role)
    yield from (part.role for part in (standing.plan.retrieval.parts if standing.plan.retrieval else ()))
