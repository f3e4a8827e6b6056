"""A live load that a training is said beside is that of what was trained: no rate and no user that was said goes
unplanned."""

from collections.abc import Sequence

from domain.workload import Dataset, Evidence, RequestedModel, Traffic, Training, Volume, Workload, WorkloadSpec
from graph.understanding.labels.book import labels
from graph.understanding.labels.trained_already import DEEDS
from graph.understanding.labels.workload_names import WATCHING
from graph.understanding.mentions.line import Line
from graph.understanding.merge.of_each import OWN
from graph.understanding.merge.workload_models import use_of
from sizing.amount_of_work import TRAINING_TASKS

OF_ANSWERS = (
    "concurrent_users", "peak_concurrent_users", "peak_requests_per_second", "ttft_ms", "latency_ms",
    "tokens_per_second_per_user", "tokens_per_second",
)  # fmt: skip
"""What only something that answers has."""
FOR_WHOM, REACH = frozenset({"for", "by", "to", "serve", "serves", "serving"}), 2
"""What stands before those whom something is for, at most so many words ahead of their number."""
SAID_OF_NO_SERVICE = ("only", "trainers")
"""The training is all that is wanted, or the people are those who train."""


def with_service(spec: WorkloadSpec, line: Line) -> WorkloadSpec:
    """The spec of a training, with the service of what it makes where a live load was said, and with the teacher that
    answers the prompts first where one model is distilled into another."""
    if spec.task_type not in TRAINING_TASKS or "task_type" in spec.assumed:
        return spec
    served = is_served(spec.traffic, spec, line)
    if not served and _teacher_of(spec) is None:
        return spec
    said = {name: getattr(spec, name) for name in OWN}
    words = spec.evidence.get("task_type", Evidence(quote="", turn=0))
    trains = Workload.model_validate({**said, "traffic": Traffic(), "quote": words.quote})
    loads = {path: held for path, held in spec.evidence.items() if path.startswith("traffic.")}
    quote = next((held.quote for held in loads.values()), "")
    evidence = {
        "workloads": words, **({f"workloads.1.{path}": held for path, held in loads.items()} if served else {}),
        **{f"workloads.0.{path}": held for path, held in spec.evidence.items()
           if path not in loads and path.startswith(OWN)},
    }  # fmt: skip
    workloads = teachers_apart((trains, service_of(trains, spec.traffic, quote)) if served else (trains,))
    update = {"workloads": workloads, "every": None, "evidence": {**spec.evidence, **evidence}}
    return spec.model_copy(update=update)


def teachers_apart(workloads: Sequence[Workload]) -> tuple[Workload, ...]:
    """The workloads with a student each where one model is distilled into another, then the teachers at their work."""
    taught = [(one, teacher) for one in workloads if one.task_type in TRAINING_TASKS and (teacher := _teacher_of(one))]
    if not taught:
        return tuple(workloads)
    teachers = {teacher for _, teacher in taught}
    students = tuple(
        one.model_copy(update={"models": tuple(model for model in one.models if model not in teachers)})
        for one in workloads
    )
    return (*students, *(_answering(one, teacher) for one, teacher in taught))


def _answering(learns: Workload, teacher: RequestedModel) -> Workload:
    """The teacher, as it answers once what its student learns from."""
    own = {"task_type": "batch_inference", "models": (teacher,), "use_case": None, "training": Training()}
    return learns.model_copy(update={**own, "traffic": Traffic(), "deadline_hours": None})


def _teacher_of(spec: WorkloadSpec | Workload) -> RequestedModel | None:
    """Of a distillation of one model into others the largest; null where it is not said which learns from which."""
    sizes = [model.params_b or 0.0 for model in spec.models]
    distils = spec.training.method == "distillation" and len(sizes) > 1
    unsized = [model for model, size in zip(spec.models, sizes, strict=True) if not size]
    if not distils or len(unsized) > 1:
        return None
    return unsized[0] if unsized else max(spec.models, key=lambda model: model.params_b or 0.0)


def service_of(trained: Workload, traffic: Traffic, quote: str) -> Workload:
    """What was trained, answering under this load."""
    if trained.domain in WATCHING and traffic.requests_per_second is None:  # people are what it is learnt from
        traffic = traffic.model_copy(update={"users": None, "users_per": None})
    models = trained.models
    if trained.training.method == "distillation" and all(model.params_b for model in models):
        models = tuple(sorted(models, key=lambda model: model.params_b or 0.0)[:1])  # the student
    return trained.model_copy(
        update={
            "task_type": "inference", "models": models, "use_case": use_of(trained), "traffic": traffic,
            "dataset": Dataset(), "volume": Volume(), "training": Training(), "every": None, "deadline_hours": None,
            "quote": quote,
        }
    )  # fmt: skip


def services_left(read: Sequence[tuple[WorkloadSpec, Workload]], line: Line) -> tuple[Workload, ...]:
    """Of the trainings among several workloads, the services that their own words say and no other workload is."""
    running = {workload.domain for _, workload in read if workload.task_type not in TRAINING_TASKS}
    trained = ((said, one) for said, one in read if one.task_type in TRAINING_TASKS and one.domain not in running)
    return tuple(
        service_of(one, said.traffic, one.quote) for said, one in trained if is_served(said.traffic, said, line)
    )


def is_served(traffic: Traffic, spec: WorkloadSpec, line: Line) -> bool:
    """Somebody waits for answers: requests a second that are no pile that comes in, people it is for, or how fast it is
    to answer."""
    found = [match for match in labels("workloads").find(line) if match.value.field == "tasks"]
    tasks = {match.value.value for match in found}
    deeds = line.sentences_of(match for match in found if match.value.value in DEEDS)
    asked_apart = bool(deeds) and deeds <= line.asking != frozenset(line.sentence_places)
    if not tasks.isdisjoint(SAID_OF_NO_SERVICE) or (asked_apart and "running" in tasks):
        return False
    rate = traffic.requests_per_second is not None and spec.volume.amount is None
    used = spec.domain not in WATCHING and traffic.users_per is None and _is_for(traffic.users, line, tasks)
    return rate or used or any(getattr(traffic, name) is not None for name in OF_ANSWERS)


def _is_for(users: int | None, line: Line, tasks: set[str]) -> bool:
    """The people are those for whom it is, who may be on the team or in the data otherwise."""
    if users is None or "serving" in tasks:
        return users is not None
    places = (place for place, figure in line.quantities if figure.noun == "people" and figure.high == users)
    before = (word.text for place in places for word in line.words[max(0, place - REACH) : place])
    return not FOR_WHOM.isdisjoint(before)
