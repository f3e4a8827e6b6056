"""`--input`: JSON lines in, JSON lines out."""

import asyncio
import json
import re
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from database import Database
from domain.turn import TurnReply, TurnRequest
from server.turns import Turns
from tests.cli.terminal import Done, Terminal

CLOCK = re.compile(r'"took_ms":[0-9.]+')
CLOCK_AND_IDS = {"took_ms", "conversation_id", "interrupt_id"}
VAGUE, ANSWER = "I need some GPUs", "Inference with a language model, Mistral 7B, for 20 users"
MISTRAL = "Serve Mistral 7B on AWS"


def lines_of(*values: Mapping[str, object]) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def answers(done: Done) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.out.splitlines()]


def steady(value: object) -> object:
    """The same without clock readings and ids."""
    if isinstance(value, dict):
        return {name: steady(item) for name, item in value.items() if name not in CLOCK_AND_IDS}
    return [steady(item) for item in value] if isinstance(value, list) else value


def test_conversations_are_understood_in_order_and_each_as_alone(terminal: Terminal) -> None:
    first, second = [MISTRAL, "use GCP instead"], [VAGUE, ANSWER]
    typed = lines_of({"id": "b", "turns": first}) + "\n  \n" + lines_of({"id": 1, "turns": second})
    done = terminal.run("understand", "--input", "-", typed=typed)
    assert done.code == 0
    assert done.err == ""
    alone = [json.loads(terminal.run("understand", *turns, "--json").out) for turns in (first, second)]
    assert answers(done) == [
        {"id": "b", "spec": alone[0], "intent": "plan"},
        {"id": 1, "spec": alone[1], "intent": "plan"},
    ]


@pytest.mark.parametrize(
    ("turns", "intent"),
    [
        ([MISTRAL], "plan"),
        ([MISTRAL, "use GCP instead"], "plan"),
        ([VAGUE, ANSWER], "plan"),
        ([MISTRAL, "why this one?"], "question"),
        ([VAGUE, "what do you mean by domain?"], "question"),
        ([MISTRAL, "use GCP instead", "undo that"], "undo"),
        ([MISTRAL, "use GCP instead", "undo that and use 4 L4"], "undo"),
        ([MISTRAL, "give me the checklist"], "tasks"),
        ([MISTRAL, "what is the weather tomorrow?"], "decline"),
        (["hello"], "decline"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[-1],
)
def test_the_intent_is_that_of_the_last_turn(terminal: Terminal, turns: list[str], intent: str) -> None:
    done = terminal.run("understand", "--input", "-", typed=lines_of({"id": 1, "turns": turns}))
    assert answers(done)[0]["intent"] == intent


def test_a_conversation_of_many_gets_the_replies_of_one_that_is_alone(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "conversations.jsonl"
    file.write_text(lines_of({"id": "asked", "turns": [VAGUE, ANSWER]}, {"id": "plain", "turns": [MISTRAL]}))
    done = terminal.run("plan", "--input", str(file))
    assert done.code == 0
    asked, plain = answers(done)
    alone = [
        json.loads(terminal.run("plan", *arguments, "--json").out)
        for arguments in ((VAGUE,), (VAGUE, "--answer", ANSWER), (MISTRAL,))
    ]
    assert steady(asked) == {"id": "asked", "replies": steady(alone[:2])}
    assert steady(plain) == {"id": "plain", "replies": steady(alone[2:])}


async def test_many_conversations_leave_none_behind(terminal: Terminal, database: Database) -> None:
    before = await _conversations(database)
    typed = lines_of({"id": 1, "turns": [MISTRAL, "why this one?"]}, {"id": 2, "turns": ["x", " "]})
    done = await asyncio.to_thread(terminal.run, "plan", "--input", "-", typed=typed)
    assert len(answers(done)) == 2
    assert await _conversations(database) == before


async def _conversations(database: Database) -> tuple[int, int]:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT (SELECT count(*) FROM chat.conversations) AS conversations,"
            " (SELECT count(DISTINCT thread_id) FROM checkpoints) AS threads"
        )
        row = await cursor.fetchone()
    assert row is not None
    return row["conversations"], row["threads"]


def test_the_same_conversations_in_two_processes_give_the_same_bytes(
    environment: dict[str, str], installed_script: str, tmp_path: Path
) -> None:
    file = tmp_path / "conversations.jsonl"
    file.write_text(lines_of({"id": 1, "turns": [VAGUE, ANSWER, "why this one?"]}, {"id": 2, "turns": [MISTRAL]}))
    processes = [
        subprocess.Popen(
            [installed_script, "plan", "--input", str(file)],
            env={**environment, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    one, other = (CLOCK.sub("", process.communicate(timeout=120)[0]) for process in processes)
    assert len(one.splitlines()) == 2
    assert one == other


def test_sizes_are_those_of_one_at_a_time(terminal: Terminal, tmp_path: Path) -> None:
    config = {"num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32, "vocab_size": 32000}
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    done = terminal.run(
        "size", "--input", "-", typed=lines_of(
            {"id": 1, "model": "Qwen/Qwen3-8B", "gpu": "L4", "gpu_count": 2, "kv_dtype": "fp8", "context": 4096},
            {"id": 2, "model": "13B", "gpu": "H100", "mode": "lora"},
            {"id": 3, "config": str(file), "gpu": "L4", "tp": 1},
            {"id": 4, "config": config, "gpu": "L4", "tp": 1},
        ),
    )  # fmt: skip
    assert done.code == 0
    alone = [
        json.loads(terminal.run("size", *arguments.split(), "--json").out)
        for arguments in (
            "Qwen/Qwen3-8B --gpu L4 --gpu-count 2 --kv-dtype fp8 --context 4096",
            "13B --gpu H100 --mode lora",
            f"--config {file} --gpu L4 --tp 1",
        )
    ]
    *three, whole = answers(done)
    assert three == [{"id": number, **proof} for number, proof in enumerate(alone, start=1)]
    assert (whole["id"], whole["total_gib"]) == (4, alone[2]["total_gib"])


@pytest.mark.parametrize(
    ("command", "good", "id_and_bad"),
    [
        ("size", '{"id": 1, "model": "13B"}', [
            (None, "13B on an H100"), (None, '["id", 2]'), (None, '{"model": "13B"}'), (None, '{"id": null}'),
            (2, '{"id": 2}'), (2, '{"id": 2, "model": "13B", "quantisation": "int8"}'),
            (2, '{"id": 2, "model": "13B", "gpu_count": 0}'), (2, '{"id": 2, "model": "no/such-model"}'),
            (2, '{"id": 2, "config": {"num_hidden_layers": 2}}'), (2, '{"id": 2, "config": "/no/such/file"}'),
            (2, '{"id": 2, "model": "13B", "config": {"num_hidden_layers": 2}}'), (2, '{"id": 2, "model": "-7B"}'),
            (2, '{"id": 2, "model": "13B", "epochs": Infinity}'), (2, '{"id": 2, "model": "13B", "gpu": "8x H100"}'),
        ]),
        ("understand", '{"id": 1, "turns": ["Serve Mistral 7B"]}', [
            (None, '{"id": "x", "turns": ["Serve"'), (2, '{"id": 2}'), (2, '{"id": 2, "turns": []}'),
            (2, '{"id": 2, "turns": [""]}'), (2, '{"id": 2, "turns": "Serve Mistral 7B"}'),
        ]),
        ("plan", '{"id": 1, "turns": ["Serve Mistral 7B"]}', [
            (2, json.dumps({"id": 2, "turns": ["Serve Mistral 7B", "x" * 10_001]})),
            (2, json.dumps({"id": 2, "turns": ["Serve Mistral 7B", "no\0 more"]})),
        ]),
    ],
)  # fmt: skip
def test_a_line_that_fails_says_why_and_the_rest_goes_on(
    terminal: Terminal, command: str, good: str, id_and_bad: list[tuple[int | None, str]]
) -> None:
    lines = [good, *(bad for _, bad in id_and_bad), good]
    done = terminal.run(command, "--input", "-", typed="\n".join(lines))
    assert done.code == 1
    first, *failures, last = answers(done)
    assert steady(first) == steady(last)
    assert "error" not in first
    for number, (failure, (known, _)) in enumerate(zip(failures, id_and_bad, strict=True), start=2):
        assert (failure["id"], failure["line"]) == (known, number)
        assert str(failure["error"]).endswith(".")
    assert done.err == ""


def test_a_line_is_answered_before_the_next_is_asked_for(environment: dict[str, str], installed_script: str) -> None:
    command = [installed_script, "size", "--input", "-"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        hangs = threading.Timer(60, process.kill)
        hangs.start()
        for model in ("13B", "70B"):
            process.stdin.write(lines_of({"id": model, "model": model}))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == model
        process.stdin.close()
        assert process.wait(timeout=60) == 0
        hangs.cancel()


@pytest.mark.parametrize(
    "arguments",
    [("understand",), ("plan",), ("size",), ("plan", MISTRAL, "--input", "-"), ("size", "13B", "--input", "-")],
    ids=" ".join,
)
def test_one_or_many_but_not_both_and_not_nothing(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    done = terminal.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.strip().splitlines()) == 1


def test_a_fault_of_ours_costs_one_line_only(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    take = Turns.run

    async def run(turns: Turns, request: TurnRequest, *, owner: str | None = None) -> TurnReply:
        if request.message == "break":
            raise ZeroDivisionError
        return await take(turns, request, owner=owner)

    monkeypatch.setattr(Turns, "run", run)
    typed = lines_of({"id": 1, "turns": [MISTRAL, "break"]}, {"id": 2, "turns": [MISTRAL]})
    done = terminal.run("plan", "--input", "-", typed=typed)
    failed, replied = answers(done)
    assert done.code == 1
    assert set(failed) == {"id", "line", "error"}
    assert "ZeroDivisionError" in str(failed["error"])
    assert (replied["id"], len(str(replied["replies"])) > 1000) == (2, True)


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ({"model": "13B", "gpu": "8x H100"}, "--gpu H100 --gpu-count 8"),
        ({"model": "13B", "gpu": "H1000"}, "H100"),
        ({"model": "0B"}, "7B"),
    ],
)
def test_what_may_have_been_meant_is_told(terminal: Terminal, line: dict[str, object], remedy: str) -> None:
    (failure,) = answers(terminal.run("size", "--input", "-", typed=lines_of({"id": 1, **line})))
    assert remedy in str(failure["error"])
