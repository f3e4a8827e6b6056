"""Answers by their subject, before any topic: a part of the plan or a thing that the question names, and what is asked
of it. A topic alone would tell the nearest thing: the size of what is asked where it lies."""

from collections.abc import Callable, Iterable, Mapping
from math import isclose

from artifacts.engines import engine_of
from artifacts.notation import bullets, code, figure, money, plain, table
from domain.packages import Package
from domain.parts import Together
from domain.placement import PlacementOption
from graph.explanations.certainty import future
from graph.explanations.evidence import Standing
from graph.explanations.handling import transfer
from graph.explanations.licence import licence_of
from graph.explanations.manifests import serves_by, step_of_a_part, step_titled, yaml
from graph.explanations.pace import pace, served
from graph.explanations.parts import KINDS_OF_MODEL, asked_components
from graph.explanations.storage import index_size
from graph.explanations.terms import term
from graph.explanations.unknowns import sentences
from graph.explanations.wording import priced
from sizing.amount_of_work import text_tokens
from sizing.vector_store import QUANTIZATION, VectorStore

OTHERS = frozenset({"alternative", "alternatives", "other", "others", "else", "options", "replacement", "replacements"})
"""Words of a question that wants what could be in the place of what stands."""
MODELS = frozenset({"model", "models", "tts", "stt", "asr", "voice", "voices", "llm", "llms", "recogniser", "detector"})
VECTORS = frozenset({"vector", "vectors", "index", "embeddings"})
STORE = frozenset({"database", "databases", "db", "dbs", "store", "stores", "vectordb", "qdrant", "weaviate", "milvus"})
EMBEDDER, RERANKER = KINDS_OF_MODEL["embeddings"], KINDS_OF_MODEL["text-ranking"]
FORMATS = frozenset({
    "int", "int8", "bits", "quantized", "quantised", "quantization", "quantisation", "quantize", "quantise", "scalar",
})  # fmt: skip
GOOD = frozenset({"quality", "accuracy", "accurate", "hallucinate", "hallucinates", "hallucination"})
ENDS = frozenset({"eval", "evaluation", "validation", "final", "expect", "training", "end", "perplexity"})
LOST = frozenset({"lose", "loses", "losing", "lost", "miss", "missing", "worse"})
"""Words of a question what is gone without a part."""
LINE = frozenset({"internet", "uplink", "wan", "airgapped", "offline"})
DOWN = frozenset({"down", "out", "fails", "fail", "lost", "drops", "dies", "outage", "cut"})
"""Words of one's own line to the machines, and that it is gone."""
STAGES = frozenset({"stage", "stages", "breakdown"})
ACTS = frozenset({"see", "watch", "look", "view", "change", "set", "configure", "edit"})
"""Words of who asks where to do something, and not where a thing lies."""
OF_A_MODEL = (("capacity",), ("size",), ("quality",), ("models",))
MANIFEST = frozenset({"deployment", "manifest", "manifests", "statefulset", "yaml", "objects"})
MOST_OTHERS = 5
FAR = 2100
"""Years from which on a number is none."""
SECONDS_PER_HOUR = 3600
MS_PER_HOUR = 3_600_000


def of_its_subject(standing: Standing) -> str | None:
    """Null where the question names no such part, or asks another thing of it."""
    words = {*standing.words}
    if (words & STAGES or _names_the_limit(standing)) and (told := _stages(standing)):
        return told
    if told := _to_come(standing) or _senders(standing, words):
        return told
    if words & LINE and (told := _cut_off(standing, words)):
        return told
    if "without" in words and words & LOST and (told := _lost_without(standing)):
        return told
    if "loss" in words and words & ENDS and standing.topics[:1] in (("epochs",), ("quality",), ("estimate",)):
        return sentences()["loss"]
    if "where" in words and not words & ACTS and (told := _kept(standing, words)):
        return told
    if words & MANIFEST and step_of_a_part(standing) is not None:
        return yaml(standing)
    if words & OTHERS and not standing.alternatives and (told := _others(standing, words)):
        return told
    return None


def _cut_off(standing: Standing, words: set[str]) -> str | None:
    """What is brought in where there is no way out; of rented machines, what goes on while one's own line is down."""
    if step_titled(standing.plan, "brought in") is not None:
        return transfer(standing)
    option = standing.one().option
    if option.is_own or not words & DOWN:
        return None
    place = f"{plain(option.offer.provider)} {plain(option.offer.region)}"
    if option.job_hours is not None:
        return f"The job goes on: its machines are at {place}, and what they read lies there."
    return (
        f"Nothing reaches the service while your line is down: its machines are at {place} and go on running, paid as "
        "before. What has to answer without the line needs a machine on the spot: say “on premises” to plan that."
    )


def _lost_without(standing: Standing) -> str | None:
    """What a part does that is named, which is what goes with it, and what it costs; null where none is named."""
    found = asked_components(standing)
    does = [f"{code(one.package.name)} ({plain(one.role)}): {plain(one.reason)}" for one in found]
    does = does or [told for told in (term(standing),) if told]
    beside = standing.plan.retrieval.parts if standing.plan.retrieval else ()
    costs = [
        f"Without the {part.role} "
        + (f"{money(part.usd_per_month)} a month less is paid." if part.usd_per_month else "no less is paid.")
        for part in beside
        if part.role in standing.words
    ]
    return f"What is lost is what it does.\n\n{bullets([*does, *costs])}" if does else None


def _to_come(standing: Standing) -> str | None:
    """Of a price in a year that has not come: that nobody knows it, and what it is today."""
    newest = standing.plan.catalog.as_of_newest.year
    years = [one.low for one in standing.figures if one.dimension in ("number", "date") and newest < one.low < FAR]
    if not years or not {"cost", "future", "growth", "budget"} & {*standing.topics[:2]}:
        return None
    return f"{future(standing)} Today it is {priced(standing.first)}."


def _senders(standing: Standing, words: set[str]) -> str | None:
    """How many cameras, or others who each send so many pictures a second, it carries at most."""
    traffic, said = standing.spec.traffic, standing.spec.evidence.get("traffic.concurrent_users")
    each = traffic.requests_per_second and traffic.concurrent_users and said and standing.topics[:1] == ("capacity",)
    found = pace(standing.first, standing.spec) if each else None
    if not said or not traffic.concurrent_users or not traffic.requests_per_second or found is None:
        return None
    noun = next((word for word in reversed(said.quote.lower().split()) if word.isalpha() and word in words), None)
    if noun is None or not {"how", "many", "maximum", "most", "max"} & words or found.unit != "image":
        return None
    rate = traffic.requests_per_second / traffic.concurrent_users
    low, most, high = (int(hourly / SECONDS_PER_HOUR / rate) for hourly in (found.low, found.per_hour, found.high))
    share = figure(100 * traffic.concurrent_users / max(1, most), 0)
    return (
        f"About **{most:,} {plain(noun)}** ({low:,} to {high:,}) at {figure(rate)} pictures a second each: "
        f"{figure(found.per_hour / SECONDS_PER_HOUR, 1)} a second / {figure(rate)}; the {traffic.concurrent_users:,} "
        f"that you said take {share} % of it. It is an estimate of the model's work on the GPUs alone: decoding the "
        "streams is not counted. Try it with the number you need, and leave room."
    )


def asks_of_vectors(words: Iterable[str]) -> bool:
    """Whether a format is of the vectors of a store, and not of the model."""
    return bool(VECTORS & {*words}) and bool(FORMATS & {*words})


def _stages(standing: Standing) -> str | None:
    """What each of several workloads takes of the time to an answer that was asked for."""
    found = standing.plan.together
    if found is None:
        return None
    rows = [(plain(one.name), _time_of(one.option)) for one in found.workloads]
    asked = max(_limits(standing), default=0.0)
    limit = f"You asked for {figure(asked)} ms from end to end. " if asked else ""
    shared = next((plain(said) for said in standing.plan.assumptions if "stages" in said), "")
    limit = f"{_of_all_stages(found, asked)}{limit}"
    return (
        f"{limit}{shared}\n\n{table(('Stage', 'Takes'), rows)}\n\n"
        "Estimated, for one piece of work each; the network, and hearing that a speaker has stopped, are not counted."
    ).lstrip()


def _names_the_limit(standing: Standing) -> bool:
    """Whether the question names the time to an answer that was asked for: "is 1.2 s really reached"."""
    asked = _limits(standing)
    times = [one.low * MS_PER_HOUR for one in standing.figures if one.dimension == "time"]
    return any(isclose(one, limit) for one in times for limit in asked)


def _limits(standing: Standing) -> list[float]:
    """The times to an answer, or to its beginning, that were asked for, in milliseconds."""
    spec = standing.plan.spec
    traffics = (spec.traffic, *(one.traffic for one in spec.workloads))
    return [ms for one in traffics for ms in (one.latency_ms, one.ttft_ms) if ms]


def _of_all_stages(found: Together, asked: float) -> str:
    """Their sum, to the first token or sound of each, and whether it is within what was asked for."""
    each = [(load.answer_ms or load.ttft_ms) if load else None
            for load in (served(one.option) if one.option else None for one in found.workloads)]  # fmt: skip
    if not asked or not each or any(one is None for one in each):
        return ""
    whole = sum(one for one in each if one is not None)
    sums = " + ".join(figure(one, 1) for one in each if one is not None)
    return f"{'Yes' if whole <= asked else 'No'}: {sums} = **{figure(whole, 0)} ms** of {figure(asked)} ms. "


def _time_of(option: PlacementOption | None) -> str:
    """From a request to its answer, or to the first token of it and the pace of the rest."""
    load = served(option) if option is not None else None
    if load is None:
        return "—"
    if load.answer_ms is not None:
        return f"{figure(load.answer_ms, 1)} ms"
    first = f"{figure(load.ttft_ms, 0)} ms to the first token, then " if load.ttft_ms is not None else ""
    return f"{first}{figure(load.tokens_per_s_per_user or 0, 0)} tokens a second for each user"


def asks_quality(standing: Standing) -> bool:
    """Whether it asks how good the results are, and not what a load or a price is."""
    words = {*standing.words}
    return bool(words & GOOD) or ({"good", "enough"} <= words and standing.topics[:1] in OF_A_MODEL)


def _kept(standing: Standing, words: set[str]) -> str | None:
    """Where each thing lies that the question names; of what no part of the plan keeps, that."""
    said = [told(standing) for things, told in KEPT.items() if things & words]
    if not said or not standing.plan.recommendations:
        return None
    offer = standing.one().option.offer
    country = f" ({plain(offer.country)})" if offer.country else ""
    rented = f"at {plain(offer.provider)} {plain(offer.region)}{country}"
    place = "on your own machines" if standing.one().option.is_own else rented
    return f"All of it lies {place}, on disks of the plan's machines and volumes; no step sends it elsewhere.\n\n" + (
        bullets(said)
    )


def _documents(standing: Standing) -> str:
    room = step_titled(standing.plan, "documents") or step_titled(standing.plan, "dataset")
    if room is None:
        return "Documents: no step of the plan keeps them; what is sent with a request is gone when it is answered."
    return f"Documents: a volume of their own, step {room.order}, “{plain(room.title)}”: {plain(room.detail)}"


def _index(standing: Standing) -> str:
    store = standing.plan.retrieval.part("vector store") if standing.plan.retrieval else None
    chart = _chart(standing, "vector database")
    if store is None and chart is None:
        return "Embeddings: the plan has no store for them; they go back to whoever asked."
    held = f"the volume of {code(chart.name)}" if chart else "the volume of the vector store"
    room = f", {figure(store.disk_gib, 1)} GiB of disk" if store and store.disk_gib else ""
    return f"Embeddings, with the text of their passages: {held}{room}."


def _chats(standing: Standing) -> str:
    page = _chart(standing, "user interface")
    if page is None:
        return "Chats: no part of the plan keeps them; the model's server forgets a conversation when it has answered."
    return f"Chats: the volume of {code(page.name)} (user interface), in the same cluster."


def _logs(standing: Standing) -> str:
    metrics = _chart(standing, "metrics")
    held = f"; metrics are in the volume of {code(metrics.name)}" if metrics else ""
    return f"Logs: with the containers that write them, on the machines' own disks{held}; no chart sends them on."


KEPT: Mapping[frozenset[str], Callable[[Standing], str]] = {
    frozenset({"document", "documents", "docs", "articles", "pdfs", "pages", "tickets", "texts"}): _documents,
    VECTORS: _index,
    frozenset({"chat", "chats", "conversation", "conversations", "history", "histories", "dialogues"}): _chats,
    frozenset({"log", "logs", "prompts", "metrics"}): _logs,
}
"""What people ask the place of, by their words for it."""


def _chart(standing: Standing, role: str) -> Package | None:
    component = standing.plan.component(role)
    return component.package if component else None


def store_size(standing: Standing) -> str | None:
    """What the store of the vectors takes; in full and as int8 copies where a format or another number is asked."""
    other = bool(FORMATS & {*standing.words}) or any(one.noun == "items" for one in standing.figures)
    return (None if other else index_size(standing)) or _vectors(standing)


def _vectors(standing: Standing) -> str | None:
    """RAM and disk of the vector store in full and as int8 copies, by the plan's own rule; where the plan sizes none,
    of the texts and the embedder that it has."""
    found = standing.plan.retrieval
    asked = next((one.low for one in standing.figures if one.noun == "items"), None)
    rows = found.corpus.chunks if found is not None else max(standing.spec.dataset.items or 0, *_texts(standing))
    chunks, tokens = asked or rows, found.corpus.chunk_tokens if found else text_tokens(standing.spec)
    width = found.dimensions if found else _width(standing)
    if not chunks or not width:
        return None
    full, small = (VectorStore(chunks, width, tokens, quantized=one) for one in (False, True))
    store = found.part("vector store") if found else None
    has = f" The plan keeps {QUANTIZATION} copies already." if store is not None and store.quantization else ""
    lines = [
        f"{name}: {line.formula} = {figure(line.value, 1)} GiB of RAM"
        for name, one in (("in full, 32 bits a number", full), (f"as {QUANTIZATION} copies", small))
        for line in one.lines
        if line.label == "RAM of the vector store"
    ]
    lines += [f"disk: {figure(full.disk_gib, 1)} GiB in full, {figure(small.disk_gib, 1)} GiB with copies"]
    return (
        f"{figure(chunks)} vectors take {figure(full.memory_gib, 1)} GiB of RAM in full, "
        f"{figure(small.memory_gib, 1)} as {QUANTIZATION} copies.{has}\n\n{bullets(lines)}\n\nWith copies the "
        "vectors themselves lie on disk, and the best hits are scored anew from there: a little more time each. What "
        "it costs in hits, the catalogue does not measure: compare both on your own questions."
    )


def _texts(standing: Standing) -> list[int]:
    """How many texts each of the workloads has."""
    return [0, *(one.dataset.items or 0 for one in standing.plan.spec.workloads)]


def _width(standing: Standing) -> int | None:
    """Numbers in a vector of the embedder that runs; null where none does, or it is not known."""
    together = standing.plan.together
    options = [one.option for one in together.workloads] if together else [standing.first]
    cards = [option.model for option in options if option is not None and option.model is not None]
    embedder = next((card for card in cards if card.domain == "embeddings"), None)
    return embedder.architecture.hidden_size if embedder is not None else None


def _others(standing: Standing, words: set[str]) -> str | None:
    """What could be in the place of a part that stands: charts of its kind, or models of its kind with their
    licences."""
    if words & STORE and not words & (EMBEDDER | RERANKER):
        part = standing.plan.component("vector database")
        if part is not None and part.alternatives:
            named = ", ".join(code(name) for name in part.alternatives)
            return (
                f"In the place of {code(part.package.name)} ({plain(part.role)}): {named}. Say “use "
                f"{plain(part.alternatives[0])} instead” to have it planned."
            )
    if not standing.others:
        engine = engine_of(standing.first, standing.spec).value
        if engine.lower() not in words and not serves_by(standing):
            return None
        return (
            f"The plan's memory and speed are worked out for {plain(engine)} alone; the catalogue has no figures for "
            "another engine on this model, so it cannot set one beside it."
        )
    first_of = {card.key.partition("/")[0]: card.key for card in reversed(standing.others)}
    others = sorted(standing.others, key=lambda card: card.key not in first_of.values())
    rows = [f"{licence_of(card)}. {plain(card.summary)}" for card in others[:MOST_OTHERS]]
    name = plain(others[0].name)
    return (
        f"The catalogue has of this kind, beside what the plan runs:\n\n{bullets(rows)}\n\nSay “use {name} instead” to "
        "have the plan made with it; how good each is, the catalogue does not measure."
    )
