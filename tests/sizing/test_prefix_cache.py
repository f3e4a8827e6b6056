"""Prompts of which a prefix cache holds a part: only what is new is computed, memory is kept for all of it."""

from domain.workload import Traffic, WorkloadSpec
from sizing.demand import demand_notes, demand_of


def served(**traffic: float) -> WorkloadSpec:
    return WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True, traffic=Traffic.model_validate(traffic))


def test_what_is_cached_is_not_computed() -> None:
    demand = demand_of(served(input_tokens=10_000, output_tokens=200, cached_input=0.8))
    assert (demand.input_tokens, demand.fresh_tokens, demand.held_tokens) == (10_000, 2_000, 10_200)


def test_all_of_a_prompt_is_new_unless_it_is_said_otherwise() -> None:
    assert demand_of(served(input_tokens=10_000, output_tokens=200)).fresh_tokens == 10_000


def test_a_long_context_is_a_conversation_and_that_is_told() -> None:
    spec = served(concurrent_users=10).model_copy(update={"context_tokens": 64_000})
    demand = demand_of(spec)
    assert (demand.input_tokens, demand.fresh_tokens, demand.held_tokens) == (15_744, 1_024, 64_000)
    assert "1,024 of those in are new" in " ".join(demand_notes(spec))
    said = spec.model_copy(update={"traffic": spec.traffic.model_copy(update={"cached_input": 0.0})})
    assert demand_of(said).fresh_tokens == 15_744


def test_questions_about_documents_bring_their_passages_anew() -> None:
    spec = served(concurrent_users=10).model_copy(update={"context_tokens": 64_000, "task_type": "rag"})
    assert demand_of(spec).fresh_tokens == 4_096
