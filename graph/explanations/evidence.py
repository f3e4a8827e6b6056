"""What an answer may draw on: the standing plan and its placement, and what was looked up for the question."""

from domain.base import Frozen
from domain.models import ModelCard
from domain.offers import Gpu, ServicePrice
from domain.packages import Package
from domain.placement import Placement, PlacementOption
from domain.plan import DeploymentPlan, Recommendation
from domain.workload import WorkloadSpec
from graph.alternatives import Alternative
from graph.explanations.question import counted_ranks
from graph.explanations.topics import Topic
from graph.explanations.wanted import Kind
from graph.savings import Saving
from graph.understanding.mentions.mention import Quantity


class ProgrammeCheck(Frozen):
    """Whether the catalogue lists the first recommendation's provider under a compliance programme."""

    programme: str
    provider: str
    listed: bool
    recorded: tuple[str, ...] = ()
    """All the programmes that the catalogue records of the provider."""
    url: str | None = None


class Standing(Frozen):
    """One question and everything its answer may say."""

    question: str
    topics: tuple[Topic, ...] = ()
    """What it is about, the likeliest first."""
    sure: bool = True
    """The first of them was said, and not only hinted at."""
    close: bool = False
    """The second is nearly as likely as the first, and neither is certain."""
    share: float = 1.0
    """How certain the first of them is."""
    words: tuple[str, ...] = ()
    """Its words as the reader has them: lower case, spelling mended."""
    outright: str = ""
    """The one fact that it asks for in words that can mean nothing else."""
    closed: bool = False
    """It asks for a yes or a no."""
    wanted: Kind | None = None
    """The kind of figure that it asks for."""
    times: float | None = None
    """By what it multiplies what stands."""
    said: WorkloadSpec = WorkloadSpec()
    """What the question alone reads as: its users, places, cards."""
    named: WorkloadSpec = WorkloadSpec()
    """The cards, providers, places and models that it names, whatever it says of them."""
    plan: DeploymentPlan
    """The plan that stands; of several workloads as it is for the one that the question names, else for the first."""
    workload: str | None = None
    """The one of several workloads that the question names."""
    between: bool = False
    """It names two of them or more."""
    placement: Placement
    spec: WorkloadSpec
    """What the plan goes by."""
    unknown: tuple[str, ...] = ()
    """Names that stand beside known ones and that nobody knows."""
    alternatives: tuple[Alternative, ...] = ()
    charts: tuple[Package, ...] = ()
    """The catalogue's charts that the question names, in the plan or not."""
    cards: tuple[ModelCard, ...] = ()
    """The catalogue's models that it names."""
    others: tuple[ModelCard, ...] = ()
    """Where it asks what else there is: the catalogue's models of the kind that it names, without those of the plan."""
    figures: tuple[Quantity, ...] = ()
    """The figures that it names."""
    gpus: tuple[Gpu, ...] = ()
    """The cards that it names."""
    programmes: tuple[ProgrammeCheck, ...] = ()
    savings: tuple[Saving, ...] = ()
    services: tuple[ServicePrice, ...] = ()
    """The price lists of all sellers for storage and traffic."""

    @property
    def first(self) -> PlacementOption:
        """The first recommendation; ask only where there is one."""
        return self.plan.recommendations[0].option

    def counted(self, *, bare: bool = False) -> tuple[Recommendation, ...]:
        """The recommendations the question counts out; none where it counts none."""
        ranks = counted_ranks(self.question, bare=bare)
        wanted = {len(self.plan.recommendations) if rank == -1 else rank for rank in ranks}
        return tuple(item for item in self.plan.recommendations if item.rank in wanted)

    def missing_ranks(self, *, bare: bool = False) -> tuple[int, ...]:
        """The ranks it counts out that the plan does not have."""
        there = {-1, *(item.rank for item in self.plan.recommendations)}
        return tuple(rank for rank in counted_ranks(self.question, bare=bare) if rank not in there)

    def one(self) -> Recommendation:
        """The one it is about: the first it counts out, else the first there is."""
        return (self.counted() or self.plan.recommendations)[0]
