"""Every kind of file of a folder says the same of the plan: tensor parallel, engine version, machines, price."""

import json
import re
from collections.abc import Iterator, Mapping

import yaml

from artifacts.bundle.contents import placed_workloads
from artifacts.notation import money
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan

Plans = Mapping[str, DeploymentPlan]
Files = Mapping[str, str]
Bundles = Mapping[str, Files]
_PARALLEL = re.compile(r"(?:--tensor-parallel-size[= ]|tensorParallelSize: )(\d+)")
_VLLM = re.compile(r"vllm/vllm-openai(?:-rocm)?:v([\d.]+)")
_ENGINE = re.compile(r"vLLM ([\d.]+)")
_MADE = ("README.md", "plan.md", "plan.html")


def single(plans: Plans, bundles: Bundles) -> Iterator[tuple[str, DeploymentPlan, PlacementOption, Files]]:
    """Plans of one workload, whose files speak of nothing else."""
    for name, plan in plans.items():
        placed = placed_workloads(plan)
        if plan.together is None and placed and plan.steps:
            yield name, plan, placed[0][0], bundles[name]


def carried_out(files: Files) -> Iterator[tuple[str, str]]:
    """What is run or applied, and not what only tells of it: a plan's alternatives have figures of their own."""
    return ((path, text) for path, text in files.items() if path.startswith(("kubernetes/", "helm/", "cloud/")))


async def test_every_file_splits_the_model_as_the_proof_does(plans: Plans, bundles: Bundles) -> None:
    seen = 0
    for name, _, placed, files in single(plans, bundles):
        for path, text in carried_out(files):
            for number in _PARALLEL.findall(text):
                seen += 1
                assert int(number) == placed.tensor_parallel, (name, path)
    assert seen >= 10


async def test_the_engine_that_runs_is_of_the_version_of_the_proof(plans: Plans, bundles: Bundles) -> None:
    seen = 0
    for name, _, placed, files in single(plans, bundles):
        proved = _ENGINE.search(placed.proof.engine or "") if placed.proof else None
        for path, text in carried_out(files) if proved else ():
            for version in _VLLM.findall(text):
                seen += 1
                assert proved is not None
                assert version == proved[1], (name, path)
    assert seen >= 20


async def test_the_price_stands_where_the_plan_is_told(plans: Plans, bundles: Bundles) -> None:
    for name, plan, _, files in single(plans, bundles):
        if plan.cost is not None and plan.cost.monthly_usd:
            for path in _MADE:
                assert money(plan.cost.monthly_usd) in files[path], (name, path)


async def test_terraform_and_the_script_make_as_many_machines(plans: Plans, bundles: Bundles) -> None:
    seen = set()
    for name, _, placed, files in single(plans, bundles):
        for path in (path for path in files if path.endswith("main.tf.json")):
            made = machines(json.loads(files[path]), placed)
            seen.add(placed.offer.provider)
            assert made == placed.nodes, (name, path)
        script = files.get("cloud/node-pool.sh", "")
        if script and not placed.is_own and placed.offer.provider in ("aws", "azure", "gcp", "digitalocean"):
            held = script + "".join(text for path, text in files.items() if path.startswith("cloud/"))
            assert machine_type(placed) in held, name
    assert seen >= {"aws", "gcp", "azure"}


def machine_type(placed: PlacementOption) -> str:
    """As the provider sells it: what the catalogue names with the GPUs attached to it is bought without them."""
    return placed.offer.instance_type.partition("+")[0]


def machines(module: Mapping[str, object], placed: PlacementOption) -> int:
    """How many of the plan's machine type; a pool of Google's has so many in each of its zones."""
    text = json.dumps(module)
    named = [pool for pool in pools(module) if machine_type(placed) in json.dumps(pool)]
    over = int(found[1]) if (found := re.search(r'"(\d) that sell the machine', text)) else 1
    return sum(int(str(pool.get("desired_size") or pool.get("node_count"))) * over for pool in named)


def pools(node: object) -> Iterator[Mapping[str, object]]:
    """Every block that counts machines, but for Azure's first pool, which has none with GPUs."""
    if isinstance(node, Mapping):
        if "desired_size" in node or ("node_count" in node and "name" in node):
            yield node
        else:
            for inner in node.values():
                yield from pools(inner)


async def test_skypilot_rents_the_gpus_of_one_machine(plans: Plans, bundles: Bundles) -> None:
    for name, _, placed, files in single(plans, bundles):
        if (text := files.get("cloud/skypilot.yaml")) is not None:
            resources = yaml.safe_load(text)["resources"]
            if "accelerators" in resources:
                assert resources["accelerators"].endswith(f":{placed.offer.gpu_count}"), name
            assert resources["use_spot"] is (placed.offer.pricing == "spot"), name
