"""What cannot be told from the plan or the catalogue: said in one sentence, with what can."""

import re

from artifacts.notation import fenced, link, plain
from artifacts.rented import QUOTA
from graph.explanations.evidence import Standing
from graph.explanations.glossary import meanings
from graph.explanations.unknowns import sentences

LONGEST = 120
"""Characters of a question that are repeated."""
_QUESTION = re.compile(r"^(?:and|but|so|ok|or|also|hm+),? ", re.I)
WEIGHED = "it is not weighed, neither for nor against."
ASK_INSTEAD = "Ask about its cost, speed, memory, place, data, parts, or what would change with something else."


def not_known(topic: str, standing: Standing) -> str:
    """The sentence on the topic, and where to look."""
    sentence = sentences()[topic]
    if topic == "quality" and standing.plan.recommendations and (model := standing.first.model) is not None:
        page = link("the model's page", f"https://huggingface.co/{model.key}")
        card = f" Its card here says: {plain(model.summary)}" if model.summary else ""
        if model.use_cases:
            card += f" It is listed for {plain(', '.join(use.replace('_', ' ') for use in model.use_cases))}."
        terms = "".join(f" {plain(says)}" for says in meanings(standing.question))
        return f"{sentence}{terms}{card} See {page} for what its makers report."
    if topic == "stock" and {"quota", "quotas", "limit"} & {*standing.words} and standing.plan.recommendations:
        return _quota(standing)
    if topic == "stock" and standing.plan.recommendations:
        others = {item.option.offer.provider for item in standing.plan.recommendations[1:]} - {
            standing.first.offer.provider
        }
        return sentence + (
            f" The plan's other recommendations are at {plain(', '.join(sorted(others)))}." if others else ""
        )
    if topic != "other":
        return sentence
    asked = _QUESTION.sub("", standing.question.strip().strip("?!. ").replace("\n", " "))[:LONGEST]
    return f"{sentence.rstrip('.')} for “{plain(asked)}”: {WEIGHED} {ASK_INSTEAD}"


def _quota(standing: Standing) -> str:
    """The plan's own step that asks for it; without one, that the seller gives machines without."""
    offer = standing.first.offer
    step = next((one for one in standing.plan.steps if one.title.startswith(QUOTA)), None)
    seller = plain(f"{offer.provider} ({offer.region})")
    if step is not None:
        have = bool({"have", "enough", "got", "already"} & {*standing.words})
        lead = "Whether you have it, the plan cannot know; it asks" if have else "Yes, before anything else,"
        shown = f"\n\n{fenced(step.commands)}" if step.commands else ""
        return f"{lead} {'in ' if have else ''}step {step.order} of the plan at {seller}: {plain(step.detail)}{shown}"
    return (
        f"No quota step is in the plan: {seller} is no hyperscaler, whose accounts begin without GPUs. A new account "
        "may still have a limit, which the catalogue does not record: look at the seller's console."
    )
