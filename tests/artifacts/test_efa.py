"""A job over several machines of AWS goes over the fabric that its time counts on: machines, pods, queue, library."""

import json

import yaml

from artifacts.bundle.terraform import terraform_files
from artifacts.programs import with_program
from artifacts.steps import deployment_steps
from domain.placement import PlacementOption
from domain.plan import Recommendation, Step
from domain.workload import Dataset, WorkloadSpec
from tests.artifacts.plan_cluster import applied
from tests.artifacts.sample_plan import component, offer, option, package, proof

TRAINS = WorkloadSpec(task_type="fine_tuning", domain="llm", dataset=Dataset(size_gb=10))
KUEUE = component(package("kueue", key="any/kueue"), role="job queue")
DEVICES = "vpc.amazonaws.com/efa"


def job(nodes: int, machine: str = "p5.48xlarge", provider: str = "aws") -> PlacementOption:
    return option(
        offer=offer(provider, machine, vcpu=192, ram_gib=2048.0), nodes=nodes, gpus=8 * nodes, job_hours=10.0,
        proof=proof(mode="train"),
    )  # fmt: skip


def steps(placed: PlacementOption) -> tuple[Step, ...]:
    return deployment_steps(Recommendation(rank=1, option=placed), (KUEUE,), TRAINS)


def commands(placed: PlacementOption) -> list[str]:
    return [command for step in steps(placed) for command in step.commands]


def test_machines_pods_and_queue_have_the_adapters_and_the_program_their_library() -> None:
    told = commands(job(3))
    [made] = [command for command in told if "create nodegroup" in command]
    pool = yaml.safe_load(made.partition("\n")[2].removesuffix("\nEOF"))["managedNodeGroups"][0]
    assert pool["efaEnabled"]
    assert pool["privateNetworking"]
    objects = applied(told)
    [container] = next(one for one in objects if one["kind"] == "Job")["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"][DEVICES] == 32
    assert "efa_installer.sh" in container["command"][2]
    [group] = next(one for one in objects if one["kind"] == "ClusterQueue")["spec"]["resourceGroups"]
    assert {"name": DEVICES, "nominalQuota": 96} in group["flavors"][0]["resources"]
    assert DEVICES in group["coveredResources"]
    [patch] = [command for command in told if "patch daemonset" in command]
    added = [change["value"] for change in json.loads(patch.partition("--patch '")[2].removesuffix("'"))]
    assert added == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}, "p5.48xlarge"]


def test_the_terraform_module_has_them_too_and_tells_how_the_devices_are_seen() -> None:
    [text] = terraform_files([job(3)], ()).values()
    made = json.loads(text)
    cluster = made["module"]["cluster"]
    assert cluster["enable_efa_support"]
    assert cluster["eks_managed_node_groups"]["workload"]["enable_efa_support"]
    assert set(made["output"]) == {"kubeconfig", "device_plugin", "efa_device_plugin"}


def test_one_machine_another_cloud_and_a_machine_without_adapters_have_none() -> None:
    for placed in (job(1), job(3, "g6e.48xlarge"), job(3, "8x_H100", "lambda")):
        text = "\n".join(commands(placed))
        assert not any(word in text for word in ("efaEnabled", DEVICES, "efa_installer"))
        assert with_program(placed, TRAINS).program is not None


def test_what_is_made_beside_the_cluster_is_given_back_before_it() -> None:
    """The file system's mount targets are in the subnets, which cannot be deleted before them; claims of charts leave
    their disks behind."""
    last = steps(job(3))[-1].commands
    words = ("delete namespace workload", "persistentvolumeclaims", "delete-mount-target", "delete cluster")
    order = [next(place for place, one in enumerate(last) if word in one) for word in words]
    assert order == sorted(order)
    assert not any("delete-mount-target" in command for command in steps(job(1))[-1].commands)
