"""The commands and words of a plan are those of its machines: shapes, quotas, ports, makers of GPUs."""

import csv
import json
import re
import subprocess
from pathlib import Path

import pytest

from artifacts.bundle.skypilot import rented_by_skypilot
from artifacts.bundle.terraform import terraform_files
from artifacts.containers import container_arguments, ports, with_all_copies
from artifacts.engines import Engine
from artifacts.steps import deployment_steps
from artifacts.surroundings import reservation_note
from domain.offers import Offer
from domain.placement import PlacementOption
from domain.plan import Recommendation, Step
from domain.workload import Traffic, WorkloadSpec
from tests.artifacts.sample_plan import H100, LLAMA, component, offer, option, package, proof

SERVE = WorkloadSpec(task_type="inference", traffic=Traffic(users=100))
AGAIN = WorkloadSpec(task_type="training", domain="tabular", gpu_needed=False, every="day", orchestration="kubernetes")
AMD = H100.model_copy(update={"vendor": "amd", "name": "MI300X"})
GATEWAY = component(package("gateway-helm", key="any/gateway-helm"), role="gateway")


def steps(where: Offer, spec: WorkloadSpec, *stack: object) -> tuple[Step, ...]:
    placed = option(offer=where, model=None if where.gpu is None else option().model, gpus=where.gpu_count)
    parts = tuple(part for part in (GATEWAY,) if part in stack)
    return deployment_steps(Recommendation(rank=1, option=placed), parts, spec)


def told(found: tuple[Step, ...]) -> str:
    return "\n".join(text for step in found for text in (step.detail, *step.commands))


def without_gpu(provider: str, machine: str) -> Offer:
    return offer(provider, machine, gpu=None, gpu_count=0, vcpu=16, ram_gib=128.0)


def test_a_flexible_shape_of_oracle_s_is_told_its_size() -> None:
    text = told(steps(without_gpu("oci", "VM.Standard.E5.Flex_16vcpu_128gb"), AGAIN))
    assert "--node-shape VM.Standard.E5.Flex " in text
    [size] = re.findall(r"--node-shape-config '([^']+)'", text)
    assert json.loads(size) == {"ocpus": 8, "memoryInGBs": 128}


def test_a_plan_without_gpus_speaks_of_none() -> None:
    for provider, machine in (("oci", "VM.Standard.E5.Flex_16vcpu_128gb"), ("digitalocean", "s-8vcpu-16gb")):
        text = told(steps(without_gpu(provider, machine), AGAIN))
        assert "contains(name, 'gpu')" not in text
        assert not re.search(r"Watch GPU|OKE GPU image|GPU Droplets are opened", text)


def test_amd_s_machines_are_not_told_of_nvidia_s_runtime() -> None:
    text = told(steps(offer("hotaisle", gpu=AMD), SERVE))
    assert "NVIDIA's container runtime" not in text
    assert "ROCm" in text


def test_only_who_is_called_from_outside_is_open_to_the_outside() -> None:
    assert "TCP 80 and 443" in told(steps(offer("hyperstack"), SERVE, GATEWAY))
    assert "TCP 80 and 443" not in told(steps(without_gpu("hyperstack", "n1-cpu-large"), AGAIN))


def test_machines_that_take_hyperdisk_only_get_it_and_the_others_do_not() -> None:
    ultra, usual = (told(steps(offer("gcp", machine), SERVE)) for machine in ("a3-ultragpu-8g", "a3-highgpu-8g"))
    assert "--disk-type hyperdisk-balanced" in ultra
    assert ultra.index("name: hyperdisk-weights\n") < ultra.index("storageClassName: hyperdisk-weights")
    assert "premium-rwo" not in ultra
    assert "hyperdisk" not in usual
    theirs = SERVE.model_copy(update={"hosting": "existing_cluster", "cluster": "gke"})
    joined = told(steps(offer("gcp", "a3-ultragpu-8g"), theirs))
    assert joined.index("name: hyperdisk-weights\n") < joined.index("storageClassName: hyperdisk-weights")


def test_what_google_sells_by_reservation_alone_is_made_in_one() -> None:
    ultra, usual = (option(offer=offer("gcp", machine)) for machine in ("a3-ultragpu-8g", "a3-highgpu-8g"))
    assert "--reservation-affinity specific --reservation " in told(steps(ultra.offer, SERVE))
    assert "A reservation of 1 x a3-ultragpu-8g" in told(steps(ultra.offer, SERVE))
    assert "reserv" not in told(steps(usual.offer, SERVE))
    assert reservation_note(usual) is None
    assert "not on demand" in str(reservation_note(ultra))
    spot = ultra.model_copy(update={"offer": ultra.offer.model_copy(update={"pricing": "spot"})})
    assert reservation_note(spot) is None
    [module] = terraform_files([ultra], ()).values()
    pool = json.loads(module)["resource"]["google_container_node_pool"]["workload"]
    assert pool["node_config"]["reservation_affinity"][0]["values"] == ["${var.reservation}"]


def test_who_sells_nodes_of_clusters_alone_is_asked_for_no_machine() -> None:
    """CoreWeave has no machine to log in to: even a job of an hour runs in a cluster there, and in nothing more."""
    job = WorkloadSpec(task_type="fine_tuning", domain="llm")
    titles = {
        provider: [one.title for one in deployment_steps(Recommendation(rank=1, option=_an_hour(provider)), (), job)]
        for provider in ("coreweave", "together-ai", "lambda")
    }
    assert "Create the cluster" in titles["coreweave"]
    assert "Create the cluster" in titles["together-ai"]
    assert "Install the Kubernetes stack" not in titles["coreweave"]
    assert titles["lambda"][0] == "Rent the machine"


def _an_hour(provider: str) -> PlacementOption:
    return option(offer=offer(provider), job_hours=1.0, proof=proof(mode="train"))


def test_a_new_cluster_keeps_the_network_policies_of_the_plan() -> None:
    for provider, word in (("aws", "enableNetworkPolicy"), ("gcp", "--enable-dataplane-v2"),
                           ("azure", "--network-dataplane cilium")):  # fmt: skip
        assert word in told(steps(offer(provider), SERVE)), provider


def test_gpus_that_are_attached_to_a_machine_are_asked_for_beside_it() -> None:
    """The catalogue names such a machine n1-standard-16+2xV100; Google's accelerator has no memory in its name."""
    v100 = H100.model_copy(update={"name": "V100-16GB"})
    machine = offer("gcp", "n1-standard-16+2xV100", region="us-central1", gpu=v100, gpu_count=2, vcpu=16, ram_gib=60.0)
    for spec in (SERVE, AGAIN.model_copy(update={"gpu_needed": True})):
        text = told(steps(machine, spec))
        assert "--machine-type n1-standard-16 " in text
        assert re.search(r"--accelerator \"?type=nvidia-tesla-v100,count=2", text)
        assert not re.search(r"(machine-type|name=)\S*\+", text)
    [module] = terraform_files([option(offer=machine)], ()).values()
    pool = json.loads(module)["resource"]["google_container_node_pool"]["workload"]
    assert pool["node_config"]["machine_type"] == "n1-standard-16"
    assert pool["node_config"]["guest_accelerator"][0]["type"] == "nvidia-tesla-v100"
    assert rented_by_skypilot(option(offer=machine)) == {"infra": "gcp/us-central1", "accelerators": "V100:2"}


SPELLED_NOWHERE = {("runpod", "A100-40GB"), ("runpod", "MI350X")}
"""Sold by the price lists, and in no list of the API's names: these are asked for."""


@pytest.mark.parametrize("provider", ["runpod", "vast"])
def test_gpus_are_spelled_as_the_seller_s_api_does(provider: str) -> None:
    """All that the catalogue has of the seller, or the name is asked for; the catalogue's own is none of theirs."""
    with Path("catalog/starter/compute/offers.csv").open(encoding="utf-8") as rows:
        sold = {row["gpu"] for row in csv.DictReader(rows) if row["provider"] == provider}
    assert len(sold) >= 15
    for name in sold:
        where = offer(provider, gpu=H100.model_copy(update={"name": name}), seller="containers", gpu_count=1)
        text = told(steps(where, SERVE))
        assert ("GPU_TYPE" in text) is ((provider, name) in SPELLED_NOWHERE), name
        if "-" in name:
            assert f'"id": "{name}"' not in text
            assert f"gpu_name={name}" not in text
    unknown = offer(provider, gpu=H100.model_copy(update={"name": "X9"}), seller="containers", gpu_count=1)
    assert "${GPU_TYPE" in told(steps(unknown, SERVE))


def test_a_pod_is_rented_waited_for_asked_and_given_back_by_the_id_that_came_back(tmp_path: Path) -> None:
    """https://docs.runpod.io/api-reference-v2/pods/create-a-pod: its fields, and no others."""
    made = steps(offer("runpod", gpu_count=1, seller="containers"), SERVE)
    commands = [command for step in made for command in step.commands]
    body = json.loads(
        next(command for command in commands if "<<'EOF'" in command).split("\n", 1)[1].rpartition("\nEOF")[0]
    )
    assert set(body) <= {"name", "image", "gpu", "cloud", "disk", "mounts", "ports", "env", "args"}
    assert set(body["mounts"]["persistent"]) == {"size", "path"}
    assert set(json.loads(body["args"])) == {"entrypoint", "cmd"}
    curl = tmp_path / "curl"
    curl.write_text(
        '#!/bin/bash\ncat >/dev/null </dev/stdin\necho "$@" >> "$LOG"\n'
        'case "$*" in *"v2/pods -H"*) echo \'{"id": "abc123"}\';; esac\n'
    )
    (tmp_path / "jq").write_text('#!/bin/bash\nsed -E \'s/.*"id": "([^"]*)".*/\\1/\'\n')
    (tmp_path / "python3").write_text('#!/bin/bash\necho "python3 $@" >> "$LOG"\n')
    for tool in ("curl", "jq", "python3"):
        (tmp_path / tool).chmod(0o755)
    log = tmp_path / "log"
    given = {"PATH": f"{tmp_path}:/usr/bin:/bin", "LOG": str(log), "RUNPOD_API_KEY": "k", "HF_TOKEN": "t"}
    ran = subprocess.run(["bash", "-euc", "\n".join(commands)], cwd=tmp_path, env=given, input="", text=True,
                         capture_output=True, check=False)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    calls = log.read_text().splitlines()
    assert any("https://abc123-8000.proxy.runpod.net/health" in call for call in calls)
    assert sum(call.startswith("python3 checks/") for call in calls) == 2
    assert "DELETE https://api.runpod.io/v2/pods/abc123" in calls[-1]
    assert not any("/v1/pods" in call for call in calls)


@pytest.mark.parametrize("provider", ["runpod", "vast", "novita"])
def test_every_copy_of_a_rented_container_runs_on_gpus_of_its_own(provider: str, tmp_path: Path) -> None:
    """A server that knows no copies is started once for each: else all GPUs but the first are paid for and idle."""
    paints = {"key": "black-forest-labs/FLUX.1-schnell", "domain": "image_generation", "pipeline_tag": "text-to-image"}
    painter = LLAMA.model_copy(update=paints)
    where = offer(provider, "4x_RTX-A6000_community", region="global", gpu_count=4, seller="containers")
    placed = option(offer=where, model=painter, tensor_parallel=2, replicas=2, gpus=4)
    engine = Engine.VLLM_OMNI
    (tmp_path / "vllm").write_text('#!/bin/sh\necho "$CUDA_VISIBLE_DEVICES $*"\n')
    (tmp_path / "vllm").chmod(0o755)
    command = [f"{word}; wait" if word.startswith("for ") else word
               for word in with_all_copies(placed, engine, container_arguments(placed, engine))]  # fmt: skip
    shown = subprocess.run(
        command, capture_output=True, text=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False
    )
    runs = sorted(line.split(" ", 1) for line in shown.stdout.splitlines())
    assert [gpus for gpus, _ in runs] == ["0,1", "2,3"]
    assert ["--port=8000" in runs[0][1], "--port=8001" in runs[1][1]] == [True, True]
    assert ports(placed, engine) == (8000, 8001)
