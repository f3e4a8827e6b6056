"""A pile that is worked through once, and what comes in from then on: two workloads, though the work is named once."""

from domain.workload import Dataset, Evidence, Traffic, Volume, VolumeUnit, Workload, WorkloadSpec
from graph.understanding.labels.book import labels
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.merge.of_each import OWN
from graph.understanding.roles.sighting import PERIODS_OF_VOLUME, by_period

AFTERWARDS = ("next", "more")
"""What stands between the pile and what comes in."""
COUNTED = ("count", "number")


def with_what_comes_in(spec: WorkloadSpec, line: Line) -> WorkloadSpec:
    """The work on a pile and, as a workload of its own, that on what comes in every day, week or month behind it."""
    if spec.workloads or spec.task_type != "batch_inference":
        return spec
    pile = _pile(spec)
    found = None if pile is None else _comes_in(spec, line)
    if found is None:
        return spec
    flow, quote = found
    words = spec.evidence.get("task_type", Evidence(quote="", turn=0))
    work = Workload.model_validate({**{name: getattr(spec, name) for name in OWN}, "quote": words.quote})
    once = work.model_copy(update={"volume": pile, "traffic": Traffic(), "every": None})
    later = work.model_copy(
        update={"volume": flow, "dataset": Dataset(modality=spec.dataset.modality), "traffic": Traffic(), "every": None,
                "quote": quote}
    )  # fmt: skip
    evidence = {
        **spec.evidence,
        "workloads": words,
        "workloads.1.volume.amount": Evidence(quote=quote, turn=words.turn),
    }
    unplaced = tuple(left for left in spec.unplaced if quote not in left.quote)
    update = {"workloads": (once, later), "volume": pile, "traffic": Traffic(), "every": None}
    return spec.model_copy(update={**update, "evidence": evidence, "unplaced": unplaced})


def _pile(spec: WorkloadSpec) -> Volume | None:
    """As a volume of the whole, or none where the data says how much there is; null where nothing says so."""
    if spec.volume.amount is not None and spec.volume.per in (None, "total"):
        return spec.volume
    return Volume() if spec.dataset.items else None


def _comes_in(spec: WorkloadSpec, line: Line) -> tuple[Volume, str] | None:
    """The last amount of a period that stands behind a word for what follows, and its words."""
    joints = [match for match in labels("workloads").find(line) if match.value.field == "joints"]
    first = min((joint.first for joint in joints if joint.value.value in AFTERWARDS), default=len(line.words))
    found = [(place, one) for place, one in line.quantities if place > first and _is_of_such(one, spec.volume.unit)]
    if not found:
        return None
    place, quantity = found[-1]
    amount, per = by_period(quantity.high, quantity.per)
    return Volume(amount=amount, unit=spec.volume.unit or "items", per=per), line.quote(place, place)


def _is_of_such(quantity: Quantity, unit: VolumeUnit | None) -> bool:
    """Of what the pile is of: hours of recordings, or things that are counted."""
    if quantity.per not in PERIODS_OF_VOLUME:
        return False
    return quantity.dimension == "time" if unit == "audio_hours" else quantity.dimension in COUNTED
