"""What runs beside a model is told in a line and in a section, with its figures."""

from artifacts.parts import (
    hours_in_words,
    recurring_line,
    retrieval_line,
    retrieval_section,
)
from domain.parts import Corpus, RecurringRun, Retrieval, WorkloadPart
from domain.placement import ProofLine

GRAPH = ProofLine(label="HNSW graph", formula="1,000 x 16 links x 10 B", value=0.5, unit="GiB", source="hnswlib")
FOUND = Retrieval(
    corpus=Corpus(documents=100, chunks=1_800, embedded_tokens=884_600, chunk_tokens=512),
    dimensions=1024,
    parts=(
        WorkloadPart(name="Llama-8B", role="generator", place="own GPUs", where="1 x p5", usd_per_month=1000.0),
        WorkloadPart(name="bge-m3", role="embedder", model="BAAI/bge-m3", memory_gib=2.42, place="shared GPU",
                     where="on a GPU of the generator", usd_per_month=0.0),
        WorkloadPart(name="Vector store", role="vector store", memory_gib=5.72, disk_gib=7.63, place="CPU machine",
                     where="1 x m7 | 64", usd_per_month=90.0, lines=(GRAPH, GRAPH)),
    ),
    generator_memory_fraction=0.88, embed_hours=0.5, embed_usd=1.25, usd_per_month=1090.0,
    assumptions=("A document has <b>ten</b> pages.",),
)  # fmt: skip
RUN = RecurringRun(
    every="day", runs_per_month=30.4, items=1e5, hours_per_run=5.5, hours_per_month=167.3, usd_per_run=11,
    usd_per_month=334.58, usd_all_month=1460,
)  # fmt: skip


def test_the_line_says_where_each_part_runs_and_the_sum() -> None:
    assert retrieval_line(FOUND) == (
        "Beside it for 1,800 chunks: bge-m3 (2.4 GiB) on the generator's GPUs, vector store (5.7 GiB) on a machine "
        "without a GPU; embedding it all takes about 30 min; $1,090.00 a month of rent."
    )


def test_the_section_has_every_part_the_sum_and_what_to_set() -> None:
    text = retrieval_section(FOUND)
    assert "| embedder | `BAAI/bge-m3` | 2.4 GiB | on a GPU of the generator | in the rent |" in text
    assert "5.7 GiB, 7.6 GiB of disk" in text
    assert "**$1,090.00**" in text
    assert "--gpu-memory-utilization=0.88" in text
    assert "about 30 min on all GPUs of the plan ($1.25 of rent)" in text


def test_a_line_of_arithmetic_stands_there_once() -> None:
    assert retrieval_section(FOUND).count("| HNSW graph | `1,000 x 16 links x 10 B` | 0.5 GiB | hnswlib |") == 1


def test_strangers_words_cannot_become_markup() -> None:
    text = retrieval_section(FOUND)
    assert r"1 x m7 \| 64" in text
    assert "<b>" not in text.replace(r"\<b\>", "")


def test_what_has_no_price_makes_the_sum_unknown() -> None:
    unknown = FOUND.model_copy(update={"usd_per_month": None})
    assert "**unknown**" in retrieval_section(unknown)
    assert "a month of rent" not in retrieval_line(unknown)


def test_work_that_returns_is_told_beside_a_month() -> None:
    assert recurring_line(RUN) == (
        "The work takes 5.5 h every day (167 h a month): $334.58 a month if the machines run only then, "
        "$1,460.00 if they run all month."
    )
    late = RUN.model_copy(update={"hours_per_run": 30.0, "usd_per_month": 2000.0})
    assert "does not end before the next begins" in recurring_line(late)


def test_hours_are_said_in_the_unit_people_use() -> None:
    assert [hours_in_words(hours) for hours in (0.001, 0.5, 3.3, 113)] == ["1 min", "30 min", "3.3 h", "4.7 days"]
