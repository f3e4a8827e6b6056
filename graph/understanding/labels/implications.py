"""What a spec implies without anybody saying it: stated as assumptions wherever it is a guess."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from domain.base import Frozen
from domain.names import squash
from domain.workload import Domain, Evidence, Level
from graph.understanding.labels.book import labels
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.units import hours_in, nouns
from graph.understanding.merge.draft import SHAPE, Draft
from graph.understanding.roles.claim import WEAK, Claim
from graph.understanding.roles.sighting import TOKENS_PER_PAGE
from graph.understanding.vocabulary import table
from sizing.amount_of_work import TRAINING_TASKS

HINTED = ("task_type", "dataset.modality")
"""Fields whose weak claims settle nothing by themselves: they fill what the other fields leave open."""
_ANSWERING = ("inference", "batch_inference")
_METHODS = {"full": "full_fine_tuning", "lora": "lora", "qlora": "qlora"}
"""Ways of adapting a model that are the use case of a request which names no other."""
_LOAD = (
    "users", "concurrent_users", "requests_per_second", "ttft_ms", "latency_ms",
    "peak_concurrent_users", "peak_requests_per_second", "tokens_per_second_per_user", "tokens_per_second",
)  # fmt: skip
_PEOPLE = ("traffic.users", "traffic.concurrent_users", "traffic.peak_concurrent_users")
SEARCHING = (None, "search")
"""Use cases in which nothing is written."""
ONLY_TRAINED_ON = 1e11
"""From so many tokens on nobody means a batch to run a model over."""
FEW_PEOPLE = 10
"""More rely on what they use; so many may be a household or a few friends."""
WRITTEN, ASSISTANTS = ("documents", "text", None), ("chatbot", "question_answering", "document_qa")
TALKING, DESCRIBING = ("chatbot", "question_answering"), "image_captioning"
"""Uses whose answers are written."""
PICTURES = frozenset({"images", "x_ray", "mri", "ct", "ultrasound", "satellite_images", "video"})
"""Kinds of data that are looked at."""
FEWEST_DOCUMENTS = 50
USUAL_CONTEXT = 131_072
"""Tokens that today's language models read at most, as a rule."""
TUNED = ("llm", "multimodal", "image_generation")
"""Kinds of models that come trained, so that epochs are those of a fine-tuning."""
_SENDERS = ("concurrent_users", "users")
_PILE = ("dataset.items", "dataset.size_gb", "volume.amount", "deadline_hours", "every")
_JOBS = frozenset({"batch", "batches", "job", "jobs", "nightly", "overnight", "offline", "backlog", "archive"})
"""Words of a task that is a job, whoever has asked for it."""


class _Kinds(Frozen):
    """The file: which kinds of work come ready-made, and which are learnt from one's own data."""

    done_by_running: frozenset[str]
    one_by_one: frozenset[str]
    learnable: frozenset[Domain]
    learnt: frozenset[str]
    learnt_from_own_data: frozenset[Domain]
    ready_made: frozenset[Domain]
    needs_gpu: frozenset[Domain]
    cpu_does: frozenset[Domain]
    use_case_of: Mapping[str, tuple[str, ...]]
    domain_of: Mapping[str, Domain]
    ready_made_lines: frozenset[str]


@lru_cache
def _kinds() -> _Kinds:
    return table("labels/kinds", _Kinds)


@lru_cache
def _lines() -> Mapping[str, tuple[str, ...]]:
    """Use case -> the lines of models made for it, as names are compared."""
    return {use_case: tuple(squash(line) for line in lines) for use_case, lines in _kinds().use_case_of.items()}


def usual_use(name: str) -> str | None:
    """What models of this name are made for: "Whisper large-v3" transcribes."""
    squashed = squash(name)
    return next((use for use, lines in _lines().items() if any(line in squashed for line in lines)), None)


def domain_of(use_case: str) -> Domain | None:
    """The kind of model that a use case needs."""
    return _kinds().domain_of.get(use_case)


def settling(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims that are merged; the hints among them are for `complete`."""
    return tuple(claim for claim in claims if claim.strength > WEAK or claim.field not in HINTED)


def complete(draft: Draft, line: Line, claims: Sequence[Claim], turn: int) -> None:
    """Fills task, domain, use case, kind of data and GPU need from what else is known, in place."""
    hints = {claim.field: claim for claim in claims if claim.strength == WEAK and claim.operation == "set"}
    _kind_of_data(draft, line, hints.get("dataset.modality"), turn)
    _domain(draft, claims)
    _task(draft, line, hints.get("task_type"), turn)
    _pictured(draft, line)
    _length_of_sources(draft)
    _run_for_each(draft, line)
    _people_as_rows(draft)
    _cadence(draft)
    _use_case(draft, claims)
    _gpu_need(draft, line)
    _stakes(draft, line)


def confidence_of(draft: Draft) -> Level:
    """High: task and domain in the user's words. Medium: one of them assumed. Low: one missing."""
    if draft.scalars["task_type"] is None or draft.scalars["domain"] is None:
        return "low"
    return "medium" if any(draft.assumed(name) for name in ("task_type", "domain", "gpu_needed")) else "high"


def _kind_of_data(draft: Draft, line: Line, hint: Claim | None, turn: int) -> None:
    if hint is not None and _has_data(draft) and draft.scalars["dataset.modality"] is None:
        draft.scalars["dataset.modality"] = str(hint.value)
        draft.evidence["dataset.modality"] = _quoted(line, hint, turn)


def _domain(draft: Draft, claims: Sequence[Claim]) -> None:
    """What answers from documents is a language model: an embedder that is spoken of is one of its parts. Who is
    answered in words about pictures needs a model that writes: one that only sees is none."""
    domain = draft.scalars["domain"]
    if draft.scalars["task_type"] == "rag" and domain in (None, "embeddings"):
        draft.scalars["domain"] = "llm"
        _borrow(draft, "domain", "task_type")
    elif domain == "llm" and draft.scalars["use_case"] in SEARCHING and _only_embeds(draft, claims):
        draft.scalars["domain"] = "embeddings"
        _borrow(draft, "domain", "models")
    elif not draft.models and _writes_what_it_sees(draft, claims):
        draft.scalars["domain"] = "multimodal"
    elif domain is None and (domain := domain_of(str(draft.scalars["use_case"]))):
        draft.scalars["domain"] = domain
        _borrow(draft, "domain", "use_case")
    elif domain in (None, "tabular") and draft.models and all((model.params_b or 0.0) >= 1 for model in draft.models):
        draft.scalars["domain"] = "llm"  # none for tables is so large: rows are its examples
        draft.suppose("domain", "a language model, since only a size in billions of parameters was given.")
        _borrow(draft, "domain", "models")


def _only_embeds(draft: Draft, claims: Sequence[Claim]) -> bool:
    """Every model that is named is an embedder: texts are what it reads, and nobody writes any."""
    named = {claim.span for claim in claims if claim.field == "models"}
    kinds = [claim.value for claim in claims if claim.field == "domain" and claim.span in named]
    return bool(draft.models) and len(kinds) >= len(draft.models) and {*kinds} == {"embeddings"}


def _writes_what_it_sees(draft: Draft, claims: Sequence[Claim]) -> bool:
    """Whether pictures are told in words, or answered about: a model of pictures is meant, or pictures are spoken of
    beside what is answered live."""
    if draft.scalars["use_case"] not in TALKING:
        return draft.scalars["use_case"] == DESCRIBING
    if draft.scalars["domain"] != "llm":
        return draft.scalars["domain"] == "vision"
    said = {claim.value for claim in claims if claim.operation == "set" and claim.field == "dataset.modality"}
    return draft.scalars["task_type"] in (None, "inference") and not said.isdisjoint(PICTURES)


def _cadence(draft: Draft) -> None:
    """How much comes in a week says of no training that it is run every week."""
    said = draft.evidence.get("every")
    if (
        said is not None
        and draft.scalars["task_type"] in TRAINING_TASKS
        and said == draft.evidence.get("volume.amount")
    ):
        draft.empty("every")


def _task(draft: Draft, line: Line, hint: Claim | None, turn: int) -> None:
    if draft.scalars["task_type"] == "inference" and _reads_a_pile(draft):
        draft.empty("task_type")  # how it is run was said, and not what it does
    if draft.scalars["task_type"] == "batch_inference" and _is_sent_by_people(draft):
        draft.scalars["task_type"] = "inference"
        _borrow(draft, "task_type", *(f"traffic.{leaf}" for leaf in _SENDERS))
    if draft.scalars["task_type"] is not None:
        return
    task, why = next(_implied_tasks(draft, line), (None, ""))
    if task is not None:
        draft.scalars["task_type"] = task
        draft.suppose("task_type", f"{why}.")
        _borrow(draft, "task_type", "models" if draft.models else "dataset.size_gb", "dataset.items", "use_case")
    elif hint is not None:
        draft.scalars["task_type"] = str(hint.value)
        draft.suppose("task_type", f"{_words(hint.value)}, from the words used.")
        draft.evidence["task_type"] = _quoted(line, hint, turn)


def _is_sent_by_people(draft: Draft) -> bool:
    """ "Summarise documents, 25 concurrent users": what people send in is no pile, unless one is there or is due."""
    said = draft.evidence.get("task_type")
    there = any(draft.scalars[name] is not None for name in _PILE)
    sent = any(draft.scalars[f"traffic.{leaf}"] is not None for leaf in _SENDERS)
    return sent and not there and said is not None and not _JOBS & {*said.quote.lower().split()}


def _length_of_sources(draft: Draft) -> None:
    """What is searched, embedded or translated is cut into passages, a picture is read page by page, and so is what the
    context does not hold: the pages of one document are the length of no request."""
    said = draft.evidence.get("traffic.input_tokens")
    length, context = draft.scalars["traffic.input_tokens"], draft.scalars["context_tokens"]
    most = context if isinstance(context, int | float) else USUAL_CONTEXT
    holds = not isinstance(length, int | float) or length <= most
    whole = draft.scalars["domain"] in (None, "llm") and draft.scalars["use_case"] not in ("translation", "ocr")
    cut = draft.scalars["task_type"] == "rag" or not whole or not holds
    if cut and said is not None and "page" in said.quote and draft.assumed("traffic.input_tokens"):
        draft.empty("traffic.input_tokens")
        if draft.scalars["domain"] == "multimodal" and isinstance(length, int | float):
            draft.scalars["traffic.images_each"] = round(length / TOKENS_PER_PAGE)
            draft.evidence["traffic.images_each"] = said


def _pictured(draft: Draft, line: Line) -> None:
    """Scanned, photographed or handwritten papers are pictures: a language model reads none of them. Where they are
    searched their text is taken from them first."""
    if draft.scalars["domain"] != "llm" or draft.models or draft.scalars["task_type"] not in _ANSWERING:
        return
    if any(
        word.text in words_of("pieces", "pictured")
        and any(
            found and found.value == "documents" for found in (nouns().at(line.words, at + far) for far in (1, 2, 3))
        )
        for at, word in enumerate(line.words)
    ):
        draft.scalars["domain"] = "multimodal"
        draft.suppose("domain", "a model that sees, since the papers are pictures.")


def _run_for_each(draft: Draft, line: Line) -> None:
    """ "50 customers a day, each gets a LoRA within 30 minutes": so many trainings a day, one after another."""
    people, per = draft.scalars["traffic.users"], draft.scalars["traffic.users_per"]
    trains = draft.scalars["task_type"] in TRAINING_TASKS and draft.scalars["training.runs"] is None
    if not (trains and per) or not isinstance(people, int) or people < 2:
        return
    if not any(word.text in words_of("pieces", "singly") for word in line.words):
        return
    draft.scalars["training.runs"], draft.scalars["every"] = people, per
    _borrow(draft, "training.runs", "traffic.users")
    _borrow(draft, "every", "traffic.users_per")
    draft.empty("traffic.users")
    draft.empty("traffic.users_per")
    deadline, period = draft.scalars["deadline_hours"], hours_in(str(per))
    if isinstance(deadline, int | float) and period and deadline < period:
        draft.scalars["deadline_hours"] = period
        draft.suppose("deadline_hours", f"a {per} for all {people:,}; {deadline:g} hours are those of one of them.")


def _people_as_rows(draft: Draft) -> None:
    """ "Score 12 million customers every night": of whom a table is gone through are its rows, and send nothing in."""
    scalars = draft.scalars
    counted = any(scalars[name] is not None for name in ("dataset.items", "dataset.size_gb", "volume.amount"))
    if scalars["task_type"] != "batch_inference" or scalars["domain"] != "tabular" or counted:
        return
    if scalars["traffic.users"] is not None:
        scalars["dataset.items"] = scalars["traffic.users"]
        _borrow(draft, "dataset.items", "traffic.users")
        draft.empty("traffic.users")


def is_one_by_one(use_case: str | None) -> bool:
    """Whether it is done to one thing after another."""
    return use_case in _kinds().one_by_one


def _implied_tasks(draft: Draft, line: Line) -> Iterator[tuple[str, str]]:
    """What is done when nobody says it, and why: the most telling first."""
    scalars, kinds = draft.scalars, _kinds()
    domain, use_case = scalars["domain"], scalars["use_case"]
    if domain is None:
        return
    ready = domain in kinds.learnt_from_own_data and _ready_made(draft, line)
    said = draft.evidence.get("dataset.size_gb")
    if scalars["every"] is not None and (ready or (said is not None and said == draft.evidence.get("every"))):
        yield "batch_inference", "batch inference, since a model is run again and again over what there is"
    loaded = scalars["hours_per_month"] is not None or any(scalars[f"traffic.{leaf}"] is not None for leaf in _LOAD)
    piled = use_case in kinds.one_by_one
    if _reads_a_pile(draft):
        yield "rag", "retrieval-augmented generation, since an assistant is to answer from a pile of documents"
    if _has_data(draft) and not loaded and (piled or domain in ("embeddings", "multimodal")):
        yield "batch_inference", "batch inference, since there is a fixed amount to go through and no live load"
    if scalars["deadline_hours"] is not None and not loaded and (piled or domain in kinds.ready_made):
        yield "batch_inference", "batch inference, since there is a deadline and no live load"
    learns = (domain in kinds.learnable or use_case in kinds.learnt) and not ready
    if _has_data(draft) and learns and use_case not in kinds.done_by_running:
        yield "training", "training, since there is data to learn from and nothing was said about running a model"
    if scalars["training.epochs"] is not None and domain in TUNED and draft.models:
        yield "fine_tuning", "fine-tuning of the model named, since epochs were said"
    tokens = scalars["training.tokens"]
    if isinstance(tokens, int | float) and tokens >= ONLY_TRAINED_ON and not loaded:
        yield "training", "training, since so many tokens are only ever trained on"
    if domain == "reinforcement_learning":
        yield "training", "training, since an agent has to learn before it can act"
    if loaded:
        yield "inference", "inference (running the model), since a live load was described"
    if ready and _has_data(draft):
        yield "batch_inference", "batch inference, since a ready-made model goes through what there is"
    if domain in kinds.learnt_from_own_data and not ready:
        yield "training", f"training, since models for {_words(domain)} are learnt from one's own data"
    if scalars["volume.amount"] is not None and scalars["volume.per"] in (None, "total"):
        yield "batch_inference", "batch inference, since there is a fixed amount of work and no live load"
    if scalars["dataset.items"] is not None and domain in kinds.ready_made and not loaded and draft.models:
        yield "batch_inference", "batch inference, since there is a fixed amount to go through and no live load"
    if domain == "scientific":
        yield "batch_inference", "a computation that ends, since no live load was described"
    if draft.models:
        yield "inference", "inference (running the model), since a model was named and no training was mentioned"
    if use_case in kinds.done_by_running or domain in kinds.ready_made:
        yield "inference", "inference (running the model), since ready-made models do this and nobody spoke of training"


def _has_data(draft: Draft) -> bool:
    return draft.scalars["dataset.size_gb"] is not None or draft.scalars["dataset.items"] is not None


def _reads_a_pile(draft: Draft) -> bool:
    """An assistant is spoken of together with documents that are there, in whatever words it reads them."""
    scalars, items = draft.scalars, draft.scalars["dataset.items"]
    pile = scalars["dataset.size_gb"] is not None or (isinstance(items, int | float) and items >= FEWEST_DOCUMENTS)
    written = scalars["dataset.modality"] in WRITTEN
    return pile and written and scalars["domain"] == "llm" and scalars["use_case"] in ASSISTANTS


def _ready_made(draft: Draft, line: Line) -> bool:
    """A model that was named comes trained, as few of its domain do, or it is said to."""
    names = [squash(model.name) for model in draft.models]
    named = any(name.startswith(squash(made)) for name in names for made in _kinds().ready_made_lines)
    return named or any(match.value.value == "ready_made" for match in labels("workloads").find(line))


def _use_case(draft: Draft, claims: Sequence[Claim]) -> None:
    """Whisper transcribes: a use case that nobody has to name, from the models that stand; else how one is adapted,
    also where that is the second thing said of the training ("DPO with LoRA")."""
    if draft.assumed("use_case"):
        draft.empty("use_case")
    said = (str(claim.value) for claim in claims if claim.field == "training.method" and claim.operation == "set")
    method = next((_METHODS[name] for name in (str(draft.scalars["training.method"]), *said) if name in _METHODS), None)
    adapts = draft.scalars["task_type"] in TRAINING_TASKS
    if method and not adapts and draft.scalars["task_type"] is not None:
        draft.empty("training.method")
    if draft.scalars["use_case"] in _METHODS.values() and not adapts:
        draft.empty("use_case")
    if adapts and method and draft.scalars["use_case"] in (None, *_METHODS.values()):
        draft.scalars["use_case"] = method
        _borrow(draft, "use_case", "training.method")
    use_case = next((use for model in draft.models if (use := usual_use(model.name))), None)
    if draft.scalars["use_case"] == "detection" and use_case == "segmentation":
        draft.empty("use_case")  # "U-Net change detection": what such a network detects, it outlines
    if draft.scalars["use_case"] is not None:
        return
    if use_case:
        draft.scalars["use_case"] = use_case
        draft.suppose("use_case", f"{_words(use_case)}, which is what the model named is for.")
        _borrow(draft, "use_case", "models")


def _gpu_need(draft: Draft, line: Line) -> None:
    """Open while it is asked whether one is needed."""
    scalars, domain = draft.scalars, draft.scalars["domain"]
    if draft.assumed("gpu_needed"):
        draft.empty("gpu_needed")
    if scalars["gpu_needed"] is not None or labels("asked").find(line):
        return
    if draft.lists["gpu.models"] or any(scalars[f"gpu.{leaf}"] is not None for leaf in SHAPE):
        scalars["gpu_needed"] = True
        _borrow(draft, "gpu_needed", "gpu.models", *(f"gpu.{leaf}" for leaf in SHAPE))
    elif _on_a_cpu(line):
        return
    elif domain in _kinds().needs_gpu:
        scalars["gpu_needed"] = True
        _borrow(draft, "gpu_needed", "domain", "models")
    elif domain in _kinds().cpu_does:
        scalars["gpu_needed"] = False
        draft.suppose("gpu_needed", "not needed, since models of tabular data train and run well on CPU.")
        _borrow(draft, "gpu_needed", "domain")
    elif domain is not None and scalars["task_type"] is not None:
        scalars["gpu_needed"] = True
        draft.suppose("gpu_needed", f"needed for {_words(domain)} at this scale.")
        _borrow(draft, "gpu_needed", "domain", "task_type")


def _on_a_cpu(line: Line) -> bool:
    """It is told or asked of running without a GPU, and nobody said that it must."""
    return any(
        match.value.field == "gpu_needed" and match.value.value == "false" for match in labels("hardware").find(line)
    )


def _stakes(draft: Draft, line: Line) -> None:
    """What many people use is no hobby, unless it was said to be one."""
    people = {figure.high for _, figure in line.quantities if figure.noun == "people" and figure.high > FEW_PEOPLE}
    many = [name for name in _PEOPLE if draft.scalars[name] in people]
    if many and draft.scalars["stakes"] is None:
        draft.scalars["stakes"] = "production"
        _borrow(draft, "stakes", *many)


def _borrow(draft: Draft, name: str, *sources: str) -> None:
    """The words behind another field are also why this one is set."""
    source = next((source for source in sources if source in draft.evidence), None)
    if source is not None:
        draft.evidence[name] = draft.evidence[source]


def _quoted(line: Line, claim: Claim, turn: int) -> Evidence:
    return Evidence(quote=line.text.raw[claim.span.start : claim.span.end], turn=turn)


def _words(value: object) -> str:
    return str(value).replace("_", " ")
