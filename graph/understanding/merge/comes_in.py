"""A pile that is worked through once, and what comes in from then on: two workloads, though the work is named once."""

from domain.workload import Cadence, Dataset, Evidence, Traffic, Volume, VolumeUnit, Workload, WorkloadSpec
from graph.understanding.labels.book import labels
from graph.understanding.labels.implications import is_one_by_one
from graph.understanding.labels.sections import book
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.merge.of_each import LENGTHS, OWN
from graph.understanding.roles.sighting import PERIODS_OF_VOLUME, by_period, longer_than_a_day

AFTERWARDS = ("next", "more")
"""What stands between the pile and what comes in."""
COUNTED = ("count", "number")


def with_what_comes_in(spec: WorkloadSpec, line: Line) -> WorkloadSpec:
    """The work on a pile and, as a workload of its own, that on what comes in every day, week or month behind it."""
    if spec.workloads or not _is_worked_through(spec):
        return spec
    pile = _pile(spec)
    found = None if pile is None else _comes_in(spec, line)
    if found is None:
        return spec
    flow, every, quote = found
    words = spec.evidence.get("task_type", Evidence(quote="", turn=0))
    work = Workload.model_validate({**{name: getattr(spec, name) for name in OWN}, "quote": words.quote})
    of_each = Traffic(**{name: getattr(spec.traffic, name) for name in LENGTHS})
    work = work.model_copy(update={"task_type": "batch_inference", "traffic": of_each, "every": None})
    once = work.model_copy(update={"volume": pile})
    rest = Dataset(modality=spec.dataset.modality)
    later = work.model_copy(update={"volume": flow, "dataset": rest, "every": every, "quote": quote})
    evidence = {
        **spec.evidence,
        "workloads": words,
        "workloads.1.volume.amount": Evidence(quote=quote, turn=words.turn),
    }
    unplaced = tuple(left for left in spec.unplaced if quote not in left.quote)
    assumed = {path: why for path, why in spec.assumed.items() if path != "task_type"}
    update = {
        "workloads": (once, later), "volume": pile, "traffic": of_each, "every": None, "assumed": assumed,
        "task_type": "batch_inference",
        "assumptions": tuple(said for said in spec.assumptions if said != spec.assumed.get("task_type")),
    }  # fmt: skip
    return spec.model_copy(update={**update, "evidence": evidence, "unplaced": unplaced})


def _pile(spec: WorkloadSpec) -> Volume | None:
    """As a volume of the whole, or none where the data says how much there is; null where nothing says so."""
    if spec.volume.amount is not None and spec.volume.per in (None, "total"):
        return spec.volume
    return Volume() if spec.dataset.items else None


def _is_worked_through(spec: WorkloadSpec) -> bool:
    """A batch; or what is done to one thing after another, of which only the flow made it look like a service."""
    if spec.task_type == "batch_inference":
        return True
    return "task_type" in spec.assumed and (spec.domain == "embeddings" or is_one_by_one(spec.use_case))


def _comes_in(spec: WorkloadSpec, line: Line) -> tuple[Volume, Cadence | None, str] | None:
    """The last amount of a period that stands behind a word for what follows or beside one for what is new, how often
    it is worked through where that is not every day, and its words."""
    joints = [match for match in labels("workloads").find(line) if match.value.field == "joints"]
    first = min((joint.first for joint in joints if joint.value.value in AFTERWARDS), default=len(line.words))
    new = line.sentences_of(book("periods", "ongoing").find(line.words))
    found = [
        (place, one) for place, one in line.quantities if _is_of_such(one, spec.volume.unit)
        and (place > first or line.words[place].sentence in new or _is_new(line, one))
    ]  # fmt: skip
    if not found:
        return None
    place, quantity = found[-1]
    amount, per = by_period(quantity.high, quantity.per)
    volume = Volume(amount=amount, unit=spec.volume.unit or "items", per=per)
    return volume, longer_than_a_day(quantity.per), line.quote(place, place)


def _is_new(line: Line, quantity: Quantity) -> bool:
    return any(
        token.text in words_of("periods", "added") for token in line.text.tokens[quantity.first : quantity.last + 1]
    )


def _is_of_such(quantity: Quantity, unit: VolumeUnit | None) -> bool:
    """Of what the pile is of: hours of recordings, or things that are counted; no requests, for somebody waits."""
    if quantity.per not in PERIODS_OF_VOLUME or quantity.noun in ("requests", "people"):
        return False
    return quantity.dimension == "time" if unit == "audio_hours" else quantity.dimension in COUNTED
