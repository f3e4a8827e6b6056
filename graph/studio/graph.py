"""The graph that LangGraph's dev server loads: the map of `graph.architect`, node by node and edge by edge."""

from typing import Protocol, cast

from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph

from graph.architect import build_graph
from graph.studio.edits import from_clarify, from_extract, from_triage, from_undo
from graph.studio.nodes import Node, for_studio
from graph.studio.state import AssistantSettings, StudioInput, StudioOutput, StudioState

StudioGraph = StateGraph[StudioState, AssistantSettings, StudioInput, StudioOutput]
CompiledStudio = CompiledStateGraph[StudioState, AssistantSettings, StudioInput, StudioOutput]
CHOOSING = {"triage": from_triage, "undo": from_undo, "extract": from_extract, "clarify": from_clarify}
"""Nodes that choose their successors. They leave their choice in the state, where an edge reads it."""


class _Function(Protocol):
    """A node as a graph holds it."""

    afunc: Node


def build_studio_graph() -> StudioGraph:
    """Uncompiled; the dev server brings its own checkpointer."""
    architect = build_graph()
    graph: StudioGraph = StateGraph(
        StudioState, context_schema=AssistantSettings, input_schema=StudioInput, output_schema=StudioOutput
    )
    for name, spec in architect.nodes.items():
        graph.add_node(name, for_studio(name, cast(_Function, spec.runnable).afunc))
        if name in CHOOSING:
            graph.add_conditional_edges(name, CHOOSING[name], {end: end for end in spec.ends or ()})
    for begin, end in sorted(architect.edges):
        graph.add_edge(begin, end)
    for name, branches in architect.branches.items():
        for branch in branches.values():
            graph.add_conditional_edges(name, branch.path, branch.ends)
    return graph


graph: CompiledStudio = build_studio_graph().compile(name="architect")
