"""EKS, GKE and AKS: quota, cluster with small machines, the pool with its taint, storage class."""

import re
import shlex

import yaml
from pydantic import Field

from artifacts import efa
from artifacts.guards import Value
from artifacts.machines import NodeGroup, gpu_group
from artifacts.providers import (
    RESERVATION,
    OtherDisks,
    attached_gpu,
    machine_type,
    other_disks_of,
    sold_by_reservation,
)
from artifacts.rented import (
    ADDED,
    CLUSTER,
    CREATE,
    POOL,
    QUOTA,
    SMALL_DISK_GB,
    THEIR_CLUSTER,
    continued,
    node_disk_gb,
    rented,
    small_told,
    step,
    taint_words,
)
from domain.base import Frozen
from domain.placement import PlacementOption
from domain.plan import Step

STORAGE = "Make the storage class"
_THEIRS = "EXISTING_CLUSTER"
_FIPS = (
    " Images of nodes with cryptography validated to FIPS 140 are taken for all pools "
    "(https://learn.microsoft.com/azure/aks/enable-fips-nodes); what runs in the pods brings its own."
)

GKE_DRIVER = (
    "https://raw.githubusercontent.com/GoogleCloudPlatform/container-engine-accelerators/master/nvidia-driver-installer/"
    "cos/daemonset-preloaded.yaml"
)
"""Google's driver for nodes whose device plugin is the operator's: GKE installs none of its own with that label on
(https://docs.cloud.google.com/kubernetes-engine/docs/how-to/gpu-operator)."""
GKE_ZONES = 3
"""Of a regional cluster, in each of which a pool has as many machines as it is told."""
NO_PLUGIN = "gke-no-default-nvidia-gpu-device-plugin"
_OF_THE_OPERATOR = (
    " GKE's own device plugin is kept away, since the operator brings one, and with it GKE's driver: the last command "
    "installs that."
)


class Pool(Frozen):
    """What the machines of the workload have to be beside their number."""

    scales: bool = Field(default=False, description="its size follows the pods that wait")
    operator: bool = Field(default=False, description="NVIDIA's operator makes their GPUs known")
    fips: bool = Field(default=False, description="cryptography validated to FIPS 140")


def quota_step(option: PlacementOption) -> Step:
    """A new account may rent no GPU at all until its quota is raised, which takes from hours to days."""
    offer = option.offer
    region, cores = shlex.quote(offer.region), (offer.vcpu or 0) * option.nodes
    if offer.gpu is None:
        return step(QUOTA, f"See that {cores} vCPU may be rented in {offer.region}; ask for more where they may not.")
    spot = offer.pricing == "spot"
    asked = "ask for what is missing in the console"
    shown = "--flatten quotas --format 'table(quotas.metric,quotas.limit,quotas.usage)'"
    commands: tuple[str, ...]
    if offer.provider.lower() == "aws":
        counted = f"{cores} vCPU of the {offer.instance_type.split('.')[0]} family"
        name, code = _aws_quota(offer.instance_type, spot=spot)
        if code:
            counted, asked = f'{counted} (quota "{name}", {code})', "the command asks for what is missing"
            about = f"--service-code ec2 --quota-code {code} --region {region}"
            commands = (
                f"HAVE=$(aws service-quotas get-service-quota {about} --query Quota.Value --output text); "
                f'HAVE=${{HAVE%.*}}; [ "${{HAVE:-0}}" -ge {cores} ] || '
                f"aws service-quotas request-service-quota-increase {about} --desired-value {cores}",
            )
        else:
            terms = "Spot" if spot else "On-Demand"
            commands = (
                f"aws service-quotas list-service-quotas --service-code ec2 --region {region} --query "
                f"\"Quotas[?contains(QuotaName, '{terms}')].[QuotaName,Value]\" --output table",
            )
    elif offer.provider.lower() == "gcp":
        kind = "preemptible " if spot else ""
        counted = f"{option.gpus} {kind}GPUs of this kind, as many of GPUS_ALL_REGIONS, and room for the disks"
        if sold_by_reservation(option):
            reserved = f"{option.nodes} x {offer.instance_type}, which are not sold on demand"
            counted = f"a reservation of {reserved}, {counted}"
        commands = (
            "gcloud services enable compute.googleapis.com container.googleapis.com file.googleapis.com",
            f"gcloud compute regions describe {region} {shown}",
            f"gcloud compute project-info describe {shown}",
        )
    else:
        counted = f"{cores} {'low-priority ' if spot else ''}vCPU of the family of {offer.instance_type}"
        commands = (f"az vm list-usage --location {region} --output table",)
    return step(
        QUOTA,
        f"{counted[0].upper()}{counted[1:]} in {offer.region} are needed; new accounts often have none. Look, and "
        f"{asked}: it takes from hours to days.",
        *commands,
    )


def _aws_quota(machine: str, *, spot: bool) -> tuple[str, str]:
    """Name and code of the quota that counts the machine's vCPU; empty for a family that is not known here.

    https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
    """
    family = machine.partition(".")[0]
    if family.startswith(("g", "vt")):
        return _G_SPOT if spot else _G
    if family.startswith("p") and family[1:2].isdigit():
        return (_P_SPOT if family[1] in "5678" else _OLD_P_SPOT) if spot else _P
    return "", ""


_G, _P = ("Running On-Demand G and VT instances", "L-DB2E81BA"), ("Running On-Demand P instances", "L-417A185B")
_G_SPOT = ("All G and VT Spot Instance Requests", "L-3819A6DF")
_P_SPOT = ("All P5 Spot Instance Requests", "L-C4BD4855")
_OLD_P_SPOT = ("All P4, P3 and P2 Spot Instance Requests", "L-7212CCBC")


def eks_steps(
    option: PlacementOption, small: NodeGroup | None, *, operator: bool, existing: bool, shared: bool
) -> tuple[Step, ...]:
    """eksctl with its configuration on standard input: taints have no flag."""
    offer, group = option.offer, gpu_group(option)
    region = shlex.quote(offer.region)
    pool: dict[str, Value] = {
        "name": option.pool or POOL, "instanceType": offer.instance_type, "desiredCapacity": option.nodes,
        "minSize": 0, "maxSize": option.nodes, "volumeSize": node_disk_gb(option),
    }  # fmt: skip
    if option.pool:
        pool["labels"] = {POOL: option.pool}
    if group.taint:
        pool["taints"] = [{"key": group.taint, "value": "present", "effect": "NoSchedule"}]
    if offer.pricing == "spot":
        pool["spot"] = True
    fabric = bool(efa.interfaces(option))
    if fabric:
        # One subnet, a placement group and the adapters; machines with several cards get no public address.
        pool |= {"efaEnabled": True, "privateNetworking": True}
    flag = " --install-nvidia-plugin=false" if group.gpu_resource == "nvidia.com/gpu" and operator else ""
    steps = [quota_step(option)]
    if not existing and small is not None:
        made: dict[str, Value] = {
            **_eks(CLUSTER, offer.region),
            "availabilityZones": [_IN_ZONES],
            "addonsConfig": {"autoApplyPodIdentityAssociations": True},
            "addons": [{"name": name, **_EKS_SETTINGS.get(name, {})} for name in _EKS_ADDONS],
            "managedNodeGroups": [
                {
                    "name": small.name,
                    "instanceType": small.machine,
                    "desiredCapacity": small.nodes,
                    "volumeSize": SMALL_DISK_GB,
                }
            ],
        }
        steps.append(
            step(
                CREATE,
                f"An EKS control plane in {offer.region}, with subnets in all its zones, since few sell machines with "
                f"GPUs.{small_told(small)} The add-on for EBS makes volumes.",
                _zones(region),
                _fed(f"s/{_IN_ZONES}/$ZONES/", "eksctl create cluster --config-file -", made),
            )
        )
    added = {**_eks(_THEIRS if existing else CLUSTER, offer.region), "managedNodeGroups": [pool]}
    create = f"eksctl create nodegroup{flag} --config-file -"
    if existing:
        named = f"s/{_THEIRS}/${{CLUSTER:?name of your cluster}}/"
        made_so: tuple[str, ...] = (_fed(named, create, added),)
    else:
        pool["availabilityZones"] = [_IN_ZONES]
        # Adapters between the machines need all of them in one zone.
        where = "${SOLD%%,*}" if fabric else "$SOLD"
        made_so = _sold(region, shlex.quote(offer.instance_type)), _fed(f"s/{_IN_ZONES}/{where}/", create, added)
    taint = f" Only pods that ask for GPUs go there ({group.taint})." if group.taint else ""
    together = (
        " They are in one zone, close together, and have Elastic Fabric Adapters; eksctl installs the device plugin, "
        "which is told of their taint."
        if fabric
        else ""
    )
    patched = (efa.patch_of_device_plugin(option),) if fabric else ()
    steps.append(step(ADDED, f"{rented(option)}{taint}{together}", *made_so, *patched))
    if not existing:
        steps.append(_gp3())
        if shared:
            steps.append(_efs(region))
    return tuple(steps)


_IN_ZONES = "IN_ZONES"
NO_CONTROL_PLANE = ("use1-az3", "usw1-az2", "cac1-az3")
"""Zones without EKS (https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html)."""


def _zones(region: str) -> str:
    """Shell words for the zones of the region that EKS is in, with commas."""
    others = "&&".join(f"ZoneId!='{zone}'" for zone in NO_CONTROL_PLANE)
    listed = (
        f"aws ec2 describe-availability-zones --region {region} "
        "--filters Name=opt-in-status,Values=opt-in-not-required "
        f'--query "AvailabilityZones[?{others}].ZoneName" --output text'
    )
    return f'ZONES=$(for zone in $({listed}); do echo "$zone"; done | paste -sd, -)'


def _sold(region: str, machine: str) -> str:
    """Which of them sell the machine."""
    listed = (
        f"aws ec2 describe-instance-type-offerings --region {region} --location-type availability-zone "
        f"--filters Name=instance-type,Values={machine} --query 'InstanceTypeOfferings[].Location' --output text"
    )
    return (
        f'SOLD=$(for zone in $({listed}); do case ",$ZONES," in *",$zone,"*) echo "$zone";; esac; done | paste -sd, -)'
    )


def _fed(words: str, command: str, made: Value) -> str:
    """The configuration with what only the shell knows put in by sed; zones are a list on one line."""
    listed = re.sub(rf":\n *- {_IN_ZONES}$", f": [{_IN_ZONES}]", _yaml(made), flags=re.MULTILINE)
    return f"sed \"{words}\" <<'EOF' | {command}\n{listed}\nEOF"


_EKS_ADDONS = ("vpc-cni", "coredns", "kube-proxy", "eks-pod-identity-agent", "aws-ebs-csi-driver", "metrics-server")
_EKS_SETTINGS: dict[str, dict[str, Value]] = {"vpc-cni": {"configurationValues": 'enableNetworkPolicy: "true"'}}
"""Without it nothing keeps the network policies of the plan (https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html)."""


def _eks(name: str, region: str) -> dict[str, Value]:
    return {"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "metadata": {"name": name, "region": region}}


def _gp3() -> Step:
    made: Value = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "gp3-weights",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"type": "gp3", "iops": "4000", "throughput": "500", "encrypted": "true"},
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }
    return step(
        STORAGE,
        "A new EKS cluster has no default class, so that no claim would be bound. Volumes of this one read 500 MB/s.",
        f"kubectl apply -f - <<'EOF'\n{_yaml(made)}\nEOF",
    )


def _efs(region: str) -> Step:
    described = f"aws eks describe-cluster --name {CLUSTER} --region {region} --output text --query"
    of_it = f'--region {region} --file-system-id "$FILE_SYSTEM" --output text --query'
    state = f"aws efs describe-file-systems {of_it} 'FileSystems[].LifeCycleState' | grep -q"
    targets = f"aws efs describe-mount-targets {of_it} 'MountTargets[].LifeCycleState' | grep -q"
    return step(
        "Make the shared file system",
        "Several machines write to one volume: EFS, with a mount target in each zone of the cluster (a second one in a "
        "zone is refused, which does no harm).",
        f"eksctl create addon --cluster {CLUSTER} --region {region} --name aws-efs-csi-driver "
        "--auto-apply-pod-identity-associations --wait",
        f"FILE_SYSTEM=$(aws efs create-file-system --region {region} --encrypted --throughput-mode elastic "
        f"--tags Key=Name,Value={CLUSTER} --query FileSystemId --output text)",
        f"while {state} creating; do sleep 5; done",
        f"GROUP=$({described} cluster.resourcesVpcConfig.clusterSecurityGroupId)",
        f"for subnet in $({described} 'cluster.resourcesVpcConfig.subnetIds[]'); do MADE=$(aws efs create-mount-target "
        f'--region {region} --file-system-id "$FILE_SYSTEM" --subnet-id "$subnet" --security-groups "$GROUP" 2>&1) || '
        'case "$MADE" in *MountTargetConflict*) ;; *) echo "$MADE" >&2;; esac; done',
        f"while {targets} creating; do sleep 5; done",
        "kubectl apply -f - <<EOF\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata:\n  name: efs\n"
        "provisioner: efs.csi.aws.com\nparameters:\n  provisioningMode: efs-ap\n  fileSystemId: $FILE_SYSTEM\n"
        '  directoryPerms: "700"\nEOF',
    )


GKE_SHARES = " --addons HttpLoadBalancing,HorizontalPodAutoscaling,GcePersistentDiskCsiDriver,GcpFilestoreCsiDriver"
"""The flag disables what it does not name, the horizontal autoscaler with it
(https://cloud.google.com/sdk/gcloud/reference/container/clusters/create)."""


def gke_steps(
    option: PlacementOption,
    small: NodeGroup | None,
    *,
    operator: bool,
    existing: bool,
    zones: int,
    pool: Pool,
    shared: bool = False,
) -> tuple[Step, ...]:
    """A pool in as many zones as were asked for; a regional pool would rent the machines in every zone."""
    offer, region = option.offer, shlex.quote(option.offer.region)
    machine, attached = shlex.quote(machine_type(offer)), attached_gpu(offer)
    cluster = THEIR_CLUSTER if existing else CLUSTER
    over = min(zones, option.nodes) if zones > 1 else 1
    find_zones = shlex.quote(f"name={attached or machine_type(offer)} AND zone~{offer.region}-[a-z]$")
    sold = "accelerator-types" if attached else "machine-types"
    listed = f'$(gcloud compute {sold} list --filter={find_zones} --format="value(zone.basename())" --limit {over}'
    commands = [f"ZONES={listed} | paste -sd, -)", "ZONE=${ZONES%%,*}"]
    made = [
        f"gcloud container node-pools create {option.pool or POOL} --cluster {cluster} --region {region}",
        f'--node-locations "$ZONES" --machine-type {machine} --num-nodes {option.nodes // over}',
        f"--disk-size {node_disk_gb(option)}",
    ]
    disks = other_disks_of(option)
    if disks:
        made.append(f"--disk-type {disks.boot}")
    labels = [f"{POOL}={option.pool}"] if option.pool else []
    if offer.gpu and offer.gpu.vendor == "nvidia":
        # Machine types with built-in GPUs name their accelerator; N1 machines are given one beside them.
        if attached is None:
            commands.append(
                f'ACCELERATOR=$(gcloud compute machine-types describe {machine} --zone "$ZONE" '
                '--format="value(accelerators[0].guestAcceleratorType)")'
            )
        kind = attached or "$ACCELERATOR"
        version = "disabled" if operator else "default"
        made.append(f'--accelerator "type={kind},count={offer.gpu_count},gpu-driver-version={version}"')
        made.append(f"--node-taints {taint_words('nvidia.com/gpu')}")
        if operator:
            labels.append(f"{NO_PLUGIN}=true")
    if labels:
        made.append(f"--node-labels {','.join(labels)}")
    if pool.scales or option.nodes % over:
        # Machines that do not divide among the zones come with the pods that wait for them.
        least = 0 if pool.scales else option.nodes
        made.append(f"--enable-autoscaling --total-min-nodes {least} --total-max-nodes {option.nodes}")
    if over > 1 and (pool.scales or option.nodes % over):
        made.append("--location-policy BALANCED")
    if offer.pricing == "spot":
        made.append("--spot")
    if sold_by_reservation(option):
        made.append(f'--reservation-affinity specific --reservation "${{{RESERVATION}}}"')
    told = f" It is spread over {over} zones." if over > 1 else ""
    own = operator and offer.gpu is not None and offer.gpu.vendor == "nvidia"
    each = (small.nodes if small else 3) // GKE_ZONES
    steps = [
        quota_step(option),
        step(
            CREATE,
            f"A GKE cluster in {offer.region}; {each} x {small.machine if small else ''} in each of three zones run "
            "everything that needs no GPU.",
            f"gcloud container clusters create {CLUSTER} --region {region} --num-nodes {each} "
            f"--machine-type {small.machine if small else 'e2-standard-4'} --disk-size {SMALL_DISK_GB} "
            f"--enable-dataplane-v2{GKE_SHARES if shared else ''}",
            f"gcloud container clusters get-credentials {CLUSTER} --region {region}",
        ),
        step(
            ADDED,
            f"{rented(option)} Zones that sell it are looked up.{told}{_OF_THE_OPERATOR if own else ''}",
            *commands,
            continued(made),
            *((f"kubectl apply --filename {GKE_DRIVER}",) if own else ()),
        ),
    ]
    if disks:
        steps.append(_disk_class(disks))
    return tuple(steps)


def _disk_class(disks: OtherDisks) -> Step:
    made: Value = {
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": disks.storage.block or ""},
        "provisioner": "pd.csi.storage.gke.io", "parameters": dict(disks.parameters),
        "volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": True,
    }  # fmt: skip
    told = "The machines take Hyperdisk and no Persistent Disk, which the cluster's own classes make."
    return step(STORAGE, told, f"kubectl apply -f - <<'EOF'\n{_yaml(made)}\nEOF")


def aks_steps(
    option: PlacementOption, small: NodeGroup | None, *, operator: bool, existing: bool, zones: int, pool: Pool
) -> tuple[Step, ...]:
    """The pool without AKS's own driver where an operator brings it."""
    offer, region = option.offer, shlex.quote(option.offer.region)
    cluster = THEIR_CLUSTER if existing else CLUSTER
    group = '"${RESOURCE_GROUP:?of your cluster}"' if existing else CLUSTER
    made = [
        f"az aks nodepool add --resource-group {group} --cluster-name {cluster} --name {option.pool or POOL}",
        f"--node-vm-size {shlex.quote(offer.instance_type)} --node-count {option.nodes}",
        f"--node-osdisk-size {node_disk_gb(option)}",
    ]
    taint = gpu_group(option).taint
    if taint:
        made.append(f"--node-taints {taint_words(taint)}")
    if option.pool:
        made.append(f"--labels {POOL}={option.pool}")
    if zones > 1:
        made.append(f"--zones {' '.join(str(zone) for zone in range(1, min(zones, option.nodes, 3) + 1))}")
    if pool.scales:
        made.append(f"--enable-cluster-autoscaler --min-count 0 --max-count {option.nodes}")
    if pool.fips:
        made.append("--enable-fips-image")
    if offer.pricing == "spot":
        made.append("--priority Spot --eviction-policy Delete --spot-max-price -1")
    if offer.gpu and offer.gpu.vendor == "nvidia" and operator:
        made.append("--gpu-driver none")
    size = f" --node-vm-size {small.machine} --node-count {small.nodes}" if small else " --node-count 2"
    size += f" --node-osdisk-size {SMALL_DISK_GB}"
    return (
        quota_step(option),
        step(
            CREATE,
            f"An AKS cluster in {offer.region}.{small_told(small)}{_FIPS if pool.fips else ''}",
            f"az group create --name {CLUSTER} --location {region}",
            f"az aks create --resource-group {CLUSTER} --name {CLUSTER} --location {region}{size} --generate-ssh-keys"
            " --tier standard --network-plugin azure --network-plugin-mode overlay --network-dataplane cilium"
            f"{' --enable-fips-image' if pool.fips else ''}",
            f"az aks get-credentials --resource-group {CLUSTER} --name {CLUSTER}",
        ),
        step(ADDED, rented(option), continued(made)),
    )


def _yaml(value: Value) -> str:
    return yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120).rstrip("\n")
