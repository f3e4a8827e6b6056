"""The cluster and its pools as a Terraform module, for the three large clouds.

In Terraform's JSON syntax: every name of the plan is a JSON string, with the marks of a template doubled, so that
nothing in it is an expression.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from artifacts import efa
from artifacts.clusters import pool_of
from artifacts.drivers import node_software
from artifacts.helm import has_gpu_operator, kubernetes_name
from artifacts.machines import NodeGroup, gpu_group, small_group
from artifacts.managed_hyperscalers import GKE_ZONES, NO_CONTROL_PLANE, NO_PLUGIN, Pool
from artifacts.providers import RESERVATION, attached_gpu, other_disks_of, sold_by_reservation
from artifacts.rented import CLUSTER, SMALL_DISK_GB, node_disk_gb
from domain.placement import PlacementOption
from domain.plan import StackComponent

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

_ACCELERATOR = "as gcloud compute machine-types describe names the GPU of the machine"
_AZURE_SPOT = "kubernetes.azure.com/scalesetpriority"
"""Label and taint of spot machines there: what is not written down is a difference to Terraform
(https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/kubernetes_cluster_node_pool)."""
AWS_PROVIDER, EKS_MODULE, VPC_MODULE = "~> 5.95", "~> 20.37", "~> 5.21"
GOOGLE_PROVIDER, AZURE_PROVIDER = "~> 6.40", "~> 4.40"

_KEEPS_POLICIES = '{"enableNetworkPolicy": "true"}'
"""Of the network, which lets everything pass otherwise."""


def terraform_files(
    options: Sequence[PlacementOption], stack: Sequence[StackComponent], zones: int = 1, *, fips: bool = False
) -> dict[str, str]:
    """`cloud/terraform/main.tf.json` where machines are at one of the three; a module for each of several places."""
    places = list(dict.fromkeys(_place(option) for option in options))
    files = {}
    pool = pool_of(options[0], stack, fips=fips).model_copy(update={"operator": has_gpu_operator(tuple(stack))})
    for provider, region in places:
        if provider.lower() not in _MAKERS:
            continue
        here = [option for option in options if _place(option) == (provider, region)]
        groups = [(option, gpu_group(option, stack)) for option in {one.pool: one for one in here}.values()]
        made = _MAKERS[provider.lower()](groups, small_group(here[0], stack), zones, pool)
        folder = "" if len(places) == 1 else f"{kubernetes_name(f'{provider} {region}')}/"
        files[f"cloud/terraform/{folder}main.tf.json"] = json.dumps(made, indent=2) + "\n"
    return files


def literal(text: str) -> str:
    """The text as a Terraform string that holds no template."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _place(option: PlacementOption) -> tuple[str, str]:
    return option.offer.provider, option.offer.region


def _required(source: str, version: str, name: str) -> Value:
    return {"required_version": ">= 1.6", "required_providers": {name: {"source": source, "version": version}}}


_SUBNETS = '${{[for i, zone in data.aws_availability_zones.here.names : cidrsubnet("10.0.0.0/16", {})]}}'
_WHERE_SOLD = (
    "${[for zone, subnet in zipmap(module.network.azs, module.network.private_subnets) : subnet "
    "if contains(data.aws_ec2_instance_type_offerings.NAME.locations, zone)]}"
)
"""The subnets of the zones that sell the machine: few sell those with GPUs."""


def _aws(
    groups: Sequence[tuple[PlacementOption, NodeGroup]], small: NodeGroup | None, zones: int, wanted: Pool
) -> Value:
    region = literal(groups[0][0].offer.region)
    pools: dict[str, Value] = {}
    sold: dict[str, Value] = {}
    if small is not None:
        pools["small"] = {
            "instance_types": [small.machine], "min_size": small.nodes, "max_size": small.nodes,
            "desired_size": small.nodes, "block_device_mappings": _root(SMALL_DISK_GB),
        }  # fmt: skip
    for option, group in groups:
        pool: dict[str, Value] = {
            "instance_types": [literal(group.machine)], "min_size": 0, "max_size": group.nodes,
            "desired_size": group.nodes,
            "capacity_type": "SPOT" if option.offer.pricing == "spot" else "ON_DEMAND",
            "block_device_mappings": _root(node_disk_gb(option)), "subnet_ids": _WHERE_SOLD.replace("NAME", group.name),
        }  # fmt: skip
        sold[group.name] = {
            "location_type": "availability-zone",
            "filter": [{"name": "instance-type", "values": [literal(group.machine)]}],
        }
        nvidia = group.gpu_resource == "nvidia.com/gpu"
        # The device plugin's chart goes to nodes with this label.
        shown = {"nvidia.com/gpu.present": "true"} if nvidia else {}
        if nvidia:
            pool["ami_type"] = "AL2023_x86_64_NVIDIA"
        if group.taint:
            pool["taints"] = {"gpu": {"key": group.taint, "value": "present", "effect": "NO_SCHEDULE"}}
        if labels := {**group.labels, **shown}:
            pool["labels"] = labels
        if efa.interfaces(option):
            pool["enable_efa_support"] = True
        pools[group.name] = pool
    gpus = any(group.gpu_resource == "nvidia.com/gpu" for _, group in groups)
    fabric = [option for option, _ in groups if efa.interfaces(option)]
    return {
        "terraform": _required("hashicorp/aws", AWS_PROVIDER, "aws"),
        "provider": {"aws": {"region": region}},
        "data": {
            "aws_availability_zones": {
                "here": {
                    "state": "available", "exclude_zone_ids": list(NO_CONTROL_PLANE),
                    "filter": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
                }
            },
            "aws_ec2_instance_type_offerings": sold,
        },
        "module": {
            "network": {
                "source": "terraform-aws-modules/vpc/aws", "version": VPC_MODULE, "name": CLUSTER,
                "cidr": "10.0.0.0/16", "azs": "${data.aws_availability_zones.here.names}",
                "private_subnets": _SUBNETS.format("4, i"), "public_subnets": _SUBNETS.format("8, 240 + i"),
                "enable_nat_gateway": True, "single_nat_gateway": True,
            },
            "cluster": {
                "source": "terraform-aws-modules/eks/aws", "version": EKS_MODULE, "cluster_name": CLUSTER,
                "cluster_endpoint_public_access": True,
                "enable_cluster_creator_admin_permissions": True, "vpc_id": "${module.network.vpc_id}",
                "subnet_ids": "${module.network.private_subnets}",
                "cluster_addons": {
                    "coredns": {}, "kube-proxy": {}, "vpc-cni": {"configuration_values": _KEEPS_POLICIES},
                    "eks-pod-identity-agent": {},
                    "aws-ebs-csi-driver": {}, "metrics-server": {},
                },
                **({"enable_efa_support": True} if fabric else {}),
                "eks_managed_node_group_defaults": {
                    "iam_role_additional_policies": {
                        "ebs": "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
                    }
                },
                "eks_managed_node_groups": pools,
            },
        },
        "output": {
            "kubeconfig": {"value": f"aws eks update-kubeconfig --name {CLUSTER} --region {region}"},
            **({"device_plugin": {"value": node_software().nvidia_device_plugin}} if gpus else {}),
            **({"efa_device_plugin": {"value": efa.chart_of_device_plugin(fabric)}} if fabric else {}),
        },
    }  # fmt: skip


def _root(size_gb: int) -> Value:
    return {"root": {"device_name": "/dev/xvda", "ebs": {"volume_size": size_gb, "volume_type": "gp3"}}}


_RESERVED: Value = [
    {
        "consume_reservation_type": "SPECIFIC_RESERVATION", "key": "compute.googleapis.com/reservation-name",
        "values": ["${var.reservation}"],
    }
]  # fmt: skip


def _gcp(
    groups: Sequence[tuple[PlacementOption, NodeGroup]], small: NodeGroup | None, zones: int, wanted: Pool
) -> Value:
    region = literal(groups[0][0].offer.region)
    pools: dict[str, Value] = {}
    if small is not None:
        pools["small"] = {
            "name": "small", "cluster": "${google_container_cluster.here.id}", "node_count": small.nodes // GKE_ZONES,
            "node_config": {"machine_type": small.machine, "disk_size_gb": SMALL_DISK_GB},
        }  # fmt: skip
    over = min(max(zones, 1), 3)
    accelerator: dict[str, Value] = {}
    for option, group in groups:
        config: dict[str, Value] = {
            "machine_type": literal(group.machine), "disk_size_gb": node_disk_gb(option),
            "spot": option.offer.pricing == "spot",
        }  # fmt: skip
        if (disks := other_disks_of(option)) is not None:
            config["disk_type"] = disks.boot
        if option.offer.gpu and option.offer.gpu.vendor == "nvidia":
            attached = attached_gpu(option.offer)
            if attached is None:
                accelerator = {"accelerator": {"type": "string", "description": _ACCELERATOR}}
            config["guest_accelerator"] = [
                {
                    "type": attached or "${var.accelerator}", "count": option.offer.gpu_count,
                    "gpu_driver_installation_config": {
                        "gpu_driver_version": "INSTALLATION_DISABLED" if wanted.operator else "DEFAULT"
                    },
                }
            ]  # fmt: skip
        if sold_by_reservation(option):
            config["reservation_affinity"] = _RESERVED
        if group.taint:
            config["taint"] = [{"key": group.taint, "value": "present", "effect": "NO_SCHEDULE"}]
        shown = {NO_PLUGIN: "true"} if wanted.operator and group.gpu_resource == "nvidia.com/gpu" else {}
        if labels := {**group.labels, **shown}:
            config["labels"] = labels
        pools[group.name] = {
            "name": group.name, "cluster": "${google_container_cluster.here.id}",
            "node_locations": "${var.zones}", "node_config": config,
            **({"autoscaling": {
                    "total_min_node_count": 0 if wanted.scales else group.nodes, "total_max_node_count": group.nodes,
                    "location_policy": "BALANCED",
                }, "initial_node_count": group.nodes // over} if wanted.scales or group.nodes % over
               else {"node_count": group.nodes // over}),
        }  # fmt: skip
    return {
        "terraform": _required("hashicorp/google", GOOGLE_PROVIDER, "google"),
        "provider": {"google": {"project": "${var.project}", "region": region}},
        "variable": {
            "project": {"type": "string"},
            "zones": {
                "type": "list(string)",
                "description": f"{over} that sell the machine: gcloud compute machine-types list",
            },
            **accelerator,
            **(
                {"reservation": {"type": "string", "description": RESERVATION.partition(":?")[2]}}
                if any(sold_by_reservation(option) for option, _ in groups)
                else {}
            ),
        },
        "resource": {
            "google_container_cluster": {
                "here": {
                    "name": CLUSTER, "location": region, "initial_node_count": 1, "remove_default_node_pool": True,
                    "deletion_protection": False, "datapath_provider": "ADVANCED_DATAPATH",
                    "addons_config": {"gcp_filestore_csi_driver_config": {"enabled": True}},
                }
            },
            "google_container_node_pool": pools,
        },
        "output": {
            "kubeconfig": {"value": f"gcloud container clusters get-credentials {CLUSTER} --region {region}"}
        },
    }  # fmt: skip


def _azure(
    groups: Sequence[tuple[PlacementOption, NodeGroup]], small: NodeGroup | None, zones: int, wanted: Pool
) -> Value:
    region = literal(groups[0][0].offer.region)
    pools: dict[str, Value] = {}
    for option, group in groups:
        pool: dict[str, Value] = {
            "name": group.name, "kubernetes_cluster_id": "${azurerm_kubernetes_cluster.here.id}",
            "vm_size": literal(group.machine), "node_count": group.nodes, "os_disk_size_gb": node_disk_gb(option),
        }  # fmt: skip
        taint = (f"{group.taint}=present",) if group.taint else ()
        if taint:
            pool["node_taints"] = [f"{key}:NoSchedule" for key in taint]
        if group.labels:
            pool["node_labels"] = dict(group.labels)
        if zones > 1 and group.nodes > 1:
            pool["zones"] = [str(zone) for zone in range(1, min(zones, group.nodes, 3) + 1)]
        if option.offer.pricing == "spot":
            pool |= {"priority": "Spot", "eviction_policy": "Delete", "spot_max_price": -1}
            pool["node_taints"] = [f"{key}:NoSchedule" for key in (*taint, f"{_AZURE_SPOT}=spot")]
            pool["node_labels"] = {**group.labels, _AZURE_SPOT: "spot"}
        if wanted.scales:
            pool |= {"auto_scaling_enabled": True, "min_count": 0, "max_count": group.nodes}
        if wanted.fips:
            pool["fips_enabled"] = True
        if group.gpu_resource == "nvidia.com/gpu":
            pool["gpu_driver"] = "None"
        pools[group.name] = pool
    default = small or NodeGroup(name="small", machine="Standard_D4s_v5", nodes=2, vcpu=4, ram_gib=16.0)
    return {
        "terraform": _required("hashicorp/azurerm", AZURE_PROVIDER, "azurerm"),
        "provider": {"azurerm": {"features": {}, "subscription_id": "${var.subscription}"}},
        "variable": {"subscription": {"type": "string"}},
        "resource": {
            "azurerm_resource_group": {"here": {"name": CLUSTER, "location": region}},
            "azurerm_kubernetes_cluster": {
                "here": {
                    "name": CLUSTER, "location": "${azurerm_resource_group.here.location}",
                    "resource_group_name": "${azurerm_resource_group.here.name}", "dns_prefix": CLUSTER,
                    "default_node_pool": {
                        "name": "small", "vm_size": default.machine, "node_count": default.nodes,
                        "os_disk_size_gb": SMALL_DISK_GB,
                        **({"fips_enabled": True} if wanted.fips else {}),
                    },
                    "identity": {"type": "SystemAssigned"}, "sku_tier": "Standard",
                    "network_profile": {
                        "network_plugin": "azure", "network_plugin_mode": "overlay", "network_data_plane": "cilium",
                        "network_policy": "cilium",
                    },
                }
            },
            "azurerm_kubernetes_cluster_node_pool": pools,
        },
        "output": {
            "kubeconfig": {"value": f"az aks get-credentials --resource-group {CLUSTER} --name {CLUSTER}"}
        },
    }  # fmt: skip


_Maker: TypeAlias = Callable[[Sequence[tuple[PlacementOption, NodeGroup]], NodeGroup | None, int, Pool], Value]
_MAKERS: Mapping[str, _Maker] = {
    "aws": _aws, "gcp": _gcp, "azure": _azure,
}  # fmt: skip
