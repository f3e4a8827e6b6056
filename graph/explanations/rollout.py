"""Answers about putting another version into service while people use it."""

from artifacts.notation import count, figure, plain, rate
from graph.explanations.evidence import Standing
from graph.explanations.manifests import running_step

CHANGES = frozenset(
    {
        "update",
        "updates",
        "updating",
        "upgrade",
        "upgrading",
        "swap",
        "swapping",
        "replace",
        "roll",
        "rollout",
        "redeploy",
        "switch",
    }
)
OF = frozenset({"model", "models", "weights", "version", "engine", "vllm", "image", "adapter", "checkpoint"})
UNBROKEN = frozenset({"downtime", "interruption", "offline", "outage", "rolling", "seamless", "seamlessly", "canary"})


def rollout(standing: Standing) -> str | None:
    """Null where no service runs, or nothing is asked about a change of what it runs."""
    said, step = {*standing.words}, running_step(standing.plan)
    if not (CHANGES & said and OF & said and UNBROKEN & said) or step is None or standing.first.job_hours is not None:
        return None
    option = standing.first
    weights = option.model.weights_gib if option.model and option.model.weights_gib else None
    loads = f" loads {figure(weights, 1)} GiB of weights before it answers" if weights else " loads its weights first"
    change = f"Put the new model or image into the manifest of step {step.order}, “{plain(step.title)}”, and apply it."
    if option.replicas > 1:
        return (
            f"{change} The plan runs {count(option.replicas, 'replica')}: they are replaced one after another, and "
            f"while one{loads} the other {option.replicas - 1} answer, so change at an hour of little load."
        )
    spare = "" if option.is_own else f" ({rate(option.price_per_hour_usd)} an hour for as long as both run)"
    return (
        f"{change} The plan has 1 replica and no GPU to spare, so the old one has to stop first, and the service is "
        f"down while the new one{loads}. Without downtime: add a machine for the change{spare}, start the new version "
        "on it under another name, send the traffic there when it answers, then stop the old one."
    )
