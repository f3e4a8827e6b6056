"""The commands that make a Kubernetes cluster with the rented machines in it, per provider.

`aws`, `gcp` and `azure` have a command line everybody uses; elsewhere the words say what to rent and the commands
join the machines with k3s. Every catalogue value is quoted: an imported name can not become a command.
"""

import re
import shlex

from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec
from sizing.library_versions import library_versions

_CREATE, _JOIN, _QUOTA = "Create the cluster", "Join the machines into a cluster", "Ask for quota"
CLUSTER = "stack8s"
"""Name of the cluster, its resource group and nothing else."""

POOL = "workload"
"""The pool of machines, and the label of those of one pool among several."""
MANAGED = {"aws": "eks", "gcp": "gke", "azure": "aks"}
"""The kind of cluster that a provider runs itself."""


def cluster_kind(option: PlacementOption) -> str | None:
    """What `cluster_steps` sets up; null where the machines cannot join a cluster."""
    return MANAGED.get(option.offer.provider.lower(), "k3s") if runs_in_cluster(option) else None


def cluster_steps(option: PlacementOption, *, gpu_operator: bool, existing: bool = False) -> tuple[Step, ...]:
    """Steps up to a `kubectl` that sees the machines; orders count from 1.

    `gpu_operator`: the stack installs NVIDIA's operator, so the provider's own device plugin stays out.
    `existing`: the user has a cluster, and the machines join it.
    """
    if existing:
        made = cluster_steps(option, gpu_operator=gpu_operator)
        quota = tuple(step for step in made if step.title == _QUOTA)
        rest = tuple(step for step in made if step.title not in (_CREATE, _JOIN, _QUOTA))
        return _numbered((*quota, _use_cluster(), *rest))
    provider = option.offer.provider.lower()
    if option.is_own:
        return _numbered((_join_machines(),))
    if provider in MANAGED:
        return _numbered((_ask_for_quota(option), *_managed(option, gpu_operator)))
    if not runs_in_cluster(option):
        return _numbered((_rent_containers(option),))
    return _numbered((_rent_machines(option), _join_machines()))


def _managed(option: PlacementOption, gpu_operator: bool) -> tuple[Step, ...]:
    return {"aws": _on_eks, "gcp": _on_gke, "azure": _on_aks}[option.offer.provider.lower()](option, gpu_operator)


def _ask_for_quota(option: PlacementOption) -> Step:
    """A new account may rent no GPU at all until its quota is raised, which takes from hours to days."""
    offer = option.offer
    region, cores = shlex.quote(offer.region), (offer.vcpu or 0) * option.nodes
    if offer.gpu is None:
        return _step(_QUOTA, f"See that {cores} vCPU may be rented in {offer.region}; ask for more where they may not.")
    spot = offer.pricing == "spot"
    command, counted = {
        "aws": (
            f"aws service-quotas list-service-quotas --service-code ec2 --region {region} --query "
            f"\"Quotas[?contains(QuotaName, '{'Spot' if spot else 'On-Demand'}')].[QuotaName,Value]\" --output table",
            f"{cores} vCPU of the {offer.instance_type.split('.')[0]} family",
        ),
        "gcp": (
            f"gcloud compute regions describe {region} --flatten quotas "
            "--format 'table(quotas.metric,quotas.limit,quotas.usage)'",
            f"{option.gpus} {'preemptible ' if spot else ''}GPUs of this kind, and GPUS_ALL_REGIONS",
        ),
        "azure": (
            f"az vm list-usage --location {region} --output table",
            f"{cores} {'low-priority ' if spot else ''}vCPU of the family of {offer.instance_type}",
        ),
    }[offer.provider.lower()]
    return _step(
        _QUOTA,
        f"{counted[0].upper()}{counted[1:]} in {offer.region} are needed; new accounts often have none. Look, and ask "
        "for what is missing in the console: it takes from hours to days.",
        command,
    )


def _use_cluster() -> Step:
    return _step(
        "Use your cluster",
        "Point kubectl at it; the next commands take the names of your cluster in place of those they use.",
        "kubectl config current-context",
    )


def uses_own_cluster(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether the machines join a cluster that is there: one that was spoken of, on machines at hand."""
    return spec.hosting == "existing_cluster" or (option.is_own and spec.cluster is not None)


def runs_in_cluster(option: PlacementOption) -> bool:
    """Whether the rented machines become nodes of the cluster."""
    return option.offer.can_be_node


def _numbered(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step.model_copy(update={"order": order}) for order, step in enumerate(steps, start=1))


def _step(title: str, detail: str, *commands: str) -> Step:
    return Step(order=0, title=title, detail=detail, commands=commands)


def _on_eks(option: PlacementOption, gpu_operator: bool) -> tuple[Step, ...]:
    offer, region = option.offer, shlex.quote(option.offer.region)
    pool = [
        f"eksctl create nodegroup --cluster {CLUSTER} --region {region} --name {option.pool or POOL}",
        f"--node-type {shlex.quote(offer.instance_type)} --nodes {option.nodes}",
        f"--nodes-min 0 --nodes-max {option.nodes} --node-volume-size {_node_disk_gb(option)}",
    ]
    if option.pool:
        pool.append(f"--node-labels {POOL}={option.pool}")
    if offer.pricing == "spot":
        pool.append("--spot")
    if offer.gpu and offer.gpu.vendor == "nvidia" and gpu_operator:
        pool.append("--install-nvidia-plugin=false")
    return (
        _step(
            _CREATE,
            f"An EKS control plane in {offer.region} with two small nodes for everything that needs no GPU.",
            f"eksctl create cluster --name {CLUSTER} --region {region} --nodes 2 --managed",
        ),
        _step("Add the machines", _rented(option), _continued(pool)),
    )


def _on_gke(option: PlacementOption, gpu_operator: bool) -> tuple[Step, ...]:
    offer, region = option.offer, shlex.quote(option.offer.region)
    machine = shlex.quote(offer.instance_type)
    find_zone = shlex.quote(f"name={offer.instance_type} AND zone~^{offer.region}")
    commands = [f'ZONE=$(gcloud compute machine-types list --filter={find_zone} --format="value(zone)" --limit 1)']
    pool = [
        f"gcloud container node-pools create {option.pool or POOL} --cluster {CLUSTER} --region {region}",
        f'--node-locations "$ZONE" --machine-type {machine} --num-nodes {option.nodes}',
        f"--disk-size {_node_disk_gb(option)}",
    ]
    labels = [f"{POOL}={option.pool}"] if option.pool else []
    if offer.gpu and offer.gpu.vendor == "nvidia":
        # Machine types with built-in GPUs name their accelerator; N1 machines are given one beside them.
        beside = re.sub(r"[^a-z0-9-]", "-", f"nvidia-tesla-{offer.gpu.name.lower()}")
        commands.append(
            f'ACCELERATOR=$(gcloud compute machine-types describe {machine} --zone "$ZONE" '
            '--format="value(accelerators[0].guestAcceleratorType)")'
        )
        commands.append(f': "${{ACCELERATOR:={beside}}}"')
        pool.append(f'--accelerator "type=$ACCELERATOR,count={offer.gpu_count},gpu-driver-version=default"')
        if gpu_operator:
            labels.append("gke-no-default-nvidia-gpu-device-plugin=true")
    if labels:
        pool.append(f"--node-labels {','.join(labels)}")
    if offer.pricing == "spot":
        pool.append("--spot")
    return (
        _step(
            _CREATE,
            f"A GKE cluster in {offer.region} with one small node a zone for everything that needs no GPU.",
            f"gcloud container clusters create {CLUSTER} --region {region} --num-nodes 1",
            f"gcloud container clusters get-credentials {CLUSTER} --region {region}",
        ),
        _step(
            "Add the machines",
            f"{_rented(option)} One zone that sells it is looked up: a regional pool would rent it in every zone.",
            *commands,
            _continued(pool),
        ),
    )


def _on_aks(option: PlacementOption, gpu_operator: bool) -> tuple[Step, ...]:
    offer, region = option.offer, shlex.quote(option.offer.region)
    pool = [
        f"az aks nodepool add --resource-group {CLUSTER} --cluster-name {CLUSTER} --name {option.pool or POOL}",
        f"--node-vm-size {shlex.quote(offer.instance_type)} --node-count {option.nodes}",
        f"--node-osdisk-size {_node_disk_gb(option)}",
    ]
    if option.pool:
        pool.append(f"--labels {POOL}={option.pool}")
    if offer.pricing == "spot":
        pool.append("--priority Spot --eviction-policy Delete --spot-max-price -1")
    if offer.gpu and offer.gpu.vendor == "nvidia" and gpu_operator:
        pool.append("--gpu-driver none")
    return (
        _step(
            _CREATE,
            f"An AKS cluster in {offer.region} with two small nodes for everything that needs no GPU.",
            f"az group create --name {CLUSTER} --location {region}",
            f"az aks create --resource-group {CLUSTER} --name {CLUSTER} --location {region} --node-count 2 "
            "--generate-ssh-keys",
            f"az aks get-credentials --resource-group {CLUSTER} --name {CLUSTER}",
        ),
        _step("Add the machines", _rented(option), _continued(pool)),
    )


def _rent_machines(option: PlacementOption) -> Step:
    return _step(
        "Rent the machines",
        f"{_rented(option)} Order them in the provider's console, with Ubuntu and the GPU driver where it is "
        "offered. Where the provider has a managed Kubernetes, create the cluster there with a pool of this machine, "
        "download its kubeconfig and skip the next step.",
    )


def _k3s_version() -> str:
    return library_versions().releases["k3s"].version


def _join_machines() -> Step:
    return _step(
        _JOIN,
        "Run the first command on the first machine and the second on each of the others, with the first machine's "
        "address and the token from /var/lib/rancher/k3s/server/node-token; then copy the kubeconfig to your own.",
        f"curl -sfL https://get.k3s.io | INSTALL_K3S_VERSION={_k3s_version()} sh -s - --write-kubeconfig-mode 600",
        f"curl -sfL https://get.k3s.io | INSTALL_K3S_VERSION={_k3s_version()} "
        'K3S_URL="https://${FIRST_MACHINE:?address}:6443" '
        'K3S_TOKEN="${K3S_TOKEN:?token}" sh -',
    )


def _rent_containers(option: PlacementOption) -> Step:
    return _step(
        "Rent the GPUs",
        f"{_rented(option)} This seller rents containers, which do not become nodes of a Kubernetes cluster: the model "
        "runs in the rented container and is reached over its address. Order it in the seller's console with the image "
        "and the arguments of the model's step.",
    )


def _rented(option: PlacementOption) -> str:
    offer = option.offer
    gpus = f" ({offer.gpu_count} x {offer.gpu.name} each)" if offer.gpu else ""
    how = {
        "on_demand": "on demand",
        "spot": "at the spot price: they can be taken back at short notice",
        "reserved": "at the reserved price, which needs a commitment bought beforehand",
    }[offer.pricing]
    return f"{option.nodes} x {offer.instance_type}{gpus} at {offer.provider} in {offer.region}, {how}."


def _node_disk_gb(option: PlacementOption) -> int:
    """Room for the images and twice the weights a node downloads, at least 200 GB."""
    weights_gib = option.model.weights_gib if option.model else None
    params_b = option.model.params_b if option.model else None
    held = weights_gib or (2.0 * params_b if params_b else 0.0)
    return max(200, 100 * -(-int(100 + 2 * held) // 100))


def _continued(parts: list[str]) -> str:
    return " \\\n  ".join(parts)
