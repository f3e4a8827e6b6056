"""Answers about the recommendations: why this one, how they compare, what proves that they fit, how fast they are."""

from collections.abc import Callable, Sequence

from artifacts.markdown import runs
from artifacts.notation import bullets, code, count, figure, money, plain, rate, table, words
from artifacts.proof import fit_in_one_line, proof_table, throughput_lines
from domain.placement import PlacementOption
from domain.plan import Recommendation
from graph.explanations.evidence import Standing
from graph.explanations.instead import instead
from graph.explanations.wording import name, priced
from graph.savings import spent
from sizing.demand import ACTIVE_SHARE_OF_USERS

IN_FLIGHT = "Requests in flight"
"""The line of a throughput estimate that says how many."""


def why_first(standing: Standing) -> str:
    """Why the recommendation asked about is where it is."""
    item = standing.one()
    option = item.option
    reasons = [plain(reason) for reason in option.reasons]
    if option.proof:
        reasons.append(f"It {fit_in_one_line(option.proof)}.")
    head = f"Number {item.rank} is **{name(option)}** ({plain(option.label)}), running {runs(option)}:"
    return f"{head}\n\n{bullets(reasons)}"


def whole_plan(standing: Standing) -> str:
    """The plan that stands, in short."""
    plan = standing.plan
    parts = [
        f"{plain(plan.understanding)} The plan that stands:",
        bullets(f"**{item.rank}. {plain(item.option.label)}**: {priced(item.option)}" for item in plan.recommendations),
    ]
    if plan.stack:
        parts.append("Kubernetes stack: " + ", ".join(code(component.package.name) for component in plan.stack) + ".")
    return "\n\n".join(part for part in parts if part)


def compare(standing: Standing) -> str:
    """A table of the recommendations the question counts out, or of what it names; else of all of them."""
    counted = standing.counted(bare=True)
    placed = [alternative for alternative in standing.alternatives if alternative.option]
    if standing.alternatives and not counted:
        columns = [(plain(a.named.label), a.option) for a in placed if a.option]
        if len(columns) < 2:
            columns.insert(0, ("The first recommendation", standing.first))
        tail = [instead(standing, a) for a in standing.alternatives if a.option is None or a.refusal]
        return "\n\n".join([_table(columns), *tail] if len(columns) > 1 else tail)
    chosen: Sequence[Recommendation] = counted
    if len(counted) == 1 and counted[0].rank != 1:
        chosen = (standing.plan.recommendations[0], *counted)
    elif len(counted) <= 1:
        chosen = standing.plan.recommendations
    missing = standing.missing_ranks(bare=True)
    note = [no_such_rank(missing, len(standing.plan.recommendations))] if missing else []
    columns = [(f"#{item.rank} {plain(item.option.label)}", item.option) for item in chosen]
    return "\n\n".join([*note, _table(columns), *_in_words(chosen)])


def memory(standing: Standing) -> str:
    """The memory proof of the recommendation asked about; of what it names, whether it fits."""
    if standing.alternatives and not standing.counted():
        return "\n\n".join(instead(standing, alternative) for alternative in standing.alternatives)
    item = standing.one()
    option = item.option
    if option.proof is None:
        return f"Number {item.rank}, **{name(option)}**, has no accelerator memory to prove: it runs on CPU."
    head = f"Memory of number {item.rank}, **{name(option)}**, running {runs(option)}:"
    return f"{head}\n\n{proof_table(option.proof)}"


def speed(standing: Standing) -> str:
    """The throughput estimate, with its error band."""
    item = standing.one()
    option = item.option
    head = f"Number {item.rank}, **{name(option)}**, as estimated:"
    estimates = list(throughput_lines(option.throughput))
    if option.job_hours is not None:
        estimates.append(f"the job takes about {figure(option.job_hours, 1)} h")
    if not estimates:
        return (
            f"The plan holds no speed estimate for **{name(option)}**: the catalogue lacks figures to compute one from."
        )
    return f"{head}\n\n{bullets(estimates)}"


def capacity(standing: Standing) -> str:
    """How much at once fits, and by which arithmetic."""
    item = standing.one()
    option, proof = item.option, item.option.proof
    if proof is None or proof.max_concurrency is None:
        return speed(standing)
    flight = next((line for t in option.throughput for line in t.lines if line.label == IN_FLIGHT), None)
    at_once = int(flight.value) if flight else proof.max_concurrency * option.replicas
    share = f"{figure(100 * ACTIVE_SHARE_OF_USERS, 0)} %"
    usual = "of the usual length " if flight else ""
    longest = f"{proof.context_tokens or 0:,} tokens each"
    lines = [
        f"{at_once:,} requests {usual}can be in flight at a time; with {share} of the users active at once, as the "
        f"plan takes it, that is about {round(at_once / ACTIVE_SHARE_OF_USERS):,} users.",
        f"Of the longest requests, {longest}, {proof.max_concurrency:,} fit at a time in "
        + ("the one replica." if option.replicas == 1 else f"each of {count(option.replicas, 'replica')}."),
        *throughput_lines(option.throughput),
    ]
    head = f"Number {item.rank}, **{name(option)}**:"
    more = "To plan for more, say how many: “what happens at 500 users?”."
    return f"{head}\n\n{bullets(lines)}\n\n{more}"


def where(standing: Standing) -> str:
    """Where each recommendation runs."""
    lines = []
    for item in standing.counted() or standing.plan.recommendations:
        offer = item.option.offer
        under = f"; under the law of {plain(', '.join(offer.jurisdictions))}" if offer.jurisdictions else ""
        country = f", {plain(offer.country)}" if offer.country else ", the country is not known"
        machine = f"**{item.rank}.** {code(offer.instance_type)} at {plain(offer.provider)}"
        lines.append(f"{machine}: {plain(offer.region)}{country}{under}")
    return bullets(lines)


def no_such_rank(ranks: Sequence[int], there: int) -> str:
    """For a question about a recommendation the plan does not have."""
    asked = ", ".join(str(rank) for rank in ranks)
    return f"There is no number {asked}: the plan has {count(there, 'recommendation')}."


def _table(columns: Sequence[tuple[str, PlacementOption]]) -> str:
    options = [option for _, option in columns]
    rows: list[tuple[str, ...]] = [
        ("Instance", *(f"{o.nodes} × {code(o.offer.instance_type)}" for o in options)),
        ("Where", *(f"{plain(o.offer.provider)} {plain(o.offer.region)}, {words(o.offer.pricing)}" for o in options)),
        ("GPUs", *(f"{o.gpus} × {plain(o.offer.gpu.name)}" if o.offer.gpu else "none" for o in options)),
        ("Runs", *(runs(o) for o in options)),
        ("Memory of one GPU", *(_fill(o) for o in options)),
        ("Speed", *(_speed(o) for o in options)),
        ("Per hour", *(rate(o.price_per_hour_usd) for o in options)),
        ("Per month", *(money(o.price_per_month_usd) for o in options)),
    ]
    if any(o.job_cost_usd is not None for o in options):
        rows.append(("The job", *(_job(o) for o in options)))
    return table(("Compared", *(heading for heading, _ in columns)), rows)


def _fill(option: PlacementOption) -> str:
    proof = option.proof
    return f"{figure(proof.total_gib, 1)} of {figure(proof.usable_gib, 1)} GiB" if proof else ""


def _speed(option: PlacementOption) -> str:
    if not option.throughput:
        return ""
    estimate = option.throughput[0]
    return f"{figure(estimate.value, 1)} {estimate.metric.replace('_per_second', ' per second').replace('_', ' ')}"


def _job(option: PlacementOption) -> str:
    if option.job_hours is None:
        return ""
    return f"{figure(option.job_hours, 1)} h, {money(option.job_cost_usd)}"


def _in_words(chosen: Sequence[Recommendation]) -> list[str]:
    """The two ends of a comparison: the cheapest and the quickest."""
    if len(chosen) < 2:
        return []
    cheapest = min(chosen, key=lambda item: (spent(item.option), item.rank))
    said = [f"Number {cheapest.rank} costs the least."]
    quickest = _best(chosen, lambda option: _pace(option))
    if quickest and quickest.rank != cheapest.rank:
        said.append(f"Number {quickest.rank} is the fastest by the estimate.")
    return [" ".join(said)]


def _best(chosen: Sequence[Recommendation], merit: Callable[[PlacementOption], float | None]) -> Recommendation | None:
    rated = [(value, item) for item in chosen if (value := merit(item.option)) is not None]
    return max(rated, key=lambda pair: (pair[0], -pair[1].rank))[1] if len(rated) == len(chosen) else None


def _pace(option: PlacementOption) -> float | None:
    """The larger the faster."""
    if not option.throughput:
        return None
    estimate = option.throughput[0]
    return -estimate.value if estimate.metric in ("training_hours", "gpu_hours") else estimate.value
