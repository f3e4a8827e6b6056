"""What a model must be able to do for what was asked: one table, read by the search for models and by placement.

The rows are `model_tasks.yaml`, whose head says what each part means.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from domain.base import Frozen
from domain.models import ModelCard
from domain.names import is_like
from domain.own_files import own_yaml
from domain.queries import Preference
from domain.workload import Domain, TaskType, WorkloadSpec
from sizing.amount_of_work import is_heard_live

SHORT_WORD = 3
"""So short a word is looked for as a whole: "ct" is not in "ctr"."""


class Able(Frozen):
    """Models of which all that is given is true."""

    domains: tuple[Domain, ...] = ()
    pipeline_tags: tuple[str, ...] = ()
    use_cases: tuple[str, ...] = Field(default=(), description="one of them")
    with_use_cases: tuple[str, ...] = Field(default=(), description="all of them")
    keys: tuple[str, ...] = Field(default=(), description="patterns of ids, in any case: * is any text")

    def holds(self, model: ModelCard) -> bool:
        """Whether the model is one of those."""
        return (
            (not self.domains or model.domain in self.domains)
            and (not self.pipeline_tags or model.pipeline_tag in self.pipeline_tags)
            and (not self.use_cases or not set(self.use_cases).isdisjoint(model.use_cases))
            and set(self.with_use_cases) <= set(model.use_cases)
            and (not self.keys or is_like(model.key, self.keys))
        )


class When(Frozen):
    """Requests of which all that is given is true."""

    domains: tuple[Domain, ...] = ()
    tasks: tuple[TaskType, ...] = ()
    use_cases: tuple[str, ...] = ()
    words: tuple[str, ...] = Field(default=(), description="one of them begins a word of what was said")
    live: bool = Field(default=False, description="speech that is answered while it is spoken")

    def holds(self, spec: WorkloadSpec, said: str) -> bool:
        """Whether the request is one of those; `said` as of `words_of`."""
        return (
            (not self.domains or (spec.domain or "llm") in self.domains)
            and (not self.tasks or spec.task_type in self.tasks)
            and (not self.use_cases or spec.use_case in self.use_cases)
            and (not self.live or is_heard_live(spec))
            and (not self.words or any(_is_said(word, said) for word in self.words))
        )


class Usual(Frozen):
    """Ids of models usually taken, best first."""

    default: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    light: tuple[str, ...] = ()
    training: tuple[str, ...] = ()

    def choices(self, preference: Preference | None) -> tuple[str, ...]:
        """Those for the preference, then the others."""
        first: tuple[str, ...] = getattr(self, preference) if preference else ()
        return tuple(dict.fromkeys((*first, *self.default)))


class ModelTask(Frozen):
    """A row of the table."""

    key: str
    name: str = Field(description="in a sentence: there is no model for ...")
    when: When
    domains: tuple[Domain, ...] = Field(default=(), description="of its models, where not the request's own")
    takes: tuple[Able, ...] = Field(description="none: it is done without a model of a catalogue")
    excludes: tuple[Able, ...] = ()
    prefers: tuple[str, ...] = Field(default=(), description="use cases that make a model fit better")
    usual: Usual = Usual()
    small_below_b: float = 0.0
    sizes: tuple[float, ...] | None = Field(default=None, description="null: as any language model; empty: any size")
    quality_sizes: tuple[float, ...] | None = Field(default=None, description="the same, where quality comes first")

    def can_be_done_by(self, model: ModelCard) -> bool:
        """Whether the model is made for this."""
        if not any(able.holds(model) for able in self.takes):
            return False
        return not any(able.holds(model) for able in self.excludes)


@lru_cache
def model_tasks() -> tuple[ModelTask, ...]:
    """The table, read once."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, tuple[ModelTask, ...]])["tasks"]


@lru_cache
def task_named(key: str) -> ModelTask | None:
    """The row of that key; null where there is none."""
    return next((task for task in model_tasks() if task.key == key), None)


def task_of(spec: WorkloadSpec) -> ModelTask | None:
    """The task the models are for; null where no domain was said or no row speaks of it."""
    if spec.domain is None:
        return None
    said = words_of(spec)
    return next((task for task in model_tasks() if task.when.holds(spec, said)), None)


def domains_of(spec: WorkloadSpec) -> tuple[Domain, ...]:
    """Of the models that may serve; empty: any."""
    task = task_of(spec)
    if task is not None and task.domains:
        return task.domains
    return (spec.domain,) if spec.domain else ()


def fitting(spec: WorkloadSpec, models: Sequence[ModelCard]) -> tuple[ModelCard, ...]:
    """Those made for the task; where no row speaks of it, those of its domain."""
    task, domains = task_of(spec), domains_of(spec)
    if task is None:
        return tuple(model for model in models if not domains or model.domain in domains)
    return tuple(model for model in models if model.domain in domains and task.can_be_done_by(model))


def preference_of(spec: WorkloadSpec) -> Preference | None:
    """What the choice leans to; quality counts more than cost and latency."""
    if spec.task_type in ("training", "fine_tuning"):
        return "training" if spec.priorities.quality != "high" else "quality"
    if spec.priorities.quality == "high":
        return "quality"
    if spec.gpu_needed is False or "high" in (spec.priorities.latency, spec.priorities.cost):
        return "light"
    return None


def _is_said(word: str, said: str) -> bool:
    return f" {word} " in said if len(word) <= SHORT_WORD else f" {word}" in said


def words_of(spec: WorkloadSpec) -> str:
    """The user's own words behind the spec and those that found no place in it, without those of the other workloads of
    the request: lower case, one space around each."""
    said = (item for path, item in spec.evidence.items() if not path.startswith("workloads"))
    quotes = (*(item.quote for item in said), *(item.quote for item in spec.unplaced))
    terms = (spec.use_case, spec.dataset.modality, spec.industry)
    return _plain(" ".join((*quotes, *(term.replace("_", " ") for term in terms if term))))


@lru_cache(maxsize=16)
def _plain(text: str) -> str:
    plain = "".join(c if c.isalnum() or c == "-" else " " for c in text.lower())
    return f" {' '.join(plain.split())} "
