"""Which parts a workload gets, what the user may ask for or rule out, and which chart fills a part."""

from datetime import date
from itertools import product
from typing import get_args

import pytest

from catalog.starter import read_charts
from domain.base import Source
from domain.packages import Package
from domain.workload import (
    Budget,
    Components,
    Dataset,
    Domain,
    GpuRequirement,
    Location,
    RequestedModel,
    TaskType,
    Traffic,
    WorkloadSpec,
)
from graph.stack import Role, needed_roles, select_package
from graph.stack_fitting import components
from graph.stack_rules import stack_rules

EVERY_WORKLOAD = [
    WorkloadSpec(task_type=task, domain=domain, gpu_needed=gpu, compliance=compliance)
    for task, domain, gpu, compliance in product(
        (None, *get_args(TaskType)), (None, *get_args(Domain)), (True, False, None), ((), ("hipaa", "gdpr"))
    )
]


def roles(**spec: object) -> dict[str, Role]:
    return {role.role: role for role in needed_roles(WorkloadSpec.model_validate(spec))}


def wanting(*wanted: str, excluded: tuple[str, ...] = (), **spec: object) -> dict[str, Role]:
    return roles(
        components=Components(wanted=wanted, excluded=excluded), **{"task_type": "rag", "domain": "llm", **spec}
    )


def package(repository: str, name: str, **fields: object) -> Package:
    given = {
        "key": f"{repository}/{name}", "name": name, "display_name": name, "repository": repository,
        "version": "1.0.0", "category": "database", "source": Source(name="test", as_of=date(2026, 1, 1)),
    }  # fmt: skip
    return Package.model_validate({**given, **fields})


def role(*names: str, **fields: object) -> Role:
    return Role.model_validate({"role": "part", "category": "database", "names": names, "reason": "why", **fields})


def test_every_workload_gets_a_watched_and_certified_stack() -> None:
    for spec in EVERY_WORKLOAD:
        got = needed_roles(spec)
        named = [role.role for role in got]
        assert {"metrics", "certificates"} <= set(named), spec
        assert len(named) == len(set(named)) <= stack_rules().most_roles, spec
        assert all(role.names and "{" not in role.reason and "  " not in role.reason for role in got), spec


def test_only_a_workload_on_gpus_gets_gpu_parts() -> None:
    for task, domain in product(get_args(TaskType), get_args(Domain)):
        assert "gpu support" in roles(task_type=task, domain=domain, gpu_needed=True)
        without = roles(task_type=task, domain=domain, gpu_needed=False, gpu=GpuRequirement(min_count=16))
        assert not {r.role for r in without.values() if r.category == "gpu_support" or "gpu-operator" in r.names}


@pytest.mark.parametrize(
    ("gpu", "chart"),
    [("MI300X", "gpu-operator-charts"), ("AMD Instinct MI325X", "gpu-operator-charts"), ("H100", "gpu-operator"),
     ("Gaudi 3", "intel-device-plugins-operator")],
)  # fmt: skip
def test_gpu_support_is_that_of_the_vendor(gpu: str, chart: str) -> None:
    spec = {"task_type": "inference", "domain": "llm", "gpu_needed": True, "gpu": GpuRequirement(models=(gpu,))}
    assert roles(**spec)["gpu support"].names[0] == chart


@pytest.mark.parametrize("chip", ["TPU v5e", "Google TPU v6e", "Trainium2", "Inferentia2"])
def test_a_cloud_s_own_chips_get_no_foreign_driver(chip: str) -> None:
    assert "gpu support" not in roles(
        task_type="training", domain="llm", gpu_needed=True, gpu=GpuRequirement(models=(chip,))
    )


@pytest.mark.parametrize(
    ("task", "parts"),
    [
        ("inference", {"inference server", "gateway", "autoscaling"}),
        ("rag", {"inference server", "vector database", "embedding server", "object storage", "workflow engine"}),
        ("training", {"training operator", "job queue", "experiment tracking", "object storage", "notebooks"}),
        ("fine_tuning", {"training operator", "experiment tracking", "object storage"}),
        ("batch_inference", {"batch engine", "job queue", "workflow engine", "object storage"}),
    ],
)
def test_each_task_gets_its_parts_in_every_domain(task: str, parts: set[str]) -> None:
    for domain in get_args(Domain):
        assert parts <= set(roles(task_type=task, domain=domain, gpu_needed=True)), domain


def test_compliance_brings_secrets_policy_audit_and_backup_even_to_a_full_stack() -> None:
    spec = {"task_type": "rag", "domain": "llm", "gpu_needed": True, "use_case": "document_qa"}
    got = roles(compliance=("hipaa",), **spec)
    assert {"secrets", "policy", "runtime audit", "backup"} <= set(got)
    assert "HIPAA" in got["secrets"].reason
    assert "policy" not in roles(**spec)


def test_a_stream_gets_a_broker() -> None:
    assert "message broker" in roles(task_type="inference", domain="video")
    assert "message broker" in roles(task_type="inference", domain="tabular", use_case="fraud_detection")
    assert "message broker" not in roles(task_type="inference", domain="llm", use_case="chatbot")


def test_more_gpus_than_a_node_holds_need_a_fast_network() -> None:
    training = {"task_type": "training", "domain": "llm", "gpu_needed": True}
    assert "gpu networking" in roles(gpu=GpuRequirement(min_count=16), **training)
    assert "gpu networking" not in roles(gpu=GpuRequirement(min_count=8), **training)


def test_the_node_autoscaler_of_one_cloud_is_offered_on_that_cloud_only() -> None:
    training = {"task_type": "training", "domain": "llm", "gpu_needed": True}
    assert "node autoscaling" in roles(location=Location(providers=("aws",)), **training)
    assert "node autoscaling" not in roles(location=Location(providers=("aws", "gcp")), **training)
    assert "node autoscaling" not in roles(**training)


def test_reasons_speak_of_this_workload() -> None:
    serving = roles(
        task_type="inference", domain="llm", gpu_needed=True, models=(RequestedModel(name="Llama 70B"),),
        traffic=Traffic(concurrent_users=200), gpu=GpuRequirement(models=("H100",), min_count=4),
    )  # fmt: skip
    assert "Llama 70B" in serving["inference server"].reason
    assert "200 concurrent users" in serving["autoscaling"].reason
    assert "4 H100 GPUs" in serving["gpu support"].reason
    training = roles(task_type="training", domain="vision", dataset=Dataset(size_gb=2000, modality="images"))
    assert "the 2 TB of images" in training["object storage"].reason


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (Dataset(size_gb=2000, modality="mri"), "the 2 TB of MRI data"),
        (Dataset(size_gb=500, modality="images"), "the 500 GB of images"),
        (Dataset(items=40_000, modality="documents"), "the 40,000 documents"),
        (Dataset(items=300, modality="ct"), "the 300 items of CT data"),
        (Dataset(size_gb=1.5), "the 1.5 GB"),
        (Dataset(), "the data"),
    ],
)
def test_the_data_are_called_what_the_user_called_them(dataset: Dataset, words: str) -> None:
    storage = roles(task_type="training", domain="vision", dataset=dataset)["object storage"]
    assert f"Holds {words} and the results" in storage.reason


def test_medical_images_get_an_archive() -> None:
    assert roles(task_type="training", domain="vision", dataset=Dataset(modality="mri"))["image archive"].names
    assert "image archive" not in roles(task_type="training", domain="vision", dataset=Dataset(modality="images"))


def test_money_does_not_change_the_stack() -> None:
    spec = {"task_type": "rag", "domain": "llm", "gpu_needed": True}
    assert roles(**spec) == roles(budget=Budget(amount=500, currency="USD", period="month"), **spec)


@pytest.mark.parametrize(
    ("wish", "part", "chart"),
    [
        ("mlflow", "experiment tracking", "mlflow"),
        ("MLflow", "experiment tracking", "mlflow"),
        ("a vector database", "vector database", "qdrant"),
        ("vector_database", "vector database", "qdrant"),
        ("Kafka", "message broker", "strimzi-kafka-operator"),
        ("strimzi-kafka-operator", "message broker", "strimzi-kafka-operator"),
        ("Weights & Biases", "experiment tracking", "operator-wandb"),
        ("pgvector", "vector database", "cloudnative-pg"),
        ("Argo CD", "continuous delivery", "argo-cd"),
        ("secrets management", "secrets", "external-secrets"),
        ("some notebooks", "notebooks", "jupyterhub"),
        ("Prometheus", "metrics", "kube-prometheus-stack"),
        ("workflow_orchestration", "workflow engine", "argo-workflows"),
        ("data_labeling", "data labelling", "label-studio"),
        ("metabase", "business intelligence", "metabase"),
        ("Frobnicator Deluxe", "frobnicator deluxe", "frobnicator-deluxe"),
    ],
)
def test_what_the_user_asks_for_is_in_every_stack(wish: str, part: str, chart: str) -> None:
    for task in get_args(TaskType):
        role = wanting(wish, task_type=task, gpu_needed=True, compliance=("hipaa",))[part]
        assert role.wanted_by_user
        assert role.names[0] == chart
        assert wish in role.reason


def test_a_product_replaces_the_usual_choice_of_its_part() -> None:
    assert wanting("Milvus")["vector database"].names == ("milvus",)
    assert not wanting()["vector database"].wanted_by_user


def test_two_products_of_one_part_are_both_kept() -> None:
    got = wanting("postgres", "MongoDB")
    assert got["database"].names[0] == "cloudnative-pg"
    assert got["database (mongodb)"].names[0] == "mongodb-kubernetes"


def test_wishes_are_kept_when_there_are_more_than_a_plan_holds() -> None:
    wishes = (
        "kafka",
        "redis",
        "postgres",
        "grafana",
        "loki",
        "keycloak",
        "harbor",
        "vault",
        "velero",
        "falco",
        "feast",
    )
    assert sum(role.wanted_by_user for role in wanting(*wishes, gpu_needed=True).values()) == len(wishes)


@pytest.mark.parametrize(
    ("phrase", "gone"),
    [("Qdrant", "qdrant"), ("prometheus", "kube-prometheus-stack"), ("kafka", "strimzi-kafka-operator"),
     ("Argo", "argo-workflows"), ("ray", "kuberay-operator"), ("redis", "redis-cluster")],
)  # fmt: skip
def test_what_the_user_rules_out_is_never_offered(phrase: str, gone: str) -> None:
    for spec in EVERY_WORKLOAD:
        spec = spec.model_copy(update={"components": Components(wanted=(phrase, "cache"), excluded=(phrase,))})
        for role in needed_roles(spec):
            assert gone not in role.names
            assert select_package(role, [package("any", gone)]) is None


def test_a_part_ruled_out_by_kind_is_gone_with_all_its_charts() -> None:
    got = wanting("milvus", excluded=("vector databases",))
    assert not {"qdrant", "weaviate", "milvus", "chromadb"} & {name for role in got.values() for name in role.names}


@pytest.mark.parametrize("phrase", ["bitnami", "Bitnami", "no Bitnami", "Bitnami charts", "any bitnami images"])
def test_a_repository_can_be_ruled_out(phrase: str) -> None:
    cache = wanting("redis", excluded=(phrase,))["cache"]
    bitnami, other = package("bitnami", "redis"), package("cloudpirates", "redis", alternatives=("bitnami/redis",))
    assert select_package(cache, [bitnami]) is None
    assert select_package(cache, [bitnami, other]) is other  # the row as the catalogue has it


def test_the_first_name_that_exists_fills_the_part() -> None:
    weaviate, chroma = package("w", "weaviate"), package("c", "chromadb")
    assert select_package(role("qdrant", "weaviate", "chromadb"), [chroma, weaviate]) is weaviate
    assert select_package(role("qdrant"), [chroma, weaviate]) is None
    assert select_package(role("c/chromadb"), [chroma, weaviate]) is chroma


def test_of_one_name_the_project_s_own_comes_first_and_order_never_matters() -> None:
    official, community = package("zz", "redis", official=True), package("aa", "redis")
    bitnami, retired = package("bitnami", "redis"), package("a", "redis", official=True, deprecated=True)
    rows = [retired, bitnami, community, official]
    for drop, first in ((0, official), (1, community), (2, bitnami), (3, retired)):
        left = [row for row in rows if row not in [official, community, bitnami][:drop]]
        assert select_package(role("redis"), left) is first
        assert select_package(role("redis"), left[::-1]) is first


def test_at_most_two_others_are_named_beside_a_chart() -> None:
    rows = [package("any", name) for name in ("first", "second", "third", "fourth")]
    [part] = components([role("first", "second", "third", "fourth")], rows)
    assert (part.package.name, part.alternatives) == ("first", ("second", "third"))


def test_a_wish_is_also_found_by_what_a_chart_is_called() -> None:
    chart = package("prometheus-community", "kps", display_name="Sun Dial monitor")
    assert select_package(role("sun-dial", wanted_by_user=True), [chart]) is chart
    assert select_package(role("sun-dial"), [chart]) is None


def test_rules_name_only_charts_and_parts_that_exist() -> None:
    rules = stack_rules()
    charts = [chart.fact.package for chart in read_charts().charts]
    known = {chart.name for chart in charts}
    roles = {kind.role for kind in rules.roles}
    assert {name for role in roles for name in rules.charts_of(role)} - known == set()
    assert {rule.role for rule in rules.rules} | {component.role for component in rules.components} <= roles
    assert {kind.category for kind in rules.roles} <= {chart.category for chart in charts}


def test_a_phrase_means_one_thing() -> None:
    phrases = [phrase for component in stack_rules().components for phrase in component.phrases]
    assert sorted(phrases) == sorted(set(phrases))


def test_no_rule_waits_behind_an_equal_or_wider_one() -> None:
    seen: dict[str, list[object]] = {}
    for rule in stack_rules().rules:
        assert rule.when not in seen.setdefault(rule.role, [])
        seen[rule.role].append(rule.when)
