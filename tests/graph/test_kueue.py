"""What Kueue's quotas leave of a cluster, over the double of its API."""

from typing import Any

import pytest

from database import Database
from domain.queries import ClusterQuery
from tests.graph.conftest import Connected
from tests.graph.test_real_cluster import ASK, Talk, many
from tests.tools.api_server import ApiServer
from tools import cluster

KUEUE = "/apis/kueue.x-k8s.io/v1beta1/"
GPU = "nvidia.com/gpu"
H100S = {"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"}


def queue(name: str, nominal: int, used: int = 0, **more: Any) -> dict[str, Any]:
    """A ClusterQueue of one flavor; `more` of the quota, or of the queue's spec."""
    spec = {key: more.pop(key) for key in ("cohort", "stopPolicy") if key in more}
    quota = {"name": GPU, "nominalQuota": str(nominal), **more}
    groups = [{"coveredResources": [GPU], "flavors": [{"name": "gpus", "resources": [quota]}]}]
    usage = [{"name": "gpus", "resources": [{"name": GPU, "total": str(used), "borrowed": "0"}]}]
    return {
        "metadata": {"name": name}, "spec": {"resourceGroups": groups, **spec}, "status": {"flavorsUsage": usage},
    }  # fmt: skip


def with_queues(nodes: int, *queues: dict[str, Any], labels: dict[str, str] = H100S) -> ApiServer:
    """Nodes of 8 free H100 each, given out by these queues."""
    api = ApiServer(many(nodes, free_on=nodes))
    api.objects[KUEUE + "resourceflavors"] = [{"metadata": {"name": "gpus"}, "spec": {"nodeLabels": labels}}]
    api.objects[KUEUE + "clusterqueues"] = queues
    return api


@pytest.mark.parametrize(
    ("queues", "left"),
    [
        ([queue("a", 12)], 12),
        ([queue("a", 100)], 24),
        ([queue("a", 12, used=9)], 3),
        ([queue("a", 12, used=12)], 0),
        ([queue("a", 12, stopPolicy="Hold")], 0),
        ([queue("a", 4), queue("b", 10)], 10),
        ([queue("a", 4, cohort="c"), queue("b", 10, cohort="c")], 14),
        ([queue("a", 4, cohort="c", borrowingLimit="2"), queue("b", 1, cohort="c")], 5),
        ([queue("a", 4, cohort="c"), queue("b", 10, used=8, cohort="c", lendingLimit="1", borrowingLimit="0")], 5),
        ([queue("a", 4, used=7, cohort="c"), queue("b", 10, cohort="c", borrowingLimit="0")], 10),
    ],
)
@pytest.mark.parametrize("labels", [H100S, {}])
async def test_no_more_is_free_than_the_quotas_leave(
    connected: Connected, database: Database, queues: list[dict[str, Any]], left: int, labels: dict[str, str]
) -> None:  # fmt: skip
    connected(with_queues(3, *queues, labels=labels))
    nodes = (await cluster.search(ClusterQuery(), database)).items
    assert sum(node.gpu_free or 0 for node in nodes) == left
    assert sum(node.gpu_over_quota for node in nodes) == 24 - left
    assert max(node.gpu_free or 0 for node in nodes) == min(8, left)


async def test_a_queue_that_counts_no_gpus_bounds_none(connected: Connected, database: Database) -> None:
    of_cpu = queue("a", 0)
    of_cpu["spec"]["resourceGroups"][0]["flavors"][0]["resources"][0]["name"] = "cpu"
    connected(with_queues(2, of_cpu))
    assert sum(node.gpu_free or 0 for node in (await cluster.search(ClusterQuery(), database)).items) == 16


async def test_a_newer_kueue_is_read_too(connected: Connected, database: Database) -> None:
    api = with_queues(2, queue("a", 3))
    api.objects = {path.replace("v1beta1", "v1beta2"): items for path, items in api.objects.items()}
    connected(api)
    assert sum(node.gpu_free or 0 for node in (await cluster.search(ClusterQuery(), database)).items) == 3


async def test_the_plan_stays_within_the_quota_and_says_what_to_raise(connected: Connected, conversation: Talk) -> None:
    connected(with_queues(2, queue("team-a", 16, used=12)))
    plan = (await conversation.say(ASK))["plan"]
    first, told = plan.recommendations[0].option, " ".join(plan.assumptions)
    assert first.is_own
    assert first.gpus <= 4
    assert "Free and usable: 4 x H100-SXM." in told
    assert (
        "12 more GPUs are free there, but not within the quota of Kueue's queue team-a: raise it to use them." in told
    )


async def test_without_quota_there_is_nothing_to_place_on(connected: Connected, conversation: Talk) -> None:
    connected(with_queues(2, queue("team-a", 16, used=16)))
    plan = (await conversation.say("Serve Llama 3.3 70B to 200 users"))["plan"]
    told = " ".join(plan.assumptions)
    assert not plan.recommendations[0].option.is_own
    assert "There is nothing to place on: the plan needs" in told
    assert "2 beyond the quotas of their queues" in told
    assert "16 more GPUs are free there" in told
