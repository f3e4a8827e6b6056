"""The console script as a user meets it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from domain.plan import DeploymentPlan
from domain.queries import ModelResult, OfferResult, PackageResult
from domain.turn import TurnReply
from domain.workload import WorkloadSpec
from tests.cli.terminal import Done, Terminal

ASK = "Deploy Llama 3.3 70B for inference"
VAGUE = "I need some GPUs"
CLOCK_AND_IDS = re.compile(r'"(took_ms|conversation_id|interrupt_id)": [^\n]*')


def one_line(done: Done) -> str:
    """The error as the user reads it: a single line, and nothing of our insides in it."""
    assert "Traceback" not in done.err
    lines = [line for line in done.err.splitlines() if line.strip()]
    assert len(lines) == 1, done.err
    return lines[0]


def test_the_same_request_in_two_processes_gives_the_same_bytes(
    environment: dict[str, str], installed_script: str
) -> None:
    processes = [
        subprocess.Popen(
            [installed_script, "plan", ASK, "--json"],
            env={**environment, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    one, other = (process.communicate(timeout=60)[0] for process in processes)
    assert TurnReply.model_validate_json(one).deployment_plan
    assert CLOCK_AND_IDS.sub("", one) == CLOCK_AND_IDS.sub("", other)


def test_a_database_that_is_not_there_is_one_line_and_69(environment: dict[str, str], installed_script: str) -> None:
    dead = {**environment, "DATABASE_URL": "postgresql://user:secret@127.0.0.1:9/x", "DATABASE_TIMEOUT_S": "1"}
    done = subprocess.run([installed_script, "plan", ASK], env=dead, capture_output=True, text=True, timeout=60)
    assert done.returncode == 69
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "secret" not in done.stderr


def test_a_pipe_gets_the_markdown(terminal: Terminal) -> None:
    done, full = terminal.run("plan", ASK), terminal.run("plan", ASK, "--full")
    assert done.code == full.code == 0
    assert done.out.startswith("# ")
    assert "| recommended |" in done.out
    assert full.out.startswith(done.out.rstrip("\n"))
    assert "| # | Choice |" in full.out
    assert done.out.endswith("\n")
    assert "\x1b" not in done.out


def test_questions_are_answered_in_order_and_without_an_answer_they_are_printed(terminal: Terminal) -> None:
    asked = TurnReply.model_validate_json(terminal.run("plan", VAGUE, "--json").out)
    assert asked.response_type == "clarification"
    assert asked.interrupt_id
    answer = "Inference with a language model, Mistral 7B, for 20 users"
    answered = TurnReply.model_validate_json(terminal.run("plan", VAGUE, "--answer", answer, "--json").out)
    assert answered.deployment_plan is not None
    assert answered.deployment_plan.spec.models[0].name == "Mistral 7B"


@pytest.mark.parametrize("text", ["", "   \n", "x" * 10_001], ids=["empty", "blank", "too long"])
def test_a_message_that_cannot_be_is_one_line_and_2(terminal: Terminal, text: str) -> None:
    for command in (("plan", text), ("understand", text)):
        done = terminal.run(*command)
        assert done.code == 2
        assert done.out == ""
        one_line(done)


def test_a_conversation_goes_on_where_it_was_left(terminal: Terminal) -> None:
    first = terminal.run("chat", typed=f"{ASK}\nwhy this one?\n\n")
    assert first.code == 0
    assert "# Serve Llama 3.3 70B" in first.out
    conversation = re.search(r"--conversation (\S+)", first.err)
    assert conversation
    again = terminal.run("chat", "--conversation", conversation[1], typed="compare the first two\n")
    assert again.out.startswith("| Compared |")


@pytest.mark.parametrize("conversation", ["00000000-0000-4000-8000-000000000000", "not-an-id"])
def test_a_conversation_that_is_not_there_is_one_line_and_2(terminal: Terminal, conversation: str) -> None:
    done = terminal.run("chat", "--conversation", conversation, typed="hello\n")
    assert done.code == 2
    assert "There is no such conversation." in done.err
    assert "Traceback" not in done.err


def test_search_compute_keeps_to_every_option(terminal: Terminal) -> None:
    done = terminal.run(
        "search", "compute", "--gpu-model", "H100", "--provider", "aws", "--provider", "lambda", "--min-vram-gb", "80",
        "--pricing", "on_demand", "--max-price-monthly", "5000", "--top-k", "5", "--json",
    )  # fmt: skip
    result = OfferResult.model_validate_json(done.out)
    assert result.items
    for offer in result.items:
        assert offer.provider in ("aws", "lambda")
        assert offer.pricing == "on_demand"
        assert offer.gpu is not None
        assert offer.gpu.family == "H100"
        assert (offer.price_per_month_usd or 0) <= 5000


def test_search_packages_and_models_answer_in_json_and_as_a_table(terminal: Terminal) -> None:
    charts = PackageResult.model_validate_json(terminal.run("search", "packages", "vector database", "--json").out)
    assert charts.items[0].category == "vector_database"
    cards = ModelResult.model_validate_json(
        terminal.run("search", "models", "transcribe calls", "--domain", "speech", "--top-k", "3", "--json").out
    )
    assert {card.domain for card in cards.items} == {"speech"}
    assert charts.items[0].key in terminal.run("search", "packages", "vector database").out


def test_a_filter_that_makes_no_sense_is_one_line_and_2(terminal: Terminal) -> None:
    done = terminal.run("search", "compute", "--top-k", "0")
    assert done.code == 2
    assert "Traceback" not in done.err


def test_understand_reads_turns_in_order(terminal: Terminal) -> None:
    done = terminal.run("understand", "Serve Mistral 7B on AWS", "use GCP instead", "--json")
    spec = WorkloadSpec.model_validate_json(done.out)
    assert spec.location.providers == ("gcp",)
    assert spec.evidence["location.providers"].turn == 1


def test_doctor_finds_a_healthy_installation(terminal: Terminal) -> None:
    done = terminal.run("doctor", "--json")
    assert done.code == 0
    checks, rest = [], done.out
    while rest.strip():
        check, end = json.JSONDecoder().raw_decode(rest.lstrip())
        checks.append(check)
        rest = rest.lstrip()[end:]
    assert {"database", "reader", "python"} <= {check["name"] for check in checks}
    assert all(check["ok"] for check in checks)


def test_a_plan_is_written_as_a_folder_that_is_written_anew_but_never_over_other_files(
    terminal: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "llama"
    done = terminal.run("plan", ASK, "--out", str(folder))
    assert done.code == 0, done.err
    assert "begin with README.md" in done.err
    written = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"README.md", "plan.json", "plan.html", "diagram.svg", "helm/helmfile.yaml"} <= written
    assert DeploymentPlan.model_validate_json((folder / "plan.json").read_text("utf-8")).steps
    (folder / "kubernetes" / "99-old.yaml").write_text("kind: Old")
    (folder / "mine.txt").write_text("stays")
    assert terminal.run("plan", ASK, "--out", str(folder)).code == 0
    assert not (folder / "kubernetes" / "99-old.yaml").exists()
    assert (folder / "mine.txt").exists()
    (tmp_path / "note.txt").write_text("not ours")
    refused = terminal.run("plan", ASK, "--out", str(tmp_path))
    assert refused.code == 2
    assert "holds other files" in one_line(refused)
