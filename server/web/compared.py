"""Two plans of a conversation side by side."""

from collections.abc import Iterator

from artifacts.choices import ON_SITE, speed
from artifacts.notation import dollars
from domain.base import Frozen
from domain.plan import DeploymentPlan
from graph.changes import OPEN, field_words, value_words


class Row(Frozen):
    """One property of two plans or choices."""

    what: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


class Compared(Frozen):
    """`before` and `after` are the plans' numbers in the conversation."""

    before: int
    after: int
    rows: tuple[Row, ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]


def compared(before: tuple[int, DeploymentPlan], after: tuple[int, DeploymentPlan]) -> Compared:
    """The first choices, every constraint that was said in either, and what each assumes alone."""
    (one, old), (other, new) = before, after
    return Compared(
        before=one,
        after=other,
        rows=(*_choices(old, new), *_constraints(old, new)),
        lists=(
            ("Why it changed", new.changes),
            (f"Assumed in plan {one} alone", _only(old.assumptions, new.assumptions)),
            (f"Assumed in plan {other} alone", _only(new.assumptions, old.assumptions)),
        ),
    )


def differing(old: DeploymentPlan, new: DeploymentPlan) -> tuple[Row, ...]:
    """What the first choices do not have in common."""
    return tuple(row for row in _choices(old, new) if row.differs)


def _choices(old: DeploymentPlan, new: DeploymentPlan) -> Iterator[Row]:
    one, other = _first(old), _first(new)
    for what in dict.fromkeys((*one, *other)):
        yield Row(what=what, before=one.get(what, ""), after=other.get(what, ""))


def _first(plan: DeploymentPlan) -> dict[str, str]:
    if not plan.choices:
        return {"Answer": plan.answer}
    choice = plan.choices[0]
    model = plan.recommendations[0].option.model if plan.recommendations else None
    return {
        "Machines": choice.machines,
        "Where": choice.where,
        "Model": " in ".join(part for part in (model.key if model else "", choice.precision) if part),
        "Price": "no rent" if choice.where == ON_SITE else f"{dollars(choice.usd)} {choice.a_per}",
        "Speed": speed(choice),
        "Gives up": "; ".join(choice.gives_up) or "nothing",
        "Charts": ", ".join(part.package.name for part in plan.stack) or "none",
    }


def _constraints(old: DeploymentPlan, new: DeploymentPlan) -> Iterator[Row]:
    for path, field in field_words().items():
        one, other = (value_words(plan.spec, path) for plan in (old, new))
        if (one, other) != (OPEN, OPEN):
            told = ("not said" if words == OPEN else field.unit.format(words) for words in (one, other))
            yield Row(what=field.name, before=next(told), after=next(told))


def _only(these: tuple[str, ...], those: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for text in these if text not in those)
