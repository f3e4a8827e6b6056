"""The five requests of the system this continues, over every door, each plan looked up in the catalogue."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from database import Database
from domain.plan import DeploymentPlan
from domain.turn import TurnReply, TurnRequest
from settings import Settings
from tools import compute, models, packages

STACK8S = str(Path(sys.executable).with_name("stack8s"))
ANSWER = "Inference with a language model, Mistral 7B, for 20 users"
Door = Callable[[TurnRequest], TurnReply]


def is_llama_70b(plan: DeploymentPlan) -> None:
    """Llama of about 70 billion parameters, three ranked recommendations, each with its memory proof."""
    assert [item.rank for item in plan.recommendations] == [1, 2, 3]
    for item in plan.recommendations:
        assert item.option.model is not None
        assert "llama" in item.option.model.family
        assert 65 <= (item.option.model.params_b or 0) <= 75
        assert item.option.proof is not None
        assert item.option.proof.fits
        assert item.option.proof.total_gib <= item.option.proof.usable_gib
    assert plan.cost is not None
    assert all((plan.models, plan.stack, plan.steps, plan.tradeoffs, plan.sources))


def is_two_by_24_gb_under_3000(plan: DeploymentPlan) -> None:
    assert plan.spec.task_type == "training"
    assert plan.spec.domain == "vision"
    assert plan.recommendations
    for item in plan.recommendations:
        offer = item.option.offer
        assert offer.gpu is not None
        assert offer.gpu_count >= 2
        assert offer.gpu.memory_gb >= 24
        assert item.option.price_per_month_usd <= 3000
        assert offer.price_per_month_usd is not None
        assert offer.price_per_month_usd <= 3000


def is_stable_diffusion(plan: DeploymentPlan) -> None:
    assert plan.models
    assert plan.models[0].model.family == "stable-diffusion"
    assert "xl" in plan.models[0].model.key.lower()
    assert all(choice.model.domain == "image_generation" for choice in plan.models)


def is_mlflow_on_aws(plan: DeploymentPlan) -> None:
    assert plan.spec.task_type == "fine_tuning"
    assert {item.option.offer.provider for item in plan.recommendations} == {"aws"}
    assert all(item.option.price_per_month_usd <= 2000 for item in plan.recommendations)
    assert "mlflow" in {component.package.name for component in plan.stack}


def is_what_was_answered(plan: DeploymentPlan) -> None:
    assert plan.spec.domain == "llm"
    assert plan.models[0].model.family == "mistral"


REQUESTS: dict[str, tuple[str, bool, Callable[[DeploymentPlan], None]]] = {
    "llama": ("I need to deploy Llama 70B for inference", False, is_llama_70b),
    "detection": ("Train object detection model, $3000/mo, 2x24GB GPUs", False, is_two_by_24_gb_under_3000),
    "diffusion": ("Help me set up Stable Diffusion XL", False, is_stable_diffusion),
    "mlflow": ("Fine-tune language model with MLflow, $2000/mo, AWS", False, is_mlflow_on_aws),
    "vague": ("I need some GPUs", True, is_what_was_answered),
}


@pytest.fixture(scope="module")
def url(settings: Settings) -> Iterator[str]:
    """A server of its own process, over the tests' database."""
    environment = {**os.environ, "STACK8S_DATA_DIR": str(settings.data_dir)}
    server = subprocess.Popen([STACK8S, "serve", "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    try:
        for line in server.stderr:
            if "running on http" in line:
                yield line[line.index("http") :].split()[0]
                break
        else:
            pytest.fail("the server ended before it was up")
    finally:
        server.terminate()
        server.communicate(timeout=20)


@pytest.fixture(params=["cli", "rest", "invoke", "stream"])
def door(request: pytest.FixtureRequest, url: str, settings: Settings) -> Door:
    def cli(turn: TurnRequest) -> TurnReply:
        if turn.conversation_id:  # a terminal answers in the same command
            command = [STACK8S, "plan", REQUESTS["vague"][0], "--answer", turn.message, "--json"]
        else:
            command = [STACK8S, "plan", turn.message, "--json"]
        environment = {**os.environ, "STACK8S_DATA_DIR": str(settings.data_dir)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return TurnReply.model_validate_json(done.stdout)

    def rest(turn: TurnRequest) -> TurnReply:
        answer = httpx.post(f"{url}/api/v1/chat/message", json=turn.model_dump(), timeout=60)
        return TurnReply.model_validate_json(answer.raise_for_status().content)

    def invoke(turn: TurnRequest) -> TurnReply:
        answer = httpx.post(f"{url}/architect/invoke", json={"input": turn.model_dump()}, timeout=60)
        return TurnReply.model_validate(answer.raise_for_status().json()["output"])

    def stream(turn: TurnRequest) -> TurnReply:
        with httpx.stream("POST", f"{url}/architect/stream", json={"input": turn.model_dump()}, timeout=60) as answer:
            chunks = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: {")]
        replies = [chunk for chunk in chunks if "response_type" in chunk]
        return TurnReply.model_validate(replies[-1])

    doors: dict[str, Door] = {"cli": cli, "rest": rest, "invoke": invoke, "stream": stream}
    return doors[request.param]


@pytest.mark.parametrize("name", REQUESTS)
async def test_request_gives_its_plan(name: str, door: Door, database: Database) -> None:
    text, asks, holds = REQUESTS[name]
    reply = door(TurnRequest(message=text))
    if asks:
        assert reply.response_type == "clarification"
        assert 1 <= len(reply.questions) <= 3
        reply = door(TurnRequest(conversation_id=reply.conversation_id, message=ANSWER, reply_to=reply.interrupt_id))
    assert reply.response_type == "deployment_plan"
    assert reply.deployment_plan is not None
    holds(reply.deployment_plan)
    await assert_grounded(reply.deployment_plan, database)


async def assert_grounded(plan: DeploymentPlan, database: Database) -> None:
    """Every offer, model and chart of the plan is the catalogue's row of that key, price and all."""
    offers = [item.option.offer for item in plan.recommendations]
    cards = [choice.model for choice in plan.models]
    cards += [item.option.model for item in plan.recommendations if item.option.model]
    charts = [component.package for component in plan.stack]
    assert {row.key: row for row in await compute.lookup([o.key for o in offers], database)} == {
        offer.key: offer for offer in offers
    }
    assert {row.key: row for row in await models.lookup([c.key for c in cards], database)} == {
        card.key: card for card in cards
    }
    assert {row.key: row for row in await packages.lookup([c.key for c in charts], database)} == {
        chart.key: chart for chart in charts
    }
