"""What is worked through once and what comes in behind it are two workloads; a pile alone, or a flow alone, is one."""

import pytest

from domain.workload import Volume
from tests.understanding.talking import converse, starter_reader


async def workloads(*turns: str) -> list[tuple[int | None, Volume]]:
    read = (await converse(list(turns), starter_reader()))[0].spec
    return [(one.dataset.items, one.volume) for one in read.workloads]


@pytest.mark.parametrize(
    ("text", "pile", "flow"),
    [
        ("transcribe our archive of 40,000 hours of podcasts, after that ~200 hours a week",
         (None, 40_000.0), (28.5714, "audio_hours", "day")),
        ("Embed 5M documents initially plus 20k new documents per day",
         (5_000_000, None), (20_000.0, "documents", "day")),
        ("OCR 900,000 archived pages once; afterwards it is over and then 12,000 pages a month come in",
         (900_000, None), (12_000.0, "documents", "month")),
    ],
)  # fmt: skip
async def test_both_are_read(text: str, pile: tuple[int | None, float | None], flow: tuple[float, str, str]) -> None:
    once, later = await workloads(text)
    assert (once[0], once[1].amount) == pile
    assert once[1].per in (None, "total")
    assert later[0] is None
    assert (later[1].amount, later[1].unit, later[1].per) == flow


@pytest.mark.parametrize(
    "text",
    ["transcribe 200 hours of podcasts a week", "Embed 5M documents once", "OCR 2M scans, 512 at a time, then stop"],
)
async def test_one_of_them_alone_is_one(text: str) -> None:
    assert await workloads(text) == []


async def test_both_stand_when_something_else_is_said() -> None:
    first = "Embed 5M documents initially plus 20k new documents per day"
    assert await workloads(first, "and keep it in the EU") == await workloads(first)


@pytest.mark.parametrize(
    ("text", "items", "flow", "every"),
    [
        ("Embed 120M chunks with bge-m3, then 5k new ones a day", 120_000_000, (5_000.0, "day"), "day"),
        ("vectorize 30M abstracts, ongoing 50k/day", 30_000_000, (50_000.0, "day"), None),
        (
            "initial load 40M docs, about 100k a day going forward, embeddings",
            40_000_000,
            (100_000.0, "day"),
            None,
        ),
        ("embed 12M pages; incremental, roughly 30k each day", 12_000_000, (30_000.0, "day"), None),
        ("embed 2M manuals, updates of 3k a day", 2_000_000, (3_000.0, "day"), None),
        ("embed 2M manuals, 3k a day arriving", 2_000_000, (3_000.0, "day"), None),
        ("archive of 3M scans to OCR, 4,000 additional every week", 3_000_000, (571.4286, "day"), "week"),
        ("2000 audio hours backlog and 40 new hours each week, whisper", None, (5.7143, "day"), "week"),
    ],
)
async def test_what_is_new_is_no_part_of_the_pile(
    text: str, items: int | None, flow: tuple[float, str], every: str | None
) -> None:
    read = (await converse([text], starter_reader()))[0].spec
    once, later = read.workloads
    assert (once.task_type, once.dataset.items, later.task_type) == ("batch_inference", items, "batch_inference")
    assert ((later.volume.amount, later.volume.per), later.every) == (flow, every)
    assert read.traffic.requests_per_second is None or later.traffic.requests_per_second is None


@pytest.mark.parametrize(
    "text", ["RAG over 3M documents, 5,000 new questions a day", "Llama 8B for 5 more users a day, 2M documents"]
)
async def test_requests_and_people_are_no_pile(text: str) -> None:
    assert await workloads(text) == []
