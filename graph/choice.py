"""A recommendation that the user chooses by its rank: "we take the second one"."""

import re

from domain.plan import DeploymentPlan
from domain.workload import Evidence, WorkloadSpec
from graph.explanations.question import counted_ranks

_TAKES = re.compile(
    r"^(?:(?:ok(?:ay)?|yes|yeah|right|good|great|fine|so|then|and|well|hm+|thanks|please|let'?s|let us|"
    r"we(?:'ll| will| shall)?|i(?:'ll|'d| will| would| think)?|you can|can we|could we|would like to|want to|rather|"
    r"better|actually|no)[,. ]+)*"
    r"(?:(?:use|take|go(?:ing)? (?:with|for)|choose|pick|prefer|want|proceed with|continue with|book|run|switch to|"
    r"like|do|settle (?:on|for)|opt for|plan with|give me|make it) )?"
    r"(?:the |option |number |no\.? ?|choice |recommendation |#)*(?:first|second|third|last|1st|2nd|3rd|[1-9])"
    r"(?: (?:one|option|choice|offer|recommendation|machine|variant|setup|alternative))?"
    r"(?:,? (?:then|please|it is|instead|now|is (?:fine|good|ok|better|best|enough)|looks (?:good|better|best)|"
    r"sounds good|suits (?:us|me)(?: better)?|wins))*[ .!]*$",
    re.I,
)
_COUNTED = re.compile(r"first|second|third|last|1st|2nd|3rd|option|number|choice|recommendation|#", re.I)


def chosen_rank(message: str, plan: DeploymentPlan) -> int | None:
    """The rank of the recommendation that the whole message takes; null where it takes none that is there."""
    words = " ".join(message.replace("’", "'").split())
    if not _TAKES.fullmatch(words) or not _COUNTED.search(words):
        return None
    ranks = counted_ranks(words, bare=True)
    there = len(plan.recommendations)
    rank = there if ranks == (-1,) else ranks[0] if len(ranks) == 1 else 0
    return rank if 1 <= rank <= there else None


def with_choice(spec: WorkloadSpec, plan: DeploymentPlan, rank: int, words: str, turn: int) -> WorkloadSpec:
    """The spec that asks for what the recommendation is: its provider, its GPU, its pricing."""
    offer = plan.recommendations[rank - 1].option.offer
    said = Evidence(quote=words.strip()[:120], turn=turn)
    gpu, location, evidence = spec.gpu, spec.location, dict(spec.evidence)
    if offer.gpu is not None:
        gpu = gpu.model_copy(update={"models": (offer.gpu.name,)})
        evidence["gpu.models"] = said
    location = location.model_copy(update={"providers": (offer.provider,)})
    evidence |= {"location.providers": said, "pricing": said}
    return spec.model_copy(
        update={"gpu": gpu, "location": location, "pricing": offer.pricing, "evidence": dict(sorted(evidence.items()))}
    )
