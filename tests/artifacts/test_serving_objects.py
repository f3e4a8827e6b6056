"""The objects of a server: what it asks of its machine, where its weights are, when it counts as started."""

from typing import Any

import pytest

from artifacts.engines import Engine
from artifacts.room import JOB, SERVER, room_on
from artifacts.surroundings import Surroundings
from artifacts.workloads import cores, server_objects
from domain.placement import PlacementOption
from tests.artifacts.sample_plan import LLAMA, component, offer, option, package


def objects(placed: PlacementOption, **around: object) -> dict[str, Any]:
    made = server_objects(Engine.VLLM, placed, Surroundings.model_validate(around))
    return {thing["kind"]: thing for thing in made}  # type: ignore[index, call-overload, misc]


def container(placed: PlacementOption, **around: object) -> dict[str, Any]:
    return objects(placed, **around)["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(("vcpu", "ram_gib"), [(4, 16.0), (4, 21.0), (8, 32.0), (192, 2048.0), (None, None)])
@pytest.mark.parametrize("need", [SERVER, JOB])
def test_a_pod_never_asks_for_all_of_a_machine(vcpu: int | None, ram_gib: float | None, need: Any) -> None:
    room = room_on(offer(vcpu=vcpu, ram_gib=ram_gib, gpu_count=1), need, 1)
    assert 0.25 <= room.cpu <= (vcpu or 8) - 0.75
    assert 1 <= room.memory_gib <= room.limit_gib < (ram_gib or 32.0)
    assert room.shm_gib <= room.limit_gib / 2
    assert room.assumed is (vcpu is None)


def test_copies_on_one_machine_share_it() -> None:
    whole = room_on(offer(vcpu=32, ram_gib=256.0, gpu_count=8), JOB, 8)
    eighth = room_on(offer(vcpu=32, ram_gib=256.0, gpu_count=8), JOB, 1)
    assert 8 * eighth.cpu <= whole.limit_gib
    assert 8 * eighth.limit_gib <= 256


def test_charts_on_the_same_machine_are_left_their_room() -> None:
    small = offer(vcpu=8, ram_gib=32.0, gpu_count=1)
    chart = component(package("big", cpu_request=4.0, memory_request_gib=10.0))
    alone, beside = room_on(small, JOB, 1), room_on(small, JOB, 1, beside=(chart,))
    assert alone.cpu - beside.cpu >= 3.75
    assert alone.limit_gib - beside.limit_gib >= 10


def test_each_copy_keeps_its_weights_on_a_volume_large_enough() -> None:
    [claim] = objects(option(replicas=2))["StatefulSet"]["spec"]["volumeClaimTemplates"]
    held_gib = 70.6e9 * 2 / 2**30
    assert held_gib < int(claim["spec"]["resources"]["requests"]["storage"].removesuffix("Gi")) < 1.4 * held_gib
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_the_loading_step_names_the_model_and_a_pinned_client_and_never_expands_a_name() -> None:
    evil = option(model=LLAMA.model_copy(update={"key": "a/$(touch x)"}))
    [loader] = objects(evil)["StatefulSet"]["spec"]["template"]["spec"]["initContainers"]
    assert "huggingface_hub==" in loader["command"][2]
    assert loader["command"][4] == "a/$(touch x)"
    assert "a/$(touch x)" not in loader["command"][2]
    assert ":latest" not in loader["image"]
    assert ":" in loader["image"]


def test_a_server_may_take_as_long_to_start_as_its_weights_take_to_be_read() -> None:
    small = option(model=LLAMA.model_copy(update={"params_b": 1.0}))
    probes = [container(placed)["startupProbe"] for placed in (small, option())]
    seconds = [probe["periodSeconds"] * probe["failureThreshold"] for probe in probes]
    assert seconds[0] >= 600
    assert seconds[1] - seconds[0] >= 141 / 0.5  # GB of weights at the rate of the volume
    assert container(option())["livenessProbe"]["failureThreshold"] >= 3


def test_a_machine_of_unknown_size_sets_no_limit_to_memory() -> None:
    """The page cache that 671 GB of weights are read through counts against a limit: 111 GiB would have it crawl."""
    pod = objects(option(offer=offer(ram_gib=None)))["StatefulSet"]["spec"]["template"]["spec"]
    assert "memory" not in pod["containers"][0]["resources"]["limits"]
    assert "memory" in pod["containers"][0]["resources"]["requests"]


def test_shared_memory_is_a_volume_in_memory_within_the_limit() -> None:
    pod = objects(option(offer=offer(vcpu=192, ram_gib=2048.0)))["StatefulSet"]["spec"]["template"]["spec"]
    [shm] = [volume for volume in pod["volumes"] if volume["name"] == "shm"]
    limit = int(pod["containers"][0]["resources"]["limits"]["memory"].removesuffix("Gi"))
    assert shm["emptyDir"]["medium"] == "Memory"
    assert int(shm["emptyDir"]["sizeLimit"].removesuffix("Gi")) < limit


def test_cores_are_written_as_kubernetes_does() -> None:
    assert [cores(number) for number in (3.5, 0.25, 4.0)] == ["3500m", "250m", "4"]


def test_the_container_gets_the_key_and_a_gated_model_its_token() -> None:
    env = {entry["name"]: entry for entry in container(option())["env"]}
    assert env["VLLM_API_KEY"]["valueFrom"]["secretKeyRef"]["name"] == "api-keys"
    assert env["HF_TOKEN"]["valueFrom"]["secretKeyRef"]["optional"] is False
    free = option(model=LLAMA.model_copy(update={"gated": False}))
    open_env = {entry["name"]: entry for entry in container(free)["env"]}
    assert open_env["HF_TOKEN"]["valueFrom"]["secretKeyRef"]["optional"] is True


def test_several_copies_are_spread_and_leave_one_at_a_time() -> None:
    several = objects(option(replicas=3, nodes=3), zones=True)
    pod = several["StatefulSet"]["spec"]["template"]["spec"]
    spread = pod["topologySpreadConstraints"]
    # A zone of small machines alone would count as one without a copy, and the third would wait for ever.
    assert pod["nodeSelector"] == {"node.kubernetes.io/instance-type": option().offer.instance_type}
    assert {one["topologyKey"]: one["whenUnsatisfiable"] for one in spread} == {
        "kubernetes.io/hostname": "ScheduleAnyway", "topology.kubernetes.io/zone": "DoNotSchedule",
    }  # fmt: skip
    assert several["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
    assert "PodDisruptionBudget" not in objects(option())


def test_only_the_namespace_and_what_calls_a_server_may_connect() -> None:
    gateway = component(package("gateway-helm"), role="gateway")
    queue = component(package("kueue"), role="job queue")
    policy = objects(option(), stack=(gateway, queue))["NetworkPolicy"]
    text = str(policy)
    assert "gateway-helm" in text
    assert "kueue" not in text
    assert policy["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 8000}]


def test_a_copy_over_several_machines_has_a_volume_on_each() -> None:
    wide = option(tensor_parallel=8, pipeline_parallel=2, nodes=2, gpus=16)
    group = objects(wide)["LeaderWorkerSet"]["spec"]["leaderWorkerTemplate"]
    assert group["volumeClaimTemplates"][0]["metadata"]["name"] == "weights"
    for template in ("leaderTemplate", "workerTemplate"):
        assert group[template]["spec"]["initContainers"][0]["name"] == "load-weights"
        assert group[template]["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 8
