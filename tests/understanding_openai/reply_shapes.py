"""Answers of a language model, in the shape its schema asks for."""

from collections.abc import Mapping

from graph.understanding.evidence.answers import ReadAnswer
from tests.stub_openai import Json, Scripted, answers

NOTHING: Mapping[str, Json] = {
    "task_type": None, "domain": None, "use_case": None, "industry": None, "gpu_needed": None, "models": [],
    "gpu": {"models": [], "excluded": [], "min_count": None, "min_vram_gb": None, "min_total_vram_gb": None},
    "cpu": {"min_vcpu": None, "min_ram_gb": None},
    "budget": {"amount": None, "currency": None, "period": None},
    "location": {"providers": [], "excluded_providers": [], "regions": [], "jurisdictions": []},
    "compliance": [],
    "dataset": {"size_gb": None, "items": None, "modality": None},
    "traffic": {
        "users": None, "concurrent_users": None, "requests_per_second": None, "input_tokens": None,
        "output_tokens": None, "ttft_ms": None,
    },
    "context_tokens": None, "precision": None, "pricing": None, "hours_per_month": None, "deadline_hours": None,
    "license": {"commercial": None, "allowed": []},
    "components": {"wanted": [], "excluded": []},
    "priorities": {"cost": None, "latency": None, "quality": None},
    "evidence": [], "withdrawn": [], "just_decide": False,
}  # fmt: skip


def reading(fields: Mapping[str, Json], evidence: Mapping[str, str | list[str]], **rest: Json) -> Scripted:
    """A scripted reading: dotted fields, and a quote or several for each."""
    value = {name: dict(held) if isinstance(held, dict) else held for name, held in NOTHING.items()}
    for path, said in fields.items():
        group, _, leaf = path.rpartition(".")
        (value[group] if group else value)[leaf] = said  # type: ignore[index,call-overload]
    quotes: list[Json] = [
        {"field": path, "quote": quote}
        for path, held in evidence.items()
        for quote in (held if isinstance(held, list) else [held])
    ]
    return answers({**value, "evidence": quotes, **rest})


def model(name: str, params_b: float | None = None, quantization: str | None = None) -> Json:
    return {"name": name, "params_b": params_b, "quantization": quantization}


assert set(NOTHING) == set(ReadAnswer.model_fields)
