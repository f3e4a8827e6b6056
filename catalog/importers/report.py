"""What an import did, in numbers a user can check."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from catalog.diff import Change
from catalog.quarantine import Quarantined
from catalog.starter import Kind
from domain.base import Frozen


class RuleCount(Frozen):
    """How many rows one rule kept out, and one of them."""

    rule: str
    rows: int
    example: str


class ImportedSet(Frozen):
    """One set of facts; `kept_starter` rows gave way to a fact of the starter catalogue."""

    source: str
    kind: Kind
    files: tuple[str, ...]
    rows_read: int
    rows_stored: int
    rows_quarantined: int
    kept_starter: int = 0
    changed: bool


class ImportReport(Frozen):
    """`new`, `gone` and `moved` count what the catalogue answers with now and did not before; `changes` names some."""

    importer: str
    as_of: date
    sets: tuple[ImportedSet, ...]
    quarantine: tuple[RuleCount, ...]
    new: int = 0
    gone: int = 0
    moved: int = 0
    changes: tuple[Change, ...] = ()

    @property
    def changed(self) -> bool:
        """False where all of it was in the catalogue already."""
        return any(item.changed for item in self.sets)


def rule_counts(rows: Iterable[Quarantined]) -> tuple[RuleCount, ...]:
    """Most rows first, then by rule."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for row in rows:
        counts[row.rule] += 1
        examples.setdefault(row.rule, f"{row.file}, row {row.line}: {row.item}: {row.reason}")
    return tuple(
        RuleCount(rule=rule, rows=count, example=examples[rule])
        for rule, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
