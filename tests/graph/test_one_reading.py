"""A turn is read once, in a thread of its own, and goes where that reading says."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, Protocol

import pytest

from domain.plan import DeploymentPlan
from domain.reading import Clarification, Reading
from domain.turn import Intent
from domain.workload import WorkloadSpec
from graph.context import ArchitectContext
from graph.nodes.triage import path_of
from graph.state import ArchitectState
from graph.understanding.reader import Reader

ASK = "Deploy Llama 3.3 70B for inference"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


class Counting:
    """A reader that counts how often it reads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.times = 0

    @property
    def name(self) -> Literal["builtin", "openai"]:
        return self._reader.name

    async def read(
        self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None, plan_stands: bool = False
    ) -> Reading:
        self.times += 1
        return await self._reader.read(turns, spec, asked=asked, plan_stands=plan_stands)

    async def phrase(self, draft: DeploymentPlan) -> str:
        return await self._reader.phrase(draft)


@pytest.mark.parametrize(
    ("turns", "times"),
    [
        ((ASK,), 1),
        (("I need some GPUs", "inference with Llama 3.3 70B"), 2),
        ((ASK, "only on AWS"), 2),
        ((ASK, "why not H100?"), 2),
        ((ASK, "thanks"), 2),
        ((ASK, "only on AWS", "undo that"), 2),
        ((ASK, "only on AWS", "undo that and use GCP instead"), 3),
        ((ASK, "we take the second one"), 1),
    ],
)
async def test_a_turn_is_read_once(
    context: ArchitectContext, conversation_in: Callable[[ArchitectContext], Talk], turns: tuple[str, ...], times: int
) -> None:
    counting = Counting(context.reader)
    talk = conversation_in(replace(context, reader=counting))
    for message in turns:
        await talk.say(message)
    assert counting.times == times


async def test_reading_leaves_the_event_loop_alone(context: ArchitectContext, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    read_at_once = context.grammar.read_at_once

    def read(turns: Sequence[str], spec: WorkloadSpec, asked: Clarification | None, plan_stands: bool) -> Reading:
        threads.append(threading.get_ident())
        return read_at_once(turns, spec, asked, plan_stands)

    monkeypatch.setattr(context.grammar, "read_at_once", read)
    await context.grammar.read((ASK,), WorkloadSpec(), asked=None)
    assert threads
    assert threading.get_ident() not in threads


@pytest.mark.parametrize(
    ("intent", "path", "path_with_plan"),
    [("plan", "extract", "extract"), ("question", "explain", "explain"), ("undo", "extract", "undo"),
     ("tasks", "extract", "tasks"), ("decline", "decline", "decline")],
)  # fmt: skip
def test_each_intent_has_its_way(intent: Intent, path: str, path_with_plan: str) -> None:
    reading = Reading(spec=WorkloadSpec(), intent=intent)
    assert (path_of(reading, plan_stands=False), path_of(reading, plan_stands=True)) == (path, path_with_plan)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"models": [{"name": "Llama 70B"}], "question": {"kind": "fits"}}, "extract"),
        ({"traffic": {"users": 50}}, "extract"),
        ({"gpu": {"models": ["H100"]}, "question": {"kind": "price"}}, "explain"),
        ({"task_type": "training", "gpu": {"models": ["H100", "A100"]}, "question": {"kind": "compare"},
          "evidence": {"task_type": {"quote": "training", "turn": 0}}}, "extract"),
        ({"task_type": "rag", "question": {"kind": "why"}, "evidence": {"task_type": {"quote": "RAG", "turn": 0}}},
         "explain"),
    ],
)  # fmt: skip
def test_a_first_question_is_planned_for_where_it_holds_something_to_plan(said: dict[str, object], path: str) -> None:
    reading = Reading(spec=WorkloadSpec.model_validate(said), intent="question")
    assert path_of(reading, plan_stands=False) == path
    assert path_of(reading, plan_stands=True) == "explain"


async def test_what_is_no_request_leaves_the_plan_as_it_is(context: ArchitectContext, conversation: Talk) -> None:
    plan = (await conversation.say(ASK))["plan"]
    state = await conversation.say("deploy my 5 cats to the couch")
    assert state["plan"] == plan
    assert state["reply"].response_type == "answer"
    assert state["reply"].response.count("\n") == 1
