"""Names in a message: what is one, how far it goes, what it stands for."""

import time
from functools import lru_cache

import pytest

from graph.understanding.mentions.index import NameIndex, index_of
from graph.understanding.mentions.mention import Name
from graph.understanding.mentions.names import names_in
from graph.understanding.mentions.opaque import opaque_in
from graph.understanding.roles.media import formats_in
from graph.understanding.text.clauses import Text, divided
from graph.understanding.text.tokens import tokens_of
from tests.understanding.talking import starter_vocabulary


@lru_cache
def index() -> NameIndex:
    return index_of(starter_vocabulary())


def text_of(words: str) -> Text:
    return divided(words, tokens_of(words))


def names(words: str) -> list[Name]:
    return list(names_in(text_of(words), index()))


def meanings(words: str) -> list[str]:
    """Kind and first meaning of each name."""
    return [f"{name.kind} {name.named[0].name}" for name in names(words)]


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("Google Cloud in Frankfurt", ["provider gcp", "region europe-west3"]),
        ("us-east-1 or westeurope", ["region us-east-1", "region westeurope"]),
        ("Germany, the United Kingdom, Bayern and NYC", ["place DE", "place UK", "place DE", "place US"]),
        ("Deutschland, Frankreich ou la Suisse", ["place DE", "place FR", "place CH"]),
        ("hosted in DE or CH, not in the US", ["place DE", "place CH", "place US"]),
        ("somewhere in the Nordics", ["place DK"]),
        ("with Kafka, ml flow and postgres", ["chart kafka", "chart mlflow", "chart cloudnative-pg"]),
        ("sglang and trt-llm", ["chart sglang", "chart tensorrt-llm"]),
        ("AMD only, no TPUs", ["vendor amd", "vendor google"]),
        ("our k3s and OpenShift clusters", ["cluster k3s", "cluster openshift"]),
        ("no hyperscalers", ["provider aws"]),
    ],
)
def test_names_of_the_catalogue_and_of_the_world_are_found(words: str, meaning: list[str]) -> None:
    assert [got.split()[0] for got in meanings(words)] == [want.split()[0] for want in meaning]
    for name, want in zip(names(words), meaning, strict=True):
        assert want.split()[1] in {named.name for named in name.named}


def test_a_providers_kubernetes_names_the_provider_too() -> None:
    assert [(named.kind, named.name) for named in names("on eks")[0].named] == [("cluster", "eks"), ("provider", "aws")]


@pytest.mark.parametrize(
    ("words", "written", "gpu"),
    [
        ("8xH100", "H100", "H100"),
        ("two A100s", "A100s", "A100"),
        ("A100-80GB", "A100-80GB", "A100-80GB"),
        ("an 80GB A100", "80GB A100", "A100-80GB"),
        ("NVIDIA L4", "NVIDIA L4", "L4"),
        ("a 4090 please", "4090", "RTX-4090"),
        ("two 4090s", "4090s", "RTX-4090"),
        ("A100-based nodes", "A100", "A100"),
        ("my RTX 3060 with 12GB", "RTX 3060", "RTX-3060-12GB"),
        ("a GTX 1080 Ti", "GTX 1080 Ti", "GTX-1080-Ti"),
        ("a GTX 970", "GTX 970", "GTX 970"),
        ("RX 7900 XTX", "7900 XTX", "RX-7900-XTX"),
        ("AMD Instinct MI50", "AMD Instinct MI50", "AMD Instinct MI50"),
        ("Intel Arc A770", "A770", "A770"),
        ("an M2 Ultra", "M2 Ultra", "M2-Ultra"),
        ("a Tesla P40", "Tesla P40", "P40"),
        ("Jetson Orin", "Jetson Orin", "Jetson Orin"),
        ("a Mac Studio", "Mac Studio", "Mac Studio"),
    ],
)
def test_a_card_is_known_by_its_name_or_by_the_form_of_its_name(words: str, written: str, gpu: str) -> None:
    assert [(name.kind, name.written, name.named[0].name) for name in names(words)] == [("gpu", written, gpu)]


@pytest.mark.parametrize(
    ("words", "includes", "lacks"),
    [
        ("consumer cards", "RTX-4090", "A100"),
        ("any Hopper card", "H100", "A100"),
        ("nothing older than Ampere", "V100", "A100"),
    ],
)
def test_a_word_for_many_cards_names_them_all(words: str, includes: str, lacks: str) -> None:
    cards = {named.name for named in names(words)[0].named}
    assert includes in cards
    assert lacks not in cards


def test_a_generation_and_all_after_it_are_all_cards_but_the_older_ones() -> None:
    (name,) = names("Ampere or newer")
    assert name.all_but
    assert {"V100", "T4"} <= {named.name for named in name.named}
    assert not {"A100", "H100"} & {named.name for named in name.named}


@pytest.mark.parametrize(
    ("words", "written", "size_b", "quantization"),
    [
        ("Llama 3.1 70B Instruct AWQ on GPUs", "Llama 3.1 70B Instruct", 70.0, "awq"),
        ("Qwen2.5-Coder-32B", "Qwen2.5-Coder-32B", 32.0, None),
        ("Mixtral 8x7B with 32k context", "Mixtral 8x7B", None, None),
        ("Qwen3-30B-A3B", "Qwen3-30B-A3B", 30.0, None),
        ("DeepSeek-R1 671B fp4", "DeepSeek-R1 671B", 671.0, "nvfp4"),
        ("Llama 70 billion", "Llama 70 billion", 70.0, None),
        ("Phi 4 for 70 users", "Phi 4", None, None),
        ("Llama 3 8 GPUs", "Llama 3", None, None),
        ("Gemma 2 9B it", "Gemma 2 9B it", 9.0, None),
        ("Command R+ for chat", "Command R+", None, None),
        ("YOLOv9 and", "YOLOv9", None, None),
        ("Mistral Foobar 12B", "Mistral Foobar 12B", 12.0, None),
        ("Bielik 11B", "Bielik 11B", 11.0, None),
        ("a SciBERT model", "SciBERT", None, None),
        ("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct", 7.0, None),
        ("data/Qwen1.5-32B-Chat", "Qwen1.5-32B-Chat", 32.0, None),
        ("model_zoo/UniPixel-7B", "UniPixel-7B", 7.0, None),
        ("weights/Mistral-7B-v0.3", "Mistral-7B-v0.3", 7.0, None),
        ("TheBloke/Llama-2-13B-chat-GPTQ.", "TheBloke/Llama-2-13B-chat-GPTQ", 13.0, "gptq"),
        ("(llama3.3:70b-instruct-q4_K_M)", "llama3.3:70b-instruct-q4_K_M", 70.0, "q4_k_m"),
        ("smallthinker-2:3b", "smallthinker-2:3b", 3.0, None),
        ("https://huggingface.co/Qwen/Qwen3-8B/tree/main", "Qwen/Qwen3-8B", 8.0, None),
        ("https://ollama.com/library/qwen3:8b", "qwen3:8b", 8.0, None),
    ],
)
def test_a_models_name_is_taken_whole(words: str, written: str, size_b: float | None, quantization: str | None) -> None:
    got = [(name.kind, name.written, name.size_b, name.quantization) for name in names(words)]
    assert got == [("model", written, size_b, quantization)]


def test_an_id_outside_the_catalogue_stays_that_model() -> None:
    named = names("serve speakleash/Bielik-11B-v2.3-Instruct")[0].named[0]
    assert (named.name, named.exact, named.params_b) == ("speakleash/Bielik-11B-v2.3-Instruct", False, 11.0)


@pytest.mark.parametrize("words", ["input/output", "and/or", "CI/CD", "1200/400 tokens", "users:50", "budget:3k"])
def test_words_with_a_sign_between_are_no_ids(words: str) -> None:
    assert names(words) == []


def test_names_with_a_slash_between_are_two() -> None:
    assert meanings("Llama/Mistral on GCP/AWS")[0] == "model llama"
    assert meanings("Llama/Mistral on GCP/AWS")[2:] == ["provider gcp", "provider aws"]


@pytest.mark.parametrize(
    ("words", "provider"),
    [("g5.12xlarge", "aws"), ("p4d.24xlarge", "aws"), ("ND96isr_H100_v5", "azure"), ("a3-highgpu-8g", "gcp")],
)
def test_an_instance_type_names_its_cloud_and_no_figure(words: str, provider: str) -> None:
    (name,) = names(f"one {words} today")
    assert (name.named[0].name, name.named[0].family, name.written) == (provider, "instance", words)


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("run it on lambda", ["provider lambda"]),
        ("we like Lambda for this", ["provider lambda"]),
        ("lambda or together", ["provider lambda", "provider together-ai"]),
        ("vast / runpod", ["provider vast", "provider runpod"]),
        ("Oracle is fine", ["provider oci"]),
        ("google would be ok", ["provider gcp"]),
        ("a lambda function in our vast archive, together with ray tracing", []),
        ("bring it together, AWS is fine", ["provider aws"]),
        ("they command us to replicate the core", []),
        ("sell us a server", []),
        ("2x L4, us, spot", ["gpu L4", "place US"]),
        ("vault for secrets", ["chart vault"]),
        ("a turkey for Jordan", ["place JO"]),
        ("4090 users", []),
        ("1920x1080 video on an L4", ["gpu L4"]),
        ("$4090 a month", []),
        ("L40S/4090 stuff", ["gpu L40S", "gpu RTX-4090"]),
        ("a 100 user app", []),
        ("AMD EPYC and Intel Xeon", []),
        ("reads Google Sheets", []),
        ("something like ChatGPT", []),
    ],
)
def test_an_ordinary_word_counts_only_where_it_is_meant_as_a_name(words: str, meaning: list[str]) -> None:
    assert meanings(words) == meaning


def test_an_adjective_of_a_place_is_marked() -> None:
    assert [name.named[0].family for name in names("Polish, Austrian, Swiss, Spain")] == ["adjective"] * 3 + [None]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("CUDA 12, Ubuntu 22.04, Python 3.11 and 3 nodes", ["3"]),
        ("ISO 27001, SOC 2, Apache 2.0, gpt-4o", []),
        ("24/7, 3D and 4K video at 1080p in H.264", []),
        ("int4, fp8, q4_K_M, 4-bit, W4A16, S3, k8s", []),
        ("4k context, 3 days, 2x24GB, usd500", ["4", "3", "2", "24", "500"]),
        ("Core i7-1260P, https://github.com/a/b/issues/123", []),
        ("Llama 3.1 70B on 8x A100-80GB", ["8"]),
    ],
)
def test_a_figure_inside_a_word_is_no_number(words: str, numbers: list[str]) -> None:
    text = text_of(words)
    found = names_in(text, index())
    taken = (
        opaque_in(text, found) | formats_in(text) | {at for name in found for at in range(name.first, name.last + 1)}
    )
    assert [token.text for at, token in enumerate(text.tokens) if token.is_figure and at not in taken] == numbers


@pytest.mark.parametrize("unit", ["A100, ", "lambda or ", "together / ", "llama ", "4090, ", "qwen/qwen3:8b", "www."])
def test_endless_names_cost_twice_as_much_when_twice_as_long(unit: str) -> None:
    once, twice = (text_of((unit * length)[:length]) for length in (10_000, 20_000))
    assert _cpu_seconds(twice) < 5 * _cpu_seconds(once) + 0.01


def _cpu_seconds(text: Text) -> float:
    """The least of three, so that a busy machine is no failure."""
    least = float("inf")
    for _ in range(3):
        start = time.process_time()
        opaque_in(text, names_in(text, index()))
        least = min(least, time.process_time() - start)
    return least
