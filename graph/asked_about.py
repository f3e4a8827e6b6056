"""What a question changes in the spec that is planned: closed models by open ones, what is paid an API by its load, and
hardware that is only asked about, so that the plan answers the question instead of repeating it."""

import re
from collections.abc import Sequence

from catalog.reference import Reference
from domain.names import squash
from domain.offers import Gpu
from domain.workload import (
    ApiBill,
    AskedQuestion,
    Budget,
    GpuRequirement,
    RequestedModel,
    Unplaced,
    Volume,
    WorkloadSpec,
)
from graph.understanding.labels.aspects import ClosedModel, closed_in, closed_model
from sizing.demand import DEFAULT_INPUT_TOKENS

SAME_MEMORY = 0.05
SHARE = 1e-6
_SERVED = (None, "inference", "rag", "batch_inference")
_PRODUCT = re.compile(r"chat ?gpt$", re.IGNORECASE)
"""A page to talk to a model, whichever it is."""
UNIT_TOKENS = 1_000_000
"""Of which APIs say the price."""


def as_asked(spec: WorkloadSpec, turns: Sequence[str] = ()) -> WorkloadSpec:
    """The spec to plan for, with what was put in its place among the assumptions."""
    question = spec.question
    if question is None:
        return _with_model_like(spec, turns)
    spec = spec.model_copy(update={"unplaced": not_in_the_question(question, spec.unplaced)})
    if question.bill is not None:
        spec = _with_load_of(spec, question.bill)
    spec = _with_model_like(_with_open_models(spec, question), turns)
    if question.asks("api", "own", "hosted"):
        spec = _without_api_sellers(spec, question)
    if question.asks("unit"):
        spec = _without_unit(spec)
    if question.asks("nodes", "link"):
        apart = {"min_nodes": None, "max_nodes": None, "interconnect": None}
        return spec.model_copy(update={"gpu": spec.gpu.model_copy(update=apart)})
    if question.asks("need"):  # not a wish: what is asked about may be too much
        return spec.model_copy(update={"gpu": GpuRequirement()})
    return spec


def _without_unit(spec: WorkloadSpec) -> WorkloadSpec:
    """A million tokens of which the price is asked is the length of no request."""
    traffic = {name: None for name in ("input_tokens", "output_tokens") if getattr(spec.traffic, name) == UNIT_TOKENS}
    context = None if spec.context_tokens == UNIT_TOKENS else spec.context_tokens
    return spec.model_copy(update={"traffic": spec.traffic.model_copy(update=traffic), "context_tokens": context})


def not_in_the_question(question: AskedQuestion | None, unplaced: Sequence[Unplaced]) -> tuple[Unplaced, ...]:
    """Without the words that the question itself works with: the share of the hours in use, the years."""
    held = question.quotes if question else ()
    return tuple(words for words in unplaced if not any(quote in words.quote for quote in held))


def with_task_asked(spec: WorkloadSpec) -> WorkloadSpec:
    """Who wants to run a closed model, or compares with what an API costs, wants a language model served."""
    question = spec.question
    if question is None or not (question.closed or question.bill):
        return spec
    task = spec.task_type or "inference"
    needs = True if spec.gpu_needed is None else spec.gpu_needed
    return spec.model_copy(update={"task_type": task, "domain": spec.domain or "llm", "gpu_needed": needs})


def closed_told(question: AskedQuestion, *, named: bool) -> str:
    """That nobody can run them, whose they are, and what is planned instead, where no other model was `named`; empty
    where none was asked for."""
    rows = [(name, closed_model(name)) for name in question.closed]
    known = [(name, row) for name, row in rows if row is not None]
    if not known:
        return ""
    names, (_, first) = " and ".join(name for name, _ in known), known[0]
    makers = " and ".join(dict.fromkeys(row.maker for _, row in known))
    verb = "do" if " and " in makers else "does"
    weights = "their weights are" if len(known) > 1 else "its weights are"
    no = f"No: {names} cannot run on machines of your own, {weights} not published ({makers} {verb} not sell them)"
    return f"{no}." if named else f"{no}; the nearest open model that is planned here is {first.open}, {first.why}."


def by_memory(memory_gb: float | None, reference: Reference) -> Gpu | None:
    """Any card with as much memory: the one whose driver leaves the most of it, under a name that says no more."""
    if memory_gb is None:
        return None
    same = [gpu for gpu in reference.gpus.values() if abs(gpu.memory_gb - memory_gb) <= SAME_MEMORY * memory_gb]
    modern = [gpu for gpu in same if gpu.vendor == "nvidia" and (gpu.compute_capability or 0) >= 8.0]
    found = max(modern or same, key=lambda gpu: (gpu.usable_gib, gpu.name), default=None)
    if found is None:
        return None
    name = f"{memory_gb:g} GB card"
    return found.model_copy(update={"name": name, "family": name, "memory_gb": memory_gb, "aliases": ()})


def _with_open_models(spec: WorkloadSpec, question: AskedQuestion) -> WorkloadSpec:
    paid = (question.bill.model,) if question.bill and question.bill.model else ()
    rows = [row for name in (*question.closed, *paid) if (row := closed_model(name)) is not None]
    if not rows or spec.models:
        return spec
    return _in_place_of(spec, (*question.closed, *paid)[0], rows[0])


def _with_model_like(spec: WorkloadSpec, turns: Sequence[str]) -> WorkloadSpec:
    """Who names a closed model, as what is to be matched or replaced, and no open one, says how good it is to be; what
    stands on a desk already says how large it can be."""
    served = spec.task_type in _SERVED and spec.domain in (None, "llm") and (spec.task_type or spec.domain)
    if spec.models or spec.owned or spec.workloads or spec.gpu_needed is False or not served:
        return spec
    named = ((name, row) for turn in turns for name, row in closed_in(turn) if not _PRODUCT.match(name))
    name, row = next(named, ("", None))
    return spec if row is None else _in_place_of(spec, name, row)


def _in_place_of(spec: WorkloadSpec, name: str, row: ClosedModel) -> WorkloadSpec:
    update: dict[str, object] = {
        "models": (RequestedModel(name=row.open),), "domain": spec.domain or "llm",
        "assumptions": (*spec.assumptions, f"In the place of {name}: {row.open}, {row.why}."),
        "unplaced": tuple(words for words in spec.unplaced if name not in words.quote),
    }  # fmt: skip
    return spec.model_copy(update=update)


def _without_api_sellers(spec: WorkloadSpec, question: AskedQuestion) -> WorkloadSpec:
    """Whose API is asked about is not whom to rent from."""
    subjects = [squash(subject) for subject in question.subjects]
    kept = tuple(name for name in spec.location.providers if not any(squash(name) in said for said in subjects))
    if kept == spec.location.providers:
        return spec
    return spec.model_copy(update={"location": spec.location.model_copy(update={"providers": kept})})


def _with_load_of(spec: WorkloadSpec, bill: ApiBill) -> WorkloadSpec:
    """Its tokens are the load, not the size of a model; its sum is what is to be undercut, not a limit."""
    into, out = bill.input_tokens or 0.0, bill.output_tokens or 0.0
    sizes = {amount / 1e9 for amount in (into, out)}
    update: dict[str, object] = {
        "models": tuple(m for m in spec.models if m.params_b not in sizes),
        "unplaced": tuple(u for u in spec.unplaced if not any(quote in u.quote for quote in bill.quotes)),
    }  # fmt: skip
    paid = bill.amount or 0.0
    if paid and spec.budget.amount is not None and abs(spec.budget.amount - paid) <= SHARE * paid:
        update["budget"] = Budget()
    if into + out:
        update["volume"] = Volume(amount=into + out, unit="tokens", per="month")
        if spec.task_type in (None, "batch_inference"):
            update["task_type"] = "inference"
    if into and out and spec.traffic.input_tokens is None:
        written = max(1, round(DEFAULT_INPUT_TOKENS * out / into))
        tokens = {"input_tokens": DEFAULT_INPUT_TOKENS, "output_tokens": written}
        update["traffic"] = spec.traffic.model_copy(update=tokens)
        told = f"A request has {DEFAULT_INPUT_TOKENS:,} tokens in and {written:,} out, the mix of what is paid for now."
        update["assumptions"] = (*spec.assumptions, told)
    return spec.model_copy(update=update)
