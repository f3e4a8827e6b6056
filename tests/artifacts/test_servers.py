"""Each kind of model is served by something that exists: an engine's image, or a program of ours."""

import pytest

from artifacts.engines import Engine, engine_of, image
from artifacts.first_request import request_of
from artifacts.programs import job_files, with_program
from artifacts.steps import deployment_steps
from artifacts.workloads import server_arguments, server_command
from domain.models import ModelCard
from domain.placement import PlacementOption
from domain.plan import Recommendation
from domain.workload import Domain, RequestedModel, WorkloadSpec
from tests.artifacts.sample_plan import H100, LLAMA, offer, option

CARD = H100.model_copy(update={"compute_capability": 9.0})
AMD = H100.model_copy(update={"name": "MI300X", "family": "MI300X", "vendor": "amd"})


def made(key: str, domain: Domain, tag: str) -> ModelCard:
    return LLAMA.model_copy(update={"key": key, "name": key.split("/")[1], "domain": domain, "pipeline_tag": tag})


def placed(model: ModelCard | None, domain: Domain, **changes: object) -> tuple[PlacementOption, WorkloadSpec]:
    spec = WorkloadSpec(task_type="inference", domain=domain)
    on_card = option(model=model, offer=offer(gpu=CARD), proof=None, quantization=None)
    return with_program(on_card.model_copy(update=changes), spec), spec


@pytest.mark.parametrize(
    ("key", "domain", "tag", "holder"),
    [
        ("black-forest-labs/FLUX.1-schnell", "image_generation", "text-to-image", "vllm-omni:v0.30.0"),
        ("Wan-AI/Wan2.2-T2V-A14B-Diffusers", "video", "text-to-video", "vllm-omni:v0.30.0"),
        ("Qwen/Qwen3-TTS-12Hz-1.7B-CustomVoice", "speech", "text-to-speech", "vllm-omni:v0.30.0"),
        ("stable-diffusion-v1-5/stable-diffusion-v1-5", "image_generation", "text-to-image", "serve_diffusion.py"),
        ("PekingU/rtdetr_r50vd", "vision", "object-detection", "serve_pipeline.py"),
        ("facebook/sam2.1-hiera-large", "vision", "mask-generation", "serve_pipeline.py"),
        ("Ultralytics/YOLO11", "vision", "object-detection", "serve_yolo.py"),
        ("amazon/chronos-bolt-base", "time_series", "time-series-forecasting", "serve_forecasts.py"),
        ("PaddlePaddle/PaddleOCR-VL", "vision", "image-to-text", "vllm/vllm-openai"),
    ],
)
def test_a_model_has_a_server_that_exists(key: str, domain: Domain, tag: str, holder: str) -> None:
    found, spec = placed(made(key, domain, tag), domain)
    engine = engine_of(found, spec)
    command = server_command(engine, found)
    assert "WORKLOAD_IMAGE" not in command
    assert holder in f"{image(engine, found)} {' '.join(server_arguments(engine, found))}"
    assert "/health" in command
    assert not (engine is Engine.OWN_SERVER and found.program is None)


def test_a_server_of_ours_comes_with_its_files_and_is_asked_what_it_answers() -> None:
    found, spec = placed(made("PekingU/rtdetr_r50vd", "vision", "object-detection"), "vision")
    assert {"serve_pipeline.py", "serving.py", "requirements.txt"} <= set(job_files(found))
    assert "fastapi==" in job_files(found)["requirements.txt"]
    asked = request_of(found, engine_of(found, spec))
    assert (asked.path, asked.expects) == ("/predict", {"answers": "list"})


def test_a_picture_is_asked_for_in_the_way_the_engine_answers() -> None:
    found, spec = placed(
        made("black-forest-labs/FLUX.1-schnell", "image_generation", "text-to-image"), "image_generation"
    )
    asked = request_of(found, engine_of(found, spec))
    assert (asked.path, asked.expects) == ("/v1/images/generations", {"data.0.b64_json": "text"})


def test_trees_of_ones_own_are_asked_for_and_served_on_a_machine_without_a_gpu() -> None:
    spec = WorkloadSpec(
        task_type="inference", domain="tabular", gpu_needed=False, models=(RequestedModel(name="lightgbm"),)
    )
    cpu = offer(gpu=None, gpu_count=0, vcpu=8, ram_gib=32.0)
    found = with_program(option(model=None, offer=cpu, proof=None, quantization=None, gpus=0), spec)
    command = server_command(engine_of(found, spec), found)
    assert "serve_trees.py" in command
    assert "${MODEL:?" in command


def test_amd_cards_get_the_image_for_them() -> None:
    flux = made("black-forest-labs/FLUX.1-schnell", "image_generation", "text-to-image")
    found, spec = placed(flux, "image_generation", offer=offer(gpu=AMD))
    assert "vllm-omni-rocm" in (image(engine_of(found, spec), found) or "")


def test_a_repository_that_holds_its_weights_twice_is_fetched_and_read_once() -> None:
    """Mistral Small 3.2 has no tokenizer of transformers; both forms of its weights were 96 GB on a volume of 70."""
    for name, form, left in (
        ("mistralai/Mistral-Small-3.2-24B-Instruct-2506", "--load-format=mistral", "--exclude=model*.safetensors"),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", "--load-format=safetensors", "--exclude=consolidated*"),
    ):
        found, spec = placed(made(name, "llm", "text-generation"), "llm")
        command = server_command(engine_of(found, spec), found)
        assert form in command, name
        assert left in command, name
    found, spec = placed(made("meta-llama/Llama-3.1-8B-Instruct", "llm", "text-generation"), "llm")
    assert "--load-format" not in server_command(engine_of(found, spec), found)


@pytest.mark.parametrize("vendor", ["nvidia", "google"])
def test_what_no_published_image_runs_gets_one_that_is_built_before_it_is_asked_for(vendor: str) -> None:
    gpu = H100.model_copy(update={"vendor": vendor})
    model = LLAMA.model_copy(update={"key": "hexgrad/Kokoro-82M", "pipeline_tag": "text-to-speech"})
    placed = option(model=model, offer=offer("gcp", gpu=gpu))
    steps = deployment_steps(Recommendation(rank=1, option=placed), (), WorkloadSpec(task_type="inference"))
    commands = [command for step in steps for command in step.commands]
    asked = next(i for i, text in enumerate(commands) if "${WORKLOAD_IMAGE:?" in text)
    built = next(i for i, text in enumerate(commands) if text.startswith("docker build"))
    pushed = next(i for i, text in enumerate(commands) if "export WORKLOAD_IMAGE=" in text)
    assert built < pushed < asked
    assert ("docker.io/pytorch/pytorch:" in commands[built]) is (vendor == "nvidia")
