"""Answers about what breaks, what stands idle and what grows."""

from collections.abc import Iterator

from artifacts.notation import bullets, code, count, figure, money, plain, rate
from artifacts.notation import words as words_of
from domain.base import HOURS_PER_MONTH
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec
from graph.explanations.evidence import Standing
from graph.explanations.manifests import step_titled
from graph.explanations.pace import served
from graph.explanations.wording import name
from graph.savings import OFFICE_HOURS_A_MONTH
from sizing.amount_of_work import TRAINING_TASKS

BREAKS = frozenset({
    "stop", "stopped", "pause", "paused", "pausing", "continue", "continued", "resume", "resumed", "interrupt",
    "interrupted", "break", "suspend", "suspended", "carry", "halt", "halted", "picked", "pick", "freeze", "later",
})  # fmt: skip
CARDS = frozenset({"gpu", "gpus", "card", "cards", "<gpu>"})
MACHINES = frozenset({"machine", "machines", "node", "nodes", "server", "servers", "box", "boxes", "host", "hosts"})
BACKUPS = frozenset({"backup", "backups", "restore", "restored", "snapshot", "snapshots"})
KEEPING = ("backup", "vector database", "object storage")
GONE = frozenset({"down", "offline", "interrupted", "unavailable", "stops", "gone", "lost", "notice"})
"""Words to which yes says that the service does not answer."""
BY_ITSELF = ("autoscal", "scal", "hpa", "keda", "metric")
"""How words begin of a question about copies that come and go by themselves."""
HOURS_PER_DAY = 24
SHARE_OF_WORK = "--shards="
"""Argument of the programs that keep each answer as it comes, and begin with what has none."""
GOES_ON = "goes on from the last checkpoint"
BACK = "Spot capacity can be taken back at short notice, which is the same as a machine that dies."


def failure(standing: Standing) -> str:
    """What the death of one machine leaves, and what would keep it going."""
    option = standing.one().option
    lines = _of_a_job(standing, option) if option.job_hours is not None else _of_a_service(standing, option)
    if BACKUPS & set(standing.words) or {"back", "up"} <= set(standing.words):
        return _backed_up(standing)
    if (card := _one_card(standing, option)) is not None:
        return card
    head = f"Number {standing.one().rank}, **{name(option)}**, when one machine dies:"
    serves = standing.closed and option.job_hours is None
    told = _goes_on(option, asks_whether_down=bool(GONE & {*standing.words})) if serves else ""
    return f"{told}{head}\n\n{bullets(lines)}"


def _one_card(standing: Standing, option: PlacementOption) -> str | None:
    """What the death of one GPU leaves, where it is asked of a GPU and a machine runs more than one copy."""
    words, per_copy = {*standing.words}, option.tensor_parallel * option.pipeline_parallel
    if option.job_hours is not None or not CARDS & words or MACHINES & words:
        return None
    if option.replicas < 2 or option.offer.gpu_count <= per_copy:
        return None
    left, load = option.replicas - 1, served(option)
    at_once = (
        f" ({load.in_flight * left // option.replicas:,} of {load.in_flight:,} requests at a time)" if load else ""
    )
    estimate = next(
        (one for one in option.throughput if one.metric in ("requests_per_second", "images_per_second")), None
    )
    carries = (
        f" By the estimate the {option.replicas} carry {figure(estimate.value, 1)} {words_of(estimate.metric)}, so "
        f"what is left carries {figure(estimate.value * left / option.replicas, 1)}."
        if estimate
        else ""
    )
    return (
        f"Number {standing.one().rank}, **{name(option)}**, when one GPU dies: {left} of {option.replicas} replicas go "
        f"on answering, {figure(100 * left / option.replicas, 0)} % of the capacity{at_once}; each runs on "
        f"{count(per_copy, 'GPU')} of its own.{carries} When the whole machine dies, so do all that stand on it."
    )


def _goes_on(option: PlacementOption, *, asks_whether_down: bool) -> str:
    """Whether the service outlives one of its machines, or is down: the first thing that is asked of availability."""
    if option.replicas > 1 and option.nodes > 1:
        there = f"{option.replicas} replicas stand on {option.nodes} machines."
        return f"No, not by the loss of one: {there}\n\n" if asks_whether_down else (
            f"Yes, against the loss of a machine: {there}\n\n"
        )  # fmt: skip
    there = f"{count(option.replicas, 'replica')} on {count(option.nodes, 'machine')}, which is not highly available."
    return f"{'Yes' if asks_whether_down else 'No'}: {there}\n\n"


def _backed_up(standing: Standing) -> str:
    """What keeps copies of the data, or that the plan has no part that does."""
    parts = [part for part in standing.plan.stack if part.role in KEEPING]
    kept = [f"{code(part.package.name)} ({plain(part.role)}): {plain(part.reason)}" for part in parts]
    if not any(part.role == "backup" for part in parts):
        kept.insert(0, "The plan has no part that makes backups: say “add velero” to have one, or use the store's own.")
    kept.append("How often and where to, no step sets: choose a place apart from the machines, and try a restore once.")
    return bullets(kept)


def idle(standing: Standing) -> str:
    """What idle hours cost, and what fewer hours would."""
    option = standing.one().option
    hourly = rate(option.price_per_hour_usd)
    if option.job_hours is not None:
        paid = (
            f"You pay {hourly} an hour while the machines are rented, busy or idle. The job takes about "
            f"{figure(option.job_hours, 1)} h; give the machines back when it is done, and they cost nothing more."
        )
        return f"{bullets(_broken_off(standing, option))}\n\n{paid}" if BREAKS & set(standing.words) else paid
    office = option.price_per_hour_usd * OFFICE_HOURS_A_MONTH
    lines = [
        f"Yes: a rented machine costs {hourly} an hour whether it is used or idle; the plan counts "
        f"{figure(option.hours_per_month)} h a month, {money(option.price_per_month_usd)}.",
        f"Given back outside office hours ({OFFICE_HOURS_A_MONTH} h a month) it is {hourly} × {OFFICE_HOURS_A_MONTH} h "
        f"= {money(office)}. Each start loads the model's weights anew, and the machine must be free to rent again.",
    ]
    scaler = standing.plan.component("autoscaling")
    if scaler is not None:
        lines.append(
            f"{plain(scaler.package.name)} takes replicas away when nobody asks; money is saved only when the machine "
            "under them is given back too. Say “scale to zero” or “only office hours” to plan for that."
        )
    return bullets(lines)


def scaling(standing: Standing) -> str | None:
    """How the plan grows."""
    option = standing.one().option
    if option.job_hours is not None:
        return None
    per_copy = option.price_per_hour_usd / max(1, option.replicas)
    lines = [
        f"The plan runs {count(option.replicas, 'replica')} on {count(option.nodes, 'machine')}; one more of the same "
        f"kind costs about {rate(per_copy)} an hour ({rate(option.price_per_hour_usd)} / {option.replicas:,})."
    ]
    lines += [
        f"{plain(part.package.name)} ({plain(part.role)}): {plain(part.reason)}"
        for part in standing.plan.stack
        if part.role == "autoscaling"
    ]
    itself = any(word.startswith(BY_ITSELF) for word in standing.words)
    if itself and standing.plan.component("autoscaling") is None:
        lines.insert(0, f"Nothing of the plan adds or takes away copies by itself.{_left_out(standing)}")
    load = served(option)
    if load is not None:
        lines.append(f"One replica answers {load.in_flight // max(1, option.replicas):,} requests at a time.")
    lines.append("More replicas than the rented GPUs hold need more machines: say for how many users to plan.")
    return bullets(lines)


def _broken_off(standing: Standing, option: PlacementOption) -> Iterator[str]:
    """What it takes to stop a job and to go on with it another day."""
    room = step_titled(standing.plan, "dataset")
    kept = f" (step {room.order}, “{plain(room.title)}”)" if room else ""
    if standing.spec.task_type in TRAINING_TASKS:
        yield f"Yes, you can stop and go on later: start the job again from its last checkpoint on the volume{kept}."
    else:
        yield (
            "Yes, between parts: a batch writes its answers when it ends, so split the input into parts of a few hours "
            f"on the volume{kept}, and start with the next part when you come back."
        )
    breakdown = standing.plan.cost
    rooms = [line for line in breakdown.lines if line.item.startswith(("Dataset", "Checkpoints"))] if breakdown else []
    known = ", ".join(
        f"{plain(line.item)} {money(line.monthly_usd)} a month" for line in rooms if line.monthly_usd is not None
    )
    yield f"The volume goes on being paid while the machines are given back ({known or 'no price known here'})."
    yield "Whether such a machine is free again on the day you come back, the catalogue does not know."


def _left_out(standing: Standing) -> str:
    """Why the plan goes without a part that scales."""
    later = [one for one in standing.plan.worth_adding if one.role == "autoscaling"]
    return "".join(f" {code(one.package.name)} is left out: {plain(one.reason)}." for one in later[:1])


def _of_a_service(standing: Standing, option: PlacementOption) -> Iterator[str]:
    copies, machines = option.replicas, option.nodes
    a_machine = rate(option.price_per_hour_usd / machines)
    load = served(option)
    if copies == 1 or machines == 1:
        where = "on one machine" if machines == 1 else f"over {count(machines, 'machine')}, which need one another"
        yield (
            f"The service is down: the plan has {count(copies, 'replica')} {where}, and nothing else answers until "
            f"{_replaced(option)} and the model is loaded again."
        )
    else:
        lost = max(1, -(-copies // machines))
        left = copies - lost
        share = f", {figure(100 * left / copies, 0)} % of the capacity"
        at_once = f" ({load.in_flight * left // copies:,} of {load.in_flight:,} requests at a time)" if load else ""
        yield f"{left} of {copies} replicas go on answering{share}{at_once}; answers under way on the other are lost."
    weights = option.proof.weights_gib if option.proof else 0.0
    if weights:
        per = option.tensor_parallel * option.pipeline_parallel
        yield f"A new machine loads {figure(weights * per, 1)} GiB of weights before it answers."
    if option.offer.pricing == "spot":
        yield BACK
    yield (
        "All of it is in one place of your own: an outage of the place ends the service."
        if option.is_own
        else f"All of it is in one place ({plain(option.offer.provider)} {plain(option.offer.region)}); the catalogue "
        "knows no zones within it, and an outage of the place ends the service."
    )
    if standing.spec.availability.min_replicas is None:
        free = ((option.held_gpus or option.gpus) - option.gpus) // max(1, option.offer.gpu_count)
        price = "each machine more has to be there" if option.is_own else f"each machine more costs {a_machine} an hour"
        price = f"{count(free, 'machine')} of yours that stay free can run a second copy" if free else price
        yield f"To go on through it, say “make it highly available”: {price}."


def _resumes(standing: Standing) -> Step | None:
    """The step that says that the program goes on from where it was."""
    return next((step for step in standing.plan.steps if GOES_ON in step.detail), None)


def time_allowed(spec: WorkloadSpec) -> float | None:
    """Hours that one run of a job may take: until its deadline, else the part of the day that was given to it."""
    if spec.deadline_hours is not None or spec.every != "day" or not spec.hours_per_month:
        return spec.deadline_hours
    return spec.hours_per_month * HOURS_PER_DAY / HOURS_PER_MONTH


def _shares_work(standing: Standing) -> bool:
    """Whether the job runs a program whose copies each do a part of it."""
    return any(SHARE_OF_WORK in command for step in standing.plan.steps for command in step.commands)


def _too_late(standing: Standing, hours: float) -> str:
    limit = time_allowed(standing.spec)
    if limit is None:
        return ""
    return (
        f" of the {figure(limit, 1)} h it may take: begun anew later than {figure(max(0.0, limit - hours), 1)} h "
        + ("after the start of that time, it is late")
    )


def _replaced(option: PlacementOption) -> str:
    free = (option.held_gpus or option.gpus) - option.gpus
    if not option.is_own:
        return "a machine is rented in its place"
    return "one of the machines that are free takes its place" if free >= option.offer.gpu_count else "it is mended"


def _of_a_job(standing: Standing, option: PlacementOption) -> Iterator[str]:
    hours = option.job_hours or 0.0
    trains = standing.spec.task_type in TRAINING_TASKS
    copy = option.tensor_parallel * option.pipeline_parallel
    apart = not trains and option.nodes > 1 and copy <= option.offer.gpu_count
    if apart:
        lost = -(-option.replicas // option.nodes)
        yield (
            f"The other {option.nodes - 1} of {option.nodes} machines go on: each of the {option.replicas} copies has "
            f"its own part of the work, and {count(lost, 'part')} of {option.replicas} "
            f"{'stops' if lost == 1 else 'stop'} with the machine."
        )
    else:
        yield "The job stops" + (
            f" on all {option.nodes} machines, which need one another." if option.nodes > 1 else "."
        )
    room = step_titled(standing.plan, "dataset")
    kept = f" (step {room.order}, “{plain(room.title)}”)" if room else ""
    money_of_it = money((option.job_cost_usd or 0.0) / (option.nodes if apart else 1))
    if trains:
        yield (
            f"Checkpoints are written to the volume{kept}: a run that resumes from the last of them loses what came "
            f"since. Without resuming, up to {figure(hours, 1)} h of work are done again, "
            f"{money(option.job_cost_usd)} in all."
        )
    elif (resumes := _resumes(standing)) is not None or _shares_work(standing):
        step = f" (step {resumes.order}, “{plain(resumes.title)}”)" if resumes else ""
        keeps = (
            "its program keeps every answer as it comes, and asks only for what has none yet"
            if _shares_work(standing)
            else "what was done before stays, and what came since is done again"
        )
        yield (
            f"Started again, it goes on from its last checkpoint{step}: {keeps}. "
            f"{'Its part' if apart else 'The whole job'} takes {figure(hours, 1)} h{_too_late(standing, hours)}."
        )
    else:
        whose = "the part of that machine" if apart else "one run"
        yield (
            f"A batch writes its answers when it ends{kept}: of {whose} up to {figure(hours, 1)} h of work are done "
            f"again, {money_of_it}. Split the input into parts of an hour or so, and only the part under way is."
        )
    yield "Keep that volume apart from the machine's own disk: a disk that dies with its machine takes them along."
    if option.offer.pricing == "spot":
        yield BACK + " Say “use on-demand” to plan without that."
