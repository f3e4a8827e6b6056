"""Requests that a hostile client sends, at full size: texts of the reader's kinds, and bodies of every other kind."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from domain.turn import MAX_MESSAGE_CHARACTERS
from evals.hostile_texts import HOSTILE

MESSAGE, STREAM = "/api/v1/chat/message", "/api/v1/chat/message/stream"
COMPUTE, CHARTS, MODELS = (f"/api/v1/tools/{tool}/search" for tool in ("compute", "k8s", "hf"))
INVOKE, BATCH = "/architect/invoke", "/architect/batch"
TEXTS = (
    "rather", "a100s", "sizes", "dollars", "at_least", "not", "llama", "billions", "one_comma", "open_brackets",
    "bullets", "links", "repositories", "tags", "ranges", "eight_x", "digit", "letter", "spaces", "table", "combining",
    "number_words", "dates", "percents", "regex", "corrections", "double_negation", "nested_json", "nested_brackets",
    "patternless_numbers", "many_budgets", "many_users", "many_sizes", "numbered_list", "unknown_names",
    "distinct_gpus", "excluded_gpus", "gpu_questions", "instead_chains", "versus", "distinct_models", "misspelt",
)  # fmt: skip
NAMES, LICENCES, DEEP, BATCHED = 5_000, 50_000, 100_000, 1_000
WISH = "Deploy Llama 3.3 70B for inference for 200 users"


class Hostile(NamedTuple):
    """One request."""

    name: str
    path: str
    body: bytes
    content_type: str = "application/json"


def hostile_requests() -> Iterator[Hostile]:
    """Each of a name of its own."""
    for name in TEXTS:
        yield _json(f"text: {name}", MESSAGE, {"message": HOSTILE[name](MAX_MESSAGE_CHARACTERS)})
    names = [f"H100-{number}" for number in range(NAMES)]
    places = [f"land-{number}" for number in range(NAMES)]
    yield _json("5,000 GPU names", COMPUTE, {"gpu_models": names, "top_k": None})
    yield _json("5,000 times one GPU", COMPUTE, {"gpu_models": ["H100"] * NAMES, "top_k": None})
    yield _json("5,000 excluded GPUs", COMPUTE, {"excluded_gpus": names})
    yield _json("5,000 providers", COMPUTE, {"providers": places, "excluded_providers": places})
    yield _json("5,000 regions and laws", COMPUTE, {"regions": places, "jurisdictions": places, "compliance": places})
    yield _json("a megabyte of words for compute", COMPUTE, {"text": "gpu " * 250_000})
    yield _json("numbers of 300 digits", COMPUTE, {"min_vcpu": 10**300, "min_gpu_count": 10**300, "top_k": 10**300})
    yield Hostile("a number of 100,000 digits", COMPUTE, b'{"min_vcpu": ' + b"9" * DEEP + b"}")
    yield Hostile("numbers that are none", COMPUTE, b'{"min_vram_gb": NaN, "max_price_hourly": 1e999}')
    yield _json("every offer", COMPUTE, {"top_k": 100_000, "every_region": True})
    yield _json("50,000 chart names", CHARTS, {"names": [f"chart-{number}" for number in range(LICENCES)]})
    yield _json("50,000 last repositories", CHARTS, {"text": "db", "last_repositories": places * 10})
    yield _json("50,000 licences", MODELS, {"text": "chat", "licenses": [f"mit-{n}" for n in range(LICENCES)]})
    yield _json("50,000 languages", MODELS, {"task": "transcription", "languages": ["de"] * LICENCES})
    yield _json("5,000 misspelt models", MODELS, {"named": [{"name": f"lamma-{n}b"} for n in range(NAMES)]})
    yield _json("a model name of a megabyte", MODELS, {"named": [{"name": "llama " * 170_000}]})
    yield _json("a task of a megabyte", MODELS, {"task": "a" * 1_000_000})
    yield Hostile("JSON nested 100,000 deep", MESSAGE, b'{"message": ' + b"[" * DEEP + b"]" * DEEP + b"}")
    yield Hostile("objects nested 100,000 deep", INVOKE, b'{"input": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}")
    yield Hostile("a body of 50 MB", MESSAGE, b'{"message": "' + b"x" * 50_000_000 + b'"}')
    yield Hostile("50 MB of array", BATCH, b'{"inputs": [' + b"1," * 25_000_000 + b"1]}")
    yield Hostile("a form of a million fields", "/", b"a=1&" * 1_000_000, "application/x-www-form-urlencoded")
    yield _json("a batch of 1,000", BATCH, {"inputs": [{"message": f"{WISH} number {n}"} for n in range(BATCHED)]})
    long_texts = [{"message": HOSTILE["many_users"](MAX_MESSAGE_CHARACTERS)}] * BATCHED
    yield _json("a batch of 1,000 long texts", BATCH, {"inputs": long_texts})
    deep: object = 1
    for _ in range(200):
        deep = {"a": deep}
    yield _json("a deep config", INVOKE, {"input": {"message": WISH}, "config": {"configurable": {"thread_id": deep}}})
    tags = [f"tag-{number}" for number in range(LICENCES)]
    yield _json("50,000 tags", INVOKE, {"input": {"message": WISH}, "config": {"tags": tags}})
    yield _json("a stream of a hostile text", STREAM, {"message": HOSTILE["instead_chains"](MAX_MESSAGE_CHARACTERS)})
    yield _json("an endless conversation id", MESSAGE, {"message": WISH, "conversation_id": "a" * 900_000})


def _json(name: str, path: str, body: Mapping[str, object]) -> Hostile:
    return Hostile(name, path, json.dumps(body).encode())
