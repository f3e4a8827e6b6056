"""After a change the first page, plan.json and the folder are those of the plan that stands, and of no other."""

import json
from collections.abc import Mapping

import pytest

from artifacts.bundle.contents import bundle_files
from artifacts.notation import money
from database import Database
from domain.plan import DeploymentPlan
from evals.follow_ups.play import planned
from graph.context import open_context
from settings import Settings

TOOLS = {"aws": ("eksctl ", "aws ec2 "), "gcp": ("gcloud ",), "azure": ("az aks ", "az vm "), "oci": ("oci ce ",),
         "runpod": ("api.runpod.io",), "scaleway": ("scw k8s ",)}  # fmt: skip
"""How the steps of each provider are known."""
TURNS = {
    "another provider": ["Serve Llama 3.3 70B for 50 users on AWS with Kubernetes", "make it GCP in Europe"],
    "containers": ["Every week we transcribe 400 hours of podcasts with Whisper large v3 on AWS", "use RunPod instead"],
    "alone": ["Serve Qwen3 32B for 200 users on Scaleway with Kubernetes", "no Kubernetes, one machine is enough"],
    "own machines": ["Serve Mistral Small 24B for 100 users on Azure", "we have 4 x L40S of our own, use those"],
    "several": ["Fine-tune Llama 3.1 8B with LoRA on 20k chats on AWS", "and serve the result to 100 users as well"],
}


@pytest.fixture(scope="module")
async def revised(database: Database, settings: Settings) -> Mapping[str, DeploymentPlan]:
    return await planned(await open_context(database, settings), TURNS)


async def test_only_the_plan_that_stands_is_in_the_folder(revised: Mapping[str, DeploymentPlan]) -> None:
    assert revised.keys() == TURNS.keys()
    for name, plan in revised.items():
        files = bundle_files(plan)
        options = [plan.recommendations[0].option] if plan.together is None else [
            workload.option for workload in plan.together.workloads if workload.option is not None
        ]  # fmt: skip
        steps = files["README.md"].partition("\n## Steps\n")[2]
        rented = {option.offer.provider for option in options if not option.is_own}
        used = {provider for provider, words in TOOLS.items() if any(word in steps for word in words)}
        assert used <= rented, name
        assert all(f" at {provider} " in steps for provider in rented), name
        assert json.loads(files["plan.json"]) == json.loads(plan.model_dump_json()), name
        done = steps + "".join(text for path, text in files.items() if path.startswith(("kubernetes/", "program/")))
        for option in options:
            if option.model is not None:
                assert option.model.key in done, name
            if not option.is_own:
                assert option.offer.instance_type in steps, name


async def test_the_costs_of_the_folder_are_those_of_the_page(revised: Mapping[str, DeploymentPlan]) -> None:
    for name, plan in revised.items():
        readme = bundle_files(plan)["README.md"]
        costs = readme.partition("\n## What it costs\n")[2].partition("\n## ")[0]
        assert plan.cost is not None
        assert f"**{money(plan.cost.monthly_usd)}**" in costs, name
        if plan.together is not None:
            assert f"**{money(plan.together.usd_per_month)}**" in costs.partition("**Line by line")[0], name
            assert f"**{money(plan.together.usd_once)}**" in costs.partition("**Line by line")[0], name
    assert any(plan.together is not None for plan in revised.values())
