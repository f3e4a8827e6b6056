"""SkyPilot reads each task with its own loader, where it is installed beside the project (`make skypilot`)."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from artifacts.bundle.contents import placed_workloads
from domain.plan import DeploymentPlan

PYTHON = os.environ.get("SKYPILOT_PYTHON")
LOADS = """
import sys, sky
from sky.clouds import CloudImplementationFeatures
for path in sys.argv[1:]:
    task = sky.Task.from_yaml(path)
    assert task.run and task.resources, path
    for machines in task.resources:
        wanted = machines.get_required_cloud_features()
        wanted |= {CloudImplementationFeatures.MULTI_NODE} if task.num_nodes > 1 else set()
        # Its own check asks for a price list, which is fetched.
        refused = getattr(machines.cloud, "_CLOUD_UNSUPPORTED_FEATURES", {})
        assert not wanted & set(refused), (path, wanted & set(refused))
    print(path)
"""
TASK = "cloud/skypilot.yaml"
Bundles = Mapping[str, Mapping[str, str]]


def tasks(bundles: Bundles) -> dict[str, tuple[str, set[str]]]:
    """The text of each task, and the files of its folder."""
    return {name: (held[TASK], set(held)) for name, held in bundles.items() if TASK in held}


@pytest.mark.skipif(PYTHON is None, reason="`make skypilot` runs this")
async def test_every_task_is_one_that_skypilot_reads(bundles: Bundles, tmp_path: Path) -> None:
    for folder in ("program", "dataset"):
        (tmp_path / folder).mkdir()
    paths = []
    for number, (text, _) in enumerate(tasks(bundles).values()):
        paths.append(tmp_path / f"{number}.yaml")
        paths[-1].write_text(text, encoding="utf-8")
    read = loaded(paths, tmp_path)
    assert read.returncode == 0, read.stderr[-2000:]
    assert read.stdout.split() == [str(path) for path in paths]
    assert len(paths) >= 20


def loaded(paths: list[Path], folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "SKYPILOT_DISABLE_USAGE_COLLECTION": "1"}
    command = [str(PYTHON), "-c", LOADS, *map(str, paths)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


async def test_what_a_task_runs_is_mounted_and_no_task_is_a_placeholder(bundles: Bundles) -> None:
    for name, (text, files) in tasks(bundles).items():
        task = yaml.safe_load(text)
        assert "Put the command" not in task["run"], name
        mounted = task.get("file_mounts", {})
        if "/workspace/program/" in task["run"]:
            folder = mounted["/workspace/program"]
            assert any(path.startswith(f"{folder}/") for path in files), (name, folder)
            assert all(
                f"/workspace/program/{path}" not in task["run"] or f"{folder}/{path}" in files
                for path in ("requirements.txt", "accelerate.yaml")
            ), name


async def test_a_task_rents_all_machines_of_its_workload(plans: Mapping[str, DeploymentPlan], bundles: Bundles) -> None:
    seen = set()
    for name, (text, _) in tasks(bundles).items():
        task, (option, _) = yaml.safe_load(text), placed_workloads(plans[name])[0]
        copies = task.get("service", {}).get("replicas", 1)
        assert task["num_nodes"] * copies == option.nodes, name
        seen.add((task["num_nodes"] > 1, copies > 1))
    assert (False, True) in seen
