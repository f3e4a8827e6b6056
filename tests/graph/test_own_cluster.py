"""The free GPUs of the user's own cluster are machines without rent."""

import pytest

from catalog.reference import Reference, load_reference
from database import Database
from domain.cluster import ClusterNode
from domain.workload import GpuRequirement, Location, WorkloadSpec
from graph.cluster_nodes import cluster_offers, nodes_left_out, nodes_like, product_gpu
from sizing.placement import place


@pytest.fixture(scope="session")
async def reference(database: Database) -> Reference:
    return await load_reference(database)


def node(name: str, free: int | None = 4, product: str = "NVIDIA-A100-SXM4-80GB", **said: object) -> ClusterNode:
    fields: dict[str, object] = {
        "name": name, "gpu_product": product, "gpu_count": 8, "gpu_free": free, "vcpu_free": 60.5,
        "ram_free_gib": 500.0, "region": "rack-1",
    }  # fmt: skip
    return ClusterNode.model_validate(fields | said)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("NVIDIA-A100-SXM4-80GB", "A100-80GB"), ("NVIDIA-A100-PCIE-40GB", "A100-40GB"),
        ("NVIDIA-A100-80GB-PCIe", "A100-80GB-PCIe"), ("nvidia-l4", "L4"), ("Tesla-T4", "T4"),
        ("nvidia-tesla-t4", "T4"), ("NVIDIA-H100-80GB-HBM3", "H100-SXM"), ("NVIDIA-H100-NVL", "H100-NVL"),
        ("nvidia-h100-mega-80gb", "H100-SXM"), ("Tesla-V100-PCIE-16GB", "V100-16GB"),
        ("Tesla-V100-SXM2-32GB", "V100-32GB"), ("NVIDIA-GeForce-RTX-3090", "RTX-3090"),
        ("NVIDIA-RTX-4000-Ada-Generation", "RTX-4000-Ada"), ("NVIDIA-B300-SXM6-AC", "B300-SXM"),
        ("AMD_Instinct_MI300X_OAM", "MI300X"), ("t4", "T4"), ("a10g", "A10G"),
    ],
)  # fmt: skip
def test_labels_of_nodes_are_names_of_the_catalogue(reference: Reference, label: str, name: str) -> None:
    gpu = product_gpu(label, reference)
    assert gpu is not None
    assert gpu.name == name


@pytest.mark.parametrize("label", ["", "NVIDIA-Quadro-Q99", "NVIDIA-A100-SXM-64GB", "NVIDIA-GeForce-GTX-970"])
def test_an_unknown_label_is_no_gpu(reference: Reference, label: str) -> None:
    assert product_gpu(label, reference) is None


def test_the_memory_that_a_label_states_tells_variants_apart(reference: Reference) -> None:
    for memory_gib, name in ((40.0, "A100-40GB"), (80.0, "A100-80GB")):
        gpu = product_gpu("NVIDIA-A100", reference, memory_gib)
        assert gpu is not None
        assert gpu.name == name
    gpu = product_gpu("NVIDIA-GH200-480GB", reference, 95.6)  # 480 GB is the memory of its processor
    assert gpu is not None
    assert gpu.name == "GH200"


def test_a_machine_is_what_a_node_has_free(reference: Reference) -> None:
    (offer,) = cluster_offers([node("a", 3)], reference)
    assert (offer.gpu_count, offer.vcpu, offer.ram_gib, offer.price_per_hour_usd) == (3, 60, 500.0, 0.0)
    assert offer.region == "rack-1"
    assert cluster_offers([node("a", region=None)], reference)[0].region == "your cluster"


def test_alike_nodes_are_one_machine_and_are_counted(reference: Reference) -> None:
    nodes = [node("a", 4), node("b", 4, ram_free_gib=100.0), node("c", 8), node("d", 4, "nvidia-l4")]
    offers = cluster_offers(nodes, reference)
    assert [(o.gpu.name if o.gpu else "", o.gpu_count, nodes_like(o, nodes, reference)) for o in offers] == [
        ("A100-80GB", 4, 3), ("L4", 4, 1), ("A100-80GB", 8, 1)
    ]  # fmt: skip
    assert offers[0].ram_gib == 100.0  # of the one that has least


def test_what_cannot_be_used_is_left_out_and_counted(reference: Reference) -> None:
    nodes = [
        node("down", ready=False), node("cordoned", schedulable=False), node("full", 0), node("unseen", None),
        node("cut", gpus_shared=True), node("strange", product="NVIDIA-Quadro-Q99"), node("good"),
        ClusterNode(name="cpu"),
    ]  # fmt: skip
    assert len(cluster_offers(nodes, reference)) == 1
    assert nodes_left_out(nodes, reference) == (
        "Of 7 nodes with GPUs in your cluster 6 cannot be used: 2 not ready for new pods, "
        "1 whose free GPUs could not be read, 1 with GPUs that are cut up or shared, "
        "1 with a GPU that the catalogue does not know, 1 without a free GPU."
    )
    assert nodes_left_out([node("good"), ClusterNode(name="cpu")], reference) == ""


def test_a_model_is_placed_on_the_free_gpus(reference: Reference) -> None:
    nodes = [node("a", 2, "nvidia-l4"), node("b", 4)]
    spec = WorkloadSpec(
        task_type="inference", domain="llm", gpu_needed=True, location=Location(providers=("own hardware",)),
        gpu=GpuRequirement(max_nodes=1),
    )  # fmt: skip
    options = place(spec, (), cluster_offers(nodes, reference)).options
    assert options
    assert all(option.is_own and option.price_per_month_usd == 0 for option in options)
