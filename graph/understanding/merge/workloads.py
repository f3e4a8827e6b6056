"""The workloads of a request that names several: each read from its own words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.workload import (
    Dataset,
    Domain,
    Evidence,
    Location,
    RequestedModel,
    TaskType,
    Traffic,
    Training,
    Unplaced,
    Volume,
    VolumeUnit,
    Workload,
    WorkloadSpec,
)
from graph.understanding.labels.pictures import FILMED
from graph.understanding.labels.workload_differences import AS_ONE_TYPES, TALKED_TO
from graph.understanding.labels.workload_part import HEARS_AND_SPEAKS, Part
from graph.understanding.mentions.line import Line
from graph.understanding.merge.accounted import Read, accounted
from graph.understanding.merge.comes_in import with_what_comes_in
from graph.understanding.merge.copies import in_copies
from graph.understanding.merge.of_each import LENGTHS, LOADS, OF_A_LOAD, Alone
from graph.understanding.merge.passed_on import with_what_is_passed_on
from graph.understanding.merge.places_apart import in_places
from graph.understanding.merge.served_afterwards import services_left, teachers_apart, with_service
from graph.understanding.merge.standing_workloads import kept_up
from graph.understanding.merge.workload_amounts import again, by_the_day, in_one_run
from graph.understanding.merge.workload_models import (
    METHODS,
    is_size,
    one_meant,
    sizes_of,
    taught_with,
    use_of,
    with_model_of,
    with_pile_of,
)
from graph.understanding.stance.stance import Stances
from sizing.amount_of_work import TRAINING_TASKS

OWN = (
    "task_type", "domain", "use_case", "models", "traffic", "dataset", "volume", "training", "context_tokens",
    "languages", "features", "media", "deadline_hours",
)  # fmt: skip
"""Fields that a workload has of its own."""
MOST_WORDS, MOST_RETURNS = 400, 8
"""Words about one workload that are its own, and how often a message comes back to it; longer ones are lists that part
into no workloads, whose figures are read for the request as a whole. Scenarios have 114 words and come back once."""
SERVED = ("inference", "rag")
USE_OF_KIND: dict[str, tuple[str, ...]] = {
    "transcription": ("transcription", "text_to_speech", "voice_assistant", "speech_translation"),
    "text_to_speech": ("text_to_speech", "transcription", "voice_assistant", "speech_translation"),
    AS_ONE_TYPES: ("code_completion", "chatbot"), "chat": ("chatbot", "code_completion"),
}  # fmt: skip
"""What a kind that may be a part of a whole is for, and what the whole and its other parts are."""
ANSWERS = ("llm", "embeddings", "multimodal")
"""Domains of what answers from documents, or finds them."""
FINDS = ("search", "document_qa")
TUNING_METHODS = tuple(method for method in METHODS if method not in ("full", "pretraining"))
NO_EXAMPLES = ("tokens", "output_tokens", "audio_hours", "gpu_hours")
"""Units of work that do not count examples."""
COUNTED_AS: dict[str, VolumeUnit] = {"images": "images", "documents": "documents", "text": "documents"}
"""The unit of a pile by its kind of data; else items."""


@dataclass(frozen=True)
class _Read:
    part: Part
    quote: str
    spec: WorkloadSpec


def with_workloads(
    spec: WorkloadSpec, standing: WorkloadSpec, line: Line, stances: Stances, parts: Sequence[Part], alone: Alone
) -> WorkloadSpec:
    """The spec as the turn leaves it, with the workloads that the turn names, else those that stand, revised."""
    if not parts:
        apart = in_places(spec, line, stances, alone) or in_copies(spec, line, stances, alone)
        kept = apart or kept_up(spec, standing, line, stances)
        if kept or standing.workloads:
            return spec.model_copy(update={"workloads": kept})
        return with_what_comes_in(with_service(spec, line), line)
    found = [_read(part, line, alone) for part in parts]
    turn = max((words.turn for words in spec.evidence.values()), default=0)
    each = _each(found, spec, line, alone)
    served = services_left([(one.spec, workload) for one, workload in zip(found, each, strict=True)], line)
    read = [Read(one.part, one.spec.evidence) for one in found]
    whole = accounted(spec, read, [*each, *served], line, turn)
    main = _main(whole.workloads[: len(found)], spec)
    order = [main, *(number for number in range(len(whole.workloads)) if number != main)]
    workloads = [whole.workloads[number] for number in order]
    evidence = {"workloads": Evidence(quote=workloads[0].quote, turn=turn)}
    for place, number in enumerate(order):
        evidence |= {
            f"workloads.{place}.{path}": Evidence(quote=_as_said(words.quote, workloads[place], line), turn=turn)
            for path, words in whole.evidence[number].items() if path.startswith(OWN)
        }  # fmt: skip
    unplaced = (words for words in spec.unplaced if not _is_read(words, evidence.values(), workloads))
    return spec.model_copy(
        update={
            "workloads": teachers_apart(workloads), "every": None, "evidence": {**spec.evidence, **evidence},
            "unplaced": (*unplaced, *whole.left),
        }
    )  # fmt: skip


def _read(part: Part, line: Line, alone: Alone) -> _Read:
    quotes = [line.in_full(first, last) for first, last in _stretches(part)]
    begins, ends = line.sentence(part.name_ends)
    return _Read(part, line.quote(max(begins, part.first), min(ends, part.last)), alone("; ".join(quotes)))


def _as_said(words: str, workload: Workload, line: Line) -> str:
    """The words as they stand in the message: of a cell that was read with the head of its table the whole line."""
    return words if words in line.text.raw else workload.quote


def _stretches(part: Part) -> Iterator[tuple[int, int]]:
    """What is read once more for the workload alone, by its first and last words: all of it but of an endless list."""
    left = MOST_WORDS
    for first, last in ((part.first, part.last), *part.more[:MOST_RETURNS]):
        if left > 0:
            yield first, min(last, first + left - 1)
        left -= last - first + 1


def _each(found: Sequence[_Read], spec: WorkloadSpec, line: Line, alone: Alone) -> list[Workload]:
    """Each from its own words. A load said before or after all of them, in one sentence with them, is that of each."""
    last, before = found[-1].part, found[-2].part
    together = line.words[before.name_ends].sentence == line.words[last.name_ends].sentence
    own = [one.spec.traffic for one in found]
    if together:
        first = _said_first(found[0], line, alone)
        ahead = own[0] if first is not None else Traffic()
        seen = first is not None and first.domain in FILMED
        headed = _heading(found[0], line, alone)
        between = own[1:-1] if ahead != Traffic() else own[:-1]
        silent = all(traffic == Traffic() for traffic in between)
        behind = own[-1] if silent and alone(line.quote(last.first, last.name_ends)).traffic == Traffic() else Traffic()
        own = [
            traffic
            if one.part.batch or one.part.trains or (seen and one.part.domain not in FILMED)
            else _filled(traffic, headed or ahead, behind)
            for one, traffic in zip(found, own, strict=True)
        ]
    for number, (ahead_of_it, one) in enumerate(pairwise(found), start=1):
        if one.part.alike:
            own[number] = own[number - 1]
        elif _used_by_the_same(ahead_of_it, one):
            own[number] = _filled(own[number], Traffic(**{name: getattr(own[number - 1], name) for name in OF_A_LOAD}))
    stages = _stages(found)
    passed = _filled(Traffic(), *(own[number] for number in reversed(stages)))
    own = [_filled(traffic, passed) if number in stages else traffic for number, traffic in enumerate(own)]
    tongues = tuple(dict.fromkeys(tongue for number in stages for tongue in found[number].spec.languages))
    made: list[Workload] = []
    said = frozenset(one.spec.task_type for one in found if "task_type" not in one.spec.assumed)
    places = _places(found)
    named = [model for one in found for model in (*one.spec.models, *sizes_of(one.part)) if model.params_b]
    for one, traffic in zip(found, own, strict=True):
        workload = _workload(one, traffic, _trained(one.part, found, made), spec, said, made)
        if not workload.models and one.part.means:
            workload = workload.model_copy(update={"models": one_meant(one.part, named)})
        made.append(taught_with(workload, made, one.part))
    made = [
        one.model_copy(update={"languages": one.languages or tongues}) if number in stages else one
        for number, one in enumerate(made)
    ]
    whole = [with_pile_of(with_model_of(number, one.part, made), made) for number, one in enumerate(found)]
    whole = [_as_long_as_before(number, one, whole) for number, one in enumerate(found)]
    whole = with_what_is_passed_on(whole, [one.part for one in found], line)
    return [one.model_copy(update={"location": place}) for one, place in zip(whole, places, strict=True)]


def _as_long_as_before(number: int, one: _Read, made: Sequence[Workload]) -> Workload:
    """More of the same is of the same length and worked on alike: "750M texts of 60 tokens once, then 2M a day"."""
    workload = made[number]
    more = number and one.part.comes_in and not (one.part.kind or one.part.trains or one.spec.models)
    if not more or made[number - 1].domain != workload.domain or made[number - 1].task_type in TRAINING_TASKS:
        return workload
    before = made[number - 1]
    of_each = {name: getattr(before.traffic, name) for name in LENGTHS if getattr(workload.traffic, name) is None}
    return workload.model_copy(
        update={
            "traffic": workload.traffic.model_copy(update=of_each),
            "use_case": workload.use_case or before.use_case,
        }
    )


def _stages(found: Sequence[_Read]) -> Sequence[int]:
    """The numbers of what serves the same people at once: what hears, thinks and speaks in one conversation, or
    completes code and talks about it."""
    runs = {number: one.part for number, one in enumerate(found) if not (one.part.batch or one.part.trains)}
    talks = [number for number, part in runs.items() if part.domain in ("speech", "llm")]
    spoken = {runs[number].kind for number in talks if runs[number].domain == "speech"}
    if spoken.issuperset(HEARS_AND_SPEAKS) and sum(runs[number].domain == "llm" for number in talks) == 1:
        return talks
    coding = [number for number, part in runs.items() if part.kind in (AS_ONE_TYPES, "chat")]
    loaded = [number for number in coding if runs[number].loaded]
    return coding if len({runs[number].kind for number in coding}) == len(coding) > len(loaded) else []


def _used_by_the_same(before: _Read, one: _Read) -> bool:
    """The people who have the one have the other too: "completion for 90 developers plus a bit of chat"."""
    silent = not one.part.loaded and all(getattr(one.spec.traffic, name) is None for name in LOADS)
    talked = {before.part.kind, one.part.kind} <= {*TALKED_TO, AS_ONE_TYPES}
    return silent and talked and not (one.part.batch or one.part.trains)


def _places(found: Sequence[_Read]) -> Sequence[Location]:
    """Of each its own, where each names another; else those of the request are for all."""
    own = [Location(regions=one.spec.location.regions, jurisdictions=one.spec.location.jurisdictions) for one in found]
    return own if len(set(own)) == len(own) and Location() not in own else [Location()] * len(own)


def _filled(traffic: Traffic, *others: Traffic) -> Traffic:
    """With what the others say of which it says nothing; another's load only where it has none."""
    said = {name: value for other in others for name, value in other.model_dump(exclude_none=True).items()}
    if any(getattr(traffic, name) is not None for name in LOADS):
        said = {name: value for name, value in said.items() if name not in OF_A_LOAD}
    return traffic.model_copy(update=said | traffic.model_dump(exclude_none=True))


def _said_first(one: _Read, line: Line, alone: Alone) -> WorkloadSpec | None:
    """What stands before the first workload is named, where it holds a load: "200 calls at once need Whisper, an 8B
    model and TTS"."""
    names = (place for place, _ in line.names if one.part.first < place <= one.part.last)
    first = next(names, None)
    said = alone(line.quote(one.part.first, first - 1)) if first is not None else None
    return said if said is not None and said.traffic != Traffic() else None


def _heading(one: _Read, line: Line, alone: Alone) -> Traffic | None:
    """The load of what stands before a colon and all the names: "A plugin for 35 developers: completion and a chat"."""
    first, named = one.part.first, one.part.named_at
    colon = next((at for at in range(first, named) if line.words[at].text == ":"), None)
    return None if colon in (None, first) else alone(line.quote(first, colon - 1)).traffic


def _trained(part: Part, found: Sequence[_Read], made: Sequence[Workload]) -> Workload | None:
    """The workload whose model this part runs."""
    if part.trains:
        return None
    trained = [workload for one, workload in zip(found, made, strict=False) if one.part.trains]
    alike = [workload for workload in trained if part.serves or part.domain in (None, workload.domain)]
    return alike[-1] if alike else None


def _workload(
    one: _Read, traffic: Traffic, trained: Workload | None, spec: WorkloadSpec, said: frozenset[TaskType | None],
    before: Sequence[Workload],
) -> Workload:  # fmt: skip
    domain = _domain(one, trained, spec)
    models = _leading(one) or sizes_of(one.part)
    use_case = one.spec.use_case
    uses = USE_OF_KIND.get(one.part.kind, ())
    if uses and use_case in (None, *uses):
        use_case = uses[0]
    if trained is not None and domain == trained.domain:
        models, use_case = models or one_meant(one.part, trained.models), use_case or use_of(trained)
    task, dataset, volume = _task(one, trained, spec, said, before), one.spec.dataset, one.spec.volume
    if trained is not None and domain == trained.domain and domain not in ANSWERS and dataset.modality is None:
        dataset = dataset.model_copy(update={"modality": trained.dataset.modality})
    if one.part.pile and domain != "reinforcement_learning" and _is_uncounted(task, one):
        dataset = dataset.model_copy(update={"items": one.part.pile})
    if task in TRAINING_TASKS:  # what comes in every month is what each training reads
        counted = volume.amount is not None and volume.unit not in NO_EXAMPLES
        again_unnamed = one.part.every is None and volume.per not in (None, "total") and one.part.pile
        items = in_one_run(volume, one.part.every) if counted and dataset.items is None else dataset.items
        items = again_unnamed or items
        learnt = volume if volume.unit == "audio_hours" else Volume()  # of recordings it is hours that are learnt from
        dataset, volume, traffic = dataset.model_copy(update={"items": items}), learnt, Traffic()
    elif task == "batch_inference" and one.part.every and volume.amount is None and dataset.items:
        volume = Volume(amount=dataset.items, unit=COUNTED_AS.get(dataset.modality or "", "items"))
        dataset = Dataset(modality=dataset.modality)
    if task == "rag" and domain and domain not in ANSWERS:
        task = "inference"  # the documents are another workload's
    every = None if task in SERVED else one.part.every or one.spec.every
    if _adds_to_an_index(one, before):
        volume = volume if volume.amount else by_the_day(traffic, domain)
        volume, traffic, every = volume.model_copy(update={"unit": "items"}), Traffic(), every or "day"
    if volume.amount is None and one.part.rate and not one.part.live and task not in TRAINING_TASKS:
        volume = by_the_day(traffic, domain)
    heard = one.spec.hours_per_month
    if domain == "speech" and volume.amount is None and traffic == Traffic() and heard and one.part.rate:
        volume = Volume(amount=heard, unit="audio_hours", per="month")
    sized = {model.params_b for model in models if is_size(model)}
    if dataset.items is not None and dataset.items / 1e9 in sized:
        dataset = dataset.model_copy(update={"items": None})
    return Workload(
        task_type=task, domain=domain, use_case=use_case, models=models, traffic=traffic,
        dataset=dataset, volume=again(volume, one.part.every),
        training=Training() if task == "batch_inference" else one.spec.training,
        media=one.spec.media, context_tokens=one.spec.context_tokens, languages=one.spec.languages,
        features=one.spec.features, every=every, deadline_hours=one.spec.deadline_hours,
        hours_per_month=one.spec.hours_per_month, quote=one.quote.strip(" \n\t,;:.!?|-"),
    )  # fmt: skip


def _domain(one: _Read, trained: Workload | None, spec: WorkloadSpec) -> Domain | None:
    """Of its name, else as its words alone say, else that of the request. What finds something in documents hears and
    sees nothing, whatever stands beside it."""
    told = (one.part.domain, trained.domain if trained else None, one.spec.domain, spec.domain)
    finds = one.spec.use_case in FINDS and one.spec.dataset.modality in ("documents", "text")
    able = [domain for domain in told if domain and (domain in ANSWERS or not finds)]
    return next(iter(able), "embeddings" if finds else None)


def _adds_to_an_index(one: _Read, before: Sequence[Workload]) -> bool:
    """What was embedded once is kept up to date: "5M chunks once, then 50k a day"."""
    filled = bool(before) and before[-1].domain == "embeddings" and before[-1].task_type == "batch_inference"
    more = one.part.comes_in and not (one.part.live or one.part.serves or one.part.kind or one.part.trains)
    return filled and more and one.part.domain in (None, "embeddings")


def _leading(one: _Read) -> tuple[RequestedModel, ...]:
    """Its models, those that do the work before those that only help: the generator before its embedder."""
    return tuple(sorted(one.spec.models, key=lambda model: model.name.lower() not in one.part.models))


def _is_uncounted(task: TaskType, one: _Read) -> bool:
    """A job whose own words were read as no amount of work."""
    said = one.spec.dataset.items or one.spec.volume.amount or one.spec.training.examples or one.spec.training.tokens
    return task in (*TRAINING_TASKS, "batch_inference") and not said


def _task(
    one: _Read, trained: Workload | None, spec: WorkloadSpec, said: frozenset[TaskType | None],
    before: Sequence[Workload],
) -> TaskType:  # fmt: skip
    """What its own words say; a guess gives way to the loads and to the other workloads."""
    part, read, guessed = one.part, one.spec.task_type, "task_type" in one.spec.assumed or one.spec.task_type is None
    if part.trains:
        distils = "distillation" in (spec.training.method, one.spec.training.method)
        if read in TRAINING_TASKS and not distils:
            return read
        return "fine_tuning" if distils or one.spec.training.method in TUNING_METHODS else "training"
    if (part.batch and not part.live) or _adds_to_an_index(one, before):
        return "batch_inference"
    if trained is not None:
        return "batch_inference" if read == "batch_inference" and not part.live else "inference"
    if part.live and read in ("batch_inference", *TRAINING_TASKS):
        return "inference"
    if guessed and part.refers and not part.loaded and before and before[-1].task_type == "batch_inference":
        return "batch_inference"
    if guessed and spec.task_type is not None and one.spec.domain == spec.domain and "task_type" not in spec.assumed:
        return "inference" if spec.task_type in said else spec.task_type
    return read or "inference"


def _main(workloads: Sequence[Workload], spec: WorkloadSpec) -> int:
    """Which of them the plan of the spec alone is for: that of the largest model named, else of the spec's kind."""
    largest = max(spec.models, key=lambda model: model.params_b or 0.0, default=None)

    def alike(workload: Workload) -> int:
        runs_it = largest is not None and largest.name in {model.name for model in workload.models}
        used, done = workload.use_case == spec.use_case, workload.task_type == spec.task_type
        retrieves = workload.task_type == spec.task_type == "rag"
        return 8 * (runs_it or retrieves) + 4 * (workload.domain == spec.domain) + 2 * used + done

    return max(range(len(workloads)), key=lambda number: (alike(workloads[number]), -number))


def _is_read(words: Unplaced, evidence: Iterable[Evidence], workloads: Iterable[Workload]) -> bool:
    """A field of a workload holds the words, or they are no more than its name."""
    named = any(words.quote == one.quote and not any(sign.isdigit() for sign in one.quote) for one in workloads)
    return named or any(words.quote in held.quote for held in evidence)
