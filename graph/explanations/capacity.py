"""Answers about how much at once the plan carries."""

from artifacts.notation import bullets, count, figure
from artifacts.proof import fit_in_one_line
from domain.placement import PlacementOption
from graph.explanations.evidence import Standing
from graph.explanations.load import verdict
from graph.explanations.options import per_user, speed
from graph.explanations.pace import most_in_flight, served
from graph.explanations.wording import name
from sizing.demand import active_share

FIRST = frozenset({"ttft", "latency", "first", "wait"})
"""Words of a question that wants the time to the first token, too."""


def capacity(standing: Standing) -> str:
    """How much at once fits, and by which arithmetic."""
    item = standing.one()
    option, proof = item.option, item.option.proof
    counts = {"how", "many"} <= {*standing.words}
    answer = None if counts else verdict(standing, option)
    if proof is None or proof.max_concurrency is None:
        if answer is None and proof is not None:
            answer = f"{count(option.gpus, 'GPU')}: the work {fit_in_one_line(proof)}."
        return "\n\n".join(part for part in (answer, speed(standing)) if part)
    load = served(option)
    at_once = most_in_flight(option) or (load.in_flight if load else proof.max_concurrency * option.replicas)
    share = active_share(standing.plan.spec.traffic)
    usual = "of the usual length " if load else ""
    longest = f"{proof.context_tokens or 0:,} tokens each"
    traffic = standing.plan.spec.traffic
    people, by = traffic.concurrent_users is None, "the plan takes it"
    if traffic.users and traffic.concurrent_users and traffic.concurrent_users < traffic.users:
        share, people, by = traffic.concurrent_users / traffic.users, True, "you said"
    users = f"; with {figure(100 * share, 0)} % of the users active at once, as {by}, that is about "
    lines = [
        f"at most {at_once:,} requests {usual}at a time"
        + _at_what_pace(option, at_once)
        + (f"{users}{round(at_once / share):,} users." if people else "."),
        *(per_user(option) if FIRST & {*standing.words} else ()),
        *_with_all_held(option, at_once, share),
        f"Of the longest requests, {longest}, {proof.max_concurrency:,} fit at a time in "
        + ("the one replica." if option.replicas == 1 else f"each of {count(option.replicas, 'replica')}."),
    ]
    head = f"Number {item.rank}, **{name(option)}**:"
    if answer is not None:
        head = f"{answer}\n\n{head}"
    more = "To plan for more, say how many: “plan for 500 users”."
    return f"{head}\n\n{bullets(lines)}\n\n{more}"


def _at_what_pace(option: PlacementOption, at_once: int) -> str:
    """Tokens a second that each of so many gets."""
    output = next((one for one in option.throughput if one.metric == "output_tokens_per_second"), None)
    return f", {figure(output.value / at_once, 1)} tokens a second each" if output and at_once else ""


def _with_all_held(option: PlacementOption, at_once: int, share: float) -> list[str]:
    """What the cards at hand that stay free add, as further copies."""
    held = option.held_gpus or option.gpus
    times = held // option.gpus if option.gpus else 1
    if not option.is_own or times < 2:
        return []
    return [
        f"on all {held} GPUs at hand {times} such copies run: about {times * at_once:,} requests at a time, "
        f"{round(times * at_once / share):,} users."
    ]
