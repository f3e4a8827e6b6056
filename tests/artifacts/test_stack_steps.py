"""Which charts a workload uses, what they are given, and what connects them to it."""

import pytest

from artifacts.clusters import cluster_steps, wants_fips
from artifacts.gpu_access import QUEUE_LABEL
from artifacts.stack_steps import used_and_later
from artifacts.steps import deployment_steps, scene_of
from artifacts.workloads import KEY_SECRET
from domain.parts import Corpus, Retrieval, WorkloadPart
from domain.placement import PlacementOption
from domain.plan import Recommendation, StackComponent
from domain.workload import Availability, Traffic, WorkloadSpec
from tests.artifacts.printed import Object, Printed, at, entries, printed
from tests.artifacts.sample_plan import H100, LLAMA, component, offer, option, package

NAMES = (
    "kube-prometheus-stack", "gateway-helm", "cert-manager", "gpu-operator", "gpu-operator-charts", "keda", "kueue",
    "mlflow", "lws", "dcgm-exporter", "kyverno", "kubeflow-trainer", "jupyterhub", "karpenter", "qdrant",
)  # fmt: skip
AMD = H100.model_copy(update={"vendor": "amd", "name": "MI300X"})
SERVE = WorkloadSpec(task_type="inference", traffic=Traffic(users=50))
ASKED = WorkloadSpec(task_type="inference", traffic=Traffic(users=50), orchestration="kubernetes")
"""One machine at hand gets a cluster only where one is asked for."""
PEAKS = SERVE.model_copy(update={"traffic": Traffic(users=50, peak_concurrent_users=40)})
TUNE = WorkloadSpec(task_type="fine_tuning")


def charts(*names: str, wanted: bool = False, repository: str = "any") -> tuple[StackComponent, ...]:
    rows = (package(name, key=f"{repository}/{name}", repository=repository, version="1.0.0") for name in names)
    return tuple(component(row, wanted=wanted) for row in rows)


def used(
    option_: PlacementOption, spec: WorkloadSpec = SERVE, stack: tuple[StackComponent, ...] | None = None
) -> set[str]:
    kept, _ = used_and_later(charts(*NAMES) if stack is None else stack, [scene_of(option_, spec)])
    return {part.package.name for part in kept}


def written(option_: PlacementOption, spec: WorkloadSpec = SERVE, *more: StackComponent) -> Printed:
    kept, _ = used_and_later((*charts(*NAMES), *more), [scene_of(option_, spec)])
    steps = deployment_steps(Recommendation(rank=1, option=option_), kept, spec)
    return printed(command for step in steps for command in step.commands)


def one(found: Printed, kind: str) -> Object:
    [made] = found.of_kind(kind)
    return made


def test_a_server_is_scraped_drawn_and_reached_by_its_own_names() -> None:
    found = written(option(offer=offer("hyperstack")))
    service = one(found, "Service")
    monitor, route = one(found, "ServiceMonitor"), one(found, "HTTPRoute")
    assert at(monitor, "spec.selector.matchLabels") == at(service, "metadata.labels")
    assert at(monitor, "spec.endpoints.0.port") == at(service, "spec.ports.0.name")
    asked = {"name": at(service, "metadata.name"), "port": at(service, "spec.ports.0.port")}
    assert at(route, "spec.rules.0.backendRefs.0") == asked
    assert at(one(found, "SecurityPolicy"), "spec.apiKeyAuth.credentialRefs.0.name") == KEY_SECRET
    assert str(at(service, "metadata.name")) in str(one(found, "ConfigMap"))


def test_the_gateway_s_certificate_is_of_an_issuer_that_is_there() -> None:
    for where, kind in ((offer("hyperstack"), "acme"), (offer("own hardware"), "ca")):
        found = written(option(offer=where), ASKED)
        annotations = at(one(found, "Gateway"), "metadata.annotations")
        asked = [made for made in found.of_kind("ClusterIssuer") if str(at(made, "metadata.name")) in str(annotations)]
        assert [bool(at(made, f"spec.{kind}")) for made in asked] == [True]


@pytest.mark.parametrize(
    ("provider", "replicas", "spec", "expected"),
    [("azure", 1, "peaks", False), ("azure", 3, "peaks", True), ("gcp", 3, "peaks", True), ("azure", 3, "even", False),
     ("aws", 3, "peaks", False), ("hyperstack", 3, "peaks", False)],
)  # fmt: skip
def test_copies_follow_the_load_where_it_varies_and_machines_do_too(
    provider: str, replicas: int, spec: str, expected: bool
) -> None:
    """A pool of a fixed size costs the same with one copy on it as with three."""
    asked = PEAKS if spec == "peaks" else ASKED
    assert ("keda" in used(option(offer=offer(provider), replicas=replicas, nodes=replicas), asked)) is expected


def test_a_pool_grows_and_shrinks_where_its_copies_do() -> None:
    scaled = cluster_steps(option(offer=offer("azure"), replicas=3, nodes=3), charts("keda"))
    text = "\n".join(command for step in scaled for command in step.commands)
    assert "--enable-cluster-autoscaler --min-count 0 --max-count 3" in text
    fixed = cluster_steps(option(offer=offer("azure"), replicas=3, nodes=3), charts("kube-prometheus-stack"))
    assert "autoscaler" not in "\n".join(command for step in fixed for command in step.commands)


@pytest.mark.parametrize(("nodes", "zones", "over"), [(2, 2, "1 2"), (3, 2, "1 2"), (2, 3, "1 2"), (8, 5, "1 2 3")])
def test_a_pool_of_azure_is_over_as_many_zones_as_there_are_machines_for(nodes: int, zones: int, over: str) -> None:
    steps = cluster_steps(option(offer=offer("azure"), replicas=nodes, nodes=nodes), charts("keda"), zones=zones)
    assert f"--zones {over} " in "\n".join(command for step in steps for command in step.commands)


def test_one_copy_may_fail_where_that_was_asked_for() -> None:
    sure = PEAKS.model_copy(update={"availability": Availability(uptime_percent=99.9)})
    found = written(option(offer=offer("azure"), replicas=3, nodes=3), sure)
    assert at(one(found, "ScaledObject"), "spec.minReplicaCount") == 2


def test_cryptography_is_validated_where_fedramp_is_asked_for() -> None:
    made = cluster_steps(option(offer=offer("azure")), charts("gpu-operator"), fips=True)
    commands = [command for step in made for command in step.commands if command.startswith("az aks")]
    for command in commands:
        assert ("--enable-fips-image" in command) is ("get-credentials" not in command), command
    assert wants_fips(WorkloadSpec(compliance=("fedramp",)))
    assert not wants_fips(WorkloadSpec(compliance=("soc2",)))


def test_copies_are_scaled_by_the_requests_that_wait_up_to_those_of_the_plan() -> None:
    found = written(option(offer=offer("azure"), replicas=3, nodes=3), PEAKS)
    scaled = one(found, "ScaledObject")
    assert at(scaled, "spec.scaleTargetRef.name") == at(one(found, "StatefulSet"), "metadata.name")
    assert at(scaled, "spec.scaleTargetRef.kind") == "StatefulSet"
    assert at(scaled, "spec.maxReplicaCount") == 3
    assert "vllm:num_requests_waiting" in str(at(scaled, "spec.triggers"))


def test_autoscaling_that_was_asked_for_is_there_from_the_first_copy() -> None:
    stack = (*charts("kube-prometheus-stack"), *charts("keda", wanted=True))
    assert "keda" in used(option(offer=offer("hyperstack")), stack=stack)


def test_a_job_waits_in_a_queue_that_counts_the_plan_s_machines() -> None:
    found = written(option(nodes=2, gpus=16), TUNE)
    queue, job = one(found, "LocalQueue"), one(found, "Job")
    labels = at(job, "metadata.labels")
    assert isinstance(labels, dict)
    assert labels[QUEUE_LABEL] == at(queue, "metadata.name")
    quota = one(found, "ClusterQueue")
    assert at(queue, "spec.clusterQueue") == at(quota, "metadata.name")
    amounts = entries(quota, "spec.resourceGroups.0.flavors.0.resources")
    assert {"name": "nvidia.com/gpu", "nominalQuota": 16} in amounts
    assert {"cpu", "memory"} <= set(entries(quota, "spec.resourceGroups.0.coveredResources"))


def test_a_job_tells_its_figures_to_the_tracker_that_is_installed() -> None:
    job = one(written(option(), TUNE), "Job")
    told = entries(job, "spec.template.spec.containers.0.env")
    assert {"name": "MLFLOW_TRACKING_URI", "value": "http://mlflow.mlflow"} in told


def test_what_a_job_stores_goes_through_the_tracker_to_its_volume() -> None:
    install = written(option(), TUNE).install("mlflow")
    assert install is not None
    assert at(install.values, "artifactRoot.proxiedArtifactStorage") is True
    folder = str(at(install.values, "extraVolumeMounts.0.mountPath"))
    assert str(at(install.values, "artifactRoot.defaultArtifactsDestination")).startswith(folder)
    assert str(at(install.values, "backendStore.defaultSqlitePath")).startswith(folder)


def test_the_page_for_people_asks_the_plan_s_server_and_brings_no_other_program() -> None:
    found = written(option(offer=offer("hyperstack")), SERVE, *charts("open-webui", wanted=True))
    install = found.install("open-webui")
    assert install is not None
    assert not any(at(install.values, f"{part}.enabled") for part in ("ollama", "pipelines", "websocket"))
    server = at(one(found, "Service"), "metadata.name")
    assert f"//{server}." in str(at(install.values, "openaiBaseApiUrl"))


def test_a_server_gets_no_queue_and_a_job_no_gateway() -> None:
    assert not {"kueue", "mlflow"} & used(option())
    assert not {"gateway-helm", "keda"} & used(option(), TUNE)


@pytest.mark.parametrize(
    ("provider", "operator"), [("aws", False), ("gcp", False), ("azure", True), ("hyperstack", True)]
)
def test_nodes_with_a_driver_of_their_own_get_no_operator(provider: str, operator: bool) -> None:
    assert ("gpu-operator" in used(option(offer=offer(provider)))) is operator


def test_gke_admits_an_operator_that_was_asked_for_under_a_quota() -> None:
    stack = charts("gpu-operator", wanted=True)
    kept, _ = used_and_later(stack, [scene_of(option(offer=offer("gcp")), SERVE)])
    steps = deployment_steps(Recommendation(rank=1, option=option(offer=offer("gcp"))), kept, SERVE)
    found = printed(command for step in steps for command in step.commands)
    assert at(one(found, "ResourceQuota"), "metadata.namespace") == "gpu-operator"


def test_amd_s_operator_builds_the_driver_where_no_image_of_the_seller_has_it() -> None:
    at_hand = written(option(offer=offer("own hardware", gpu=AMD)), ASKED).install("gpu-operator-charts")
    rented = written(option(offer=offer("hotaisle", gpu=AMD))).install("gpu-operator-charts")
    assert at_hand is not None
    assert rented is not None
    assert at(at_hand.values, "deviceConfig.spec.driver.enable") is True
    assert "DRIVER_IMAGE" in str(at(at_hand.values, "deviceConfig.spec.driver.image"))
    assert at(rented.values, "deviceConfig.spec.driver.enable") is False


def test_a_copy_over_several_machines_brings_its_controller() -> None:
    wide = option(tensor_parallel=8, pipeline_parallel=2, nodes=4, replicas=2, gpus=32)
    assert "lws" in used(wide)
    assert "lws" not in used(option())


def test_passwords_are_made_not_typed() -> None:
    found = written(option(offer=offer("hyperstack")))
    made = [command for command in found.commands if "create secret generic" in command and "hf-token" not in command]
    assert made
    assert all("$(openssl rand" in command for command in made)


def test_what_nothing_uses_is_told_for_later_with_its_reason() -> None:
    _, later = used_and_later(charts(*NAMES), [scene_of(option(), TUNE)])
    told = {part.package.name: part.reason for part in later}
    assert {"kubeflow-trainer", "jupyterhub", "karpenter"} <= set(told)
    assert all(told.values())


def test_charts_whose_images_are_gone_are_never_installed() -> None:
    stack = charts("keycloak", wanted=True, repository="bitnami")
    kept, later = used_and_later(stack, [scene_of(option(), SERVE)], moved=("bitnami",))
    assert kept == ()
    assert "moved" in later[0].reason


def test_a_chart_that_nobody_knows_is_installed_only_when_asked_for() -> None:
    assert used(option(), stack=charts("frobnicator")) == set()
    assert used(option(), stack=charts("frobnicator", wanted=True)) == {"frobnicator"}


def test_a_cluster_that_is_there_gets_no_chart_that_nothing_of_the_plan_talks_to() -> None:
    there = WorkloadSpec(task_type="inference", hosting="existing_cluster", cluster="eks")
    assert used(option(), there, stack=charts("frobnicator", wanted=True)) == set()


def test_an_embedding_model_gets_a_collection_as_wide_as_its_vectors() -> None:
    shape = LLAMA.architecture.model_copy(update={"hidden_size": 1024})
    embedder = LLAMA.model_copy(
        update={"domain": "embeddings", "pipeline_tag": "feature-extraction", "architecture": shape}
    )
    found = written(option(model=embedder))
    assert '"size": 1024' in str(one(found, "Job"))


def test_a_store_over_several_machines_has_a_pod_and_a_shard_on_each() -> None:
    store = WorkloadPart(
        name="Vector store", role="vector store", memory_gib=120.0, disk_gib=300.0, shards=3, quantization="int8",
        place="CPU machine", where="3 x m6i.4xlarge",
    )  # fmt: skip
    found = Retrieval(corpus=Corpus(chunk_tokens=512), dimensions=1024, parts=(store,))
    placed = option(offer=offer("hyperstack"))
    scene = scene_of(placed, SERVE, found)
    kept, _ = used_and_later(charts("qdrant", wanted=True), [scene])
    steps = deployment_steps(Recommendation(rank=1, option=placed), kept, SERVE, found, neighbours=(scene,))
    read = printed(command for step in steps for command in step.commands)
    install = read.install("qdrant")
    assert install is not None
    assert at(install.values, "replicaCount") == 3
    assert at(install.values, "resources.requests.memory") == "40Gi"
    assert at(install.values, "persistence.size") == "200Gi"
    assert '"shard_number": 3' in str(one(read, "Job"))
    assert any(step.title == "Add the machines of the vector store" for step in steps)
