"""Which version of a chart is its newest release, among placeholders, betas and what is no version."""

import re
from collections.abc import Iterable

SEMVER = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
BEFORE_A_RELEASE = re.compile(r"(?:alpha|beta|rc|pre|preview|m)(?=\d|[.-]|$)", re.IGNORECASE)
PLACEHOLDER = {(0, 0, 0)}
MOST_KEPT = 20

Rank = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]


def released(versions: Iterable[str]) -> tuple[str, ...]:
    """Released versions, newest first; betas where nothing else is; nothing of placeholders and what is no version."""
    ranked = {version: rank for version in versions if (rank := rank_of(version)) is not None}
    final = [version for version, rank in ranked.items() if rank[3] == 1]
    before = [version for version in ranked if version not in final and _is_before_a_release(version)]
    return tuple(sorted(final or before, key=lambda version: (ranked[version], version), reverse=True)[:MOST_KEPT])


def rank_of(version: str) -> Rank | None:
    """How it compares, by the rules of semantic versions; null for what is no version or stands for one."""
    found = SEMVER.fullmatch(version.strip())
    if found is None:
        return None
    numbers = (int(found[1]), int(found[2]), int(found[3] or 0))
    if numbers in PLACEHOLDER:
        return None
    parts = tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in (found[4] or "").split(".") if part
    )
    return (*numbers, 0 if found[4] else 1, parts)


def _is_before_a_release(version: str) -> bool:
    found = SEMVER.fullmatch(version.strip())
    return found is not None and BEFORE_A_RELEASE.match(found[4] or "") is not None
