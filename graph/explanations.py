"""Answers about a plan, in Markdown, made only of what the plan holds."""

import re
from collections.abc import Callable, Mapping

from domain.base import Frozen
from domain.plan import DeploymentPlan, Recommendation
from domain.workload import WorkloadSpec

ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "top": 1, "last": -1}


class Subject(Frozen):
    """What the question is about: the catalogue names in it, and a verdict for each offer they lead to."""

    named: WorkloadSpec
    verdicts: Mapping[str, str] = {}


def explanation(question: str, plan: DeploymentPlan, subject: Subject) -> str:
    """The first topic whose words are in the question answers; without one, the reasons of the first choice."""
    for words, answer in TOPICS:
        if re.search(words, question, re.I):
            return answer(question, plan, subject)
    return why_not_these(question, plan, subject) if subject.verdicts else why_first(question, plan, subject)


def why_not_these(question: str, plan: DeploymentPlan, subject: Subject) -> str:
    """The verdict on each offer the question names."""
    if not subject.verdicts:
        return why_first(question, plan, subject)
    lines = [f"- `{key}`: {verdict}" for key, verdict in subject.verdicts.items()]
    return "\n".join(["Under the constraints of this plan:", "", *lines]) + "\n"


def why_first(question: str, plan: DeploymentPlan, subject: Subject) -> str:
    """Why the first recommendation is the first."""
    if not plan.recommendations:
        return nothing_fits(plan)
    first = plan.recommendations[0]
    option = first.option
    reasons = [f"- {reason}" for reason in option.reasons]
    binding = [f"- What limits it: {option.proof.binding_constraint}."] if option.proof else []
    return (
        "\n".join([f"**{_name(first)}** is the first recommendation ({option.label}):", "", *reasons, *binding]) + "\n"
    )


def compare(question: str, plan: DeploymentPlan, subject: Subject) -> str:
    """A table of the recommendations the question counts out, or of all of them."""
    wanted = _ranks(question, len(plan.recommendations))
    chosen = [item for item in plan.recommendations if item.rank in wanted]
    if not chosen:
        return nothing_fits(plan)
    rows = {
        "Offer": [_name(item) for item in chosen],
        "Why it is here": [item.option.label for item in chosen],
        "GPUs": [str(item.option.gpus) for item in chosen],
        "Model": [item.option.model.key if item.option.model else "" for item in chosen],
        "Quantisation": [item.option.quantization or "" for item in chosen],
        "Memory per GPU (GiB, needed of usable)": [
            f"{item.option.proof.total_gib:.1f} of {item.option.proof.usable_gib:.1f}" if item.option.proof else ""
            for item in chosen
        ],
        "Per hour (USD)": [f"{item.option.price_per_hour_usd:,.2f}" for item in chosen],
        "Per month (USD)": [f"{item.option.price_per_month_usd:,.2f}" for item in chosen],
    }
    header = "| | " + " | ".join(f"#{item.rank}" for item in chosen) + " |"
    rule = "|---" * (len(chosen) + 1) + "|"
    return (
        "\n".join([header, rule, *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items())]) + "\n"
    )


def memory(question: str, plan: DeploymentPlan, subject: Subject) -> str:
    """The memory proof of one recommendation, line by line."""
    if not plan.recommendations:
        return nothing_fits(plan)
    wanted = min(_ranks(question, len(plan.recommendations)) if _counted(question) else {1})
    item = plan.recommendations[wanted - 1]
    if item.option.proof is None:
        return f"**{_name(item)}** has no accelerator memory to prove: it runs on CPU.\n"
    lines = [f"- {line.label}: {line.formula} = {line.value:,.6g} {line.unit}" for line in item.option.proof.lines]
    return "\n".join([f"Memory of one GPU of **{_name(item)}**:", "", *lines]) + "\n"


def cost(question: str, plan: DeploymentPlan, subject: Subject) -> str:
    """The cost lines of the first recommendation."""
    if plan.cost is None:
        return nothing_fits(plan)
    lines = [
        f"- {line.item}: {line.formula} = "
        + ("no price known" if line.monthly_usd is None else f"${line.monthly_usd:,.2f}")
        for line in plan.cost.lines
    ]
    total = f"**${plan.cost.monthly_usd:,.2f} a month** (${plan.cost.hourly_usd:,.2f} an hour)"
    return "\n".join([f"The first recommendation costs {total}:", "", *lines]) + "\n"


def models(question: str, plan: DeploymentPlan, subject: Subject) -> str:
    """The models of the plan with licence and access."""
    lines = [
        f"- `{choice.model.key}`: licence {choice.model.license or 'unknown'}"
        f"{', gated' if choice.model.gated else ''}; {choice.reason}"
        for choice in plan.models
    ]
    return "\n".join(lines or ["The plan names no model."]) + "\n"


def stack(question: str, plan: DeploymentPlan, subject: Subject) -> str:
    """Each component and its reason."""
    lines = [
        f"- {component.package.display_name} {component.package.version} ({component.role}): {component.reason}"
        for component in plan.stack
    ]
    return "\n".join(lines or ["The plan has no Kubernetes components."]) + "\n"


def nothing_fits(plan: DeploymentPlan) -> str:
    """What to relax, when there is nothing to explain."""
    lines = [f"- {relaxation.explanation}" for relaxation in plan.relaxations]
    return "\n".join(["Nothing in the catalogue fits the constraints as they stand.", "", *lines]) + "\n"


TOPICS: tuple[tuple[str, Callable[[str, DeploymentPlan, Subject], str]], ...] = (
    (r"\bwhy not\b|\binstead of\b|\bwhat about\b|\bwhy (isn't|is not|didn't you)\b", why_not_these),
    (r"\bcompare\b|\bdifferences?\b|\bversus\b|\bvs\b", compare),
    (r"\bmemory\b|\bvram\b|\bfits?\b|\bproof\b|\bprove\b", memory),
    (r"\bcosts?\b|\bprices?\b|\bexpensive\b|\bbill\b|\bpay\b", cost),
    (r"\blicen[cs]es?\b|\bgated\b|\bwhich models?\b|\bother models?\b", models),
    (r"\bcharts?\b|\bhelm\b|\bcomponents?\b|\bstack\b|\bkubernetes\b", stack),
)


def _counted(question: str) -> bool:
    return bool(re.search(rf"\b({'|'.join(ORDINALS)})\b|#\s*\d|\b[1-9]\b", question, re.I))


def _ranks(question: str, count: int) -> set[int]:
    """The ranks a question counts out: "the first two", "#1 and #3", "the second"; all when it counts none."""
    if several := re.search(r"\b(?:first|top)\s+(two|three|2|3)\b", question, re.I):
        return set(range(1, {"two": 2, "2": 2}.get(several[1].lower(), 3) + 1))
    ranks = {ORDINALS[word.lower()] for word in re.findall(rf"\b({'|'.join(ORDINALS)})\b", question, re.I)}
    numbered = re.findall(r"(?:#\s*|\b(?:option|number|and|with)\s+)([1-9])\b", question, re.I)
    ranks |= {int(digit) for digit in numbered}
    ranks = {count if rank == -1 else rank for rank in ranks}
    return {rank for rank in ranks if 1 <= rank <= count} or set(range(1, count + 1))


def _name(item: Recommendation) -> str:
    offer = item.option.offer
    pricing = offer.pricing.replace("_", "-")
    return f"{item.option.nodes} x {offer.provider} {offer.instance_type}, {offer.region}, {pricing}"
