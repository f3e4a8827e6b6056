"""Components that the user asked for by name and that no chart of the catalogue is."""

import re
from collections.abc import Iterator, Sequence

from artifacts.engines import Engine, engine_of
from artifacts.retrieving import answers_from_documents, foreign_store
from artifacts.stack_steps import WIRINGS
from artifacts.store_access import spoken_to
from domain.packages import Package
from domain.parts import Retrieval
from domain.placement import PlacementOption
from domain.queries import ToolResult
from domain.workload import WorkloadSpec
from graph.stack import Role, needed_roles, select_package
from sizing.vector_store import store_at_hand

NO_CHART = "the catalogue has no chart of it and no figures for it, so the steps neither install nor use it"

OTHER_SERVER = "its chart is for your own programs"
NO_PROGRAM = (
    "its memory and disk are reckoned as for any index of that size; the plan's programs that fill the store and "
    "answer from it speak to {spoken_to} alone, so those two are yours to bring"
)


def other_store_told(spec: WorkloadSpec, beside: Retrieval | None) -> tuple[str, ...]:
    """Of a vector store that is installed, or there, and that the plan's own programs do not speak to."""
    named = foreign_store(spec, {wish.lower() for wish in spec.components.wanted})
    if named is None or not answers_from_documents(beside):
        return ()
    installed = "" if store_at_hand(spec) else "its chart is installed, and "
    return (f"“{named}”: {installed}{NO_PROGRAM.format(spoken_to=spoken_to())}.",)


def unmet_wishes(spec: WorkloadSpec, found: ToolResult[Package], option: PlacementOption | None) -> tuple[str, ...]:
    """One sentence for each, in the user's word, with what runs the workload instead."""
    if option is None or found.status not in ("ok", "empty"):
        return ()
    engine = engine_of(option, spec)
    version = f" ({option.proof.engine})" if option.proof and option.proof.engine else ""
    runs = (
        ""
        if engine in OWN
        else f"; the model runs with {engine.value}{version}, for which memory and speed are worked out"
    )
    told = [(wish, NO_CHART) for wish in _without_chart(spec, found.items)]
    told += [(wish, OTHER_SERVER) for wish in _other_servers(spec, found.items) if runs]
    return tuple(f"“{wish}”: {why}{runs}." for wish, why in told if not runs or wish.lower() not in runs.lower())


SERVER = "inference server"
OWN = frozenset({Engine.OWN_SERVER, Engine.OWN_BATCH})


def _without_chart(spec: WorkloadSpec, packages: Sequence[Package]) -> Iterator[str]:
    for wish, asked in _roles_asked(spec):
        if asked and not any(select_package(role, packages) for role in asked):
            yield wish


def _other_servers(spec: WorkloadSpec, packages: Sequence[Package]) -> Iterator[str]:
    """Servers of models that have a chart which the plan's own objects do not use, or that is another thing's."""
    for wish, asked in _roles_asked(spec):
        servers = [select_package(role, packages) for role in asked if role.role.partition(" (")[0] == SERVER]
        named = re.findall("[a-z0-9]+", wish.lower())
        if any(
            chart is not None and (chart.name not in WIRINGS or not any(word in chart.name for word in named))
            for chart in servers
        ):
            yield wish


def _roles_asked(spec: WorkloadSpec) -> Iterator[tuple[str, list[Role]]]:
    """Each thing that was asked for, with the parts it is for."""
    for wish in dict.fromkeys(spec.components.wanted):
        alone = spec.components.model_copy(update={"wanted": (wish,)})
        roles = needed_roles(spec.model_copy(update={"components": alone}))
        yield wish, [role for role in roles if role.wanted_by_user]
