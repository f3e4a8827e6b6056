"""What cannot be told from the plan or the catalogue: said in one sentence, with what can."""

from artifacts.notation import link, plain
from graph.explanations.evidence import Standing
from graph.explanations.unknowns import sentences

ASK_INSTEAD = "Ask about its cost, speed, memory, place, data, parts, or what would change with something else."


def not_known(topic: str, standing: Standing) -> str:
    """The sentence on the topic, and where to look."""
    sentence = sentences()[topic]
    if topic == "quality" and standing.plan.recommendations and (model := standing.first.model) is not None:
        page = link("the model's page", f"https://huggingface.co/{model.key}")
        card = f" Its card here says: {plain(model.summary)}" if model.summary else ""
        if model.use_cases:
            card += f" It is listed for {plain(', '.join(use.replace('_', ' ') for use in model.use_cases))}."
        return f"{sentence}{card} See {page} for what its makers report."
    if topic == "stock" and standing.plan.recommendations:
        others = {item.option.offer.provider for item in standing.plan.recommendations[1:]} - {
            standing.first.offer.provider
        }
        return sentence + (
            f" The plan's other recommendations are at {plain(', '.join(sorted(others)))}." if others else ""
        )
    return f"{sentence} {ASK_INSTEAD}" if topic == "other" else sentence
