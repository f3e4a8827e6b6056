"""What the predicates look at: a reply with a plan, the request, and what a careful reader says of the request."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.turn import TurnReply
from domain.workload import WorkloadSpec
from evals.market import Market
from evals.observation import Finding
from evals.scenario import Said, Scenario
from evals.standing import JOBS

LANGUAGE = ("llm", "multimodal")
END_OF_SCREEN = "\n## "


@dataclass(frozen=True)
class Case:
    """One reply; `says` what the request says about how it is to be advised, read by a person."""

    scenario: Scenario
    reply: TurnReply
    plan: DeploymentPlan
    market: Market

    def says(self, *said: Said) -> bool:
        """Whether the request says one of these."""
        return any(one in self.scenario.says for one in said)

    @property
    def spec(self) -> WorkloadSpec:
        return self.plan.spec

    @property
    def request(self) -> str:
        return " ".join(self.scenario.turns)

    @property
    def is_job(self) -> bool:
        return self.says("job") or (self.spec.task_type in JOBS and not self.says("service"))

    @cached_property
    def options(self) -> tuple[PlacementOption, ...]:
        """Every rank, own hardware too."""
        return tuple(item.option for item in self.plan.recommendations)

    @cached_property
    def rented(self) -> tuple[PlacementOption, ...]:
        return tuple(option for option in self.options if not option.is_own)

    @property
    def first(self) -> PlacementOption | None:
        """What is recommended first; own hardware where that is it."""
        return next(iter(self.options), None)

    @property
    def is_language(self) -> bool:
        model, served = (self.first.model, self.first.served) if self.first else (None, None)
        writes = served is None or served.answer_ms is None  # else an encoder, whose answers are no tokens
        return writes and (model.domain if model else self.spec.domain) in LANGUAGE

    @cached_property
    def screen(self) -> str:
        """The first screen: all before the first section."""
        return self.reply.response.split(END_OF_SCREEN)[0].rstrip("\n")

    @cached_property
    def screen_in_one_line(self) -> str:
        return " ".join(self.screen.replace("\\", "").split())


def check(
    predicate: str, passed: bool, what: str, expected: str = "", got: str = "", evidence: str = ""
) -> Finding:  # fmt: skip
    """A finding of the predicate; `evidence` are the words of the request or the rank that it is about."""
    return Finding(
        grader="advice", predicate=predicate, passed=passed, what=f"{predicate} {what}", expected=expected, got=got,
        evidence=evidence,
    )  # fmt: skip


def told(option: PlacementOption) -> str:
    """A rank for people."""
    return f"{option.label}: {option.nodes} x {option.offer.key}"


def all_keep(predicate: str, what: str, wrong: Iterator[str], expected: str = "") -> Finding:
    """One finding on all ranks; `wrong` are those that do not keep it."""
    strays = list(wrong)
    return check(predicate, not strays, what, expected, "; ".join(strays))
