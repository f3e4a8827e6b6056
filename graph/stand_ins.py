"""Where the figures of a plan are those of something else than what was asked for: said before anything rests on it."""

import re

from artifacts.notation import figure, plain, words
from domain.names import TUNED
from domain.placement import PlacementOption
from domain.workload import TrainingMethod, TrainingObjective, WorkloadSpec
from sizing.amount_of_work import TRAINING_TASKS
from sizing.candidates import goes_on_from_base, is_business, is_requested
from sizing.reference_workloads import reference_for
from sizing.sized_work import borrowed_from

NOT_COMPUTED: dict[TrainingMethod | TrainingObjective, str] = {
    "grpo": "the answers that are generated for each step, and the models beside it, come on top",
    "rlhf": "the answers that are generated for each step, and the reward and value models, come on top",
    "distillation": "the teacher, in memory or in an earlier run, comes on top",
}
"""Methods of which memory and hours are not worked out, with what they take beyond supervised training."""
_YES = "Yes"
_SIZE = re.compile(r"[\d.]+ ?[bB]")


def reservation(spec: WorkloadSpec, first: PlacementOption | None) -> str:
    """One sentence; empty where the figures are those of the model and of the method, and the model may be used."""
    if first is None:
        return ""
    methods = (spec.training.method, spec.training.objective) if spec.task_type in TRAINING_TASKS else ()
    unknown = next((method for method in methods if method in NOT_COMPUTED), None)
    if unknown is not None:
        name = unknown.upper() if unknown in ("grpo", "rlhf") else unknown.capitalize()
        return f"{name} itself is not computed: memory, hours and price below are those of supervised training, and " \
               f"{NOT_COMPUTED[unknown]}."  # fmt: skip
    card = first.model
    if card is not None and card.commercial_use is False and not spec.models and is_business(spec):
        use = f"for {words(spec.use_case)} " if spec.use_case else ""
        named = f"{plain(card.name)}'s licence ({plain(card.license or 'unknown')})"
        return (
            f"Not for a business: {named} forbids commercial use, and the catalogue has no model {use}that allows it."
        )
    if (other := borrowed(spec, first)) is not None and card is not None:
        gib = None if card.params_b is None else figure(card.params_b * 2e9 / 2**30, 1)
        weights = f"Its weights alone take {gib} GiB in 16 bits. " if gib else ""
        return (
            f"Cannot say what {plain(card.name)} takes: no figures of such a network are known here. {weights}Memory "
            f"beside weights, speed and price below are those of a {plain(other)}, which it is not: measure one first."
        )
    if tuned := _tuned_for_base(spec, first):
        return tuned
    if sized := _size_of_no_row(spec, first):
        return sized
    what = _not_in_catalogue(spec, first)
    if not what or first.runs is None:
        return ""
    return f"{what}: memory, speed and price below are those of {plain(first.runs)}, and yours may be far from them."


def _tuned_for_base(spec: WorkloadSpec, first: PlacementOption) -> str:
    """That the model which talks stands for the one before it, where training is to go on from that."""
    card = first.model
    if card is None or not TUNED.search(card.key):
        return ""
    asked = [model for model in spec.models if is_requested(model, card) and goes_on_from_base(spec, model)]
    return "" if not asked else (
        f"The catalogue has {plain(asked[0].name)} only as {plain(card.key)}, on which the plan is sized: the base "
        "takes as much. What goes on from the base starts from its weights: put their name in the place of that one."
    )  # fmt: skip


def _size_of_no_row(spec: WorkloadSpec, first: PlacementOption) -> str:
    """That a family was asked for in a size in which the catalogue has none of it: "use the 7B" of Mistral Small."""
    said = spec.evidence.get("models")
    if first.model is not None or said is None or len(spec.models) != 1:
        return ""
    name, size = spec.models[0].name, _SIZE.fullmatch(said.quote.strip())
    if size is None or first.runs != name or _SIZE.fullmatch(name):
        return ""
    named = name if size[0] in name else f"{name} of {size[0]}"
    return (
        f"The catalogue has no {plain(named)}: memory, speed and price below are worked out from the {size[0]} alone, "
        "as of a dense model. Name a model that there is to have its own."
    )


def borrowed(spec: WorkloadSpec, first: PlacementOption) -> str | None:
    """What another kind of network the figures of the catalogue's model are those of; null where they are its own."""
    return borrowed_from(spec, first.model) if first.model is not None and first.proof is not None else None


def reserved(told: str, because: str) -> str:
    """A verdict behind its reservation, which leaves no plain yes."""
    if not because:
        return told
    softened = f"By that estimate yes{told[len(_YES) :]}" if told.startswith(_YES) else told
    return f"{because} {softened}".rstrip()


def seen_to_fail(told: str, first: PlacementOption | None) -> str:
    """A verdict on hardware at hand on which memory was seen to run out: what was seen goes before what was worked
    out."""
    if first is None or not first.is_own or not told.startswith(_YES):
        return told
    return reserved(
        told,
        "You saw memory run out there, and the estimate does not say why: it is that of the settings printed below. "
        "Compare batch size, sequence length, precision and what else holds memory with yours.",
    )


def _not_in_catalogue(spec: WorkloadSpec, first: PlacementOption) -> str:
    """What of the request no row of the catalogue stands for, as half a sentence."""
    if first.model is not None or first.proof is None:
        return ""
    if spec.models:
        return (
            ""
            if first.runs in {model.name for model in spec.models}
            else (f"{plain(spec.models[0].name)} is not in the catalogue")
        )
    row = reference_for(spec)
    if spec.use_case is None or spec.task_type in TRAINING_TASKS or first.runs != row.name:
        return ""
    spoken = {spec.use_case, *spec.use_case.lower().split("_")}
    return "" if row.words & spoken else f"The catalogue has no model for {words(spec.use_case)} that meets the request"
