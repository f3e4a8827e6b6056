"""What the language model is asked to answer with: the strict JSON schema, made from `WorkloadSpec` itself.

Strict mode wants every field required, null where nothing was said, and knows no defaults; so the shapes are those of
the spec with lists for tuples and without defaults. Names and units are explained in the prompt.
"""

from collections.abc import Collection, Mapping
from functools import reduce
from operator import or_
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import Field, create_model

from domain.base import Frozen
from domain.workload import AskedQuestion, Budget, WorkloadSpec
from graph.understanding.llm.orders import SaidOrder
from graph.understanding.merge.draft import ABOUT_THE_TURN, taken_apart

LONGEST_TEXT = 32_000
"""Characters of an answer that are parsed; a full one has a tenth of it."""
BUILT_IN_ALONE = frozenset({"aspects", "whether", "closed", "bill", "years", "use", "quotes", "hardware"})
"""Of a question: what the built-in reader tells in either case."""
OF_THE_CATALOGUE = frozenset({"rate"})
"""Of a budget: what the catalogue says, and no message."""
Shape = TypeVar("Shape", bound=Frozen)


class Quoted(Frozen):
    field: str = Field(description="dotted path of the field, e.g. budget.amount")
    quote: str = Field(description="the user's exact words")


class TurnAnswer(Frozen):
    """What the newest turn wants, and what it says about the workload; null or empty where it says nothing."""

    intent: Literal["plan", "question", "undo", "tasks", "decline"]
    just_decide: bool
    tasks: list[SaidOrder]
    evidence: list[Quoted]
    withdrawn: list[Quoted]

    def fields(self) -> WorkloadSpec:
        """The values as the spec's own, whatever they are worth."""
        return WorkloadSpec.model_validate(self.model_dump(exclude=set(TurnAnswer.model_fields)))


class PhraseAnswer(Frozen):
    """The paragraph in better words."""

    paragraph: str


def said(spec: WorkloadSpec) -> dict[str, object]:
    """The requirement's fields that say something, by dotted path."""
    return {path: value for path, value in taken_apart(spec).held().items() if value is not None and value != ()}


def _strict(shape: type[Frozen], base: type[Shape], leave: Collection[str] = ()) -> type[Shape]:
    held = {name: field for name, field in shape.model_fields.items() if name not in leave}
    fields: Any = {
        name: (_in_json(field.annotation), Field(description=field.description)) for name, field in held.items()
    }
    made: type[Shape] = create_model(
        f"{shape.__name__}Answer", __base__=base, __doc__=(shape if base is Frozen else base).__doc__, **fields
    )
    return made


def _in_json(kind: Any) -> Any:
    if get_origin(kind) is tuple:
        return list[_in_json(get_args(kind)[0])]  # type: ignore[misc]
    if get_origin(kind) is UnionType:
        return reduce(or_, map(_in_json, get_args(kind)))
    if not (isinstance(kind, type) and issubclass(kind, Frozen)):
        return kind
    return _strict(kind, Frozen, _LEFT_OUT.get(kind, ()))


_LEFT_OUT: Mapping[type[Frozen], Collection[str]] = {AskedQuestion: BUILT_IN_ALONE, Budget: OF_THE_CATALOGUE}
ReadAnswer = _strict(WorkloadSpec, TurnAnswer, {*ABOUT_THE_TURN} - {"question"})
"""The answer to a turn: a `TurnAnswer` with every field of the requirement."""
