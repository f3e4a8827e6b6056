"""From the user's words to the spec, and what is still to ask."""

from functools import partial
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from catalog.reference import load_reference
from domain.workload import WorkloadSpec
from graph.asides import aside
from graph.asked_about import as_asked, with_task_asked
from graph.checklist.turn import asked_of_the_list, done_to_the_list, kept
from graph.context import ArchitectContext, context_of
from graph.described import with_described_hardware, with_one_budget
from graph.home import with_home
from graph.newest_turn import newest_taken_back, read_newest
from graph.queries import compute_query, model_queries, package_query, without_needless_gpu
from graph.rates import with_rate
from graph.rivals import with_rivals
from graph.several import workload_specs
from graph.stack import Role, possible_roles
from graph.state import ArchitectState, Queries, history_of
from graph.understanding.merge.clarification import assume
from graph.understanding.merge.conversation import round_after
from graph.unrented import with_unrented
from graph.unsaid_load import fields_that_decide
from sizing.slides import as_tiles
from sizing.together import first_of
from sizing.unattended import as_job

Next = Literal["clarify", "undo", "compute", "packages", "models", "cluster", "place"]


async def extract(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> Command[Next]:
    """Revises the standing spec by the newest turn; asks what only the user can settle, else sends the tools out."""
    context = await context_of(runtime)
    asked = state.get("asked", ())
    listed: ArchitectState = {"task_calls": (), "tasks_told": "", "to_delete": ()} if asked else {}
    if asked and state.get("reading") is None and (wanted := await asked_of_the_list(state)).of_the_list:
        done = await done_to_the_list(context, state, wanted)
        if not wanted.rest:
            answered = asked[-1].model_copy(update={"aside": done.response.strip()})
            return Command(goto="clarify", update={**kept(done), "asked": (*asked[:-1], answered)})
        listed = {**kept(done), "tasks_told": done.response}
        state = {**state, "message": wanted.rest}
    spec, history = state.get("spec", WorkloadSpec()), history_of(state)
    if asked and await newest_taken_back(state) is not None:
        return Command(goto="undo")
    turns = (*state["turns"][:-1], state["message"])
    reading = state.get("reading") or await read_newest(context, state, turns, asked[-1] if asked else None)
    if "plan" in state and not asked and reading.changes:
        history = history.revised(spec)
    homes = tuple(dict.fromkeys((*state.get("homes", ()), *reading.homes)))
    read = {
        **listed,
        "spec": reading.spec,
        "history": history,
        "engine": reading.engine,
        "changes": tuple(dict.fromkeys((*state.get("changes", ()), *reading.changes))),
        "notes": tuple(dict.fromkeys((*state.get("notes", ()), *reading.notes))),
        "homes": homes,
    }
    if asked and reading.asks_back:
        answer = await aside(context, state["message"], asked[-1])
        answered = asked[-1].model_copy(update={"aside": answer, "unplaced": reading.unplaced})
        return Command(goto="clarify", update={**read, "asked": (*asked[:-1], answered)})
    decides = reading.just_decide or len(asked) >= context.settings.question_rounds
    reading = reading.model_copy(update={"spec": with_task_asked(reading.spec), "just_decide": decides})
    deciding = None if "plan" in state else partial(fields_that_decide, context)
    if rounds := await round_after(reading, asked, before=spec, deciding=deciding):
        return Command(goto="clarify", update={**read, "asked": rounds})

    told = with_one_budget(as_tiles(as_job(as_asked(first_of(reading.spec), turns))))
    described = with_described_hardware(without_needless_gpu(assume(told)))
    complete = with_home(described, homes)
    at_hand = await with_unrented(context, await with_rivals(context, complete))
    working_spec = with_rate(at_hand, await load_reference(context.database))
    queries = Queries(
        catalog=context.catalog.fingerprint,
        compute=compute_query(working_spec),
        packages=package_query(_roles_of_all(working_spec)),
        models=model_queries(working_spec, context.settings.hf_top_k),
    )
    return Command(goto=_to_ask(state, queries), update={**read, "working_spec": working_spec, "queries": queries})


def _roles_of_all(spec: WorkloadSpec) -> tuple[Role, ...]:
    """What the stack may need for the first workload and for the others."""
    return tuple(dict.fromkeys(role for one in (spec, *workload_specs(spec)[1:]) for role in possible_roles(one)))


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
