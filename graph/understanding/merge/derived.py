"""Totals that were worked out from a count of pieces: they go with the count when a later turn changes it."""

from domain.workload import WorkloadSpec
from graph.understanding.merge.draft import Draft

COUNT = "dataset.items"
TOTALS = ("training.tokens", "volume.amount")


def follow_the_count(draft: Draft, standing: WorkloadSpec) -> None:
    """ "60,000 tickets of 800 tokens each" were 48 million tokens; of 200,000 tickets they are 160 million."""
    counted, before, now = standing.evidence.get(COUNT), standing.dataset.items, draft.scalars[COUNT]
    if counted is None or not before or not isinstance(now, int | float) or now == before:
        return
    for path in TOTALS:
        said, total = standing.evidence.get(path), draft.scalars[path]
        group, _, leaf = path.partition(".")
        stands = total is not None and total == getattr(getattr(standing, group), leaf)
        together = said is not None and said.turn == counted.turn and said.quote.startswith(counted.quote)
        if together and stands and isinstance(total, int | float):
            draft.scalars[path] = total * now / before
