"""The order of the passes says nothing that their needs do not say."""

import random
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pytest
import yaml

from domain.workload import WorkloadSpec
from graph.understanding import reading
from graph.understanding.passes import PASSES
from graph.understanding.pipeline import Board, Pass
from tests.understanding.talking import starter_reader

GIVEN = frozenset({"raw", "index", "spelling", "spec", "turn", "asked"})
"""What the reader puts on the board before the first pass."""
HERE = Path(__file__).parent
REQUESTS = 40
STANDING = "Serve Llama 3.1 8B to 50 users on 2x A100 on AWS in Germany, under $3000 a month"


def shuffled(passes: Sequence[Pass], seed: int) -> tuple[Pass, ...]:
    """An order that respects the needs, drawn at random."""
    drawn, left, held = random.Random(seed), [*passes], set(GIVEN)
    ordered: list[Pass] = []
    while left:
        ready = [step for step in left if held.issuperset(step.needs)]
        step = drawn.choice(ready)
        left.remove(step)
        held.add(step.gives)
        ordered.append(step)
    return tuple(ordered)


def conversations() -> Sequence[Sequence[str]]:
    """Turns of the tables here, spread over them; half of them with a turn before the last."""
    requests = yaml.safe_load((HERE / "requests.yaml").read_text(encoding="utf-8"))["requests"]
    later = yaml.safe_load((HERE / "conversations.yaml").read_text(encoding="utf-8"))
    half = REQUESTS // 2
    return [item["turns"][:1] for item in requests[:: len(requests) // half][:half]] + [
        item["turns"][:2] for item in later[:: len(later) // half][:half]
    ]


def boards(turns: Sequence[Sequence[str]]) -> list[dict[str, object]]:
    reader = starter_reader()
    standing = reader.read_at_once([STANDING], WorkloadSpec(), None, False).spec
    held: list[Board] = [reader.board(said, WorkloadSpec() if len(said) == 1 else standing, None) for said in turns]
    return [{step.gives: board.get(step.gives, object, None) for step in PASSES} for board in held]


def test_what_a_pass_needs_is_given_once_and_before_it() -> None:
    held = set(GIVEN)
    for step in PASSES:
        assert held.issuperset(step.needs)
        assert step.gives not in held
        held.add(step.gives)


def test_what_a_pass_gives_is_needed_or_read_at_the_end() -> None:
    needed = {*chain.from_iterable(step.needs for step in PASSES), "claims", "question", "unplaced", "parts"}
    assert {step.gives for step in PASSES} <= needed


@pytest.fixture(scope="module")
def as_listed() -> list[dict[str, object]]:
    """What the passes give in the order of their list."""
    return boards(conversations())


@pytest.mark.parametrize("seed", range(5))
def test_any_order_that_respects_the_needs_reads_the_same(
    seed: int, as_listed: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = shuffled(PASSES, seed)
    monkeypatch.setattr(reading, "PASSES", order)
    assert [step.gives for step in order] != [step.gives for step in PASSES]
    assert boards(conversations()) == as_listed
