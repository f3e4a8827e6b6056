"""What the benchmarks ask: the queries that real requests lead to, and filters drawn at random."""

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from catalog.embedder import load_embedder
from domain.queries import ComputeQuery, ModelQuery, NamedModel, PackageQuery
from evals.retrieval.queries import read_requests
from graph.queries import model_queries
from graph.understanding.examples import load_examples
from tools.problems import drawn_to_cards, embedded

TOP_K = 10
CHART_WORDS = ("vector database", "redis", "monitoring", "queue for events", "object storage", "postgres", "secrets",
               "workflow pipelines", "ingress gateway", "ci")  # fmt: skip
CHART_NAMES = ("redis", "mlflow", "qdrant", "vllm", "kafka", "keycloak", "harbor", "argo-cd", "milvus", "grafana")
GPUS = ("H100", "A100", "L40S", "L4", "T4", "MI300X", "H200", "A10G")
MODEL_NAMES = ("Llama 70B", "Qwen3 32B", "Mistral 7B", "whisper large v3", "Stable Diffusion XL", "lamma 3.1 8b")

TYPICAL_NEAREST_CARD = 0.5
"""How near people's words typically are to the nearest card: what their drawing is computed with."""


def model_questions() -> tuple[ModelQuery, ...]:
    """What the graph asks for the labelled requests: the task in words, with its domain."""
    specs = [example.spec for example in load_examples() if example.spec.domain and not example.spec.models]
    return tuple(query for spec in specs for query in model_queries(spec, TOP_K))


def model_questions_in_peoples_words() -> tuple[ModelQuery, ...]:
    """Without any filter, as someone types into a search box."""
    requests = read_requests()
    return tuple(ModelQuery(text=item.ask, top_k=TOP_K) for item in (*requests.tuned_on, *requests.held_out))


def named_models() -> tuple[ModelQuery, ...]:
    return tuple(ModelQuery(named=(NamedModel(name=name),), top_k=TOP_K) for name in MODEL_NAMES * 10)


def chart_texts() -> tuple[PackageQuery, ...]:
    return tuple(PackageQuery(text=text, top_k=TOP_K) for text in CHART_WORDS * 10)


def chart_names() -> tuple[PackageQuery, ...]:
    chosen = random.Random(3)
    return tuple(PackageQuery(names=tuple(chosen.sample(CHART_NAMES, 4))) for _ in range(100))


def offer_searches() -> tuple[ComputeQuery, ...]:
    """Twenty offers under a few constraints."""
    chosen = random.Random(4)
    return tuple(
        ComputeQuery(
            gpu_required=True,
            gpu_models=(chosen.choice(GPUS),) if chosen.random() < 0.5 else (),
            min_gpu_count=chosen.choice((None, 1, 2, 8)),
            min_vram_gb=chosen.choice((None, 24.0, 80.0)),
            max_price_monthly=chosen.choice((None, 1000.0, 5000.0)),
            jurisdictions=chosen.choice(((), ("EU",), ("US",))),
            pricing=chosen.choice((None, "spot", "on_demand")),
        )
        for _ in range(100)
    )


def offer_texts() -> tuple[ComputeQuery, ...]:
    return tuple(ComputeQuery(text=text) for text in ("aws h100", "8x a100", "l4 europe", "gcp t4", "mi300x") * 10)


def every_offer() -> tuple[ComputeQuery, ...]:
    """What a plan asks: all offers that fit, each type in its cheapest region."""
    return tuple(
        ComputeQuery(gpu_required=True, min_vram_gb=size, top_k=None) for size in (None, 24.0, 40.0, 80.0) * 10
    )


def question_vectors() -> npt.NDArray[np.float64]:
    """The vectors of all those texts."""
    return vectors_of([query.text for query in (*model_questions(), *model_questions_in_peoples_words())])


def vectors_of(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Unit vectors as they are compared with cards: drawn to the cards where people say so."""
    embedder = load_embedder()
    return np.vstack([drawn_to_cards(embedded(text, embedder), TYPICAL_NEAREST_CARD) for text in texts])


def random_filters(count: int, licenses: Sequence[str], domains: Sequence[str]) -> tuple[ModelQuery, ...]:
    """Texts under one to four filters, which may have nothing to do with the text."""
    chosen = random.Random(5)
    texts = [query.text for query in (*model_questions(), *model_questions_in_peoples_words())]
    queries = []
    for _ in range(count):
        possible = {
            "domain": chosen.choice(domains),
            "licenses": tuple(chosen.sample(licenses, chosen.randint(1, 3))),
            "commercial": True,
            "include_gated": False,
            "min_params_b": chosen.choice((0.1, 1.0, 7.0, 30.0)),
            "max_params_b": chosen.choice((1.0, 10.0, 40.0)),
        }
        kept = dict(chosen.sample(sorted(possible.items()), chosen.randint(1, 4)))
        queries.append(
            ModelQuery.model_validate({"text": chosen.choice(texts), "top_k": chosen.choice((1, 10, 50)), **kept})
        )
    return tuple(queries)
