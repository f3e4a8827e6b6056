"""A message that has nothing to do with deployment plans."""

from graph.state import ArchitectState, Reply

OFFER = (
    "I plan GPU and Kubernetes deployments, so I can't help with that one. Tell me what you want to run, for example: "
    "“serve Llama 70B for 200 users under $5k a month, EU only”, “fine-tune Mistral 7B with MLflow on AWS” or "
    "“2 TB of MRI images, detect tumours, find the right GPUs”."
)
OFFER_WITH_PLAN = (
    "I plan GPU and Kubernetes deployments, so I can't help with that one. About the plan that stands you can ask "
    "“why not H100?”, “compare the first two”, “make it cheaper”, or for the deployment checklist."
)


async def decline(state: ArchitectState) -> ArchitectState:
    """One friendly sentence, and what can be asked instead."""
    return {"reply": Reply(response_type="answer", response=OFFER_WITH_PLAN if "plan" in state else OFFER)}
