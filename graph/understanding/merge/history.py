"""What the spec was before each revision, and the way back."""

from domain.base import Frozen
from domain.workload import WorkloadSpec
from graph.understanding.merge.draft import Draft, put_together, taken_apart

REMEMBERED_SPECS = 8


class History(Frozen):
    """`before`: the spec before each revision, oldest first. `undone`: what was taken back, the newest last."""

    before: tuple[WorkloadSpec, ...] = ()
    undone: tuple[WorkloadSpec, ...] = ()
    revisions: int = 0
    """How many were made and not taken back, the forgotten ones too."""

    def revised(self, spec: WorkloadSpec) -> "History":
        """One more revision, of this spec; what was taken back before it is gone. Of many, the first and the newest
        are remembered: a checkpoint would grow with the conversation otherwise."""
        before = (*self.before, spec)
        if len(before) > REMEMBERED_SPECS:
            before = (before[0], *before[-REMEMBERED_SPECS + 1 :])
        return History(before=before, revisions=self.revisions + 1)

    def back(self, spec: WorkloadSpec, steps: int) -> tuple[WorkloadSpec, "History"]:
        """The spec `steps` revisions ago, as far as they are remembered, and the history from there."""
        kept = self.before[: len(self.before) - steps]
        return self.before[-steps], History(
            before=kept,
            undone=(*self.undone, spec)[-REMEMBERED_SPECS:],
            revisions=self.revisions - steps if kept else 0,
        )

    def forward(self, spec: WorkloadSpec) -> tuple[WorkloadSpec, "History"]:
        """What was taken back last, and the history with it."""
        again = self.revised(spec)
        return self.undone[-1], again.model_copy(update={"undone": self.undone[:-1]})

    def with_part(self, spec: WorkloadSpec, paths: tuple[str, ...], *, original: bool) -> WorkloadSpec | None:
        """The spec with these fields as they were before they last changed, or at first; null when they never did."""
        now = taken_apart(spec)
        for earlier in self.before if original else reversed(self.before):
            was = taken_apart(earlier)
            if any(_at(now, path) != _at(was, path) for path in paths):
                return put_together(_moved(now, was, paths))
        return None


def _at(draft: Draft, path: str) -> object:
    return draft.models if path == "models" else draft.scalars.get(path, draft.lists.get(path))


def _moved(draft: Draft, source: Draft, paths: tuple[str, ...]) -> Draft:
    for path in paths:
        if path == "models":
            draft.models = source.models
        elif path in source.scalars:
            draft.scalars[path] = source.scalars[path]
        else:
            draft.lists[path] = source.lists[path]
        draft.evidence.pop(path, None)
        if path in source.evidence:
            draft.evidence[path] = source.evidence[path]
    return draft
