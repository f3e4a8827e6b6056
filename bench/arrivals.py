"""Requests that come at random to a server that is the slower the more of them it answers at once.

A decoder works on all its requests together, so an answer takes longer the more of them there are. How many are there
at a time is then the birth and death process of a queue that shares its server (Baskett, Chandy, Muntz and Palacios,
1975): the chance of `k` goes with the product of rate x seconds(j) / j over j up to k, whatever the answers' lengths.
"""

from collections.abc import Sequence

KEPT = 0.99
"""Of all requests a scenario wants this many in time."""
HALVINGS = 30


def highest_rate(answer_s: Sequence[float], most: int) -> float:
    """Requests a second of which `KEPT` find no more than `most` at work. `answer_s[k]`: an answer with k at once; its
    last entry is what memory allows, and what comes on top waits."""
    if most < 1:
        return 0.0
    low, high = 0.0, max(k / answer_s[k] for k in range(1, len(answer_s)))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _found_below(answer_s, most, middle) >= KEPT else (low, middle)
    return low


def _found_below(answer_s: Sequence[float], most: int, rate: float) -> float:
    """The share of arrivals that find at most `most`."""
    last = len(answer_s) - 1
    busy = rate * answer_s[last] / last
    if busy >= 1:
        return 0.0
    chance = total = below = 1.0
    for k in range(1, last + 1):
        chance *= rate * answer_s[k] / k
        total += chance
        below += chance if k <= most else 0.0
        if total > 1e200:
            chance, total, below = chance / 1e200, total / 1e200, below / 1e200
    return below / (total + chance * busy / (1 - busy))
