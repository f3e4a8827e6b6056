"""Words of training that only say what a model is: "our 8B finetune", "SDXL with two LoRAs", "a QLoRA of Llama"."""

from graph.understanding.labels.book import labels, stance_of
from graph.understanding.labels.workload_part import is_live, is_rate
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.stance.stance import UNWANTED, Stances

DEEDS = ("training", "tuning", "distilling", "retraining")
"""What is done to a model, by verb or by the noun of the deed; the noun of its result is none of them."""
LONGEST_ANSWER_HOURS = 60 / 3600


def is_trained_already(line: Line, stances: Stances) -> bool:
    """Nobody says that anything is to be trained, and there is a load: it is run as it is."""
    tasks = {
        match.value.value for match in labels("workloads").find(line)
        if match.value.field == "tasks" and stance_of(match, stances) not in UNWANTED
    }  # fmt: skip
    if not tasks.isdisjoint(DEEDS):
        return False
    at_once = "at_once" in tasks
    figures = [figure for _, figure in line.quantities]
    return at_once or any(is_live(one, at_once) or is_rate(one) or _is_of_an_answer(one) for one in figures)


def _is_of_an_answer(figure: Quantity) -> bool:
    """So short a time is that of an answer."""
    return figure.dimension == "time" and not figure.per and figure.high <= LONGEST_ANSWER_HOURS
