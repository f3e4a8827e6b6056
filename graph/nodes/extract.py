"""From the user's words to the spec, and what is still to ask."""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from domain.reading import Reading
from domain.workload import WorkloadSpec
from graph.asides import aside
from graph.choice import chosen_rank, with_choice
from graph.context import ArchitectContext, context_of
from graph.queries import compute_query, model_queries, package_query
from graph.stack import needed_roles
from graph.state import ArchitectState, Queries
from graph.understanding.clarification import assume
from graph.understanding.conversation import next_round, read_turn
from graph.understanding.draft import changed_fields
from graph.understanding.history import History
from graph.understanding.undo import taken_back

Next = Literal["clarify", "undo", "compute", "packages", "models", "cluster", "place"]


async def extract(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> Command[Next]:
    """Revises the standing spec by the newest turn; asks what only the user can settle, else sends the tools out."""
    context = await context_of(runtime)
    asked = state.get("asked", ())
    spec, history = state.get("spec", WorkloadSpec()), state.get("history", History())
    if asked and "plan" in state and taken_back(state["message"], spec, history):
        return Command(goto="undo")
    turns = (*state["turns"][:-1], state["message"])
    reading = _choice(state, spec, context.reader.name) if not asked else None
    if reading is None:
        reading = await read_turn(context.reader, turns, spec, asked=asked[-1] if asked else None)
    if "plan" in state and not asked and reading.changes:
        history = history.revised(spec)
    read = {
        "spec": reading.spec,
        "history": history,
        "engine": reading.engine,
        "changes": tuple(dict.fromkeys((*state.get("changes", ()), *reading.changes))),
        "notes": tuple(dict.fromkeys((*state.get("notes", ()), *reading.notes))),
    }
    if asked and reading.asks_back:
        answered = asked[-1].model_copy(update={"aside": await aside(context, state["message"], asked[-1])})
        return Command(goto="clarify", update={**read, "asked": (*asked[:-1], answered)})
    if rounds := next_round(reading, asked):
        return Command(goto="clarify", update={**read, "asked": rounds})

    working_spec = assume(reading.spec)
    queries = Queries(
        catalog=context.catalog.fingerprint,
        compute=compute_query(working_spec),
        packages=package_query(needed_roles(working_spec)),
        models=model_queries(working_spec, context.settings.hf_top_k),
    )
    return Command(goto=_to_ask(state, queries), update={**read, "working_spec": working_spec, "queries": queries})


def _choice(state: ArchitectState, spec: WorkloadSpec, engine: str) -> Reading | None:
    """What a recommendation taken by its rank makes of the spec; null when none is."""
    rank = chosen_rank(state["message"], state["plan"]) if "plan" in state else None
    if rank is None:
        return None
    chosen = with_choice(spec, state["plan"], rank, state["message"], len(state["turns"]) - 1)
    return Reading(spec=chosen, changes=changed_fields(spec, chosen), engine=engine)


def _to_ask(state: ArchitectState, queries: Queries) -> list[Next]:
    """The tools whose question changed since they last answered; offers and the cluster are looked at every time."""
    before = state.get("queries", Queries())
    if queries.catalog != before.catalog:
        return ["compute", "packages", "models", "cluster"]
    stale: list[Next] = ["cluster", "compute"]
    if queries.packages != before.packages or state["packages"].status not in ("ok", "empty"):
        stale.append("packages")
    if queries.models != before.models or state["models"].status not in ("ok", "empty"):
        stale.append("models")
    return stale
