"""The program of a job is whole where it is run, and short where a plan is read."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from artifacts.engines import ASKED_IN_BATCHES, Engine, engine_of
from artifacts.finishing import result_folder
from artifacts.pins import FOLDER, pins
from artifacts.program_manifest import abridged, program_apply, program_written, with_model_asked
from artifacts.programs import job_files, program_command, programs, with_program
from artifacts.retrieving import DOCUMENT_PROGRAMS
from artifacts.store_access import PDF_READER
from domain.placement import JobProgram, PlacementOption
from domain.workload import WorkloadSpec
from sizing.vector_store import store_kinds
from tests.artifacts.sample_plan import option, proof

TUNING = WorkloadSpec(task_type="fine_tuning")


def tuned(**changes: object) -> PlacementOption:
    return with_program(option(proof=proof(mode="lora", context_tokens=2048), **changes), TUNING)


def test_a_batch_of_an_engine_has_a_program() -> None:
    """Without one its container would start a server that nobody asks, and the job would never end."""
    rows = [row.when for row in programs().jobs if row.when.engines == (Engine.VLLM_BATCH.value,)]
    assert {tag for when in rows for tag in when.pipeline_tags} == ASKED_IN_BATCHES
    batch = WorkloadSpec(task_type="batch_inference")
    for tag in (*sorted(ASKED_IN_BATCHES), "text-ranking"):
        model = option().model
        assert model is not None
        made = with_program(option(model=model.model_copy(update={"pipeline_tag": tag})), batch)
        assert (made.program is not None) is (engine_of(made, batch) is Engine.VLLM_BATCH), tag


def test_a_config_map_holds_every_file_as_it_is() -> None:
    command = program_apply(tuned(), "workload")
    assert command is not None
    made = yaml.safe_load(command.split("\n", 1)[1].rsplit("EOF", 1)[0])
    assert made["data"] == job_files(tuned())
    assert {"finetune_language.py", "job.py", "merge_adapters.py", "requirements.txt", "accelerate.yaml"} == set(
        made["data"]
    )


def test_what_a_shell_writes_is_the_same(tmp_path: object) -> None:
    for command in program_written(tuned(), str(tmp_path)):
        subprocess.run(["bash", "-c", command], check=True)
    written = subprocess.run(["cat", f"{tmp_path}/finetune_language.py"], capture_output=True, text=True, check=True)
    assert written.stdout == job_files(tuned())["finetune_language.py"]


def test_a_plan_shows_the_settings_without_the_scripts() -> None:
    commands = (program_apply(tuned(), "workload") or "", *program_written(tuned(), "/data/program"))
    for shown in (abridged(commands[0]), "\n".join(map(abridged, commands[1:]))):
        assert "import torch" not in shown
        assert "mixed_precision: " in shown
        assert "trl==" in shown
        assert re.search(r"\.\.\. \d+ lines of finetune_language\.py", shown)


def test_nothing_that_is_abridged_can_be_run() -> None:
    """A job without its program would say Complete."""
    for command in (program_apply(tuned(), "workload") or "", *program_written(tuned(), "/data/program")):
        shown = abridged(command)
        assert shown == command or all(line.startswith("#") for line in shown.splitlines())


def test_other_commands_are_shown_as_they_are() -> None:
    assert abridged("helm repo update") == "helm repo update"


@pytest.mark.parametrize(
    "command", ["kubectl apply -f - <<'EOF'\nMODEL_TO_START_FROM\nEOF", "sbatch <<'EOF'\nMODEL_TO_START_FROM\nEOF",
                "sed \"s#IMAGE#x#\" <<'EOF' | kubectl apply -f -\nMODEL_TO_START_FROM\nEOF"],
)  # fmt: skip
def test_a_model_that_nobody_named_is_asked_for(command: str) -> None:
    asks = with_model_asked(command, tuned())
    refused = subprocess.run(["bash", "-c", asks], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    assert "id of the model to start from" in refused.stderr
    shown = asks.replace("kubectl apply -f -", "cat").replace("| sbatch", "| cat")
    given = subprocess.run(["bash", "-c", shown], capture_output=True, text=True, env={"PATH": "/bin", "MODEL": "a/b"})
    assert given.stdout.strip() == "a/b"


def test_every_library_of_a_program_has_a_version_and_a_source() -> None:
    known = pins().packages
    of_programs = {name for program in programs().programs.values() for name in program.packages}
    of_stores = {name for kind in store_kinds().values() for name in kind.client}
    assert of_programs | of_stores | {PDF_READER} == set(known)
    assert all(pin.version[0].isdigit() and pin.source.startswith("https://") for pin in known.values())


def test_every_program_and_what_lies_beside_it_is_there() -> None:
    from artifacts.pins import FOLDER

    there = {path.name for path in FOLDER.glob("*.py")}
    used = {f"{name}.py" for name in programs().programs}
    beside = {name for program in programs().programs.values() for name in program.files}
    assert used | beside | {*DOCUMENT_PROGRAMS} == there
    assert not used & {*DOCUMENT_PROGRAMS}
    assert {row.program for row in programs().jobs} == set(programs().programs)


def test_no_image_is_of_a_tag_that_moves() -> None:
    groups = [*pins().images.values(), *(rows for images in pins().images_of.values() for rows in images.values())]
    assert all(row.image.rsplit(":", 1)[1][0].isdigit() or "rocm7" in row.image for rows in groups for row in rows)


def test_several_runs_of_a_job_go_on_where_they_were(tmp_path: Path) -> None:
    """Each has its own number and folder, a run that failed is done again, one that ended is not."""
    placed = option(model=None, program=JobProgram(name="segment_volumes", runs=3), gpus=1)
    _, _, script, *_ = program_command(placed, "", 1, folder=str(tmp_path), installs=False)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "accelerate").write_text(
        '#!/bin/sh\n[ "$RUN_NUMBER" != 1 ] || [ -e "$HOME/mended" ] || exit 3\n'
        'mkdir -p "$OUTPUT/final" && echo "$RUN_NUMBER" >> "$HOME/ran"\n'
    )
    (programs / "accelerate").chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path), "OUTPUT": str(tmp_path / "out"),
                   "DATA": str(tmp_path)}  # fmt: skip
    command = ["bash", "-c", script, "segment_volumes"]
    assert subprocess.run(command, env=environment, check=False).returncode == 1
    (tmp_path / "mended").touch()
    assert subprocess.run(command, env=environment, check=False).returncode == 0
    assert (tmp_path / "ran").read_text().split() == ["0", "1", "2"]
    assert sorted(path.name for path in (tmp_path / "out/final").iterdir()) == ["run-0", "run-1", "run-2"]


def test_every_program_leaves_its_result_in_the_folder_that_is_taken_away() -> None:
    """A folder that nobody writes is found out by rclone, hours later, before the machine is deleted."""
    jobs = {row.program for row in programs().jobs if not row.program.startswith("serve_")}
    assert len(jobs) >= 18
    for name in jobs:
        text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
        imported = re.search(r"^from job import (.*)$", text, re.MULTILINE)
        assert imported, name
        taken = imported[1].split(", ")
        if name.startswith(("batch_", "score_")):
            assert '"answers-' in text or '"answers' in text, name
        else:
            assert {"result", "train"} & set(taken), name
            assert re.search(r"(?<!def )\b(result|train)\(.*output", text), name
        assert '"final"' not in text, name
    folder = result_folder(tuned(), Engine.TRL).rpartition("/")[2]
    assert f'RESULT = "{folder}"' in (FOLDER / "job.py").read_text(encoding="utf-8")
