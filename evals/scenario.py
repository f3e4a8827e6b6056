"""A scenario: what a user says turn by turn, and what a careful human would insist on in the answer."""

from collections import Counter
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from domain.base import Frozen
from domain.errors import InvalidInput
from evals.matching import Expected

SCENARIOS = Path(__file__).with_name("scenarios")
ReplyType = Literal["clarification", "deployment_plan", "answer"]
Said = Literal[
    "job", "service", "sensitive", "hobby", "cheap", "spot", "reserved", "seller", "gpu", "speed", "deadline",
    "quality", "availability", "question", "yes_or_no", "impossible", "own", "no_rent", "no_kubernetes", "several",
]  # fmt: skip
"""What the words of a request say about how it is to be advised, as a person reads them. The first two settle what is
not plain; `sensitive` data is not for strangers; those from `cheap` to `quality` lift a rule, since a price, a kind of
pricing, a seller, a GPU, a speed, a deadline or quality was asked for; `own` hardware is at hand, `no_rent`: nothing
may be rented; `several` workloads."""
ADVICE = "advice"
"""The tag of scenarios that are graded by the rules of advice."""


class Range(Frozen):
    min: float | None = None
    max: float | None = None

    def holds(self, value: float | None) -> bool:
        return value is not None and (self.min or 0) <= value <= (self.max if self.max is not None else float("inf"))


class PlanExpectation(Frozen):
    """What every recommended option must be, in the user's terms; `charts` writes alternatives as "a|b"."""

    max_hourly_usd: float | None = None
    max_monthly_usd: float | None = None
    max_job_usd: float | None = None
    max_job_hours: float | None = None
    providers: tuple[str, ...] = ()
    not_providers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    programmes: tuple[str, ...] = Field(default=(), description="compliance programmes the provider must have")
    pricing: Literal["on_demand", "spot", "reserved"] | None = None
    gpus: tuple[str, ...] = Field(default=(), description="names or families, one of which must be used")
    not_gpus: tuple[str, ...] = ()
    no_gpu: bool = False
    min_vram_gb: float | None = Field(default=None, description="nominal, one GPU")
    min_total_vram_gb: float | None = Field(default=None, description="nominal, all GPUs rented")
    min_gpu_count: int | None = Field(default=None, description="GPUs of one instance")
    min_gpus_total: int | None = None
    min_vcpu: int | None = None
    model_family: str | None = Field(default=None, description="of the model the first option runs")
    model_params_b: Range | None = None
    models_domain: str | None = Field(default=None, description="of the first model listed")
    commercial: bool = False
    licenses: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    not_charts: tuple[str, ...] = ()
    relaxes: tuple[str, ...] = Field(default=(), description="when nothing fits: one of these must be offered to give")


class ResponseExpectation(Frozen):
    """Words of the last reply, whatever their case."""

    mentions: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class Scenario(Frozen):
    """`reply` is the type of the last reply; `replies` those of all turns, null where either is right."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    turns: tuple[str, ...] = Field(min_length=1)
    tags: tuple[str, ...] = ()
    seen: bool = Field(default=False, description="true: it was used while the reader was built")
    spec: dict[str, Expected] = Field(default_factory=dict, description="dotted path in WorkloadSpec -> expectation")
    either: tuple[dict[str, Expected], ...] = Field(default=(), description="readings of which one must hold")
    workloads: tuple[dict[str, Expected], ...] | None = Field(
        default=None, description="fields of each workload, in any order; a path as a|b: one of them; []: there is one"
    )
    most_workloads: int | None = Field(default=None, description="where a finer parting is fair, too")
    source: str | None = Field(default=None, description="the public thread that the words are quoted from")
    unplaced: tuple[str, ...] = Field(default=(), description="needs no field can hold, which the reply has to name")
    says: tuple[Said, ...] = Field(default=(), description="what decides how it is to be advised")
    intent: str | None = Field(default=None, description="of the last turn; alternatives as a|b")
    reply: ReplyType | tuple[ReplyType, ...] | None = None
    replies: tuple[ReplyType | tuple[ReplyType, ...] | None, ...] = ()
    calls: tuple[str, ...] | None = Field(default=None, description="tools that the last turn called, in order")
    unsatisfiable: bool | None = Field(default=False, description="true: nothing fits; null: either answer is right")
    plan: PlanExpectation = PlanExpectation()
    response: ResponseExpectation = ResponseExpectation()

    @model_validator(mode="after")
    def _one_reply_a_turn(self) -> "Scenario":
        if self.replies and (self.reply is not None or len(self.replies) != len(self.turns)):
            raise ValueError("give `reply` for the last turn, or `replies` for every turn")
        return self

    @property
    def is_advice(self) -> bool:
        return ADVICE in self.tags

    @property
    def expected_replies(self) -> tuple[tuple[ReplyType, ...], ...]:
        """The fair types of each turn's reply; empty where any is."""
        wanted = self.replies or (*(None for _ in self.turns[1:]), self.reply)
        return tuple(() if one is None else (one,) if isinstance(one, str) else one for one in wanted)


def load_scenarios(folder: Path = SCENARIOS, filter: str | None = None) -> tuple[Scenario, ...]:
    """All scenarios of the folder by id; `filter` keeps those with one of its words in the id or as a tag.

    Raises InvalidInput for a file that does not hold scenarios, or an id that is used twice.
    """
    found: list[Scenario] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            rows = yaml.safe_load(path.read_text(encoding="utf-8"))
            found += TypeAdapter(tuple[Scenario, ...]).validate_python(rows)
        except yaml.YAMLError as wrong:
            raise InvalidInput(f"{path.name} is not YAML: {wrong}", "Correct the file.") from wrong
        except ValidationError as wrong:
            first = wrong.errors()[0]
            where = ".".join(str(part) for part in first["loc"][:3])
            raise InvalidInput(f"{path.name} at {where}: {first['msg']}.", "Correct the scenario.") from wrong
    twice = [name for name, times in Counter(scenario.id for scenario in found).items() if times > 1]
    if twice:
        raise InvalidInput(f"Scenario ids used twice: {', '.join(sorted(twice))}.", "Give each its own.")
    words = (filter or "").replace(",", " ").lower().split()
    kept = [s for s in found if not words or any(word in s.id or word in s.tags for word in words)]
    return tuple(sorted(kept, key=lambda scenario: scenario.id))
