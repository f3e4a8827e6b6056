"""Prompts for the usual requests: words to start from, which the tools then answer with facts."""

from typing import Annotated

from mcp.server.fastmcp import FastMCP
from pydantic import Field

Words = Annotated[str, Field(max_length=500)]
FIRST = "Call the tool `plan` with these words, put its questions to me, and show me its answer as it is:"


def add_requests(door: FastMCP[object]) -> None:
    """Adds serve_a_model, fine_tune_a_model, answer_over_documents, does_it_fit and what_is_left."""

    @door.prompt()
    def serve_a_model(model: Words, users: Words, budget_per_month: Words) -> str:
        """Serve a model to people."""
        return f"{FIRST} Serve {model} to {users} users for at most {budget_per_month} a month."

    @door.prompt()
    def fine_tune_a_model(model: Words, examples: Words) -> str:
        """Fine-tune a model on one's own examples."""
        return f"{FIRST} Fine-tune {model} on {examples} examples with LoRA."

    @door.prompt()
    def answer_over_documents(documents: Words, users: Words, place: Words) -> str:
        """Answer questions over documents, in one place."""
        return f"{FIRST} Answer questions over {documents} documents for {users} users; the data must stay in {place}."

    @door.prompt()
    def does_it_fit(model: Words, gpu: Words, count: Words = "1") -> str:
        """Whether a model fits on GPUs at hand."""
        return (
            f"Call the tool `size_model` with model {model}, gpu {gpu} and gpu_count {count}. Say whether it fits, "
            "what binds, and how fast it is; every figure from the answer."
        )

    @door.prompt()
    def what_is_left(conversation_id: Words) -> str:
        """What of a plan is still to be done."""
        return f"Call the tool `list_tasks` with conversation_id {conversation_id} and status open; show me the list."
