"""The user's own cluster, over real HTTP: its shapes, its pages, its failures, and what the plan makes of it."""

from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from catalog.reference import load_reference
from database import Database
from domain.queries import ClusterQuery, ClusterResult
from graph.cluster_nodes import cluster_offers, nodes_left_out
from graph.state import ArchitectState
from tests.artifacts.plan_cluster import objects_of
from tests.graph.conftest import Connected
from tests.tools.api_server import ApiServer
from tools import cluster
from tools.kubernetes_api import PAGE

ROOT = Path(__file__).parents[2]
CLUSTERS = yaml.safe_load((ROOT / "tests/tools/clusters.yaml").read_text(encoding="utf-8"))
ASK = "Llama 70B for 200 users on our own cluster"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def seen(database: Database) -> ClusterResult:
    return await cluster.search(ClusterQuery(), database)


def many(nodes: int, free_on: int = 0) -> dict[str, Any]:
    """A large cluster of 8 x H100 each, all of them taken but for `free_on` nodes."""
    like = CLUSTERS["eks"]["nodes"][0]
    names = [f"node-{number:05}" for number in range(nodes)]
    return {
        "nodes": [{**like, "name": name} for name in names],
        "pods": [{"node": name, "asks": {"nvidia.com/gpu": "8", "cpu": "8"}} for name in names[free_on:]],
    }


@pytest.mark.parametrize("kind", CLUSTERS)
async def test_each_kind_of_cluster_is_read(kind: str, connected: Connected, database: Database) -> None:
    connected(ApiServer(CLUSTERS[kind]))
    nodes, wanted = (await seen(database)).items, CLUSTERS[kind]["seen"]
    reference = await load_reference(database)
    usable = cluster_offers(nodes, reference)
    assert sum(node.gpu_count for node in nodes) == wanted["gpus"]
    assert sum(offer.gpu_count for offer in usable) == wanted["free"]
    assert wanted["product"] in {node.gpu_product for node in nodes}
    assert sum(node.gpu_pods for node in nodes) == wanted["pods"]
    assert wanted.get("left_out", "") in nodes_left_out(nodes, reference)
    assert bool(nodes_left_out(nodes, reference)) == ("left_out" in wanted)
    assert [*{queue for node in nodes for queue in node.queues}] == wanted.get("queues", [])


async def test_parts_of_cut_up_gpus_are_told(connected: Connected, database: Database) -> None:
    connected(ApiServer(CLUSTERS["openshift"]))
    slices = [node.gpu_slices for node in (await seen(database)).items if node.gpu_slices]
    assert slices == [{"1g.10gb": 14, "3g.40gb": 2}]


async def test_five_thousand_nodes_are_read_page_by_page(connected: Connected, database: Database) -> None:
    api = ApiServer(many(5_000, free_on=3))
    connected(api)
    result = await seen(database)
    assert (result.status, len(result.items)) == ("ok", 5_000)
    assert sum(node.gpu_free or 0 for node in result.items) == 24
    assert api.asked.count("/api/v1/nodes") == 1 + 5_000 / PAGE


async def test_a_list_too_old_to_go_on_with_is_begun_again(connected: Connected, database: Database) -> None:
    api = ApiServer(many(PAGE + 1))
    api.gone_once.add("/api/v1/nodes")
    connected(api)
    assert len((await seen(database)).items) == PAGE + 1


async def test_a_cluster_that_hangs_is_not_connected(connected: Connected, database: Database) -> None:
    api = ApiServer(CLUSTERS["eks"])
    api.hangs_s = 30.0
    connected(api)
    result = await seen(database)
    assert (result.status, result.error) == ("not_connected", "the cluster does not answer")
    assert result.took_ms <= 2_000


@pytest.mark.parametrize("answers", [0, 1, 2, 3])
async def test_credentials_that_expire_at_any_moment_crash_nothing(
    connected: Connected, database: Database, answers: int
) -> None:
    api = ApiServer(many(PAGE + 1))
    api.answers_left = answers
    connected(api)
    result = await seen(database)
    if answers < 3:
        assert (result.status, result.error) == ("not_connected", "the cluster answered 401")
    else:
        assert {node.gpu_free for node in result.items} == {None}


async def test_what_may_not_be_seen_is_not_known(connected: Connected, database: Database) -> None:
    api = ApiServer(CLUSTERS["eks"])
    api.forbidden.add("/api/v1/pods")
    connected(api)
    assert {node.gpu_free for node in (await seen(database)).items} == {None}


async def test_the_manifest_allows_what_is_asked_and_no_more(connected: Connected, database: Database) -> None:
    api = ApiServer({**CLUSTERS["claims"], "flavors": CLUSTERS["k3s"]["flavors"]})
    connected(api)
    await seen(database)
    documents = list(yaml.safe_load_all((ROOT / "deploy/cluster-reader.yaml").read_text(encoding="utf-8")))
    (role,) = (document for document in documents if document["kind"] == "ClusterRole")
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"list"}
    allowed = {
        (group, resource) for rule in role["rules"] for group in rule["apiGroups"] for resource in rule["resources"]
    }
    parts = [path.split("/") for path in api.asked]
    assert {("" if part[1] == "api" else part[2], part[-1]) for part in parts} == allowed


async def test_a_plan_on_ones_own_cluster_uses_what_is_free(connected: Connected, conversation: Talk) -> None:
    connected(ApiServer(CLUSTERS["eks"]))
    plan = (await conversation.say(ASK))["plan"]
    first = plan.recommendations[0].option
    assert first.is_own
    assert (first.gpus, first.held_gpus) == (2, 6)  # the fewest that keep the rules: others run there too
    assert [one.option.gpus for one in plan.recommendations if one.option.label == "faster"] == [6]
    told = " ".join(plan.assumptions)
    assert "Your cluster: 2 nodes seen, 1 with 8 GPUs; 1 pod holds GPUs. Free and usable: 6 x H100-SXM." in told
    assert f"The plan uses {first.gpus} GPUs on 1 node." in told


async def test_a_cluster_that_does_not_suffice_says_why_and_what_to_add(
    connected: Connected, conversation: Talk
) -> None:
    connected(ApiServer(CLUSTERS["k3s"]))
    plan = (await conversation.say("Serve Llama 3.3 70B in bf16 to 500 concurrent users"))["plan"]
    told = " ".join(plan.assumptions)
    assert "Free and usable: 2 x RTX-4090." in told
    assert "They do not suffice: the plan needs" in told


@pytest.mark.parametrize(
    ("kind", "chosen_by", "queue", "runtime"),
    [
        ("eks", {"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"}, None, None),
        ("mixed", {"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"}, "research", "nvidia"),
        ("openshift", {"amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM"}, None, None),
    ],
)
async def test_the_pods_run_on_the_nodes_that_were_meant(
    connected: Connected, conversation: Talk, kind: str, chosen_by: dict[str, str], queue: str | None,
    runtime: str | None,
) -> None:  # fmt: skip
    connected(ApiServer(CLUSTERS[kind]))
    plan = (await conversation.say(ASK))["plan"]
    made = {document["kind"]: document for document in objects_of(plan)}
    pod = made["StatefulSet"]["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == chosen_by
    assert pod.get("runtimeClassName") == runtime  # of k3s and its sibling
    assert (made["LocalQueue"]["spec"]["clusterQueue"] if "LocalQueue" in made else None) == queue
    assert ("kueue.x-k8s.io/queue-name" in made["StatefulSet"]["metadata"]["labels"]) == bool(queue)
    assert not any("helm upgrade" in command for step in plan.steps for command in step.commands)  # GPUs are there


async def test_gpus_that_are_claimed_are_asked_for_by_claims(connected: Connected, conversation: Talk) -> None:
    connected(ApiServer(CLUSTERS["claims"]))
    made = {document["kind"]: document for document in objects_of((await conversation.say(ASK))["plan"])}
    pod = made["StatefulSet"]["spec"]["template"]["spec"]
    (claim,) = pod["resourceClaims"]
    (request,) = made["ResourceClaimTemplate"]["spec"]["spec"]["devices"]["requests"]
    assert claim["resourceClaimTemplateName"] == made["ResourceClaimTemplate"]["metadata"]["name"]
    assert request["exactly"]["deviceClassName"] == "gpu.nvidia.com"
    assert request["exactly"]["count"] == 2
    assert "NVIDIA H100 80GB HBM3" in request["exactly"]["selectors"][0]["cel"]["expression"]
    assert pod["containers"][0]["resources"]["claims"] == [{"name": claim["name"]}]
    assert "nvidia.com/gpu" not in pod["containers"][0]["resources"]["limits"]


async def test_busy_nodes_are_named_and_those_that_only_look_free(
    connected: Connected, conversation: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(url: str | None) -> dict[str, float]:
        return {"node-00000": 91.4, "node-00001": 12.0, "node-00002": 97.0}

    monkeypatch.setattr("tools.cluster.busy_by_node", busy)
    connected(ApiServer(many(3, free_on=2)))
    told = " ".join((await conversation.say(ASK))["plan"].assumptions)
    assert "Over the last hour the GPUs of 3 nodes were 67 % busy: node-00002 97 %, node-00000 91 %." in told
    assert "1 node of these looks free: something there uses its GPUs" in told
