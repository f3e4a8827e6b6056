"""What a turn wants and what no field holds: graded, and counted over lines that nobody looked at."""

import asyncio
from pathlib import Path

import pytest

from domain.errors import InvalidInput
from domain.turn import Intent, TurnReply
from domain.workload import Evidence, Unplaced, WorkloadSpec
from evals.graders import intent_findings
from evals.intents.lines import Lines, kept_lines
from evals.intents.score import verdicts_on
from evals.named import alike, unplaced_findings
from evals.observation import Observation, Turn
from evals.scenario import Scenario
from server.turns import Turns

LINES = """
out_of_scope: ["write me a poem about autumn", "how do I bake bread?"]
planning: [Deploy Llama 3.3 70B for inference]
later:
  - {first: Deploy Llama 3.3 70B for inference, then: only on AWS, wants: plan}
  - {first: Deploy Llama 3.3 70B for inference, then: "why not H100?", wants: question|plan}
  - {first: Deploy Llama 3.3 70B for inference, then: undo that, wants: undo}
  - {first: Deploy Llama 3.3 70B for inference, then: "thanks!", wants: stays}
answers:
  - first: I need some GPUs
    asks: [task_type, domain, budget.amount]
    then: inference, llm, 3000
    spec: {task_type: inference, domain: llm, budget.amount: 3000}
  - {first: I need some GPUs, asks: task_type, then: training, spec: {task_type: inference}}
"""


def seen(scenario: dict[str, object], *quotes: str, reply: str = "", intent: Intent | None = None) -> Observation:
    said = TurnReply(conversation_id="c", response_type="answer", response=reply, engine="builtin")
    return Observation(
        scenario=Scenario.model_validate({"id": "one", "turns": ["..."], **scenario}),
        turns=(Turn(message="...", reply=said, took_ms=1.0),),
        spec=WorkloadSpec(unplaced=tuple(Unplaced(quote=quote, turn=0) for quote in quotes)),
        intent=intent,
    )


def outcomes(observation: Observation) -> dict[str, bool]:
    return {finding.what: finding.passed for finding in unplaced_findings(observation)}


@pytest.mark.parametrize(
    ("quote", "need", "same"),
    [("on Windows", "Windows 10", True), ("ml.g5.4xlarge", "ml.g5.4xlarge is no option", True),
     ("300-residue", "300-residue protein", True), ("in Russian", "Suse Tumbleweed", False), ("on", "on", False)],
)  # fmt: skip
def test_a_quote_and_a_need_are_compared_by_their_words(quote: str, need: str, same: bool) -> None:
    assert alike(quote, need) == same


def test_a_need_may_be_named_by_the_spec_or_by_the_reply() -> None:
    needs: dict[str, object] = {"unplaced": ["Windows 10", "in Russian"]}
    named, missed = "“Windows 10” is named", "“in Russian” is named"
    assert outcomes(seen(needs, "on Windows"))[named]
    assert outcomes(seen(needs, reply="It does not run on windows-10."))[named]
    assert not outcomes(seen(needs, "on Windows"))[missed]


def test_a_need_that_a_field_holds_by_now_is_not_lost() -> None:
    needs = seen({"unplaced": ["1024 dimensions", "768 dimensions"]})
    said = {"media.dimensions": Evidence(quote="of 1024 dims", turn=0)}
    found = outcomes(needs.model_copy(update={"spec": WorkloadSpec(evidence=said)}))
    assert found["“1024 dimensions” is named"]
    assert not found["“768 dimensions” is named"]


def test_what_nobody_needs_is_a_false_alarm_where_every_need_is_listed() -> None:
    alarm = "nothing else is left out"
    assert not outcomes(seen({"unplaced": ["Windows 10"]}, "on Windows", "by Friday"))[alarm]
    assert not outcomes(seen({"source": "https://example.org/1"}, "by Friday"))[alarm]
    assert outcomes(seen({"source": "https://example.org/1"}))[alarm]
    assert outcomes(seen({}, "by Friday")) == {}


@pytest.mark.parametrize(("intent", "passed"), [("plan", True), ("question", True), ("decline", False), (None, False)])
def test_an_intent_may_have_alternatives(intent: Intent | None, passed: bool) -> None:
    (finding,) = intent_findings(seen({"intent": "plan|question"}, intent=intent))
    assert finding.passed == passed
    assert not list(intent_findings(seen({}, intent=intent)))


async def test_lines_are_counted_by_what_they_are_for(turns: Turns, tmp_path: Path) -> None:
    path = tmp_path / "lines.yaml"
    await asyncio.to_thread(path.write_text, LINES, encoding="utf-8")

    async def nothing_decides(spec: WorkloadSpec) -> tuple[str, ...]:
        return ()

    verdicts = await verdicts_on(kept_lines(path), turns.context.reader, nothing_decides)
    counts: dict[str, list[bool]] = {}
    for verdict in verdicts:
        counts.setdefault(verdict.counted, []).append(verdict.right)
    assert counts["out of scope: declined"] == [True, True]
    assert counts["planning: not declined"] == [True]
    assert counts["later turns: right"] == [True] * 4
    assert counts["later turns about the plan: not declined"] == [True] * 3
    assert counts["answers: asked for unprompted"] == [True, True]
    assert counts["answers: fields"] == [True, True, True, False]
    assert counts["answers: whole"] == [True, False]


def test_a_file_of_another_shape_is_refused_without_a_word_of_it(tmp_path: Path) -> None:
    path = tmp_path / "lines.yaml"
    path.write_text("later: [{first: a secret line}]", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        kept_lines(path)
    assert "secret" not in str(refused.value)


def test_the_kept_lines_have_this_shape() -> None:
    lines = kept_lines()
    assert all(len(getattr(lines, name)) >= 50 for name in Lines.model_fields)
