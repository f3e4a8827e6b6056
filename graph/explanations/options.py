"""Answers about the recommendations: why this one, how they compare, what proves that they fit, how fast they are."""

from collections.abc import Callable, Sequence

from artifacts.choices import will_do
from artifacts.markdown import runs
from artifacts.notation import bullets, code, count, figure, money, plain, rate, table
from artifacts.parts import hours_in_words
from artifacts.proof import fit_in_one_line, throughput_lines
from domain.placement import PlacementOption
from domain.plan import Recommendation
from graph.explanations.beforehand import epoch_cost
from graph.explanations.evidence import Standing
from graph.explanations.instead import instead
from graph.explanations.pace import SECONDS_PER_HOUR, pace, served
from graph.explanations.when import done_at
from graph.explanations.wording import name, priced
from graph.savings import spent
from sizing.amount_of_work import tokens_of

INDEXING = frozenset(
    {"index", "indexing", "indexed", "ingest", "ingestion", "embedding", "embed", "reembedding", "searchable"}
)
"""Words of a question about the texts of a service that searches, and not about its answers."""
TOTAL = frozenset({"total", "altogether", "throughput", "overall", "aggregate", "combined"})
"""Words of a question about all that is answered, and not about one user."""
ENDS = frozenset({"fastest", "quickest", "cheapest", "slowest"})
"""Words of a question that one end of a comparison answers."""
FASTER = frozenset({"faster", "quicker", "fastest", "speed", "sooner", "two", "more", "2", "4", "8"})
"""Words of a question about speed that asks for more of it."""


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
    """The plan that stands, in short: what to rent, the other choices, what is installed, what comes first."""
    plan = standing.plan
    others = [choice for choice in plan.choices if choice.rank > 1]
    lines = [
        f"{plain(choice.label)}: {plain(choice.machines)} at {plain(choice.where)}, {money(choice.usd)} {choice.a_per}"
        + (f"; gives up {plain(', '.join(choice.gives_up))}" if choice.gives_up else "")
        for choice in others
    ]
    if plan.stack:
        lines.append("installed: " + ", ".join(code(component.package.name) for component in plan.stack))
    if plan.steps:
        lines.append(f"{count(len(plan.steps), 'step')}, the first of them “{plain(plan.steps[0].title)}”")
    said = " ".join(plain(part) for part in (plan.verdict, plan.answer or plan.understanding) if part)
    return "\n\n".join(part for part in (said, bullets(lines)) if part)


def compare(standing: Standing) -> str:
    """A table of the recommendations the question counts out, or of what it names; else of all of them."""
    counted = standing.counted(bare=True)
    placed = [alternative for alternative in standing.alternatives if alternative.option]
    if standing.alternatives and not counted:
        columns = [(plain(a.named.label), a.option) for a in placed if a.option]
        if len(columns) < 2:
            columns.insert(0, ("The first recommendation", standing.first))
        tail = [instead(standing, a) for a in standing.alternatives if a.option is None or a.refusal]
        return "\n\n".join([comparison(columns), *tail] if len(columns) > 1 else tail)
    chosen: Sequence[Recommendation] = counted
    if len(counted) == 1 and counted[0].rank != 1:
        chosen = (standing.plan.recommendations[0], *counted)
    elif len(counted) <= 1:
        chosen = standing.plan.recommendations
    missing = standing.missing_ranks(bare=True)
    note = [no_such_rank(missing, len(standing.plan.recommendations))] if missing else []
    columns = [(f"#{item.rank} {plain(item.option.label)}", item.option) for item in chosen]
    ends, table = _in_words(chosen), comparison(columns)
    told = [*ends, table] if ENDS & set(standing.words) else [table, *ends]
    return "\n\n".join([*note, *told])


def speed(standing: Standing) -> str:
    """The throughput estimate, with its error band."""
    item = standing.one()
    option = item.option
    said = {*standing.words}
    if said & {"epoch", "epochs", "pass"} and (each := epoch_cost(standing, option)):
        return each
    if said & INDEXING and (once := indexing(standing)):
        return once
    head = f"Number {item.rank}, **{name(option)}**, as estimated:"
    pieces = _by_the_piece(standing, option)
    measured = [t for t in option.throughput if not (pieces and t.metric == "images_per_second")]
    waits = [] if option.job_hours is not None or per_user(option) else [plain(will_do(option))]
    of_each, of_all = [*per_user(option), *pieces], [*throughput_lines(tuple(measured))]
    estimates = [*waits, *of_all, *of_each] if TOTAL & said else [*waits, *of_each, *of_all]
    if option.job_hours is not None:
        days = f", {figure(option.job_hours / 24, 1)} days" if option.job_hours >= 24 else ""
        price = f" and costs {money(option.job_cost_usd)}" if option.job_cost_usd is not None else ""
        estimates.insert(0, f"the job takes about {figure(option.job_hours, 1)} h{days}{price}")
        estimates[1:1] = [
            *_items_rate(standing, option),
            *_training_rate(standing, option),
            *done_at(standing.question, option.job_hours),
        ]
    if not estimates:
        return (
            f"The plan holds no speed estimate for **{name(option)}**: the catalogue lacks figures to compute one from."
        )
    return "\n\n".join(part for part in (head, bullets(estimates), _faster(standing, option)) if part)


def indexing(standing: Standing) -> str | None:
    """What reading all texts into the index once takes; null where nothing is searched or it cannot be told."""
    found = standing.plan.retrieval
    if found is None or found.embed_hours is None:
        return None
    cost = f", {money(found.embed_usd)} of rent that runs anyway" if found.embed_usd else ""
    lines = [
        f"{plain(line.label)}: {plain(line.formula)} = {figure(line.value, 2)} {line.unit}" for line in found.lines
    ]
    hours = hours_in_words(found.embed_hours)
    chunks = f" {figure(found.corpus.chunks, 0)} chunks" if found.corpus.chunks else ""
    return (
        f"Embedding all{chunks} once takes about **{hours}** on the GPUs of number 1{cost}; "
        f"reading, OCR and cutting the files comes before it and is not counted:\n\n{bullets(lines)}"
    )


def _items_rate(standing: Standing, option: PlacementOption) -> list[str]:
    """Items an hour of a job that goes through a data set."""
    items = standing.spec.dataset.items
    if not items or not option.job_hours or standing.spec.task_type in ("training", "fine_tuning"):
        return []
    hours = figure(option.job_hours, 1)
    return [f"about {figure(items / option.job_hours, 0)} items an hour ({figure(items, 0)} / {hours} h)"]


def _training_rate(standing: Standing, option: PlacementOption) -> list[str]:
    """Tokens a second of a training run whose tokens were counted."""
    tokens = tokens_of(standing.spec)
    if not tokens or not option.job_hours:
        return []
    read = tokens * (standing.spec.training.epochs or 1)
    rate_per_s = read / (option.job_hours * SECONDS_PER_HOUR)
    return [
        f"about {figure(rate_per_s, 0)} tokens a second ({figure(read, 0)} tokens / {figure(option.job_hours, 1)} h)"
    ]


def _faster(standing: Standing, option: PlacementOption) -> str:
    """The quickest option beside it, where the question asks for speed that is not there."""
    paced = [(value, other) for other in standing.placement.options if (value := _pace(other)) is not None]
    own = _pace(option)
    if own is None or not paced or not FASTER & set(standing.words):
        return ""
    best, quickest = max(paced, key=lambda pair: (pair[0], -spent(pair[1])))
    if best <= own:
        return "None of the options of this plan is faster by the estimate."
    took = f", {figure(quickest.job_hours, 1)} h" if quickest.job_hours is not None else f", {_speed(quickest)}"
    return f"Faster, by the estimate: {priced(quickest)}, on {count(quickest.gpus, 'GPU')}{took}."


def per_user(option: PlacementOption) -> list[str]:
    """What one user of a service gets at full load."""
    load = served(option)
    if load is None:
        return []
    lines = []
    if load.tokens_per_s_per_user is not None:
        lines.append(
            f"each user gets about {figure(load.tokens_per_s_per_user, 1)} tokens a second while {load.in_flight:,} "
            "requests are in flight, more when there are fewer"
        )
    if load.ttft_ms is not None:
        lines.append(f"first token after about {figure(load.ttft_ms / 1000, 2)} s, without waiting")
    return lines


def _by_the_piece(standing: Standing, option: PlacementOption) -> list[str]:
    """Images or audio hours by the minute or the hour."""
    work = pace(option, standing.spec)
    if work is None or work.unit not in ("image", "audio hour"):
        return []
    if work.unit == "audio hour":
        return [f"about {figure(work.per_hour, 1)} hours of audio in an hour"]
    each = 3600 * option.replicas / work.per_hour
    low, high = (3600 * option.replicas / rate for rate in (work.high, work.low))
    return [
        f"one image takes about {_brief(each)} ({_brief(low)} to {_brief(high)}), all together give "
        f"about {figure(work.per_hour / 60, 1)} images a minute",
        *(f"{plain(line.label)}: {code(line.formula)}" for t in option.throughput for line in t.lines),
    ]


def _brief(seconds: float) -> str:
    """Seconds, or milliseconds below a tenth of one."""
    return f"{figure(seconds, 1)} s" if seconds >= 0.1 else f"{figure(1000 * seconds, 2)} ms"


NO_ZONES = "The catalogue knows regions and no zones within them: pick the zones when you rent, one for each replica."
LEAVES = frozenset({"leave", "leaves", "leaving", "outside", "exit", "exported", "abroad", "elsewhere"})
"""Words of a question of whether something goes out of a place."""
STATES = frozenset({"is", "are", "does", "do", "will", "stands"})
"""Openings of a question of how it is, and not of how it could be."""
ZONES = frozenset({"zone", "zones", "az", "azs"})


def where(standing: Standing) -> str:
    """Where each recommendation runs."""
    lines = []
    for item in standing.counted() or standing.plan.recommendations:
        offer = item.option.offer
        under = f"; under the law of {plain(', '.join(offer.jurisdictions))}" if offer.jurisdictions else ""
        country = f", {plain(offer.country)}" if offer.country else ", the country is not known"
        machine = f"**{item.rank}.** {code(offer.instance_type)} at {plain(offer.provider)}"
        lines.append(f"{machine}: {plain(offer.region)}{country}{under}")
    reasons = [plain(reason) for reason in standing.first.reasons] if "why" in standing.words else []
    zones = NO_ZONES if ZONES & {*standing.words} else ""
    parts = (zones, _stays(standing), bullets(lines), reasons and f"Why the first:\n\n{bullets(reasons)}")
    return "\n\n".join(part for part in parts if part)


def _stays(standing: Standing) -> str:
    """Whether everything stands in the place that the question or the request names."""
    named = standing.named.location.jurisdictions
    asked = named or standing.spec.location.jurisdictions
    if not asked:
        return ""
    place = " or ".join(asked)
    offers = [item.option.offer for item in standing.plan.recommendations]
    outside = [offer for offer in offers if not {*asked} & {offer.country, *offer.jurisdictions}]
    fact, goes = bool(standing.closed and STATES & {*standing.words[:2]}), LEAVES & {*standing.words}
    first = standing.first.offer
    if fact and named and first in outside and first.country and not goes:
        return (
            f"No: number 1 ({plain(first.provider)} {plain(first.region)}) stands in {first.country}, not in {place}."
        )
    if not outside:
        every = ("No: every" if goes else "Yes: every") if fact else "Every"
        said = f"{every} recommendation stands in {plain(place)}; the model and the images are downloaded into it"
        return f"{said}, and nothing of the data is sent elsewhere by the plan's steps."
    told = ", ".join(f"{plain(offer.provider)} {plain(offer.region)}" for offer in outside)
    return f"Not known to stand in {plain(place)}: {told}."


def machine(standing: Standing) -> str:
    """What each recommendation rents, as its offer says."""
    lines = []
    for item in standing.counted() or standing.plan.recommendations:
        offer = item.option.offer
        gpus = (
            f"{offer.gpu_count} × {plain(offer.gpu.name)}, {figure(offer.gpu.memory_gb)} GB each"
            if offer.gpu
            else "no GPU"
        )
        rest = [
            f"{offer.vcpu} vCPU" if offer.vcpu else "vCPU not known",
            f"{figure(offer.ram_gib)} GiB of RAM" if offer.ram_gib else "RAM not known",
            f"{figure(offer.local_storage_gb)} GB of local disk" if offer.local_storage_gb else "local disk not known",
        ]
        lines.append(f"number {item.rank}, {name(item.option)}: each with {gpus}, {', '.join(rest)}")
    first = standing.one().option
    gpus = f" with {count(first.gpus, 'GPU')} in all" if first.offer.gpu else ""
    return f"It takes {count(first.nodes, 'machine')}{gpus}.\n\n{bullets(lines)}"


def no_such_rank(ranks: Sequence[int], there: int) -> str:
    """For a question about a recommendation the plan does not have."""
    asked = ", ".join(str(rank) for rank in ranks)
    return f"There is no number {asked}: the plan has {count(there, 'recommendation')}."


def comparison(columns: Sequence[tuple[str, PlacementOption]]) -> str:
    """Options side by side, each under its heading."""
    options = [option for _, option in columns]
    rows: list[tuple[str, ...]] = [
        ("Instance", *(f"{o.nodes} × {code(o.offer.instance_type)}" for o in options)),
        ("Where", *(f"{plain(o.offer.provider)} {plain(o.offer.region)}, {o.offer.terms}" for o in options)),
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
    return f"{figure(proof.needed_gib, 1)} of {figure(proof.usable_gib, 1)} GiB" if proof else ""


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
    quickest = _best(chosen, lambda option: _pace(option))
    if quickest is None:
        return [f"Number {cheapest.rank} costs the least."]
    if quickest.rank == cheapest.rank:
        return [f"Number {cheapest.rank} costs the least and is the fastest by the estimate."]
    return [f"Number {cheapest.rank} costs the least. Number {quickest.rank} is the fastest by the estimate."]


def _best(chosen: Sequence[Recommendation], merit: Callable[[PlacementOption], float | None]) -> Recommendation | None:
    rated = [(value, item) for item in chosen if (value := merit(item.option)) is not None]
    return max(rated, key=lambda pair: (pair[0], -pair[1].rank))[1] if len(rated) == len(chosen) else None


def _pace(option: PlacementOption) -> float | None:
    """The larger the faster."""
    if not option.throughput:
        return None
    estimate = option.throughput[0]
    return -estimate.value if estimate.metric in ("training_hours", "gpu_hours") else estimate.value
