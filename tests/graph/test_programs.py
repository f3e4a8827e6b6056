"""A plan for training or for a pile of work carries the program that does it, set up as the memory proof has it."""

import re
from typing import cast

import pytest
import yaml

from artifacts.pins import pins
from artifacts.programs import ACCELERATE, job_files, program_files, with_program
from artifacts.proportion import on_one_machine
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from tests.graph.conftest import Conversation

REQUESTS = (
    "fine-tune Llama 8B with LoRA on 50k examples",
    "QLoRA fine-tuning of Llama 70B",
    "full fine-tune of Llama 70B on 100M tokens",
    "DPO of a 7B language model on 60k preference pairs",
    "GRPO of Qwen 7B on math problems",
    "pretrain a 1B language model from scratch on 20B tokens",
    "fine-tune Mixtral 8x7B with LoRA on 2 x A100",
    "fine-tune Llama 8B with LoRA on MI300X",
    "fine-tune Qwen2.5-VL 7B on 20k images with captions",
    "train YOLO on 100k images",
    "train an image classifier (ResNet-50) on 1M images",
    "train a segmentation model on 20k satellite images",
    "train nnU-Net on 2 TB of CT scans for tumor segmentation",
    "fine-tune whisper on 500 hours of audio",
    "train a LoRA for SDXL on 2000 images",
    "train xgboost on 100 million rows",
    "retrain our churn model every night on 10 million rows with lightgbm",
    "forecast 10,000 time series; train a model",
    "train a recommendation model on 1 billion interactions",
    "fine-tune ESM2 on protein sequences",
    "train a reinforcement learning agent for robotics",
    "fine-tune Llama 8B on our slurm cluster with 4 nodes of 8 A100",
    "fine-tune Mistral 7B air-gapped on our 8 H100",
)
PILES = (
    "embed 50 million documents, batch job",
    "transcribe 10,000 hours of audio",
    "summarise 2 million documents with Llama 70B as a batch job",
)
PLACEHOLDER = re.compile(r"\btrain\.py\b|your image|your program|torchrun")
WRITTEN = re.compile(r"cat > \S+/([\w.-]+) <<'END'\n(.*)END$", re.DOTALL)
INSTALLED = re.compile(r"pip install (?P<what>[^&\n]+)")


async def plan_for(conversation: Conversation, request: str) -> DeploymentPlan:
    plan = (await conversation.say(request))["plan"]
    assert plan is not None
    assert plan.recommendations, plan.answer
    return plan


def option_of(plan: DeploymentPlan) -> PlacementOption:
    return with_program(plan.recommendations[0].option, plan.spec)


def settings(option: PlacementOption) -> dict[str, str]:
    assert option.program is not None
    return dict(part.removeprefix("--").split("=", 1) for part in option.program.arguments if "=" in part)


@pytest.mark.parametrize("request_", [*REQUESTS, *PILES])
async def test_nothing_is_left_to_be_filled_in(conversation: Conversation, request_: str) -> None:
    plan = await plan_for(conversation, request_)
    told = "\n".join(text for step in plan.steps for text in (step.detail, *step.commands))
    assert PLACEHOLDER.search(told) is None, told
    for found in INSTALLED.finditer(told):
        packages = [word for word in found["what"].split() if not word.startswith("-") and "/" not in word]
        assert all("==" in package for package in packages), found[0]
    if request_ in REQUESTS:
        assert ":latest" not in told


@pytest.mark.parametrize("request_", REQUESTS)
async def test_the_program_is_set_up_as_the_proof_has_it(conversation: Conversation, request_: str) -> None:
    option = option_of(await plan_for(conversation, request_))
    said, proof = settings(option), option.proof
    if proof is None or "micro-batch" not in said:
        assert proof is None or option.model is None, "only what has no network runs without a micro-batch"
        return
    assert int(said["micro-batch"]) == proof.concurrency
    assert said["precision"] in ("bf16", "fp16")
    if "method" in said:
        assert {"full": "train"}.get(said["method"], said["method"]) == proof.mode
    if proof.context_tokens and "max-tokens" in said:
        # Of each sequence: the proof of preference training counts the two of a pair as two.
        assert int(said["max-tokens"]) == proof.context_tokens
    files = job_files(option)
    if ACCELERATE not in files:
        assert option.program is not None
        assert option.program.name == "train_yolo", "it starts its processes itself"
        return
    config = yaml.safe_load(files[ACCELERATE])
    gpus = option.nodes * option.offer.gpu_count
    assert (config["num_machines"], config["num_processes"]) == (option.nodes, gpus)
    assert config["mixed_precision"] == said["precision"]
    if option.zero_stage and gpus > 1:
        sharding = cast(dict[str, object], config["fsdp_config"])
        assert sharding["fsdp_reshard_after_forward"] == (option.zero_stage == 3)
        assert sharding["fsdp_activation_checkpointing"]
        assert sharding["fsdp_offload_params"] is False
    else:
        assert config["distributed_type"] == ("MULTI_GPU" if gpus > 1 else "NO")


@pytest.mark.parametrize("request_", [REQUESTS[0], REQUESTS[7], REQUESTS[12], REQUESTS[15], *PILES])
async def test_the_bundle_holds_the_files_that_the_work_runs(conversation: Conversation, request_: str) -> None:
    plan = await plan_for(conversation, request_)
    bundled = program_files(plan)
    if on_one_machine(plan.recommendations[0].option, plan.spec):
        commands = [command for step in plan.steps for command in step.commands]
        written = {found[1]: found[2] for command in commands if (found := WRITTEN.match(command))}
        written.pop("run.sh", None)  # what starts a container's work is of the container
        assert {f"program/{name}": text for name, text in written.items()} == bundled
        return
    manifests = [
        document
        for step in plan.steps
        for command in step.commands
        if "<<'EOF'" in command.split("\n", 1)[0]
        for document in yaml.safe_load_all(command.split("\n", 1)[1].rsplit("EOF", 1)[0])
    ]
    mounted = next(document for document in manifests if document["kind"] == "ConfigMap")
    assert {f"program/{name}": text for name, text in mounted["data"].items()} == bundled
    jobs = [document["spec"] for document in manifests if document["kind"] in ("Job", "CronJob")]
    pods = [job.get("jobTemplate", {"spec": job})["spec"]["template"]["spec"] for job in jobs]
    pod = next(one for one in pods if "volumes" in one)  # what makes the bucket of several machines mounts nothing
    assert {"name": "program", "configMap": {"name": mounted["metadata"]["name"]}} in pod["volumes"]
    run = (*pod.get("initContainers", ()), *pod["containers"])  # what puts the results away runs behind the program
    words = " ".join(part for one in run for part in one.get("command", ())).split()
    scripts = [word for word in words if word.endswith(".py")]
    assert scripts
    assert {script.replace("/program/", "program/") for script in scripts} <= {*bundled}


async def test_amd_machines_get_rocm(conversation: Conversation) -> None:
    plan = await plan_for(conversation, "fine-tune Llama 8B with LoRA on MI300X")
    told = "\n".join(command for step in plan.steps for command in step.commands)
    image = pins().images["amd"][0]
    assert image.image in told
    assert f"torch=={image.torch}" in told


async def test_tokens_that_were_counted_are_what_is_trained_on(conversation: Conversation) -> None:
    option = option_of(await plan_for(conversation, "pretrain a 1B language model from scratch on 20B tokens"))
    said = settings(option)
    gpus = option.nodes * option.offer.gpu_count
    a_step = int(said["micro-batch"]) * int(said["gradient-accumulation"]) * int(said["max-tokens"]) * gpus
    assert int(said["max-steps"]) * a_step == pytest.approx(20e9, rel=0.001)


async def test_who_names_a_size_alone_starts_from_an_open_model_of_it(conversation: Conversation) -> None:
    plan = await plan_for(conversation, "DPO of a 7B language model on 60k preference pairs")
    model = option_of(plan).model
    assert model is not None
    assert any("No model of 7B was named" in note and model.name in note for note in plan.assumptions)
    told = "\n".join(command for step in plan.steps for command in step.commands)
    assert model.key in told
    assert "${MODEL:?" not in told
