"""One answer to one question about the plan that stands: the table of topics, and what answers where none does."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from artifacts.notation import bullets, plain
from graph.alternatives import uses
from graph.explanations.aftercare import tidy, trial, upkeep
from graph.explanations.beforehand import approval, epochs, growth
from graph.explanations.capacity import capacity
from graph.explanations.certainty import estimate, future, precision, price_age
from graph.explanations.checkpoints import checkpoints
from graph.explanations.drawing import diagram
from graph.explanations.evidence import Standing
from graph.explanations.failing import failure, idle, scaling
from graph.explanations.gives_up import gives_up, parts_to_drop
from graph.explanations.handling import provider_sees, rights, sensitive, transfer, updates
from graph.explanations.holding import memory, why_so_many, why_so_much
from graph.explanations.instead import DOES, instead, why_not
from graph.explanations.kind_asked import of_the_kind
from graph.explanations.later import afterwards, pricing, runs
from graph.explanations.limits import not_known
from graph.explanations.manifests import interface, monitoring, start, yaml
from graph.explanations.money import budget, cheaper, cost, period_asked
from graph.explanations.options import (
    INDEXING,
    compare,
    indexing,
    machine,
    no_such_rank,
    speed,
    where,
    whole_plan,
    why_first,
)
from graph.explanations.outright import outright
from graph.explanations.owning import buy, left_over
from graph.explanations.parts import kubernetes, licences, models, names_a_component, security, stack
from graph.explanations.power import limits_cards, power
from graph.explanations.programmes import compliance
from graph.explanations.records import assumptions, changes, lookup, risks, sources, trace
from graph.explanations.relevance import CERTAIN, best_held, quoted_of, telling_words, to_the_point
from graph.explanations.rollout import rollout
from graph.explanations.room import context, cpu, room, several
from graph.explanations.services import services
from graph.explanations.settings import asks_a_setting, settings
from graph.explanations.sizes import other_size
from graph.explanations.storage import WAITS, data, waits
from graph.explanations.subjects import asks_quality, of_its_subject, store_size
from graph.explanations.terms import is_mostly_a_term, term
from graph.explanations.topics import Topic
from graph.explanations.unfit import nearest, nothing_fits
from graph.explanations.units import hosted, unit_cost
from graph.explanations.unknowns import is_not_known, sentences
from graph.explanations.wanted import Kind
from graph.explanations.wording import priced
from graph.explanations.workloads import (
    EACH,
    OF_ALL,
    asks_for_one,
    asks_share,
    budget_of_all,
    each_first,
    licences_of_all,
    of_all,
    on_one,
    plan_of,
    share_of,
    sharing,
    why_apart,
)
from graph.several import workload_specs

Answering = Callable[[Standing], str | None]


def _cheaper(standing: Standing) -> str:
    """What would cost less; where parts are spoken of, which of them could go."""
    return (parts_to_drop(standing) if PIECES & {*standing.words} else None) or cheaper(standing)


def asks_gpu_count(standing: Standing) -> bool:
    """ "Why 8 GPUs", "show me the math for the number of cards": of no other card than that of the plan."""
    words = {*standing.words}
    named = {card.name for card in standing.gpus}
    counts = bool(words & MANY) or any(word.isdigit() for word in words)
    own = standing.first.offer.gpu
    if FREE & words:
        return False
    asks = "why" in words or (
        standing.topics[:1] == ("trace",) and bool(words & {"many", "count"} or {"number", "of"} <= words)
    )
    return asks and bool(words & GPUS) and counts and not (named - {own.name if own else ""})


def _why_not(standing: Standing) -> str | None:
    """A verdict on what was named or counted out; on a component where that is all it names."""
    if standing.alternatives or standing.counted():
        return why_not(standing) or None
    return stack(standing) if names_a_component(standing) else None


def _why_first(standing: Standing) -> str:
    """Why a component is there, where the question is about one; why not what else it names; else why the first is."""
    others = [one for one in standing.alternatives if not uses(standing.first, one.named)]
    if others and not standing.counted():
        return why_not(standing)
    return stack(standing) if names_a_component(standing) and not standing.counted() else why_first(standing)


def _failure(standing: Standing) -> str:
    """What a failure leaves; of a load that grows, whether it is carried."""
    if OFFLINE & {*standing.words} and (brought := transfer(standing)) and "brought" in brought:
        return brought
    grows = standing.times is not None or {"load", "traffic", "users"} & {*standing.words}
    return capacity(standing) if grows and standing.first.job_hours is None else failure(standing)


def _of_another(standing: Standing) -> str | None:
    """Of a model, card or seller that is named and that the first recommendation has not: the plan with it, and what
    is not known of its quality where that is asked."""
    others = [one for one in standing.alternatives if not uses(standing.first, one.named)]
    if not others or standing.counted():
        return None
    told = "\n\n".join(instead(standing, one) for one in others)
    asks_quality = bool({"quality", "models", "size"} & {*standing.topics[:2]})
    return f"{told}\n\n{sentences()['quality']}" if asks_quality else told


def _kubernetes(standing: Standing) -> str:
    """Of people who know it or do not, what there is for them to do."""
    words = {*standing.words}
    return upkeep(standing) if PEOPLE & words and KNOWING & words else kubernetes(standing)


def _budget(standing: Standing) -> str | None:
    """Null for twice of something else than money: "what if we had twice the data"."""
    if standing.times is not None and not MONEY & {*standing.words}:
        return None
    return (left_over(standing) if standing.spec.budget.amount is None else None) or budget(standing)


def _room(standing: Standing) -> str | None:
    told, left = room(standing), None if standing.named.models else left_over(standing)
    return "\n\n".join(part for part in (left, told) if part) or None


def _several(standing: Standing) -> str | None:
    """So many GPUs beside the plan; of those at hand, how many it takes, and so of machines that are counted."""
    counts = {one.named.gpu_count for one in standing.alternatives}
    told = left_over(standing) if counts <= {standing.first.held_gpus} else None
    return told or several(standing) or (machine(standing) if MACHINES & {*standing.words} else None)


def _rights(standing: Standing) -> str | None:
    """Who may see what: of the seller of the machines, what its contract settles."""
    return (
        provider_sees(standing) if SELLERS & {*standing.words} and standing.plan.recommendations else rights(standing)
    )


def _unit_cost(standing: Standing) -> str | None:
    """What one unit costs; how many there are in an hour, or how long one takes, is no question of money."""
    counts = {"how", "many"} <= {*standing.words} and not MONEY & {*standing.words}
    return speed(standing) if counts else unit_cost(standing)


def _machine(standing: Standing) -> str:
    if NEEDS & {*standing.words} and (told := term(standing)):
        return told
    return stack(standing) if names_a_component(standing) else machine(standing)


def _stack(standing: Standing) -> str:
    lists = names_a_component(standing) or bool(LISTED & {*standing.words})
    told = None if lists else _mostly_a_term(standing)
    return told or stack(standing)


def _risks(standing: Standing) -> str | None:
    """Of training for too long, what cannot be known."""
    return epochs(standing) if any(word.startswith("overfit") for word in standing.words) else risks(standing)


def _transfer(standing: Standing) -> str | None:
    """How the data come to the machines; of GPUs that may wait for them, the rate at which they read."""
    rate = waits(standing.one().option) if standing.plan.recommendations and WAITS & {*standing.words} else None
    return rate or transfer(standing)


def _idle(standing: Standing) -> str:
    """Of hardware at hand, for which no rent is paid, what of it stands idle."""
    return (left_over(standing) if standing.plan.recommendations else None) or idle(standing)


def _afterwards(standing: Standing) -> str | None:
    """What is left of a job; of paying on, that it ends when the machines are given back."""
    pays = standing.closed and MONEY & {*standing.words} and standing.first.job_hours is not None
    return f"Not once you give them back. {idle(standing)}" if pays else afterwards(standing)


def _checkpoints(standing: Standing) -> str | None:
    """Of what trains nothing, what a machine that dies leaves."""
    return checkpoints(standing) or (failure(standing) if standing.plan.recommendations else None)


def _assumptions(standing: Standing) -> str | None:
    """Of a setting that is named, what the command passes."""
    return (settings(standing) if asks_a_setting(standing) else None) or assumptions(standing)


ANSWERS: dict[Topic, Answering] = {
    "whole_plan": whole_plan, "changes": changes, "trace": trace, "yaml": yaml, "diagram": diagram,
    "interface": interface, "start": start, "epochs": epochs, "growth": growth, "approval": approval, "rights": _rights,
    "sensitive": sensitive, "transfer": _transfer, "updates": updates, "context": context, "room": _room,
    "several": _several, "pricing": pricing, "afterwards": _afterwards, "runs": runs, "unit_cost": _unit_cost,
    "hosted": hosted, "buy": buy, "estimate": estimate, "price_age": price_age, "failure": _failure, "idle": _idle,
    "size": other_size, "data": data, "precision": precision, "monitoring": monitoring, "kubernetes": _kubernetes,
    "scaling": scaling, "security": security, "licence": licences, "compliance": compliance, "sources": sources,
    "assumptions": _assumptions, "risks": _risks, "compare": compare, "cheaper": _cheaper, "why_not": _why_not,
    "gives_up": gives_up, "checkpoints": _checkpoints,
    "term": term, "budget": _budget, "capacity": capacity, "speed": speed, "memory": memory, "models": models,
    "place": where, "cost": cost, "machine": _machine, "cpu": cpu, "stack": _stack, "why_first": _why_first,
    "users": partial(not_known, "users"), "quality": partial(not_known, "quality"),
    "stock": partial(not_known, "stock"), "energy": power, "future": future,
    "settings": settings, "support": upkeep, "tidy": tidy, "trial": trial, "unknowable": partial(not_known, "other"),
}  # fmt: skip
"""Each answers from the evidence alone; one that finds nothing there leaves the question to the next likely topic."""
OF_KIND: Mapping[Kind, tuple[Answering, ...]] = {
    "percent": (budget, cost), "rate": (speed, _unit_cost), "gpus": (left_over, machine, why_so_many),
    "power": (power,), "memory": (store_size, memory, data), "time": (indexing, speed),
    "money": (_unit_cost, cost, budget),
}  # fmt: skip
"""What may hold a figure of the kind, whatever the topic."""
AVAILABLE = frozenset({"ha", "availability", "redundancy", "redundant", "failover", "doubled", "duplicated"})
"""Words of a question about what goes on when a machine dies."""
EXPLAINED_BY = (("why_first",), ("stack",), ("assumptions",))
"""Topics that are told of a whole plan, where such a word says which side of it is meant."""
WITH_QUALITY: frozenset[Topic] = frozenset({"models", "precision"})
"""Topics that tell nothing of how good it is; where that is asked beside them, it is said."""
EXPLAINS = frozenset({"explain", "define", "meaning", "means", "mean"})
EXPLAINED: frozenset[Topic] = frozenset({"memory", "precision", "whole_plan", "several", "stack", "why_first", "speed"})
"""Topics in which a term that is to be explained is the question."""
LISTED = frozenset({"charts", "components", "parts", "pieces", "get", "list"})
"""Words of a question that wants the parts of the plan, and not what one of them is."""
PIECES = frozenset({"part", "parts", "piece", "pieces", "component", "components", "bits", "optional"})
FREE = frozenset({"free", "left", "spare", "idle", "unused", "remain", "remaining"})
GPUS = frozenset({"gpu", "gpus", "card", "cards", "accelerators"})
MANY = frozenset({"many", "much", "number", "one", "two", "three", "four", "six", "eight", "sixteen", "several"})
PEOPLE = frozenset({"people", "person", "admin", "admins", "team", "colleague", "colleagues", "staff", "developers",
                    "engineers", "nobody", "we"})  # fmt: skip
KNOWING = frozenset({"know", "knows", "experience", "experienced", "skills", "learned", "seen", "beginners"})
MACHINES = frozenset({"nodes", "node", "machines", "servers", "boxes"})
NEEDS = frozenset({"need", "needs", "needed", "require", "requires", "required"})
ONCE = frozenset({"once", "initial", "initially", "time"})
"""Words of a question about the texts being read in, which is done one time."""
MATTERS = frozenset({"anything", "something", "difference", "matter", "matters"})
CHANGES = frozenset({"change", "changes", "make", "makes", "matter", "matters"})
"""Words of a question whether what was just said changes the plan."""
BILL = frozenset({"month", "monthly", "bill", "total", "sum"})
SPEAKS = frozenset({"speak", "speaks", "language", "languages", "understands", "accent", "dialect"})
APART = frozenset({"own", "separate", "separately", "apart", "different", "dedicated"})
SHARING = frozenset({"share", "shares", "sharing", "shared"})
MONEY = frozenset({"money", "budget", "spend", "funds", "funding", "pay", "dollars", "euros", "cost", "price"})
OFFLINE = frozenset({"internet", "offline", "airgapped", "air", "disconnected"})
SELLERS = frozenset({"provider", "providers", "seller", "sellers", "host", "hoster", "vendor", "cloud"})
DEAR = frozenset({"expensive", "dear", "costly", "pricey", "expansive"})
"""Words of a question that asks what makes the price."""
OF_ANOTHER: frozenset[Topic] = frozenset({"quality", "models", "cheaper", "capacity", "speed", "budget", "stock"})
"""Topics in which what is named is asked about and not what runs."""
HOLDS: frozenset[Topic] = frozenset({"capacity", "several", "memory"})
"""Topics of whether what is named would do."""
COUNTED: frozenset[Topic] = frozenset({"capacity", "several"})
"""Topics that a term alone is taken for: "tensor parallel?" counts nothing."""
SHORT_QUESTION = 4
ALONE: frozenset[Topic] = frozenset({"approval", "future", "users", "unknowable", "checkpoints", "failure"})
"""Topics beside which no second guess is told."""
MOST_OF_TWO = 700
"""Characters of an answer that is given beside another, where it is not certain which of them is asked for."""
OPEN: frozenset[Topic] = frozenset({"growth", "future", "quality", "unknowable", "users", "stock"})
"""Topics whose answer is that no figure is known."""
WITHOUT_PLACEMENT: frozenset[Topic] = frozenset({
    "changes", "sources", "assumptions", "licence", "models", "risks", "compliance", "stack", "users", "energy",
    "future", "support", "whole_plan", "unknowable",
})  # fmt: skip
"""What can be answered when nothing fits."""


def _no_difference(standing: Standing) -> str | None:
    """What was said beside a question whether it changes anything moved nothing, or the plan would have been made
    anew; null where that is not asked."""
    if not (standing.plan.recommendations and standing.closed and MATTERS & {*standing.words}
            and CHANGES & {*standing.words}):  # fmt: skip
        return None
    return (
        f"No: it is nothing that this plan goes by, so the plan stays: {priced(standing.first)}. If it stands for "
        "another load, more or less data, another model or another place, say the figure and it is planned."
    )


def explanation(standing: Standing) -> str:
    """The answer as Markdown, ending in a newline."""
    if (told := outright(standing) or _no_difference(standing)) is not None:
        return f"{told.rstrip()}\n"
    told_of_it = _of_its_subject(standing)
    answer, held = (told_of_it, True) if told_of_it else best_held(standing, _candidates(standing))
    told = to_the_point(standing, answer.rstrip(), held=held)
    if standing.workload is not None and plain(standing.workload.partition(",")[0]) not in told:
        told = f"Of {plain(standing.workload)}:\n\n{told}"
    return f"{told}\n"


def _of_its_subject(standing: Standing) -> str | None:
    """What is asked of a part or a thing that is named, whatever the topic; null without a plan that fits."""
    there = bool(standing.plan.recommendations)
    if not there or ("compare" not in standing.topics[:1] and not standing.counted() and standing.missing_ranks()):
        return None
    of_the_index = INDEXING & {*standing.words} and (ONCE & {*standing.words} or standing.wanted == "time")
    told = indexing(standing) if of_the_index else None
    return told or services(standing) or rollout(standing) or of_the_kind(standing) or of_its_subject(standing)


def _candidates(standing: Standing) -> Iterator[str]:
    """The answer, then what else may hold the figure that is asked for: what its other topics say and those of its
    kind, of each workload where none is named, and the lines of the plan's page."""
    yield _answer(standing).rstrip()
    if standing.wanted is None or not standing.plan.recommendations or OPEN & {*standing.topics[:1]}:
        return
    for one in _of_each_workload(standing):
        told = "" if one.workload is None else f"Of {plain(one.workload)}:\n\n"
        others = [*(ANSWERS[topic] for topic in one.topics), *OF_KIND[standing.wanted]]
        yield from (f"{told}{said.rstrip()}" for answers in others if (said := answers(one)) and not is_not_known(said))
    yield quoted_of(standing, telling_words(standing))


def _of_each_workload(standing: Standing) -> Iterator[Standing]:
    together = standing.plan.together
    if together is None or standing.workload is not None:
        yield standing
        return
    specs = workload_specs(standing.plan.spec)
    for number, one in enumerate(together.workloads):
        if one.option is not None:
            changed = {"plan": plan_of(standing.plan, number), "workload": one.name, "spec": specs[number]}
            yield standing.model_copy(update=changed)


def _answer(standing: Standing) -> str:
    topics, there = standing.topics, len(standing.plan.recommendations)
    if "compare" not in topics[:1] and there and not standing.counted() and standing.missing_ranks():
        return no_such_rank(standing.missing_ranks(), there)
    if not there and not (topics and topics[0] in WITHOUT_PLACEMENT):
        return _where_nothing_fits(standing)
    if there and asks_quality(standing):
        told = _of_any_topic(standing)
        return told if "quality" in told and not told.startswith("Yes") else not_known("quality", standing)
    return _of_any_topic(standing)


def _of_any_topic(standing: Standing) -> str:
    """By what the question is about, the likeliest topic first."""
    topics, there = standing.topics, len(standing.plan.recommendations)
    if there and topics[:1] in EXPLAINED_BY and AVAILABLE & {*standing.words}:
        return failure(standing)
    together = standing.plan.together
    if together is not None and "why" in standing.words and {*standing.words} & (SHARING | APART):
        return why_apart(together)
    if together is not None and standing.workload is None:
        each = bool(EACH & {*standing.words}) and topics[:1] not in (("yaml",), ("unknowable",))
        if topics[:1] == ("licence",) and standing.workload is None:
            return licences_of_all(together, standing.plan.spec.traffic.users)
        if standing.closed and SHARING & {*standing.words} and not standing.alternatives:
            return f"{'Yes' if together.shared else 'No'}:\n\n{bullets(sharing(together))}"
        if standing.closed and asks_for_one(standing.words) and not standing.alternatives:
            return on_one(together)
        if topics[:1] == ("budget",):
            return budget_of_all(together, standing)
        traced = topics[:1] in (("trace",), ("estimate",)) and bool((MONEY | BILL) & {*standing.words})
        if topics[:1] == ("place",):
            return where(standing.model_copy(update={"plan": each_first(standing.plan, together)}))
        certain = standing.share >= CERTAIN and not standing.alternatives and not standing.unknown
        if (OF_ALL & {*topics[:1]} and certain) or traced or each or standing.between:
            return of_all(together, standing.words, standing.question)
    if together is not None and standing.workload is not None and asks_share(standing.words):
        return share_of(together, standing.workload)
    if not standing.sure and (answer := _of_what_is_named(standing) or _mostly_a_term(standing)):
        return answer
    if EXPLAINS & set(standing.words) and topics[:1] and topics[0] in EXPLAINED and (told := term(standing)):
        return told
    if topics[:1] in (("growth",), ("future",)) and there and _asks_cost_over_years(standing):
        return cost(standing)
    if there and topics[:1] == ("cost",) and limits_cards(standing):
        return power(standing)
    if there and asks_gpu_count(standing) and (told := why_so_many(standing)):
        return told
    why_dear = "why" in standing.words and DEAR & {*standing.words} and not standing.alternatives
    if why_dear and there and (told := why_so_much(standing)):
        return told
    if standing.closed and DOES & {*standing.words} and topics[:1] and topics[0] in HOLDS and standing.alternatives:
        return "\n\n".join(instead(standing, one) for one in standing.alternatives)
    if topics[:1] and topics[0] in OF_ANOTHER and (told := _of_another(standing)):
        return told
    if topics[:1] == ("pricing",) and standing.named.gpu.models and (told := _of_another(standing)):
        return f"{told}\n\nWhat a commitment of your own makes of that price, the catalogue does not know."
    if topics[:1] and topics[0] in COUNTED and is_mostly_a_term(standing) and len(standing.words) <= SHORT_QUESTION:
        return term(standing) or capacity(standing)
    found = _answers(standing)
    if (first := next(found, None)) is not None:
        topic, answer = first
        beyond = topic in WITH_QUALITY and ("quality" in topics or bool(SPEAKS & {*standing.words}))
        second = next(found, None) if standing.close and topic == topics[0] else None
        both = second is not None and second[0] == topics[1] != "unknowable" and topic not in ALONE and not beyond
        if second is not None and both and _short(answer) and _short(second[1]):
            return f"{answer}\n\n{second[1]}"
        return f"{answer}\n\n{not_known('quality', standing)}" if beyond else answer
    return _of_what_is_named(standing) or _mostly_a_term(standing) or lookup(standing) or not_known("other", standing)


def _asks_cost_over_years(standing: Standing) -> bool:
    """ "How much is that in three years?" is no question about growth."""
    money_asked = bool(MONEY & {*standing.words}) or {"how", "much"} <= {*standing.words}
    return money_asked and "year" in (period_asked(standing.question) or "") and standing.times is None


def _answers(standing: Standing) -> Iterator[tuple[Topic, str]]:
    """What each topic answers, the likeliest first; those that find nothing are left out."""
    for topic in standing.topics:
        if said := ANSWERS[topic](standing):
            yield topic, said


def _short(answer: str) -> bool:
    return len(answer) <= MOST_OF_TWO


def _mostly_a_term(standing: Standing) -> str | None:
    """A question that does not ask what a term means is still about it where it says little else."""
    return term(standing) if is_mostly_a_term(standing) else None


def _of_what_is_named(standing: Standing) -> str | None:
    """Of a question that is about nothing we know but names things: what the plan would be with them."""
    if standing.alternatives and not standing.counted():
        return why_not(standing)
    return stack(standing) if names_a_component(standing) else None


def _where_nothing_fits(standing: Standing) -> str:
    """The answer of the plan that is nearest to what was asked, said to be that; else what to relax."""
    if named := _of_what_is_named(standing):
        return named
    if standing.topics[:1] == ("hosted",) and standing.plan.verdict and not standing.named.models:
        return plain(standing.plan.verdict)
    close = nearest(standing)
    answer = _answer(close.standing) if close and close.standing.topics[:1] else None
    if close is None or answer is None or is_not_known(answer):
        return answer or term(standing) or nothing_fits(standing)
    return f"{close.told}\n\n{answer}"
