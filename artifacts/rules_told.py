"""The rules that a page cites by their number, in words and with their figures."""

from collections.abc import Iterable

from domain.placement import PlacementOption, RuleId
from sizing import standards
from sizing.rules import FRESH_DAYS, IN_ORDER, SUSPICIOUS_SHARE, WORTH

_TOLD: dict[RuleId, str] = {
    "R1": "no machines of strangers for a service; lifted by naming such a seller, or “hobby”",
    "R4": "what runs on Kubernetes needs machines that can be its nodes; lifted by naming the seller",
    "R5": (
        f"on demand; spot only for jobs of {standards.SPOT_HOURS:g} h on up to {standards.MOST_SPOT_MACHINES} "
        "machines; lifted by “spot is fine”, or a commitment that was asked for"
    ),
    "R6": (
        f"each user gets {standards.TOKENS_PER_S_PER_USER:g} tokens a second and the first within "
        f"{standards.FIRST_TOKEN_MS / 1000:g} s (a picture, a vector, a line of speech within its own time); lifted by "
        "a target of your own, or “as cheap as possible”"
    ),
    "R7": (
        f"a job ends within {standards.JOB_HOURS:g} h where that costs at most {WORTH:g} times as much, and keeps a "
        "deadline at the upper end of its estimate; lifted by a deadline"
    ),
    "R8": (
        "no copy of a model spread or sharded over PCIe, a known network between machines, at most "
        f"{standards.MOST_MACHINES} machines, none hardly filled, where that costs at most {WORTH:g} times as much; "
        "lifted by naming the GPU"
    ),
    "R9": (
        f"a listed price, at most {FRESH_DAYS['on_demand']} days old (spot {FRESH_DAYS['spot']}) and not under "
        f"{SUSPICIOUS_SHARE:.0%} of the usual one, where that costs at most {WORTH:g} times as much"
    ),
    "R10": (
        f"memory at most {standards.MEMORY_SHARE:.0%} full, the usual load at most {standards.LOAD_SHARE:.0%} of what "
        f"can be answered, a job at most {standards.DEADLINE_SHARE:.0%} of the time it has, RAM and cores for all "
        "of it, one machine to spare where availability was asked for; lifted, but for the load, by “as cheap as "
        "possible”"
    ),
}  # fmt: skip


def rules_told(options: Iterable[PlacementOption]) -> tuple[str, ...]:
    """A sentence for each rule that one of these gives up: "R5: on demand; ..."."""
    cited = {broken.rule for option in options for broken in option.breaks}
    return tuple(f"{rule}: {_TOLD[rule]}." for rule in IN_ORDER if rule in cited)
