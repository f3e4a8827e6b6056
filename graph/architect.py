"""The map: every node and edge of the Architect on one screen.

    START -> triage -> extract -> {clarify | compute, packages, models, cluster} -> place -> synthesize -> END
                                                                                -> explain   where the turn also asks
                    -> undo -> extract     the spec before the last change is planned anew
                    -> explain -> END      a question about the plan that stands
                    -> tasks -> END        its deployment checklist
                    -> elsewhere -> END    a question to another MCP server that is set up
                    -> decline -> END      nothing to do with this product

`triage`, `undo`, `extract` and `clarify` name their successors in their return types (`Command[Literal[...]]`).
`graph.studio.graph` is the same map for LangGraph Studio and the SDKs.
"""

from langgraph.graph import END, START, StateGraph

from graph.context import ArchitectContext
from graph.nodes.clarify import clarify
from graph.nodes.decline import decline
from graph.nodes.elsewhere import elsewhere
from graph.nodes.explain import asked_beside, explain
from graph.nodes.extract import extract
from graph.nodes.place import place
from graph.nodes.retrieve import cluster, compute, models, packages
from graph.nodes.synthesize import synthesize
from graph.nodes.tasks import tasks
from graph.nodes.triage import triage
from graph.nodes.undo import undo
from graph.state import ArchitectInput, ArchitectState

ArchitectGraph = StateGraph[ArchitectState, ArchitectContext, ArchitectInput, ArchitectState]


def build_graph() -> ArchitectGraph:
    """The graph, uncompiled: the caller chooses the checkpointer."""
    graph: ArchitectGraph = StateGraph(ArchitectState, input_schema=ArchitectInput, output_schema=ArchitectState)

    graph.add_node("triage", triage)
    graph.add_node("undo", undo)
    graph.add_node("extract", extract)
    graph.add_node("clarify", clarify)
    graph.add_node("compute", compute)
    graph.add_node("packages", packages)
    graph.add_node("models", models)
    graph.add_node("cluster", cluster)
    graph.add_node("place", place)
    graph.add_node("synthesize", synthesize)
    graph.add_node("explain", explain)
    graph.add_node("tasks", tasks)
    graph.add_node("elsewhere", elsewhere)
    graph.add_node("decline", decline)

    graph.add_edge(START, "triage")
    for tool in ("compute", "packages", "models", "cluster"):
        graph.add_edge(tool, "place")
    graph.add_edge("place", "synthesize")
    graph.add_conditional_edges("synthesize", asked_beside, {"explain": "explain", "end": END})
    for last in ("explain", "tasks", "elsewhere", "decline"):
        graph.add_edge(last, END)
    return graph
