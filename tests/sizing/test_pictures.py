"""Pictures of a chat that sees are tokens in: of as many as the model's own rule makes of them."""

import pytest

from artifacts.engines import vllm_flags
from domain.models import ModelCard
from domain.offers import Offer
from domain.workload import Dataset, Traffic, WorkloadSpec
from sizing.demand import demand_notes, demand_of
from sizing.pictures import picture_tokens, rule_of
from sizing.placement import place


def seen(model: str, **said: object) -> WorkloadSpec:
    """A service that is asked about pictures."""
    fields = {"task_type": "inference", "domain": "multimodal", "models": [{"name": model}], **said}
    return WorkloadSpec.model_validate(fields)


@pytest.mark.parametrize(("model", "width", "height", "tokens"), [
    ("Qwen2.5-VL 72B", 4000, 3000, 143 * 108), ("Qwen/Qwen2.5-VL-7B-Instruct", 1920, 1080, 69 * 39),
    ("Qwen2.5-VL-7B", 12_000, 9_000, 16_384), ("Qwen3-VL-30B-A3B", 1024, 1024, 1024), ("Qwen3.6-27B", 1024, 1024, 1024),
    ("gemma-3-27b-it", 4000, 3000, 256), ("Gemma 4 31B", 4000, 3000, 280), ("medgemma-4b-it", 512, 512, 256),
    ("InternVL3-38B", 1024, 1024, 10 * 256), ("InternVL3-38B", 400, 400, 256), ("Llama 4 Scout", 4000, 3000, 17 * 144),
    ("Pixtral 12B", 4000, 3000, 4096), ("Mistral Small 3.2 24B", 4000, 3000, 3025), ("no known family", 280, 280, 100),
])  # fmt: skip
def test_a_picture_is_as_many_tokens_as_the_family_makes_of_it(
    model: str, width: int, height: int, tokens: int
) -> None:
    assert rule_of(model).tokens(width, height) == tokens


@pytest.mark.parametrize(("said", "tokens"), [
    ({}, 37 * 37), ({"traffic": {"images_each": 3}}, 3 * 37 * 37),
    ({"media": {"width": 1920, "height": 1080}}, 69 * 39),
    ({"use_case": "ocr"}, 45 * 63), ({"dataset": {"modality": "images"}}, 37 * 37),
    ({"traffic": {"input_tokens": 3000}}, 0), ({"use_case": "voice_assistant"}, 0), ({"media": {"seconds": 30}}, 0),
    ({"task_type": "rag"}, 0), ({"domain": "llm"}, 0), ({"task_type": "fine_tuning"}, 0), ({"domain": "vision"}, 0),
])  # fmt: skip
def test_one_picture_comes_with_a_request_unless_more_or_another_length_was_said(
    said: dict[str, object], tokens: int
) -> None:
    spec = seen("Qwen2.5-VL-7B", **said)
    assert picture_tokens(spec) == tokens
    without = spec.model_copy(update={"domain": "llm", "dataset": Dataset(), "traffic": Traffic()})
    assert tokens == 0 or demand_of(spec).input_tokens == demand_of(without).input_tokens + tokens


def test_pictures_are_computed_and_kept_and_said() -> None:
    talk = demand_of(seen("Qwen2.5-VL-7B", context_tokens=16_000))
    assert talk.fresh_tokens == 1024 + 37 * 37 < talk.input_tokens
    said = " ".join(demand_notes(seen("Qwen2.5-VL-7B")))
    assert "A request has 2,393 tokens in" in said
    assert "one picture of 1,024 x 1,024 px" in said
    assert "1,369 tokens each (preprocessor_config.json of Qwen2.5-VL" in said


@pytest.mark.parametrize(("model", "media", "told"), [
    ("Qwen2.5-VL 7B", {}, '--mm-processor-kwargs={"max_pixels": 1073296}'), ("Gemma 3 27B", {}, None),
    ("Qwen2.5-VL 7B", {"width": 4000, "height": 3000}, None),
])  # fmt: skip
def test_the_server_holds_a_size_that_was_assumed(
    model: str, media: dict[str, int], told: str | None, starter_models: tuple[ModelCard, ...],
    starter_offers: tuple[Offer, ...],
) -> None:  # fmt: skip
    """What is scaled down before it is read cannot be longer than the plan counts on."""
    option = place(seen(model, media=media), starter_models, starter_offers).options[0]
    flags = [flag for flag in vllm_flags(option) if flag.startswith("--mm-processor-kwargs")]
    assert flags == ([told] if told else [])
