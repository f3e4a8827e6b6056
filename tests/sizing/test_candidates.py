"""Which rows of the catalogue a model that was named may mean."""

import pytest

from domain.base import Source
from domain.models import Architecture, ModelCard
from domain.workload import LicenseRequirement, RequestedModel, Training, TrainingMethod, WorkloadSpec
from sizing.candidates import behind_for_its_licence, candidates, model_refusal, primary_request
from sizing.published_networks import network_named

SOURCE = Source(name="test", as_of="2026-01-01")
WIDE = Architecture(layers=64, hidden_size=5120, attention_heads=64, kv_heads=8, head_dim=128, context_tokens=40960)


def card(key: str, params_b: float = 32.8) -> ModelCard:
    return ModelCard(
        key=key, name=key.split("/")[1], family="qwen3", domain="llm", pipeline_tag="text-generation",
        params_b=params_b, architecture=WIDE, source=SOURCE,
    )  # fmt: skip


QWEN = card("Qwen/Qwen3-32B")


def found(name: str, *cards: ModelCard, context_tokens: int | None = None) -> list[str]:
    spec = WorkloadSpec(models=(RequestedModel(name=name),), context_tokens=context_tokens)
    return [each.source for each in candidates(spec, cards)]


def test_an_exact_name_means_that_model_and_its_repackings_only() -> None:
    others = (card("Qwen/Qwen3-32B-AWQ"), card("Qwen/Qwen3-Coder-30B-A3B", 30.5), card("x/Distill-Qwen3-32B", 1.5))
    assert found("Qwen3 32B", QWEN, *others) == ["Qwen/Qwen3-32B", "Qwen/Qwen3-32B-AWQ"]


def test_a_typo_in_the_name_makes_no_difference() -> None:
    assert found("qwen3 31b", QWEN, card("Qwen/Qwen3-Coder-30B-A3B", 30.5)) == ["Qwen/Qwen3-32B"]


@pytest.mark.parametrize("asked", ["Qwen3-32B chat", "qwen3 32b chat", "Qwen3-32B Chat", "chat Qwen3-32B"])
def test_what_a_model_is_to_do_beside_its_name_leads_to_no_neighbour(asked: str) -> None:
    coder = card("Qwen/Qwen3-Coder-30B-A3B-Instruct", 30.5)
    assert found(asked, coder, card("Qwen/Qwen3-VL-32B-Instruct", 33.4), QWEN) == ["Qwen/Qwen3-32B"]


def test_a_version_and_what_a_model_sees_are_parts_of_its_name() -> None:
    talks, sees = card("Qwen/Qwen2.5-7B-Instruct", 7.6), card("Qwen/Qwen2.5-VL-7B-Instruct", 8.3)
    assert found("Qwen2.5 VL 7B", talks, sees) == ["Qwen/Qwen2.5-VL-7B-Instruct"]
    assert not {talks.key, sees.key}.intersection(found("Qwen2-VL-7B", talks, sees))


@pytest.mark.parametrize(("method", "meant"), [("pretraining", "m/Line-8B"), ("lora", "m/Line-8B-Instruct")])
def test_pretraining_goes_on_from_the_base_where_there_is_one(method: TrainingMethod, meant: str) -> None:
    spec = WorkloadSpec(
        task_type="training", models=(RequestedModel(name="Line-8B"),), training=Training(method=method)
    )
    tuned, base = card("m/Line-8B-Instruct", 8.0), card("m/Line-8B", 8.0)
    assert candidates(spec, (tuned, base))[0].source == meant
    assert candidates(spec, (tuned,))[0].source == "m/Line-8B-Instruct"


def test_a_size_that_was_named_is_the_size_in_the_name() -> None:
    larger, smaller = card("maker/Line-New-32B", 32.8), card("maker/Line-New-30B", 30.5)
    assert found("maker line 32b", smaller, larger) == ["maker/Line-New-32B"]
    assert found("maker line 30b", smaller, larger) == ["maker/Line-New-30B"]


@pytest.mark.parametrize(
    ("stakes", "industry", "terms", "first"),
    [
        ("production", "advertising", {"Free-12B": True, "Bound-30B": False}, "Free-12B"),
        (None, None, {"Free-12B": True, "Bound-30B": False}, "Free-12B"),
        ("hobby", None, {"Free-12B": True, "Bound-30B": False}, "Bound-30B"),
        ("production", "education", {"Free-12B": True, "Bound-30B": False}, "Bound-30B"),
        ("production", "advertising", {"Free-12B": True, "Bound-30B": True}, "Bound-30B"),
        ("production", "advertising", {"Free-12B": False, "Bound-30B": False}, "Bound-30B"),
        ("production", "advertising", {"Free-12B": None, "Bound-30B": None}, "Bound-30B"),
    ],
)
def test_of_several_named_a_business_gets_the_first_that_it_may_use(
    stakes: str | None, industry: str | None, terms: dict[str, bool | None], first: str
) -> None:
    cards = [
        card(f"maker/{name}", float(name.split("-")[1][:-1])).model_copy(update={"commercial_use": allowed})
        for name, allowed in terms.items()
    ]
    named = tuple(RequestedModel(name=name) for name in terms)
    spec = WorkloadSpec.model_validate({"models": named, "stakes": stakes, "industry": industry})
    chosen = primary_request(spec, cards)
    assert chosen is not None
    assert chosen.name == first
    behind = [one.name for one in named if behind_for_its_licence(spec, one, cards)]
    assert behind == (["Bound-30B"] if first == "Free-12B" else [])


def test_a_context_that_its_maker_documents_is_within_reach_and_a_longer_one_is_not() -> None:
    def longest(tokens: int) -> int | None:
        spec = WorkloadSpec(models=(RequestedModel(name="Qwen3 32B"),), context_tokens=tokens)
        return candidates(spec, (QWEN,))[0].shape.context

    assert longest(32_000) == 40_960
    assert longest(64_000) == 65_536
    assert longest(100_000) == 131_072
    assert longest(200_000) == 40_960


def test_where_none_was_named_what_takes_the_context_by_itself_comes_before_what_is_stretched() -> None:
    own = QWEN.architecture.model_copy(update={"context_tokens": 131_072})
    native = QWEN.model_copy(update={"key": "a/native", "name": "native", "architecture": own})

    def first(tokens: int) -> str:
        return candidates(WorkloadSpec(domain="llm", context_tokens=tokens), (QWEN, native))[0].name

    assert (first(32_000), first(64_000)) == (QWEN.name, "native")


def test_a_size_without_a_name_is_a_real_model_of_that_size_and_said_so() -> None:
    """What is trained or served then has an id to put into MODEL_ID."""
    open_to_all = {"commercial_use": True, "license": "apache-2.0", "native_dtype": "bf16"}
    fits = card("maker/Fits-14B", 14.8).model_copy(update=open_to_all)
    gated = card("maker/Gated-14B", 14.0).model_copy(update={**open_to_all, "gated": True})
    closed = card("maker/Closed-14B", 14.0).model_copy(update={**open_to_all, "commercial_use": False})
    packed = card("maker/Packed-14B-AWQ", 14.8).model_copy(update={**open_to_all, "native_dtype": "awq"})
    larger = card("maker/Larger-32B").model_copy(update=open_to_all)
    spec = WorkloadSpec(task_type="fine_tuning", domain="llm", models=(RequestedModel(name="14B", params_b=14.0),))
    (meant,) = candidates(spec, (gated, closed, packed, larger, fits))
    assert meant.card == fits
    assert meant.note is not None
    assert "Fits-14B" in meant.note
    (trained,) = candidates(spec.model_copy(update={"task_type": "training"}), (fits,))
    assert trained.card is None


@pytest.mark.parametrize(("licence", "refused"), [("AGPL-3.0", True), ("apache-2.0", False), (None, False)])
def test_a_licence_that_is_ruled_out_refuses_the_models_that_have_it_alone(licence: str | None, refused: bool) -> None:
    licensed = QWEN.model_copy(update={"license": licence})
    without = WorkloadSpec(license=LicenseRequirement(excluded=("agpl-3.0",)))
    assert (model_refusal(without, licensed) is not None) is refused
    assert model_refusal(WorkloadSpec(), licensed) is None


@pytest.mark.parametrize("asked", ["deepseek-r1:671b", "DeepSeek-R1:671b", "DeepSeek-R1 671b"])
def test_the_size_behind_a_colon_is_no_part_of_a_word_of_the_name(asked: str) -> None:
    full = card("deepseek-ai/DeepSeek-R1-0528", 684.5)
    spec = WorkloadSpec(models=(RequestedModel(name=asked, params_b=671.0),))
    assert [each.source for each in candidates(spec, (card("x/Other", 671.0), full))] == [full.key]


@pytest.mark.parametrize(
    ("use_case", "meant"), [("image_to_video", "Wan-AI/Wan2.1-I2V-14B"), ("video_generation", "Wan-AI/Wan2.1-T2V-14B")]
)
def test_a_picture_is_animated_by_a_model_that_takes_one(use_case: str, meant: str) -> None:
    made, animated = (
        card(key, 14.0).model_copy(update={"domain": "video", "pipeline_tag": tag, "family": "wan"})
        for key, tag in (("Wan-AI/Wan2.1-T2V-14B", "text-to-video"), ("Wan-AI/Wan2.1-I2V-14B", "image-to-video"))
    )
    spec = WorkloadSpec(models=(RequestedModel(name="Wan2.1"),), domain="video", use_case=use_case)
    assert [each.source for each in candidates(spec, (made, animated))] == [meant]


@pytest.mark.parametrize(("asked", "meant"), [("yolov4-tiny-3l", "YOLOv4-tiny"), ("yolov4-tiny", "YOLOv4-tiny")])
def test_a_network_with_another_head_is_sized_as_the_one_it_goes_on_from(asked: str, meant: str) -> None:
    spec = WorkloadSpec(models=(RequestedModel(name=asked),), domain="vision")
    (sized,) = candidates(spec, ())
    network = network_named(meant)
    assert network is not None
    assert sized.params_b == network.params_b
