"""Several workloads are told with their sum in one sentence, with a row for each, and in a section."""

import pytest

from artifacts.together import together_answer, together_priced, together_rows, together_section
from domain.offers import OWN_HARDWARE
from domain.parts import PlacedWorkload, SharedMachine, Together
from domain.plan import CostBreakdown, CostLine
from graph.whole_bill import stays_on, with_bill
from tests.artifacts.sample_plan import option

FIRST = option()
OFFER = FIRST.offer
HALF = FIRST.model_copy(update={"gpus": 4, "share": 0.5})
SHARED = SharedMachine(
    names=("Llama, chat", "bge-m3, search"), options=(HALF, HALF), machine=FIRST.offer, shares=(0.5, 0.5),
    instance="aws p5, us-east-1", split="4 of 8 H100 for chat, 4 for search", one_gpu=False, usd_per_month=700,
    saves_usd_per_month=300,
)  # fmt: skip
FOUND = Together(
    workloads=(
        PlacedWorkload(name="Llama, chat", does="chat", option=HALF, usd_per_month=350),
        PlacedWorkload(name="bge-m3, search", does="search", option=HALF, usd_per_month=350),
        PlacedWorkload(name="Llama, LoRA fine-tuning", does="LoRA fine-tuning", option=FIRST, usd_once=80),
        PlacedWorkload(
            name="Whisper, transcription", does="transcription", option=FIRST, usd_per_run=2, every="day",
            usd_per_month=61,
        ),
        PlacedWorkload(name="video", does="video"),
    ),
    shared=(SHARED,), usd_per_month=761, usd_once=80,
)  # fmt: skip


def test_the_first_sentence_is_the_total_and_who_it_is_for() -> None:
    told = together_answer(FOUND)
    assert "4 workloads together cost $761 a month and $80.00 once" in told
    assert "Llama, chat, on 4 of 8 x H100-SXM, bf16: $700 a month; bge-m3, search, on 4 of 8" in told
    assert "fine-tuning, on 8 x H100-SXM, bf16: $80.00 once; Whisper, transcription, on 8 x H100-SXM" in told
    assert "bf16: $2.00 a day" in told
    assert told.endswith("Nothing was found for video.")


def test_the_bill_of_all_is_told_where_it_is_more_than_the_machines() -> None:
    disks = CostLine(item="Disks", formula="1 GB", monthly_usd=100)
    cost = CostBreakdown(
        hourly_usd=1, monthly_usd=900, hours_per_month=730,
        lines=(CostLine(item="machines", formula="x", monthly_usd=800), disks),
    )  # fmt: skip
    with_all = with_bill(FOUND, cost)
    assert with_all is not None
    assert with_all.bill_usd_per_month == 861
    assert "With what stands beside the machines the bill is $861 a month." in together_answer(with_all)
    assert "the bill is" not in together_answer(FOUND)


@pytest.mark.parametrize(("first_hours", "other_hours", "stays"), [
    (60.0, None, "cluster"), (60.0, 20.0, "nothing"), (None, None, "nothing"),
])  # fmt: skip
def test_the_cluster_stays_for_the_service_when_the_job_is_over(
    first_hours: float | None, other_hours: float | None, stays: str
) -> None:
    first, other = (FIRST.model_copy(update={"job_hours": hours}) for hours in (first_hours, other_hours))
    both = Together(
        workloads=tuple(PlacedWorkload(name=name, option=one) for name, one in (("a", first), ("b", other))),
        usd_per_month=1, usd_once=1,
    )  # fmt: skip
    assert stays_on(both, first, "nothing") == stays


def test_each_workload_has_a_row_that_names_its_model_and_what_it_does() -> None:
    rows = together_rows(FOUND, 40)
    assert [row[0] for row in rows] == [workload.name for workload in FOUND.workloads]
    assert [row[3] for row in rows] == ["$700 a month", "same machine", "$80.00 once", "$2.00 a day", ""]


def test_a_long_model_gives_way_to_what_the_workload_does() -> None:
    long = FOUND.workloads[2].model_copy(update={"name": "Llama-3.1-8B-Instruct-Long, LoRA fine-tuning"})
    (row,) = together_rows(FOUND.model_copy(update={"workloads": (long,)}), 28)
    assert row[0].endswith("…, LoRA fine-tuning")
    assert len(row[0]) <= 28


def test_what_runs_on_machines_at_hand_is_told_apart_from_what_is_rented() -> None:
    own = FIRST.model_copy(update={"offer": FIRST.offer.model_copy(update={"provider": "own hardware"})})
    found = Together(
        workloads=(
            FOUND.workloads[0].model_copy(update={"option": own, "usd_per_month": 0}),
            FOUND.workloads[3],
        ),
        usd_per_month=61, usd_once=0, gpus_left=3,
    )  # fmt: skip
    told = together_answer(found)
    assert "1 workload costs $61.00 a month" in told
    assert "Your machines run 1 workload" in told
    assert "3 GPUs of them stay free" in told


@pytest.mark.parametrize(
    ("label", "told"), [("to provide", "Buy machines with 2 x L40: about $15,000"), ("own", "No rent")]
)
def test_machines_of_ones_own_are_told_by_what_they_cost_to_buy(label: str, told: str) -> None:
    card = OFFER.gpu.model_copy(update={"name": "L40"}) if OFFER.gpu else None
    offer = OFFER.model_copy(update={"provider": OWN_HARDWARE, "gpu": card, "gpu_count": 1})
    whole = FIRST.model_copy(update={"offer": offer, "gpus": 1, "label": label})
    half = whole.model_copy(update={"share": 0.5})
    parts = (PlacedWorkload(name=str(at), option=one) for at, one in enumerate((whole, half, half)))
    assert together_priced(Together(workloads=tuple(parts), usd_per_month=0, usd_once=0)).startswith(told)


def test_the_section_adds_them_up_with_what_they_share() -> None:
    text = together_section(FOUND)
    assert "GiB per GPU" in text
    assert "| **Together** | — | — | **$761.00** | **$80.00** |" in text
    assert "$300.00 less than one for each" in text
    assert "run every day at $2.00 a run: $61.00 a month" in text
    assert "Nothing meets the constraints of video" in text
