"""What the user has is used, wired and left as it is: never installed again, never overwritten."""

import re
import subprocess
from collections.abc import Mapping

import pytest
import yaml

from artifacts.bundle.commands import with_files
from artifacts.gitops import Tool, committed
from artifacts.giving_back import TITLE as GIVES_BACK
from artifacts.stack_steps import used_and_later
from artifacts.steps import deployment_steps, scene_of
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan, Recommendation, Step
from domain.workload import Components, Sources, Traffic, WorkloadSpec
from graph.stack import needed_roles
from tests.artifacts.overwrites import destroyed
from tests.artifacts.plan_cluster import placed_options
from tests.artifacts.printed import Printed, at, entries, printed
from tests.artifacts.sample_plan import component, offer, option, package, proof

Plans = Mapping[str, DeploymentPlan]
OWN = offer("own hardware", vcpu=128, ram_gib=1024.0)
SERVE = WorkloadSpec(
    task_type="inference", domain="llm", gpu_needed=True, hosting="existing_cluster", cluster="eks",
    traffic=Traffic(users=100),
)  # fmt: skip
TUNE = WorkloadSpec(
    task_type="fine_tuning", domain="llm", gpu_needed=True, hosting="existing_cluster", cluster="kubernetes"
)
EVERYTHING = (
    "kueue", "harbor", "nfs", "keycloak", "prometheus", "ingress-nginx", "istio", "cert-manager", "external-secrets",
    "vault", "argo-cd", "flux2", "karpenter", "postgres", "mlflow", "s3", "qdrant", "Loki", "pgvector", "opensearch",
    "elasticsearch",
)  # fmt: skip


def having(spec: WorkloadSpec, *present: str, registry: str | None = None) -> WorkloadSpec:
    return spec.model_copy(update={"components": Components(present=present), "sources": Sources(registry=registry)})


def steps(spec: WorkloadSpec, option_: PlacementOption | None = None) -> tuple[Step, ...]:
    placed = option_ or (
        option(offer=OWN, job_hours=5.0, nodes=2, gpus=16, proof=proof(mode="lora", optimizer_gib=1.0))
        if spec.task_type == "fine_tuning"
        else option(offer=offer("aws", vcpu=192, ram_gib=2048.0))
    )
    names = ("kube-prometheus-stack", "gateway-helm", "cert-manager", "gpu-operator", "kueue", "mlflow", "open-webui")
    rows = tuple(component(package(name, key=f"any/{name}"), role=_ROLES.get(name, "gpu support")) for name in names)
    there = {role.role for role in needed_roles(spec)}
    kept, _ = used_and_later(
        tuple(row for row in rows if row.role in there or row.role == "user interface"), [scene_of(placed, spec)]
    )
    return deployment_steps(Recommendation(rank=1, option=placed), kept, spec)


_ROLES = {
    "kube-prometheus-stack": "metrics", "gateway-helm": "gateway", "cert-manager": "certificates", "kueue": "job queue",
    "mlflow": "experiment tracking", "open-webui": "user interface",
}  # fmt: skip


def read(found: tuple[Step, ...]) -> Printed:
    return printed(command for step in found for command in step.commands)


def text(found: tuple[Step, ...]) -> str:
    return "\n".join(command for step in found for command in step.commands)


@pytest.mark.parametrize("spec", [SERVE, TUNE], ids=["serve", "tune"])
@pytest.mark.parametrize("present", [(name,) for name in EVERYTHING] + [EVERYTHING[:9], ()], ids=str)
def test_nothing_of_theirs_is_installed_again_or_destroyed(spec: WorkloadSpec, present: tuple[str, ...]) -> None:
    found = steps(having(spec, *present))
    commands = [command for step in found for command in step.commands]
    assert list(destroyed(commands, fresh=False)) == []
    assert not {install.name for install in read(found).installs} & {"kueue", "kube-prometheus-stack", "cert-manager",
                                                                     "gateway-helm", *present}  # fmt: skip
    assert not re.search(r"eksctl create cluster|get\.k3s\.io", "\n".join(commands))
    told = " ".join(step.detail for step in found)
    assert all(word in told for word in present)
    for command in commands:
        subprocess.run(["bash", "-n"], input=command, text=True, check=True)


@pytest.mark.parametrize("spec", [SERVE, TUNE], ids=["serve", "tune"])
@pytest.mark.parametrize("name", EVERYTHING)
def test_every_blank_is_filled_by_a_variable_that_says_what_it_holds(spec: WorkloadSpec, name: str) -> None:
    for command in text(steps(having(spec, name))).split("\nEOF"):
        for blank in set(re.findall(r"<([A-Z_]+)>", command.partition("<<'EOF'")[2])):
            assert f"s#<{blank}>#${{{blank}:?" in command


def test_a_job_waits_in_their_queue_and_reads_their_folder() -> None:
    found = read(steps(having(TUNE, "kueue", "nfs")))
    [queue], [volume] = found.of_kind("LocalQueue"), found.of_kind("PersistentVolume")
    [job] = found.of_kind("Job")
    assert at(queue, "spec.clusterQueue") == "<QUEUE>"
    labels = at(job, "metadata.labels")
    assert isinstance(labels, Mapping)
    assert labels["kueue.x-k8s.io/queue-name"] == at(queue, "metadata.name")
    assert at(volume, "spec.nfs.path") == "<NFS_PATH>"
    assert at(volume, "spec.persistentVolumeReclaimPolicy") == "Retain"
    assert not found.of_kind("ClusterQueue")


def test_on_their_folder_a_job_writes_only_below_one_of_its_own() -> None:
    [job] = read(steps(having(TUNE, "nfs"))).of_kind("Job")
    mounts = {str(at(one, "mountPath")): one for one in entries(job, "spec.template.spec.containers.0.volumeMounts")}
    assert at(mounts["/data"], "subPath") == "stack8s"
    assert at(mounts["/data/dataset"], "readOnly") is True


def test_images_come_from_their_registry_and_are_copied_there_first() -> None:
    found = steps(having(TUNE, registry="harbor.corp.local"))
    whole = text(found)
    used = set(re.findall(r"image: (\S+)", whole))
    assert used
    assert all(image.startswith(("<REGISTRY>/", "WORKLOAD_IMAGE")) for image in used)
    copied = next(step for step in found if step.title == "Copy the images into your registry")
    assert "docker push" in "\n".join(copied.commands)
    assert "pip install --quiet" not in whole


def test_people_log_in_where_they_do_elsewhere() -> None:
    page = next(install for install in read(steps(having(SERVE, "keycloak"))).installs if install.name == "open-webui")
    told = {str(at(one, "name")): at(one, "value") for one in entries(page.values, "extraEnvVars")}
    assert told["ENABLE_SIGNUP"] == "false"
    assert told["ENABLE_LOGIN_FORM"] == "false"
    assert str(told["OPENID_PROVIDER_URL"]).endswith("/.well-known/openid-configuration")


@pytest.mark.parametrize(("name", "kind"), [("argo-cd", "Application"), ("flux2", "Kustomization")])
def test_a_cluster_that_a_repository_tells_gets_files_to_commit(name: str, kind: str) -> None:
    found = steps(having(SERVE, name))
    whole = text(found)
    by_hand = re.compile("create (secret|namespace)")
    applied = [line for line in whole.splitlines() if "kubectl apply" in line and not by_hand.search(line)]
    assert len(applied) == 1
    assert [made["kind"] for made in _written(whole)].count("StatefulSet") == 1
    assert f"kind: {kind}" in whole
    titles = [step.title for step in found]
    asked = next(place for place, title in enumerate(titles) if title.endswith("Ask it something"))
    assert titles.index("Commit it") < asked
    assert "helm upgrade" not in whole


@pytest.mark.parametrize(
    ("tool", "says"), [("argo-cd", "repoURL: ghcr.io/charts"), ("flux2", "url: oci://ghcr.io/charts")]
)
def test_a_chart_of_a_registry_is_committed_too(tool: Tool, says: str) -> None:
    install = "helm upgrade --install cache oci://ghcr.io/charts/valkey --version 1.2.3 --namespace cache"
    made, *_ = committed([Step(order=1, title="Install", detail="", commands=(install,))], tool)
    assert says in "\n".join(made.commands)


def test_the_folder_of_a_plan_holds_the_files_to_commit() -> None:
    taken: set[str] = set()
    files: dict[str, str] = {}
    for step in steps(having(SERVE, "argo-cd", "prometheus")):
        carried = with_files(step, taken)
        files |= carried.files
        for command in carried.step.commands:
            subprocess.run(["bash", "-n"], input=command, text=True, check=True)
    held = [path for path in files if path.startswith("gitops/")]
    assert any("statefulset" in path for path in held)
    assert all(yaml.safe_load_all(files[path]) for path in held)


def test_secrets_come_out_of_their_store() -> None:
    outside = read(steps(having(SERVE, "external-secrets")))
    names = {at(made, "spec.target.name") for made in outside.of_kind("ExternalSecret")}
    assert names == {"api-keys", "hf-token"}
    assert "openssl rand" not in text(steps(having(SERVE, "vault")))


def test_karpenter_starts_the_machines_of_the_plan() -> None:
    found = steps(having(SERVE, "karpenter"))
    [pool] = read(found).of_kind("NodePool")
    values = [at(one, "values.0") for one in entries(pool, "spec.template.spec.requirements")]
    assert "p5.48xlarge" in values
    assert "eksctl" not in text(found)


def test_each_run_reads_their_database() -> None:
    [job] = read(steps(having(TUNE, "postgres"))).of_kind("Job")
    [first] = entries(job, "spec.template.spec.initContainers")
    assert "\\copy" in str(at(first, "command"))
    assert {at(one, "valueFrom.secretKeyRef.name") for one in entries(first, "env")} == {"source-database"}


async def test_no_plan_destroys_what_its_user_may_have(plans: Plans) -> None:
    for name, plan in plans.items():
        own = any(one.is_own or spec.hosting == "existing_cluster" for one, spec in placed_options(plan))
        # What was made for the plan goes with it; a cluster that was there stays.
        there = plan.spec.hosting == "existing_cluster"
        kept = (step for step in plan.steps if there or GIVES_BACK not in step.title)
        found = list(destroyed((command for step in kept for command in step.commands), fresh=not own))
        assert found == [], name


def test_the_check_finds_what_it_is_for() -> None:
    for command in (
        "echo x | sudo tee /etc/exports", "cat a > /etc/fstab", "sed -i s/a/b/ /etc/hosts", "rm -rf /data",
        "kubectl delete namespace workload", "curl -sfL https://get.k3s.io | sh -s - --disable traefik",
        "kubectl patch clusterpolicies.nvidia.com/cluster-policy --type merge",
    ):  # fmt: skip
        assert list(destroyed([command], fresh=False)), command


def _written(whole: str) -> list[dict[str, object]]:
    texts = re.findall(r"> \"\$FOLDER/\S+\" <<'EOF'\n(.*?)\nEOF", whole, re.DOTALL)
    return [made for one in texts for made in yaml.safe_load_all(one) if made]
