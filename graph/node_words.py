"""What each node did, as progress tells it: on the page and at a terminal."""

NODE_WORDS = {
    "triage": "Read the message",
    "extract": "Understood the requirement",
    "clarify": "Asked back",
    "compute": "GPU offers",
    "models": "Models",
    "packages": "Helm charts",
    "cluster": "Your cluster",
    "place": "Placed models on GPUs",
    "synthesize": "Wrote the plan",
    "explain": "Answered from the plan",
    "undo": "Took the last change back",
    "tasks": "Your checklist",
    "elsewhere": "Asked another server",
    "decline": "Answered",
}
