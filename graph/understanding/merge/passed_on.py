"""What goes through one workload and then through the next: calls that are transcribed and then summarised."""

from collections.abc import Sequence

from domain.workload import Dataset, Traffic, Volume, Workload
from graph.understanding.labels.workload_differences import TALKED_TO
from graph.understanding.labels.workload_part import SENDING, Part
from graph.understanding.mentions.line import Line
from graph.understanding.merge.of_each import LOADS
from graph.understanding.merge.workload_amounts import SECONDS_A_DAY
from sizing.amount_of_work import TRAINING_TASKS

HEARS = "transcription"
FEW_WORDS = 2
"""From the first to the last of a verb with no object of its own: "please transcribe"."""


def with_what_is_passed_on(made: Sequence[Workload], parts: Sequence[Part], line: Line) -> list[Workload]:
    """Each workload of the request, those that go through the same recordings one after the other with the same
    amount: it was said once, of both."""
    whole = list(made)
    for at in range(1, len(whole)):
        heard, written = whole[at - 1], whole[at]
        one_after_the_other = heard.domain == "speech" and written.domain == "llm" and heard.use_case == HEARS
        talked_to = parts[at].kind in TALKED_TO or any(_is_loaded(one) for one in (heard, written))
        if one_after_the_other and not talked_to and not {heard.task_type, written.task_type} & {*TRAINING_TASKS}:
            bare = parts[at - 1].last - parts[at - 1].first < FEW_WORDS
            whole[at - 1 : at + 1] = _both(heard, written, _count(parts[at - 1 : at + 1], line), bare=bare)
    return whole


def _both(heard: Workload, written: Workload, count: float | None, *, bare: bool) -> tuple[Workload, Workload]:
    """The recordings, and what is written from each. `bare`: of what hears there is no more than the verb, whose object
    is that of the second."""
    said = next((one for one in (heard, written) if one.volume.amount or one.dataset.items), None)
    if said is None or (said is written and not bare):
        return heard, written
    update = {"task_type": said.task_type, "every": said.every, "volume": said.volume, "dataset": said.dataset}
    if said is written:
        heard = heard.model_copy(update=update)
    elif written.volume.amount or written.dataset.items:
        return heard, written
    items = count if said.volume.unit == "audio_hours" else said.volume.amount
    texts = Volume(amount=items, unit="documents", per=said.volume.per) if items else Volume()
    often = items / SECONDS_A_DAY if items and texts.per == "day" and said.task_type == "inference" else None
    pile = Dataset(items=said.dataset.items, modality="text") if said.dataset.items else Dataset()
    traffic = written.traffic.model_copy(update={"requests_per_second": often})
    return heard, written.model_copy(update={**update, "volume": texts, "dataset": pile, "traffic": traffic})


def _count(parts: Sequence[Part], line: Line) -> float | None:
    """How many recordings, where they are counted beside their length."""
    places = range(parts[0].first, parts[-1].last + 1)
    figures = (figure for place, figure in line.quantities if place in places)
    counts = [one.high for one in figures if one.dimension == "count" and one.noun not in SENDING]
    return counts[0] if len(counts) == 1 else None


def _is_loaded(one: Workload) -> bool:
    traffic: Traffic = one.traffic
    return one.volume.amount is None and any(getattr(traffic, name) is not None for name in LOADS)
