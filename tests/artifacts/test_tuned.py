"""What a job of a plan tunes is what another workload of it serves."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from artifacts.adapters import bringing
from artifacts.steps_together import together_steps
from artifacts.tuned import untuned_notes, with_adapters
from domain.parts import Together
from domain.placement import PlacementOption
from domain.workload import Training, WorkloadSpec
from sizing.training import LORA_RANK
from tests.artifacts.printed import at as at_path
from tests.artifacts.printed import entries, printed
from tests.artifacts.sample_plan import option, proof
from tests.artifacts.test_steps_together import at, placed, together

ROOT = Path(__file__).parents[2]
NAME = "llama-3-3-70b-instruct-tuned"
SERVE = WorkloadSpec.model_validate({"task_type": "inference", "domain": "llm"})
TUNE = WorkloadSpec.model_validate({"task_type": "fine_tuning", "domain": "llm", "dataset": {"size_gb": 1}})


def job(mode: str = "lora") -> PlacementOption:
    return at("aws", "us-east-1", job_hours=5.0, proof=proof(mode=mode, optimizer_gib=1.0))


def planned(serve: PlacementOption, tune: PlacementOption, spec: WorkloadSpec = TUNE) -> Together:
    """The server is named first, as people often do."""
    found = together(placed("Llama, chat", serve), placed("Llama, fine-tuning", tune))
    return with_adapters(found, (SERVE, spec))


def test_the_server_has_the_adapters_under_a_name_of_their_own() -> None:
    found = planned(at("aws", "us-east-1", replicas=2), job())
    steps = together_steps(found, (SERVE, TUNE), ())
    [server] = printed(command for one in steps for command in one.commands).of_kind("StatefulSet")
    [pod] = entries(server, "spec.template.spec.containers")
    command = [str(word) for word in entries(pod, "command")]
    assert {"--enable-lora", f"--max-lora-rank={LORA_RANK}", f"--lora-modules={NAME}=/adapters/{NAME}"} <= set(command)
    first, second = entries(server, "spec.template.spec.initContainers")
    assert (at_path(first, "name"), at_path(second, "name")) == ("bring-adapters", "load-weights")
    assert {"name": "weights", "mountPath": "/adapters", "subPath": "adapters"} in entries(pod, "volumeMounts")
    text = "\n".join(command for one in steps for command in one.commands)
    assert f'"model": "{NAME}"' in text
    assert untuned_notes(found, (SERVE, TUNE)) == ()
    assert "for copy in $(seq 0 1)" in text
    titles = [one.title for one in steps]
    assert titles.index("Follow the job: Llama, fine-tuning") < titles.index("Serve the model: Llama, chat")
    [told] = [one.detail for one in steps if one.title == "Serve the model: Llama, chat"]
    assert f"under the name {NAME}" in told


def test_another_model_is_served_as_it_is() -> None:
    other = option().model
    assert other is not None
    mistral = other.model_copy(update={"key": "mistralai/Mistral-7B-Instruct-v0.3", "name": "Mistral-7B"})
    found = planned(at("aws", "us-east-1", model=mistral), job())
    assert all(work.option is not None and work.option.adapter is None for work in found.workloads)
    assert untuned_notes(found, (SERVE, TUNE)) == ()


@pytest.mark.parametrize(
    ("tune", "spec"),
    [(job("train"), TUNE), (job(), TUNE.model_copy(update={"training": Training(result="merged")}))],
    ids=["whole weights", "merged"],
)
def test_what_the_steps_do_not_put_on_the_server_is_told(tune: PlacementOption, spec: WorkloadSpec) -> None:
    found = planned(at("aws", "us-east-1"), tune, spec)
    assert found.workloads[0].option is not None
    assert found.workloads[0].option.adapter is None
    assert ["Llama, fine-tuning" in note for note in untuned_notes(found, (SERVE, spec))] == [True]


def test_a_server_of_another_model_than_the_trained_one_is_told() -> None:
    segment = {"domain": "vision", "use_case": "segmentation"}
    serve, train = SERVE.model_copy(update=segment), TUNE.model_copy(update={**segment, "task_type": "training"})
    found = planned(at("aws", "us-east-1"), job("train").model_copy(update={"model": None}), train)
    [note] = untuned_notes(found, (serve, train))
    assert "not what Llama, fine-tuning trains" in note
    other = train.model_copy(update={"use_case": "classification"})
    assert untuned_notes(found, (serve, other)) == ()


def test_from_an_object_store_each_copy_fetches_them_itself() -> None:
    much = TUNE.model_copy(update={"dataset": TUNE.dataset.model_copy(update={"size_gb": 900.0})})
    found = planned(at("aws", "us-east-1"), job(), much)
    serve = found.workloads[0].option
    assert serve is not None
    assert serve.adapter is not None
    assert serve.adapter.in_store
    assert bringing(serve, "llama", "workload") == ()
    text = "\n".join(command for one in together_steps(found, (SERVE, much), ()) for command in one.commands)
    assert re.search(r'rclone copy --transfers 16 "\$STORE_RESULTS"\s+"/adapters/', text)
    assert "secretRef:\n            name: source-store" in text


def test_the_commands_put_both_files_on_every_copy(tmp_path: Path) -> None:
    """With a kubectl that runs in a folder of each pod what it is to run there."""
    serve = planned(at("aws", "us-east-1", replicas=3), job()).workloads[0].option
    assert serve is not None
    tuned = tmp_path / "final"
    tuned.mkdir()
    (tuned / "adapter_config.json").write_text("{}")
    (tuned / "adapter_model.safetensors").write_bytes(b"0" * 100_000)
    [command] = bringing(serve, "llama", "workload")
    for copy in range(3):
        (tmp_path / f"llama-{copy}" / "adapters" / NAME).mkdir(parents=True)
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(
        "#!/bin/bash\npod=$(echo \"$*\" | grep -o 'llama-[0-9]' | head -1)\n"
        'while [ "$1" != -- ]; do shift; done; shift\n'
        f'said=("${{@//\\/adapters/{tmp_path}/$pod/adapters}}"); exec "${{said[@]}}"\n'
    )
    kubectl.chmod(0o755)
    told = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "ADAPTERS": str(tuned)}
    for _ in range(2):  # a second time does no harm
        subprocess.run(["bash", "-euc", command], env=told, check=True, timeout=60)
    for copy in range(3):
        folder = tmp_path / f"llama-{copy}" / "adapters" / NAME
        assert {path.name for path in folder.iterdir()} == {"adapter_config.json", "adapter_model.safetensors"}


def test_the_rank_that_is_reckoned_is_the_one_that_the_program_tunes() -> None:
    program = (ROOT / "artifacts/program/finetune_language.py").read_text(encoding="utf-8")
    assert re.search(r'"--rank", type=int, default=(\d+)', program) is not None
    assert f'"--rank", type=int, default={LORA_RANK}' in program
