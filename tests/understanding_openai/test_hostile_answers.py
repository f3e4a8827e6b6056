"""Schema-valid lies: whatever a language model invents, none of it gets into the reading."""

import random

import pytest

from domain.reading import Reading
from domain.workload import WorkloadSpec
from graph.understanding.evidence.answers import ReadAnswer
from graph.understanding.evidence.fields import leaves, said
from graph.understanding.evidence.revision import revised
from graph.understanding.evidence.support import Support
from tests.understanding_openai.reply_shapes import NOTHING
from tests.understanding_openai.small_vocabulary import VOCABULARY

TURNS = (
    "We want to serve a chat assistant for our doctors, about forty people, must stay cheap. Committed team, no rush.",
    "It should be permitted to run anywhere in 2 rooms of the clinic",
)
WORDS = " ".join(TURNS).split()
LIES = [
    "zx9.ultra-48xlarge",
    "H100",
    "gcp",
    "eu-central-1",
    "qdrant",
    "mit",
    "hipaa",
    "DE",
    "Llama 70B",
    "mega_cloud",
    "ee",
    "in",
]
NUMBERS = [3, 77_777, 0.013, 48, 1e300, -5]
SUPPORT = Support.of(VOCABULARY)


def lie(chance: random.Random) -> dict[str, object]:
    """Every field set to something made up, each with a quote that is real, unreal or empty."""

    def made_up(value: object) -> object:
        if isinstance(value, dict):
            return {name: made_up(held) for name, held in value.items()}
        if isinstance(value, list):
            return [chance.choice(LIES) for _ in range(chance.randrange(3))]
        return value

    answer: dict[str, object] = {name: made_up(held) for name, held in NOTHING.items()}
    answer["models"] = [
        {"name": chance.choice(LIES), "params_b": chance.choice(NUMBERS), "quantization": chance.choice(LIES)}
    ]
    for name in ("use_case", "industry", "precision"):
        answer[name] = chance.choice(LIES)
    answer["budget"] = {"amount": chance.choice(NUMBERS), "currency": "USD", "period": "month"}
    answer["traffic"] = {
        "users": 77_777,
        "concurrent_users": 3,
        "requests_per_second": 0.013,
        "ttft_ms": 3.0,
    } | dict.fromkeys(("input_tokens", "output_tokens"), 48)

    answer["dataset"] = {"size_gb": 77_777.0, "items": 48, "modality": chance.choice(LIES)}
    answer["gpu"] = {
        "models": [chance.choice(LIES)],
        "excluded": [],
        "min_count": 48,
        "min_vram_gb": 48.0,
        "min_total_vram_gb": None,
    }
    answer["pricing"] = "spot"
    start = chance.randrange(len(WORDS))
    quotes = ["", "as ordered", " ".join(WORDS[start : start + chance.randrange(1, 12)])]
    answer["evidence"] = [{"field": path, "quote": chance.choice(quotes)} for path, _ in leaves(WorkloadSpec())]
    answer["withdrawn"] = [{"field": chance.choice(["budget", "location", "models"]), "quote": chance.choice(quotes)}]
    return answer


@pytest.mark.parametrize("seed", range(200))
def test_nothing_invented_gets_through(seed: int) -> None:
    standing = WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True)
    answer = ReadAnswer.model_validate(lie(random.Random(seed)))
    reading = revised(answer, TURNS, standing, Reading(spec=standing), SUPPORT)
    kept = said(reading.spec.model_copy(update={"evidence": {}, "assumptions": ()}))
    assert kept == {"task_type": "inference", "domain": "llm", "gpu_needed": True, "confidence": "high"}
    assert "zx9" not in reading.model_dump_json()
