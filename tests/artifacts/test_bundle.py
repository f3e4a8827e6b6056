"""The folder of a plan: every file is read by its own reader and says what the plan says."""

import ast
import io
import json
import re
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs
import pytest
import yaml

from artifacts.bundle.charts import releases_of
from artifacts.bundle.contents import bundle_files, bundle_zip, placed_workloads, plan_schema
from artifacts.bundle.drawing import drawing_of
from artifacts.bundle.svg import PADDING, WIDTH
from artifacts.bundle.svg import places as svg_places
from artifacts.checkpoint import is_gated
from artifacts.engines import SERVERS, asked_as, checkpoint, engine_of, image, workload_name
from artifacts.machines import gpu_resource
from artifacts.notation import money
from artifacts.providers import machine_type
from artifacts.steps import deployment_steps
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan, Recommendation, Step
from tests.artifacts.plan_cluster import applied
from tests.artifacts.sample_plan import LLAMA, component, offer, option, package, plan
from tests.artifacts.scheduler import pods_of

Plans = Mapping[str, DeploymentPlan]
Bundles = Mapping[str, Mapping[str, str]]
EVIL = (
    "x'\"; touch /tmp/owned $(touch /tmp/owned) `touch /tmp/owned` ${HOME} %{x} </script><script>alert(1)</script>"
    "\nEOF\n- a: b"
)
"""Breaks out of shell, YAML, Terraform, HTML and a heredoc, where it is not quoted."""
FIELDS = frozenset({"apiVersion", "kind", "metadata", "spec", "provisioner", "parameters", "data", "volumeBindingMode",
                    "allowVolumeExpansion"})  # fmt: skip


def read_all(files: Mapping[str, str]) -> dict[str, Any]:
    """Every file by the reader of its kind; a file of another kind is a fault of the test."""
    found: dict[str, Any] = {}
    for path, text in files.items():
        ending = path.rpartition(".")[2]
        if ending == "json":
            found[path] = json.loads(text)
        elif ending == "yaml":
            found[path] = list(yaml.safe_load_all(text))
        elif ending == "toml":
            found[path] = tomllib.loads(text)
        elif ending == "py":
            found[path] = ast.parse(text)
        elif ending == "svg":
            found[path] = ElementTree.fromstring(text)
        elif ending == "sh":
            is_shell(text)
            found[path] = text
        elif ending == "html":
            assert text.startswith("<!doctype html>")
            found[path] = text
        elif ending == "mmd":
            found[path] = flowchart(text)
        else:
            assert ending in ("md", "txt") or path.endswith("Caddyfile"), path
            found[path] = text
    return found


@cache
def is_shell(text: str) -> None:
    """Raises where the shell cannot read it; many plans have the same script."""
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)


def flowchart(text: str) -> list[str]:
    """Lines of a Mermaid flowchart, each of one of the forms that ours has."""
    first, *lines = text.splitlines()
    assert first == "flowchart LR"
    forms = r'  subgraph \w+\["[^"]*"\]|    n\d+\["[^"\[\]{}|]*"\]|  end|  n\d+ (-->|-\.->) n\d+'
    for line in lines:
        assert re.fullmatch(forms, line), line
    return lines


def commands(made: DeploymentPlan) -> Iterator[str]:
    return (command for step in made.steps for command in step.commands)


async def test_every_file_of_every_plan_is_read_and_agrees_with_the_plan(plans: Plans, bundles: Bundles) -> None:
    validator = jsonschema_rs.validator_for(dict(plan_schema()))
    for name, made in plans.items():
        files = bundles[name]
        found = read_all(files)
        assert DeploymentPlan.model_validate(found["plan.json"]) == made, name
        validator.validate(found["plan.json"])
        agrees(name, made, files, found)


def agrees(name: str, made: DeploymentPlan, files: Mapping[str, str], found: Mapping[str, Any]) -> None:
    objects = [thing for path, held in found.items() if path.startswith("kubernetes/") for thing in held if thing]
    printed = [json.dumps(thing, sort_keys=True) for thing in applied(commands(made))]
    assert all(json.dumps(thing, sort_keys=True) in printed for thing in objects), name
    assert len(made.steps) == files["README.md"].count("\n### "), name
    assert "## Not tested\n\n- " in files["README.md"], name
    for placed, spec in placed_workloads(made):
        if placed.model is not None and made.steps:
            assert placed.model.key in files["README.md"] + "".join(files[path] for path in sorted(files)), name
        resource, engine = gpu_resource(placed.offer), engine_of(placed, spec)
        asked = [
            pod.spec["containers"][0]["resources"]["limits"].get(resource, 0)
            for pod in pods_of(objects)
            if pod.name.startswith(_stem(placed))
        ]
        if resource and asked and made.together is None and engine in SERVERS:
            assert sum(asked) == placed.tensor_parallel * placed.pipeline_parallel * placed.replicas, name
        server = image(engine, placed)
        if server is not None and asked and engine in SERVERS:
            assert any(server in json.dumps(thing) for thing in objects), (name, server)
    for cluster in {step.cluster for step in made.steps}:
        path = f"helm/helmfile-{cluster}.yaml" if cluster else "helm/helmfile.yaml"
        listed = list(found[path][0]["releases"]) if path in found else []
        assert len({entry["name"] for entry in listed}) == len(listed), (name, path)
        versions = {entry["name"]: (entry["version"], entry["values"][0]) for entry in listed}
        for release in releases_of([c for step in made.steps if step.cluster == cluster for c in step.commands]):
            assert versions[release.name][0] == release.version, name
            assert f"helm/{versions[release.name][1]}" in files, name
    if made.cost is not None and made.cost.monthly_usd:
        assert money(made.cost.monthly_usd) in files["README.md"], name
    picture = drawing_of(made)
    shown = "".join(found["diagram.svg"].itertext())
    for box in picture.boxes:
        assert box.title in shown, (name, box.title)
    checks(name, made, found)


def _stem(placed: PlacementOption) -> str:
    return workload_name(placed)


def checks(name: str, made: DeploymentPlan, found: Mapping[str, Any]) -> None:
    expected = found.get("checks/expected.json")
    if expected is None:
        return
    placed, _ = placed_workloads(made)[0]
    assert expected["model"] == asked_as(placed), name
    if expected["load"]["value"] is not None:
        assert expected["load"]["value"] in [speed.value for speed in placed.throughput], name


async def test_terraform_makes_the_machines_of_the_plan(plans: Plans, bundles: Bundles) -> None:
    seen = set()
    for name, made in plans.items():
        text = "".join(held for path, held in bundles[name].items() if path.endswith("main.tf.json"))
        for placed, _ in placed_workloads(made) if text else ():
            if placed.offer.provider in ("aws", "gcp", "azure"):
                seen.add(placed.offer.provider)
                assert machine_type(placed.offer) in text
                assert placed.offer.region in text
    assert seen >= {"aws", "gcp", "azure"}


async def test_a_skypilot_task_rents_what_the_plan_recommends(plans: Plans, bundles: Bundles) -> None:
    number = 0
    for name, made in plans.items():
        text = bundles[name].get("cloud/skypilot.yaml")
        if text is None:
            continue
        number += 1
        task, (placed, _) = yaml.safe_load(text), placed_workloads(made)[0]
        resources = task["resources"]
        named = resources.get("instance_type") == placed.offer.instance_type
        counted = str(resources.get("accelerators", "")).endswith(f":{placed.offer.gpu_count}")
        assert named or counted or placed.offer.gpu is None
        assert resources["use_spot"] is (placed.offer.pricing == "spot")
        assert task.get("envs", {}).get("MODEL_ID", "") == checkpoint(placed)
        assert ("HF_TOKEN" in task.get("secrets", {})) is is_gated(placed)
    assert number >= 5


async def test_no_box_of_the_picture_lies_on_another_and_every_line_has_room(plans: Plans) -> None:
    for name, made in plans.items():
        picture = drawing_of(made)
        places = list(svg_places(picture).items())
        for number, (one, (x, y, tall)) in enumerate(places):
            for other, (to_x, to_y, to_tall) in places[number + 1 :]:
                apart = abs(x - to_x) >= WIDTH or y + tall <= to_y or to_y + to_tall <= y
                assert apart, (name, one, other)
        for box in picture.boxes:
            assert all(6.6 * len(line) <= WIDTH - 2 * PADDING for line in (box.title, *box.lines)), (name, box)
        assert {end for arrow in picture.arrows for end in (arrow.start, arrow.end)} <= {
            box.id for box in picture.boxes
        }


def test_the_zip_has_the_same_bytes_each_time_and_holds_the_folder() -> None:
    made = plan(steps=(Step(order=1, title="One", detail="first", commands=("true",)),))
    one, other = bundle_zip(made), bundle_zip(made)
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == bundle_files(made)


def test_a_plan_that_recommends_nothing_has_a_folder_too() -> None:
    empty = plan(recommendations=(), stack=(), steps=(), cost=None, models=())
    files = bundle_files(empty)
    read_all(files)
    assert not any(path.startswith(("kubernetes/", "helm/", "cloud/", "checks/")) for path in files)


def hostile(provider: str) -> DeploymentPlan:
    """A plan whose every name is meant to break out of the file that it lands in."""
    sold = offer(
        provider, instance_type=EVIL, region=EVIL, seller="containers" if provider == "runpod" else "hyperscaler"
    )
    bad = option(offer=sold, model=LLAMA.model_copy(update={"key": EVIL, "name": EVIL}), runs=EVIL)
    chart = package("evil", display_name=EVIL, version=EVIL, repository=EVIL, repository_url=f"https://e/{EVIL}")
    stack = (component(chart, role="gateway"), component(package("evil2", key=EVIL, version=EVIL), role=EVIL))
    first = Recommendation(rank=1, option=bad)
    made = plan(title=EVIL, understanding=EVIL, recommendations=(first,), stack=stack, assumptions=(EVIL,))
    return made.model_copy(update={"steps": deployment_steps(first, stack, made.spec)})


@pytest.mark.parametrize("provider", ["aws", "gcp", "azure", "digitalocean", "nebius", "lambda", "runpod", "vast"])
def test_no_name_breaks_out_of_the_file_it_lands_in(provider: str) -> None:
    files = bundle_files(hostile(provider))
    found = read_all(files)
    assert "<script>alert" not in files["plan.html"].replace("&lt;script&gt;", "")
    assert "<script" not in files["diagram.svg"]
    for path, held in found.items():
        if path.startswith("kubernetes/"):
            assert all(set(thing) <= FIELDS for thing in held if thing)
    terraform = files.get("cloud/terraform/main.tf.json", "")
    assert "${HOME}" not in terraform.replace("$${HOME}", "")
    assert "%{x}" not in terraform.replace("%%{x}", "")
    scripts = [files[path] for path in files if path.endswith(".sh")]
    scripts += re.findall(r"```+bash\n(.*?)\n```+", files["README.md"], re.DOTALL)
    assert len(scripts) >= 3
    tools = (
        "eksctl",
        "gcloud",
        "az",
        "helm",
        "kubectl",
        "curl",
        "doctl",
        "nebius",
        "jq",
        "aws",
        "vastai",
        "sudo",
        "hf",
    )
    stubs = "\n".join(f"{tool}() {{ cat >/dev/null </dev/null; }}" for tool in tools)
    given = {"PATH": "/usr/bin:/bin", "HF_TOKEN": "t", "FIRST_MACHINE": "a", "K3S_TOKEN": "t", "PROJECT": "p",
             "TENANT": "t", "GPU_TYPE": "g", "RUNPOD_API_KEY": "k", "OFFER": "1", "ADDRESS": "a"}  # fmt: skip
    for script in scripts:
        ran = subprocess.run(
            ["bash", "-c", f"touch() {{ echo OWNED; }}; sh() {{ :; }}\n{stubs}\n{script}"],
            capture_output=True, text=True, env=given, cwd="/",
        )  # fmt: skip
        assert "OWNED" not in ran.stdout + ran.stderr, (provider, script)
