"""Every image that a plan runs has a version; behind an air gap every one of them is carried in; pages are cited."""

import re
from collections.abc import Iterator, Mapping

import pytest

from artifacts.images import images_of
from database import Database
from domain.plan import DeploymentPlan
from evals.follow_ups.play import planned
from graph.context import open_context
from settings import Settings
from tests.artifacts.chart_checks import NEWEST

REQUESTS = {
    "chat": "Air-gapped site, 4x L40S in one server of ours: a chat assistant with Qwen3 32B for 40 users",
    "documents": "No internet at our site, 2 servers with 4x L40S each and RKE2: answer questions of 300 employees "
    "from 40,000 PDF documents",
    "tuning": "Air-gapped: fine-tune Mistral 7B with LoRA on 20,000 examples on our server with 8 H100 and k3s",
    "batch": "Air-gapped, our 8x H100 server with k3s: summarise 2 million documents every month with Qwen3 32B",
    "OpenShift": "Air-gapped OpenShift with 8x H100, serve Llama 3.3 70B for 100 users",
}
_RUNS = re.compile(r"docker run [^\n]*(?:\\\n[^\n]*)*?\s((?:[a-z0-9.-]+/)+[a-z0-9._-]+:[\w.-]+)")


@pytest.fixture(scope="module")
async def carried(database: Database, settings: Settings) -> Mapping[str, DeploymentPlan]:
    return await planned(await open_context(database, settings), {name: [text] for name, text in REQUESTS.items()})


def commands(plan: DeploymentPlan) -> list[str]:
    return [command for step in plan.steps for command in step.commands]


def used(plan: DeploymentPlan) -> Iterator[str]:
    yield from images_of(commands(plan))
    for command in commands(plan):
        yield from _RUNS.findall(command)


async def test_every_image_that_a_plan_behind_an_air_gap_uses_is_in_the_list_to_carry(
    carried: Mapping[str, DeploymentPlan],
) -> None:
    for name, plan in carried.items():
        assert plan.spec.hosting == "air_gapped", name
        fetched = "\n".join(plan.steps[0].commands)
        inside = "\n".join(command for step in plan.steps[1:] for command in step.commands)
        images = set(images_of([inside]))
        assert images or "WORKLOAD_IMAGE" in inside, name
        assert {image for image in images if image not in fetched} == set(), name
        assert not re.search(r"pip install (?!--no-index)|hf download", inside), name


async def test_nothing_inside_an_air_gap_is_fetched(carried: Mapping[str, DeploymentPlan]) -> None:
    for name, plan in carried.items():
        for step in plan.steps[1:]:
            for command in step.commands:
                if "helm upgrade" in command:
                    assert " carry/charts/" in command, (name, command[:200])


async def test_weights_that_pods_read_from_the_machines_are_carried(carried: Mapping[str, DeploymentPlan]) -> None:
    for name, plan in carried.items():
        fetched = "\n".join(plan.steps[0].commands)
        inside = "\n".join(command for step in plan.steps[1:] for command in step.commands)
        for folder in set(re.findall(r"/models/([a-z0-9-]+)(?=[\s'\"]|$)", inside)) - {"hub"}:
            assert f"carry/weights/{folder}" in fetched, (name, folder)


async def test_the_mirror_file_is_where_the_distribution_reads_it(carried: Mapping[str, DeploymentPlan]) -> None:
    text = "\n".join(commands(carried["documents"]))
    assert "/etc/rancher/rke2/registries.yaml" in text
    assert "/etc/rancher/k3s/" not in text
    assert "for machine in ${MACHINES" in text


async def test_a_service_that_answers_from_documents_has_all_its_parts_inside(
    carried: Mapping[str, DeploymentPlan],
) -> None:
    text = "\n".join(commands(carried["documents"]))
    for part in ("name: embedder", "name: reranker", "name: read-documents", "name: answers", "ingest_documents.py"):
        assert part in text, part


async def test_no_image_of_any_plan_is_the_newest(plans: Mapping[str, DeploymentPlan]) -> None:
    for name, plan in plans.items():
        assert [image for image in used(plan) if NEWEST.search(image.rpartition("/")[2])] == [], name


async def test_what_an_engines_own_page_says_is_cited(carried: Mapping[str, DeploymentPlan]) -> None:
    """Parsers of tools and thoughts are named by no configuration, but by the recipe of the model."""
    parsed = [plan for plan in carried.values() if "-parser=" in "\n".join(commands(plan))]
    assert parsed
    for plan in parsed:
        assert "vllm-project/recipes" in {source.name for source in plan.sources}
