"""Answers of the kind that is asked for: yes or no to a limit that was set, a rate by the second, the reason for a copy
that stays in one machine. A neighbour's figure is none of them."""

import math
import re

from artifacts.notation import count, figure, plain
from domain.placement import PlacementOption, Throughput
from graph.explanations.evidence import Standing
from graph.explanations.failing import MACHINES, time_allowed
from graph.explanations.wording import name

SECONDS = {"second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "hour": 3600}
METRICS = {
    "requests_per_second": frozenset({"request", "requests", "query", "queries", "calls", "completions"}),
    "images_per_second": frozenset({"image", "images", "photo", "photos", "picture", "pictures", "frame", "frames"}),
    "output_tokens_per_second": frozenset({"token", "tokens"}),
}
IMAGES = "images_per_second"
CARDS = frozenset({"gpu", "gpus", "card", "cards", "<gpu>"})
LIMIT = frozenset({"deadline", "window", "timeframe"})
ENDS = frozenset({"finish", "finishes", "finished", "done", "ready", "complete", "completes", "completed", "make"})
BEFORE = frozenset({"by", "before", "until", "time"})
REALISTIC = frozenset({"realistic", "tight", "cutting", "feasible", "enough", "fit", "fits", "reached", "met", "kept"})
SPANS = frozenset({"spread", "spreading", "span", "spanning", "across", "over", "split", "sharded", "distributed"})
MS_PER_HOUR = 3_600_000
SAME = 0.005


def of_the_kind(standing: Standing) -> str | None:
    """Null where the question asks for none of these kinds."""
    return _in_time(standing) or _in_a_time(standing) or _rate(standing) or _within_a_machine(standing)


def _in_time(standing: Standing) -> str | None:
    """Whether the job is done by the time it may take, with what is left and the error of the estimate."""
    option, limit, words = standing.one().option, time_allowed(standing.spec), {*standing.words}
    if option.job_hours is None or limit is None or not standing.closed:
        return None
    times = [one.low for one in standing.figures if one.dimension == "time"]
    names_it = any(math.isclose(one, limit, rel_tol=SAME) for one in times)
    if not (names_it and words & (ENDS | REALISTIC | LIMIT)) and not (not times and _speaks_of_its_end(words)):
        return None
    hours = option.job_hours
    late = hours > limit
    room = f"{figure(abs(limit - hours), 1)} h {'too long' if late else 'to spare'}"
    told = (
        f"{'No' if late else 'Yes'}: the job takes about {figure(hours, 1)} h of the {figure(limit, 1)} h that it may "
        f"take, {room}."
    )
    broken = next((one for one in option.breaks if one.rule == "R7"), None)
    band = next((one for one in option.throughput if one.metric.endswith("hours")), None)
    if broken is not None:
        told += f" By the error of the estimate it is not certain: it {plain(broken.words)}."
    elif band is not None and band.value:
        slow = hours * band.high / band.value
        more = "which is still in time" if slow <= limit else "which is not in time"
        told += f" At the slow end of the estimate it takes {figure(slow, 1)} h, {more}."
    return f"{told} It is estimated, not measured: a short run on one such machine gives the real figure."


def _speaks_of_its_end(words: set[str]) -> bool:
    return bool(words & LIMIT or (words & ENDS and words & BEFORE))


def _counted_in(standing: Standing) -> tuple[str, frozenset[str]] | None:
    """The estimate whose pieces the question names, by their usual nouns or by the user's own for what is gone
    through: "500,000 satellite tiles"."""
    said = {*standing.words}
    for metric, nouns in METRICS.items():
        if nouns & said:
            return metric, nouns & said
    items = standing.spec.evidence.get("dataset.items") or standing.spec.evidence.get("volume.amount")
    own = frozenset(re.findall(r"[a-z]{4,}", items.quote.lower())) & said if items else frozenset()
    there = standing.plan.recommendations and any(one.metric == IMAGES for one in standing.one().option.throughput)
    return (IMAGES, own) if own and there else None


def _in_a_time(standing: Standing) -> str | None:
    """How many it does in the hours that the question names, at its estimated rate."""
    said, hours = {*standing.words}, [one.low for one in standing.figures if one.dimension == "time"]
    nouns = _counted_in(standing)
    if len(hours) != 1 or nouns is None or not {"how", "many"} <= said:
        return None
    option = standing.one().option
    estimate = next((one for one in option.throughput if one.metric == nouns[0]), None)
    if estimate is None or not estimate.low:
        return None
    low, value, high = (one * hours[0] * SECONDS["hour"] for one in (estimate.low, estimate.value, estimate.high))
    return (
        f"About **{figure(value, 0)} {min(nouns[1])}** ({figure(low, 0)} to {figure(high, 0)}): "
        f"{figure(estimate.value, 1)} a second x {figure(hours[0], 2)} h on {name(option)}, as estimated, not measured."
    )


def _rate(standing: Standing) -> str | None:
    """How many a second, a minute or an hour: of all GPUs, and of one where one is asked about."""
    words = [*standing.words]
    said, at = {*words}, next((place for place, word in enumerate(words) if word in ("per", "a", "/")
                               and words[place + 1 : place + 2] and words[place + 1] in SECONDS), None)  # fmt: skip
    found = _counted_in(standing)
    metric = found[0] if found else None
    if at is None or metric is None or not {"how", "many"} <= said:
        return None
    if any(one.low > 1 for one in standing.figures):
        return None
    if metric == "output_tokens_per_second" and not CARDS & said:
        return None
    option = standing.one().option
    estimate = next((one for one in option.throughput if one.metric == metric), None)
    if estimate is None or not estimate.low:
        return None
    noun = next(word for word in words if found and word in found[1])
    return _as_rate(option, estimate, noun, words[at + 1], of_one=bool(CARDS & said) and option.gpus > 1)


def _as_rate(option: PlacementOption, estimate: Throughput, noun: str, period: str, *, of_one: bool) -> str:
    seconds, unit = SECONDS[period], {"s": "second", "sec": "second", "min": "minute"}.get(period, period)
    low, value, high = (one * seconds for one in (estimate.low, estimate.value, estimate.high))
    whole = f"{figure(value, 1)} {noun} a {unit} ({figure(low, 1)} to {figure(high, 1)})"
    formula = "".join(f" {plain(line.label)}: `{line.formula}`." for line in estimate.lines[:1])
    if not of_one:
        return f"About **{whole}** on {name(option)}, as estimated, not measured.{formula}"
    each = [one / option.gpus for one in (low, value, high)]
    return (
        f"About **{figure(each[1], 1)} {noun} a {unit}** ({figure(each[0], 1)} to {figure(each[2], 1)}) on one GPU, as "
        f"estimated, not measured: the plan's {count(option.gpus, 'GPU')} do {whole} / {option.gpus}.{formula}"
    )


def _within_a_machine(standing: Standing) -> str | None:
    """Why no copy of the model spans machines, where that is asked and none does."""
    words, option = {*standing.words}, standing.one().option
    copy = option.tensor_parallel * option.pipeline_parallel
    if "why" not in words or not words & SPANS or not words & MACHINES or option.job_hours is not None:
        return None
    if copy > option.offer.gpu_count:
        return None
    has = f"the plan runs {count(option.replicas, 'copy').replace('copys', 'copies')} of {count(copy, 'GPU')}"
    return (
        f"Because one machine holds a whole copy ({has}, and a machine has {count(option.offer.gpu_count, 'GPU')}). A "
        "copy that spans machines sends the activations of every token over the network between them, many times "
        "slower than the links inside one: it answers later and no more often. And it needs all of its machines: when "
        "one of them dies, the whole copy is gone, where copies apart from one another lose only their own."
    )
