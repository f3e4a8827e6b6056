"""The Python SDK against LangGraph's dev server: what a user of Studio does, call by call."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk.client import SyncLangGraphClient
from langgraph_sdk.schema import StreamMode

OPEN = "I need some GPUs"
ANSWERS = {"task_type": "Serve a model (inference)", "domain": "Language model (text and chat)"}
CLEAR = "Serve Llama 3.1 8B to 20 users in the EU"
TOOLS = ("compute", "packages", "models", "cluster")
MODES: tuple[StreamMode, ...] = (
    "values", "updates", "messages-tuple", "messages", "custom", "events", "tasks", "checkpoints", "debug",
)  # fmt: skip
State = Mapping[str, Any]


def begun(studio: SyncLangGraphClient, words: str) -> tuple[str, State]:
    """A new thread and what its first turn ends with."""
    thread = studio.threads.create()["thread_id"]
    return thread, run(studio, thread, {"message": words})


def run(studio: SyncLangGraphClient, thread: str, said: dict[str, Any] | None, **more: Any) -> State:
    return cast(State, studio.runs.wait(thread, "architect", input=said, **more))


def said_in(state: State) -> list[tuple[str, str]]:
    return [(message["type"], message["content"]) for message in state["messages"]]


def reached_a_plan(state: State) -> bool:
    return "__interrupt__" not in state and state["reply"]["response_type"] == "deployment_plan"


@pytest.fixture(scope="module")
def planned(studio: SyncLangGraphClient) -> tuple[str, State]:
    return begun(studio, CLEAR)


def test_the_graph_is_drawn_with_every_way_through_it(studio: SyncLangGraphClient) -> None:
    (assistant,) = studio.assistants.search(graph_id="architect")
    drawn = studio.assistants.get_graph(assistant["assistant_id"])
    edges = {(edge["source"], edge["target"]) for edge in drawn["edges"]}
    ways = {("__start__", "triage"), ("triage", "extract"), ("triage", "undo"), ("triage", "explain")}
    ways |= {("triage", "tasks"), ("triage", "decline"), ("extract", "clarify"), ("clarify", "extract")}
    ways |= {("undo", "extract"), ("place", "synthesize"), ("synthesize", "explain"), ("explain", "__end__")}
    assert ways | {("extract", tool) for tool in TOOLS} | {(tool, "place") for tool in TOOLS} <= edges


def test_what_goes_in_and_what_an_assistant_sets_is_described(studio: SyncLangGraphClient) -> None:
    (assistant,) = studio.assistants.search(graph_id="architect")
    schemas = cast(dict[str, Any], studio.assistants.get_schemas(assistant["assistant_id"]))
    assert schemas["input_schema"]["properties"].keys() == {"message", "messages"}
    own = schemas["context_schema"]["properties"]
    assert own.keys() == {"engine", "rounds_of_questions", "models_weighed", "holds_always"}
    for field in (*own.values(), *schemas["input_schema"]["properties"].values()):
        assert len(field["description"]) > 20


@pytest.mark.parametrize(
    "said",
    [{"message": CLEAR}, {"messages": [{"role": "user", "content": CLEAR}]},
     {"messages": [{"type": "human", "content": [{"type": "text", "text": CLEAR}]}]}],
)  # fmt: skip
def test_a_request_in_any_form_becomes_the_same_plan(
    studio: SyncLangGraphClient, planned: tuple[str, State], said: dict[str, Any]
) -> None:
    ended = run(studio, studio.threads.create()["thread_id"], said)
    assert ended["reply"] == planned[1]["reply"]
    assert [kind for kind, _ in said_in(ended)] == ["human", "ai"]
    assert said_in(ended)[1][1] == ended["reply"]["response"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [({}, "There is no message"), ({"message": ""}, "There is no message"), ({"messages": []}, "There is no message"),
     ({"message": 5}, "message cannot be: Input should be a valid string"),
     ({"message": "x" * 10_001}, "at most 10000 characters"), ({"message": "a\0b"}, "NUL"),
     ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]}, "no image_url"),
     (None, "Received no input")],
)  # fmt: skip
def test_what_cannot_be_read_is_told(studio: SyncLangGraphClient, said: dict[str, Any] | None, problem: str) -> None:
    thread = studio.threads.create()["thread_id"]
    with pytest.raises(Exception, match=problem):
        run(studio, thread, said)


@pytest.mark.parametrize(
    "answer",
    ["Serve a language model", [*ANSWERS.values()], [1, 1, None], ANSWERS, {"domain": "llm", "task_type": "inference"}],
)  # fmt: skip
def test_a_question_is_resumed_with_a_text_a_list_or_answers_by_field(
    studio: SyncLangGraphClient, answer: object
) -> None:
    thread, asked = begun(studio, OPEN)
    (interrupt,) = asked["__interrupt__"]
    assert [question["field"] for question in interrupt["value"]["questions"]][:2] == list(ANSWERS)
    assert said_in(asked)[-1][1].startswith("Before I plan this, a few questions:")
    ended = run(studio, thread, None, command={"resume": answer})
    assert reached_a_plan(ended)
    assert [kind for kind, _ in said_in(ended)] == ["human", "ai", "human", "ai"]
    assert studio.threads.get_state(thread)["next"] == []


@pytest.mark.parametrize("as_node", ["clarify", None])
@pytest.mark.parametrize("key", ["message", "messages"])
def test_an_answer_may_be_written_into_the_state(studio: SyncLangGraphClient, as_node: str | None, key: str) -> None:
    thread, _ = begun(studio, OPEN)
    words = "Serve a language model"
    written = {"message": words} if key == "message" else {"messages": [{"role": "user", "content": words}]}
    studio.threads.update_state(thread, written, as_node=as_node)
    ended = run(studio, thread, None)
    assert reached_a_plan(ended)
    assert [kind for kind, _ in said_in(ended)] == ["human", "ai", "human", "ai"]


@pytest.mark.parametrize("words", ["Serve a language model", "1, 1, 4"])
def test_the_next_message_answers(studio: SyncLangGraphClient, words: str) -> None:
    thread, _ = begun(studio, OPEN)
    ended = run(studio, thread, {"messages": [{"role": "user", "content": words}]})
    assert reached_a_plan(ended)
    assert cast(State, studio.threads.get_state(thread)["values"])["turns"] == [OPEN, words]


@pytest.mark.parametrize("answer", [{"colour": "red"}, ["a", "b", "c", "d"], True, ""])
def test_an_answer_of_no_known_form_is_asked_for_again(studio: SyncLangGraphClient, answer: object) -> None:
    thread, asked = begun(studio, OPEN)
    again = run(studio, thread, None, command={"resume": answer})
    (interrupt,) = again["__interrupt__"]
    assert interrupt["value"]["questions"] == asked["__interrupt__"][0]["value"]["questions"]
    assert interrupt["value"]["aside"]
    assert reached_a_plan(run(studio, thread, None, command={"resume": "Serve a language model"}))


def test_a_conversation_goes_on_in_its_thread(studio: SyncLangGraphClient) -> None:
    thread, first = begun(studio, CLEAR)
    revised = run(studio, thread, {"message": "On RunPod or Vast, and in fp8"})
    assert revised["plan"]["changes"]
    assert revised["plan"] != first["plan"]
    answered = run(studio, thread, {"messages": [{"role": "user", "content": "Why that GPU?"}]})
    assert answered["reply"]["response_type"] == "answer"
    undone = run(studio, thread, {"message": "undo that"})
    assert undone["plan"]["recommendations"] == first["plan"]["recommendations"]
    assert [kind for kind, _ in said_in(undone)] == ["human", "ai"] * 4


def test_a_fork_from_any_node_ends_in_the_same_plan(studio: SyncLangGraphClient, planned: tuple[str, State]) -> None:
    thread, ended = planned
    history = studio.threads.get_history(thread, limit=50)
    begins = {tuple(sorted(past["next"])): past["checkpoint"]["checkpoint_id"] for past in history if past["next"]}
    assert set(begins) == {("__start__",), ("triage",), ("extract",), tuple(sorted(TOOLS)), ("place",), ("synthesize",)}
    for checkpoint in begins.values():
        again = run(studio, thread, None, checkpoint_id=checkpoint)
        assert again["plan"] == ended["plan"]
        assert again["reply"] == ended["reply"]


def test_a_fork_from_the_question_asks_it_again(studio: SyncLangGraphClient) -> None:
    thread, _ = begun(studio, OPEN)
    run(studio, thread, None, command={"resume": "Serve a language model"})
    history = studio.threads.get_history(thread, limit=50)
    asking = next(past["checkpoint"] for past in history if past["next"] == ["clarify"])
    assert run(studio, thread, None, checkpoint_id=asking["checkpoint_id"])["__interrupt__"]
    other = run(studio, thread, None, command={"resume": "Fine-tune an image model"})
    assert other["plan"]["spec"]["task_type"] == "fine_tuning"
    fork = studio.threads.update_state(
        thread, {"message": "Train an image model"}, as_node="clarify", checkpoint=asking
    )
    third = run(studio, thread, None, checkpoint_id=fork["checkpoint"]["checkpoint_id"])
    assert third["plan"]["spec"]["task_type"] == "training"


def edited(studio: SyncLangGraphClient, words: str, node: str, values: dict[str, Any]) -> State:
    """The end of the turn after an edit of what a node wrote."""
    thread, _ = begun(studio, words)
    after = next(
        past for past in studio.threads.get_history(thread, limit=50)
        if node in {task["name"] for task in _before(studio, thread, past)}
    )  # fmt: skip
    fork = studio.threads.update_state(thread, values, as_node=node, checkpoint=after["checkpoint"])
    return run(studio, thread, None, checkpoint_id=fork["checkpoint"]["checkpoint_id"])


def _before(studio: SyncLangGraphClient, thread: str, past: Any) -> Sequence[Any]:
    """What ran between the checkpoint before this one and it."""
    parent = past["parent_checkpoint"]
    return studio.threads.get_state(thread, parent)["tasks"] if parent else []


def test_an_edit_at_any_node_takes_effect_there(studio: SyncLangGraphClient, planned: tuple[str, State]) -> None:
    plan = planned[1]["plan"]
    message = edited(studio, CLEAR, "triage", {"message": "Fine-tune Mistral 7B on 10,000 examples"})
    assert message["plan"]["spec"]["task_type"] == "fine_tuning"

    state = studio.threads.get_state(planned[0])["values"]
    spec = {**cast(State, state)["spec"], "location": {"providers": ["aws"]}}
    assert {one["option"]["offer"]["provider"] for one in plan["recommendations"]} != {"aws"}
    by_spec = edited(studio, CLEAR, "extract", {"spec": spec})
    assert {one["option"]["offer"]["provider"] for one in by_spec["plan"]["recommendations"]} == {"aws"}

    queries = cast(State, state)["queries"]
    on_gcp = {**queries, "compute": {**queries["compute"], "providers": ["gcp"]}}
    by_query = edited(studio, CLEAR, "extract", {"queries": on_gcp})
    assert {one["option"]["offer"]["provider"] for one in by_query["plan"]["recommendations"]} == {"gcp"}

    nodes = {"status": "ok", "items": [{"name": "own", "gpu_product": "NVIDIA-L4", "gpu_count": 4, "gpu_free": 4}]}
    on_own = edited(studio, CLEAR, "cluster", {"cluster": nodes})
    assert on_own["plan"]["recommendations"][0]["option"]["offer"]["provider"] == "own hardware"

    placement = cast(State, state)["placement"]
    second = {**placement, "options": placement["options"][1:]}
    by_placement = edited(studio, CLEAR, "place", {"placement": second})
    assert by_placement["plan"]["recommendations"][0]["option"]["offer"]["key"] == second["options"][0]["offer"]["key"]

    asks = edited(studio, CLEAR, "synthesize", {"asked_beside": ["What does it cost a year?"]})
    assert "year" in asks["reply"]["response"]


def test_an_edit_that_cannot_be_says_why(studio: SyncLangGraphClient) -> None:
    with pytest.raises(Exception, match=r"spec\.task_type cannot be: Input should be"):
        edited(studio, CLEAR, "extract", {"spec": {"task_type": "juggling"}})
    with pytest.raises(Exception, match=r"placement\.options"):
        edited(studio, CLEAR, "place", {"placement": {"options": [{"label": "mine"}]}})


def test_every_stream_mode_tells_the_turn(studio: SyncLangGraphClient) -> None:
    told: dict[str, list[Any]] = {mode: [] for mode in MODES}
    for part in studio.runs.stream(
        studio.threads.create()["thread_id"], "architect", input={"message": CLEAR}, stream_mode=list(MODES)
    ):
        assert part.event != "error", part.data
        told.setdefault(part.event, []).append(part.data)
    assert told["values"][-1]["plan"]["recommendations"]
    assert "offers" not in told["values"][-1]  # thousands of rows, with every event
    assert {"triage", "extract", *TOOLS, "place", "synthesize"} == {
        node for update in told["updates"] for node in update
    }
    began = [event["node"] for event in told["custom"] if event["event"] == "began"]
    assert began[:2] == ["triage", "extract"]
    assert set(began[2:6]) == set(TOOLS)
    assert {"compute", "models"} <= {tool for event in told["custom"] for tool in event.get("found", {})}
    spoken = {message["type"]: message["content"] for part in told["messages"] for message in [part[0]]}
    assert spoken["ai"] == told["values"][-1]["reply"]["response"]
    assert {task["name"] for task in told["tasks"]} >= {"place", "synthesize"}
    assert told["checkpoints"][-1]["next"] == []
    assert any(event["event"] == "on_chain_end" for event in told["events"])
    assert told["debug"]


def test_an_assistant_of_ones_own(studio: SyncLangGraphClient) -> None:
    own: dict[str, Any] = {"rounds_of_questions": 0, "holds_always": "Only on AWS. Spot is fine.", "models_weighed": 5}
    assistant = studio.assistants.create("architect", context=own, name="never asks, on AWS")
    thread = studio.threads.create()["thread_id"]
    ended = cast(State, studio.runs.wait(thread, assistant["assistant_id"], input={"message": OPEN}))
    assert reached_a_plan(ended)
    assert {one["option"]["offer"]["provider"] for one in ended["plan"]["recommendations"]} == {"aws"}
    assert said_in(ended)[0] == ("human", OPEN)


def test_a_setting_that_cannot_be_is_told(studio: SyncLangGraphClient) -> None:
    thread = studio.threads.create()["thread_id"]
    with pytest.raises(Exception, match="no language model to read with"):
        run(studio, thread, {"message": CLEAR}, context={"engine": "openai"})


async def test_it_is_a_node_of_another_graph(dev_server: str, planned: tuple[str, State]) -> None:
    remote = RemoteGraph("architect", url=dev_server)
    drawn = await remote.aget_graph()
    assert {"triage", "extract", "clarify", "place"} <= set(drawn.nodes)
    ended = await remote.ainvoke({"messages": [{"role": "user", "content": CLEAR}]})
    assert ended["reply"] == planned[1]["reply"]
    updates = [update async for update in remote.astream({"message": CLEAR}, stream_mode="updates")]
    assert {"place", "synthesize"} <= {node for update in updates for node in update}
    thread = await _new_thread(dev_server)
    config: RunnableConfig = {"configurable": {"thread_id": thread}}
    await remote.ainvoke({"message": CLEAR}, config)
    assert (await remote.aget_state(config)).values["turns"] == [CLEAR]


async def _new_thread(url: str) -> str:
    from langgraph_sdk import get_client

    return str((await get_client(url=url).threads.create())["thread_id"])
