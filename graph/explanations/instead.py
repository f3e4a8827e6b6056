"""Answers to "why not X?": the plan with X, and what keeps it from being the first."""

import math

from artifacts.notation import bullets, code, figure, money, plain
from domain.placement import PlacementOption
from graph.alternatives import Alternative, uses
from graph.explanations.cards import card_gb, on_card
from graph.explanations.evidence import Standing
from graph.explanations.wording import name, priced, told
from graph.savings import spent

DOES = frozenset({
    "enough", "suffice", "suffices", "sufficient", "fit", "fits", "do", "work", "works", "run", "runs", "handle",
    "carry", "possible", "ok", "okay", "fine", "hold", "manage", "cope",
})  # fmt: skip
"""Words of a question of whether something would do."""


def why_not(standing: Standing) -> str:
    """A verdict on everything the question names, or on the recommendations it counts out."""
    counted = [item for item in standing.counted() if item.rank > 1]
    if counted and standing.plan.recommendations:
        return "\n\n".join(
            f"Number {item.rank}, **{name(item.option)}**, is not the first: {behind(standing, item.option)}."
            for item in counted
        )
    told = [instead(standing, alternative) for alternative in standing.alternatives]
    told += [f"The catalogue knows nothing named {plain(name)}." for name in standing.unknown]
    return "\n\n".join(told)


def instead(standing: Standing, alternative: Alternative) -> str:
    """One thing named: what the plan would be with it; yes or no first, where it is asked whether it would do."""
    told = _instead(standing, alternative)
    if not standing.closed or not DOES & {*standing.words} or not alternative.offers:
        return told
    return f"{'Yes' if _does(standing, alternative) else 'No'}. {told}"


def _does(standing: Standing, alternative: Alternative) -> bool:
    """Whether the workload runs on what is named, under the constraints that stand."""
    there = bool(standing.plan.recommendations)
    if there and uses(standing.first, alternative.named):
        many = alternative.named.gpu_count
        return many is None or many >= standing.first.gpus
    return alternative.option is not None and not alternative.too_few and not alternative.refusal


def _instead(standing: Standing, alternative: Alternative) -> str:
    named, option = alternative.named, alternative.option
    label = plain(named.label)
    if alternative.unknown_model:
        return f"The catalogue has no model named {label}."
    if not alternative.offers:
        if named.pricing:
            return f"The catalogue has no offer at {label} that would do for this plan."
        return f"The catalogue has no offer of {label}.{_on_ones_own(standing) if named.gpu else ''}"
    if standing.plan.recommendations and uses(standing.first, named):
        return f"**{label}** is what the first recommendation has: {told(standing.first)}."
    if option is not None and (beside := _in_another_part(standing, option)):
        return beside
    if alternative.too_few and option is not None:
        fewest = min(alternative.options, key=lambda o: (o.gpus, spent(o), o.offer.key))
        of_it = f" With {plain(named.gpu)} it takes, for example," if named.gpu else " It takes, for example,"
        return f"No plan with **{label}** meets every constraint.{of_it} {told(fewest)}."
    if option is None:
        misses = bullets([*_needs(standing, alternative), *(plain(miss) for miss in alternative.misses)])
        return f"No plan with **{label}** meets every constraint:\n\n{misses}"
    told_first = f"With **{label}** the first choice would be {told(option)}. {_verdict(standing, alternative, option)}"
    others = bullets(f"{plain(other.label)}: {priced(other)}" for other in alternative.options[1:])
    return f"{told_first}\n\nOther ways to have it:\n\n{others}" if others else told_first


def _in_another_part(standing: Standing, option: PlacementOption) -> str:
    """Of a model for another part of the plan than the one that is placed: "why not bge-m3" is about the embedder."""
    first = standing.first.model if standing.plan.recommendations else None
    if first is None or option.model is None or option.model.domain == first.domain:
        return ""
    kinds = {option.model.domain, option.model.pipeline_tag}
    part = next((one for one in standing.plan.models if {one.model.domain, one.model.pipeline_tag} & kinds), None)
    if part is None or part.model.key == option.model.key:
        return ""
    new, old = option.model, part.model
    sizes = f"{figure(new.params_b, 2)} B against {figure(old.params_b, 2)} B parameters, " if (
        new.params_b and old.params_b
    ) else ""  # fmt: skip
    return (
        f"{code(new.key)} would take the place of {code(old.key)} ({plain(part.reason)}), not of {code(first.key)}: "
        f"{sizes}licence {plain(new.license or 'unknown')} against {plain(old.license or 'unknown')}. Which finds "
        f"more, the catalogue does not measure; say “use {plain(new.name)} for the embeddings” to plan with it."
    )


def _verdict(standing: Standing, alternative: Alternative, option: PlacementOption) -> str:
    if alternative.refusal:
        beside = f"; {_difference(option, standing.first)}" if standing.plan.recommendations else ""
        return f"It is out as the constraints stand: {plain(alternative.refusal)}{beside}."
    if not standing.plan.recommendations:
        return "It would do."
    place = next((r.rank for r in standing.plan.recommendations if _same(r.option, option)), None)
    known = f"It is number {place} of the plan, and not the first" if place else "It would do, and is not the first"
    return f"{known}: {behind(standing, option)}."


def _needs(standing: Standing, alternative: Alternative) -> list[str]:
    """What one copy of what the plan runs takes, beside what such a card holds."""
    proof = standing.first.proof if standing.plan.recommendations else None
    card = next((gpu for gpu in standing.gpus if gpu.name == alternative.named.gpu), None)
    if proof is None or card is None:
        return []
    whole = proof.total_gib * proof.tensor_parallel * proof.pipeline_parallel
    times = f"; {math.ceil(whole / card.memory_gb)} of them would have to share it" if whole > card.memory_gb else ""
    format_ = f" in {plain(standing.first.quantization)}" if standing.first.quantization else ""
    has = f"a {plain(card.name)} has {card.memory_gb:g} GB"
    return [f"what the plan runs needs {figure(whole, 1)} GiB{format_}, {has}{times}"]


def _on_ones_own(standing: Standing) -> str:
    """What the workload asks of a machine that nobody rents out but somebody may have."""
    proof = standing.first.proof if standing.plan.recommendations else None
    if proof is None:
        return ""
    gb = card_gb(standing.question)
    runs_there = f"With one of your own: what the plan runs {on_card(proof, gb)}" if gb else (
        f"On one of your own, what the plan runs needs {figure(proof.total_gib, 1)} GiB of GPU memory"
    )  # fmt: skip
    hours = standing.first.job_hours
    time = f"; its time follows from its speed beside number 1, which takes {figure(hours, 1)} h" if hours else ""
    return f" {runs_there}{time}. Say what you have, with its memory, to have it planned first, without rent."


def behind(standing: Standing, option: PlacementOption) -> str:
    """Why the first recommendation comes before this option: the ranking's own reasons, in its order."""
    first, spec = standing.first, standing.spec
    difference = _difference(option, first)
    if option.model != first.model:
        chosen = "you asked for" if spec.models else "the first choice among the models found is"
        spot = "; its price is of spot capacity, which can be taken back" if _only_spot(option, first) else ""
        return f"{chosen} {code(first.model.key) if first.model else 'another workload'}; {difference}{spot}"
    kept = {broken.rule for broken in first.breaks}
    if broken := [f"{broken.words} ({broken.rule})" for broken in option.breaks if broken.rule not in kept]:
        if _only_spot(option, first) and "R5" not in {b.rule for b in option.breaks}:
            broken.insert(0, "spot capacity can be taken back at short notice")
        return f"{', '.join(broken)}; {difference}"
    if option.quantization != first.quantization and spent(option) < spent(first):
        lower, published = (plain(o.quantization or "full precision") for o in (option, first))
        return (
            f"it runs the model at {lower}, and {published} comes first as long as it fits; {difference}. "
            "Say “make it cheaper” to put cost first"
        )
    return difference


def _only_spot(option: PlacementOption, first: PlacementOption) -> bool:
    return option.offer.pricing == "spot" != first.offer.pricing


def _difference(option: PlacementOption, first: PlacementOption) -> str:
    if (option.job_cost_usd is None) != (first.job_cost_usd is None):
        return f"it is {priced(option)}, beside {priced(first)}: one is a rent by the month and the other a job's price"
    more = spent(option) - spent(first)
    period = "a month" if first.job_cost_usd is None else "for the job"
    against = f"{money(spent(option))} against {money(spent(first))} {period}"
    if abs(more) < 0.005:
        return f"it costs the same, {against}" + (", and ties go by name" if option.model == first.model else "")
    share = f", {figure(100 * abs(more) / spent(first), 0)} % {'more' if more > 0 else 'less'}" if spent(first) else ""
    return f"it costs {against}{share}"


def _same(one: PlacementOption, other: PlacementOption) -> bool:
    return one.model_copy(update={"label": "", "reasons": ()}) == other.model_copy(update={"label": "", "reasons": ()})
