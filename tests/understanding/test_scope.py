"""What is ruled out and let in again, where it must run, who speaks, which of several models: in people's own words."""

import pytest

from graph.understanding.merge.conversation import goes_into_the_spec
from graph.understanding.stance.experience import ran_out_of_memory
from tests.understanding.talking import converse, starter_reader

AMERICAN = {"aws", "azure", "gcp", "oci", "ibm", "coreweave", "lambda", "runpod"}
CONSUMER = {"RTX-3090", "RTX-4090", "RTX-5090"}


async def _read(field: str, *turns: str) -> object:
    got: object = (await converse([f"Serve Mistral 7B. {turns[0]}", *turns[1:]], starter_reader()))[0].spec
    for step in field.split("."):
        got = getattr(got, step)
    return got


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("no L40S/4090 crap", "gpu.excluded", ("L40S", "RTX-4090")),
        ("excluded gpus: T4, V100", "gpu.excluded", ("T4", "V100")),
        ("no T4, V100, P100", "gpu.excluded", ("P100", "T4", "V100")),
        ("H100s are overkill", "gpu.excluded", ("H100",)),
        ("a T4 won't cut it", "gpu.excluded", ("T4",)),
        ("any Hopper card", "gpu.models", ("GH200", "H100", "H200")),
        ("the turing test", "gpu.excluded", ()),
        ("no AMD please", "gpu.excluded_vendors", ("amd",)),
        ("nvidia only", "gpu.vendors", ("nvidia",)),
        ("gaming gpus like 4090 or 5090 are ok", "gpu.models", ("RTX-4090", "RTX-5090")),
        ("3090 or so people, gpu in the EU", "gpu.models", ()),
        ("2x A100-80 or L40S", "gpu.models", ("A100-80GB", "L40S")),
        ("2x A100-80 or L40S", "gpu.min_vram_gb", None),
        ("our CISO vetoed Azure and Alibaba", "location.excluded_providers", ("alibaba", "azure")),
        ("providers to avoid = AWS, GCP", "location.excluded_providers", ("aws", "gcp")),
        ("Azure? No, GCP.", "location.excluded_providers", ("azure",)),
        ("Azure? No, GCP.", "location.providers", ("gcp",)),
        ("a g4dn.xlarge is no option", "location.excluded_providers", ()),
        ("a T4 isn't too expensive", "gpu.excluded", ()),
        ("Amazon? hell no", "location.excluded_providers", ("aws",)),
        ("my boss hates google", "location.excluded_providers", ("gcp",)),
        ("must not be hosted on AWS", "location.excluded_providers", ("aws",)),
        ("no hyperscalers, with the exception of Google", "location.excluded_providers", ("aws", "azure")),
        ("no hyperscalers, with the exception of Google", "location.providers", ()),
        ("any hyperscaler but azure", "location.providers", ("aws", "gcp")),
        ("any hyperscaler but azure", "location.excluded_providers", ("azure",)),
        ("vast or runpod", "location.providers", ("runpod", "vast")),
        ("bring it all together, AWS preferred", "location.providers", ("aws",)),
        ("Must: SOC 2, PCI DSS. HIPAA doesn't concern us", "compliance", ("pci", "soc2")),
        ("we are not subject to HIPAA", "compliance", ()),
        ("we are not subject to HIPAA", "industry", None),
        ("PCI not applicable, ISO 27001 yes", "compliance", ("iso27001",)),
    ],
)
async def test_what_is_ruled_out_is_nothing_else(words: str, field: str, value: object) -> None:
    assert await _read(field, words) == value


@pytest.mark.parametrize(
    ("words", "field", "names"),
    [
        ("Don't propose consumer cards like the RTX 4090", "gpu.excluded", CONSUMER),
        ("No consumer cards in the data centre", "gpu.excluded", CONSUMER),
        ("no gaming cards", "gpu.excluded", CONSUMER),
        ("nothing older than Ampere", "gpu.excluded", {"T4", "V100", "P100"}),
        ("Ampere or newer", "gpu.excluded", {"T4", "V100", "P100"}),
        ("NO american provider please", "location.excluded_providers", AMERICAN),
    ],
)
async def test_a_group_ruled_out_is_every_name_of_it(words: str, field: str, names: set[str]) -> None:
    got = await _read(field, words)
    assert isinstance(got, tuple)
    assert names <= set(got)
    assert await _read("gpu.models", words) == ()


@pytest.mark.parametrize(
    "words",
    ["azure's ok actually", "azure ok", "you can use azure after all", "lift the azure ban", "azure would be fine too"],
)
async def test_a_name_let_in_again_is_not_the_only_one(words: str) -> None:
    turns = ("Anywhere except azure and runpod.", words)
    assert await _read("location.excluded_providers", *turns) == ("runpod",)
    assert await _read("location.providers", *turns) == ()


@pytest.mark.parametrize(
    ("words", "jurisdictions"),
    [
        ("customer is in saudi so hosting must be there", ("SA",)),
        ("Our users are in India and Kenya; the data must be kept there", ("IN", "KE")),
        ("we are in Austria and data cannot leave the country", ("AT",)),
        ("Nothing leaves Switzerland, also not for backup", ("CH",)),
        ("Data should not go out of India", ("IN",)),
        ("Data must not cross the German border", ("DE",)),
        ("data must not be transferred to the US", ()),
        ("GDPR, so EU", ("EU",)),
        ("Legal insists on Germany", ("DE",)),
        ("hosted in DE or CH", ("CH", "DE")),
        ("only Nordic countries, but not Iceland", ("DK", "FI", "NO", "SE")),
        ("served from Madrid or Lisbon", ("ES", "PT")),
        ("a Swiss data centre would be nice to have but it isn't a must", ()),
        ("we work for a French law firm", ()),
        ("our users in Germany are ok with waiting", ()),
        ("we work in Ukraine; hosting must not be in Russia or Belarus", ()),
        ("please sell us a server", ()),
    ],
)
async def test_a_place_is_where_it_must_run(words: str, jurisdictions: tuple[str, ...]) -> None:
    assert await _read("location.jurisdictions", words) == jurisdictions


async def test_the_union_without_one_country_is_all_the_others() -> None:
    got = await _read("location.jurisdictions", "EU, not Germany though")
    assert isinstance(got, tuple)
    assert (len(got), "DE" in got, "FR" in got) == (26, False, True)


@pytest.mark.parametrize(
    ("turns", "field", "value"),
    [
        (["sat imagery change detection, infer only"], "task_type", "inference"),
        (["Qwen2.5-VL 7B should read 500k letters, no live service, just work through the pile"], "task_type",
         "batch_inference"),
        (["lawyer must can search the contracts and ask questions, LLM answer with sources"], "task_type", "rag"),
        (["train seg model for potholes (road cams)"], "use_case", "segmentation"),
        (["voicemail queue is slow, whisper-medium on AWS"], "use_case", "transcription"),
        (["already anonymised clinical notes, Llama 70B summarises them"], "use_case", "summarization"),
        (["legal asks for a licence that allows commercial use, serve flux"], "industry", None),
        (["finance caps at 1.5k a month, llama 8b serving"], "industry", None),
        (["our law firm serves llama 8b"], "industry", "legal"),
        (["our DPO requires EU soil, llama 8b inference"], "task_type", "inference"),
        (["build me a bot that answers from our SOPs"], "task_type", "rag"),
        (["Industry: mining. Detect rocks on a conveyor with yolo11"], "industry", "mining"),
        (["image classification, not detection, train efficientnet"], "use_case", "classification"),
        (["text to speech, whatever model is MIT/apache & ok to sell"], "license.commercial", True),
        (["mistral 7b with fp8 kv cache"], "precision", None),
        (["serve llama 8b in k8s"], "traffic.ttft_ms", None),
    ],
)  # fmt: skip
async def test_the_kind_of_work_is_read_from_indirect_words(turns: list[str], field: str, value: object) -> None:
    got: object = (await converse(turns, starter_reader()))[0].spec
    for step in field.split("."):
        got = getattr(got, step)
    assert got == value


@pytest.mark.parametrize(
    ("turns", "models"),
    [
        (
            ["doc Q&A: Mistral 7B + e5-large", "swap mistral for Qwen3 14B, keep the embedder"],
            ["Qwen3 14B", "e5-large"],
        ),
        (["RAG: Llama 3.1 8B plus bge-m3", "replace bge-m3 with e5-large"], ["Llama 3.1 8B", "e5-large"]),
        (["RAG: Llama 3.1 8B plus bge-m3", "make the LLM Gemma 3 12B"], ["Gemma 3 12B", "bge-m3"]),
        (["serve Llama 8B", "SDXL instead"], ["SDXL"]),
        (["serve gpt-oss 120b and 20b"], ["gpt-oss 120b", "gpt-oss 20b"]),
        (["Llama 3.1 8B, 70B and 405B, serving"], ["Llama 3.1 405B", "Llama 3.1 70B", "Llama 3.1 8B"]),
        (["voice bot: whisper + a 8B LLM"], ["8B", "whisper"]),
        (["Our vendor sold us a 70B, total overkill. We think an 8B model does it, serving"], ["8B"]),
        (["serve yolo11x-seg or mask2former"], ["mask2former", "yolo11x-seg"]),
    ],
)
async def test_several_models_are_kept_apart(turns: list[str], models: list[str]) -> None:
    spec = (await converse(turns, starter_reader()))[0].spec
    assert [model.name for model in spec.models] == models


async def test_a_size_said_apart_is_that_of_the_model_beside_it() -> None:
    spec = (await converse(["inference of our own 13B, a llama derivative"], starter_reader()))[0].spec
    assert [(model.name, model.params_b) for model in spec.models] == [("llama", 13.0)]


@pytest.mark.parametrize(
    ("words", "wanted", "excluded"),
    [
        ("with SGLang, no Pinecone", ("sglang",), ("pinecone",)),
        ("Existing: Postgres, Redis. Wanted: Qdrant", ("qdrant",), ()),
        ("we already run Prometheus, just add Grafana", ("grafana",), ()),
        ("we hate Airflow, use Prefect", ("prefect-server",), ("airflow",)),
        ("loki for logs", ("loki",), ()),
    ],
)
async def test_parts_of_the_stack_by_whatever_name(
    words: str, wanted: tuple[str, ...], excluded: tuple[str, ...]
) -> None:
    assert (await _read("components.wanted", words), await _read("components.excluded", words)) == (wanted, excluded)


async def test_what_no_field_can_hold_is_said() -> None:
    turns = ["chatbot for 200 staff, not in the US, no qwen or deepseek"]
    said = " ".join((await converse(turns, starter_reader()))[0].spec.assumptions)
    assert "ruled out deepseek." in said
    assert "ruled out qwen." in said
    later = (await converse([*turns, "use llama 8b in Germany"], starter_reader()))[0].spec.assumptions
    assert not any("ruled out" in text for text in later)


@pytest.mark.parametrize(
    "words",
    [
        "how long does it take to fine tune on p3.8xlarge and what does it cost?",
        "When my model is training the GPU runs out of memory. AWS g3.4xlarge, 8 GB, users number is 40 million. Why?",
        "Does a recommender support a terabyte embedding table? GPU or CPU?",
        "I use CPU to parse a PDF file of 55MB and it is too slow. Would RTX 4090 or RTX A6000 be recommended?",
        "How do I run vLLM on Kubernetes? I have two A100 80GB.",
        "How to deploy a vllm model across nodes in kubernetes? My cluster has 36 gpus, 4 gpus per node.",
    ],
)
async def test_a_question_that_holds_work_is_planned_and_no_question_of_terms_or_prices(words: str) -> None:
    reading, _ = await converse([words], starter_reader())
    assert goes_into_the_spec(reading, plan_stands=False)


@pytest.mark.parametrize("words", ["What is an embedding?", "how much is a 4090 per hour?", "4090 or A6000?"])
async def test_a_question_of_terms_or_prices_alone_is_none_of_a_plan(words: str) -> None:
    reading, _ = await converse([words], starter_reader())
    assert not goes_into_the_spec(reading, plan_stands=False)


@pytest.mark.parametrize(
    ("words", "buys"),
    [
        ("I'm planning a workstation for AlphaFold, 4090 or 5090?", True),
        ("We are speccing a PC for fine-tuning 8B models with QLoRA, which card?", True),
        ("before buying: 3x 4090 or 1x A6000 for fine-tuning a 13B?", True),
        ("Really excited to get a new machine and run Qwen3 30B on it", True),
        ("planning a cluster of 8 H100 on GCP for training a 7B from scratch", None),
    ],
)
async def test_who_plans_a_workstation_buys(words: str, buys: bool | None) -> None:
    assert (await converse([words], starter_reader()))[0].spec.purchase is buys


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Qwen2.5 7B on my 3090 goes out of memory with vLLM. Is 24 GB enough?", True),
        ("I used an H20-96G GPU and consistently encountered the error: CUDA OutOfMemoryError.", True),
        ("We tried full fine-tuning on two A100, it OOMs after 10 steps", True),
        ("the memory is exceeded on our two A100, whichever ZeRO stage we take", True),
        ("will Qwen2.5 7B run out of memory on my 3090?", False),
        ("Llama 8B on my 3090 without running out of memory, 20 users", False),
        ("how many users fit on my 3090 before it will run out of memory", False),
    ],
)
def test_memory_that_ran_out_is_told_and_one_that_may_is_not(words: str, told: bool) -> None:
    assert ran_out_of_memory(starter_reader().line(words)) is told
