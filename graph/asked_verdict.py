"""What the answer to a question beside a plan draws on."""

from domain.base import Frozen
from domain.hosted import HostedComparison
from domain.models import ModelCard
from domain.parts import Together
from domain.placement import Placement, PlacementOption
from domain.workload import AskedQuestion, WorkloadSpec
from sizing.candidates import Candidate, candidates


class Asked(Frozen):
    """What a verdict draws on."""

    spec: WorkloadSpec
    question: AskedQuestion
    models: tuple[ModelCard, ...]
    placement: Placement
    hosted: HostedComparison | None = None
    together: Together | None = None

    @property
    def first(self) -> PlacementOption | None:
        return self.placement.options[0] if self.placement.options else None

    @property
    def candidate(self) -> Candidate | None:
        """The model that is judged."""
        return next(iter(candidates(self.spec, self.models)), None)

    @property
    def rented(self) -> PlacementOption | None:
        """The first that is rented."""
        return next((option for option in self.placement.options if not option.is_own), None)
