"""A later turn's words that stand for two kinds of work do not make another of the one that stands."""

from collections.abc import Sequence

from graph.understanding.labels.sections import words
from graph.understanding.mentions.line import Line
from graph.understanding.merge.draft import Draft
from graph.understanding.roles.claim import Claim
from sizing.amount_of_work import TRAINING_TASKS

METHOD = "training.method"


def without_other_work(draft: Draft, line: Line, claims: Sequence[Claim]) -> Sequence[Claim]:
    """The claims without those of a kind of work that was hardly meant: "train for 5 epochs" beside a fine-tuning,
    "the cheapest host" beside a job, "add two LoRAs" beside a service, "use turbo" beside any."""
    stands = draft.scalars.get("task_type")
    if stands is None:
        return claims
    dropped = {id(claim) for claim in claims if claim.field == "task_type" and _hardly(str(stands), line, claim)}
    if not dropped:
        return claims
    method = stands not in TRAINING_TASKS and all(
        id(claim) in dropped for claim in claims if claim.field == "task_type"
    )
    return [claim for claim in claims if id(claim) not in dropped and not (method and claim.field == METHOD)]


def _hardly(stands: str, line: Line, claim: Claim) -> bool:
    said = {word.text for word in line.words}
    if claim.value == "inference" and _is_a_model_put_in(line, claim):
        return True
    if stands == "fine_tuning" and claim.value == "training":
        return not said & words("same_work", "from_nothing")
    if stands in TRAINING_TASKS and claim.value == "inference":
        return {*line.text.raw[claim.span.start : claim.span.end].lower().split()} <= words("same_work", "places")
    if stands not in TRAINING_TASKS and claim.value in TRAINING_TASKS:
        return not any(text.startswith(tuple(words("same_work", "teaches"))) for text in said)
    return False


def _is_a_model_put_in(line: Line, claim: Claim) -> bool:
    """The words for it are a model and that it is taken, whatever for: "use whisper large v3"."""
    first, last = line.place_at(claim.span.start), line.place_at(claim.span.end - 1)
    rest = {line.words[at].text for at in range(first, last + 1) if line.mentions[at] is None}
    return bool(rest) and rest <= words("same_work", "takes")
