"""Later turns whose words stand for two kinds of work, and figures that are of one document each."""

import pytest

from domain.workload import WorkloadSpec
from evals.starter import starter_reader

TUNING = "QLoRA fine-tuning of Mistral 7B on 15k legal question-answer pairs"
IMAGES = "Stable Diffusion XL image API, 5000 images a day"
SEARCH = "RAG over 80,000 technical PDFs for 120 service engineers, hosted in Germany"


def after(first: str, then: str) -> WorkloadSpec:
    reader = starter_reader()
    stands = reader.read_at_once([first], WorkloadSpec(), None, False).spec
    return reader.read_at_once([first, then], stands, None, True).spec


@pytest.mark.parametrize(
    ("first", "then", "task"),
    [
        (TUNING, "train for 5 epochs", "fine_tuning"),
        (TUNING, "Spot please, from the cheapest host there is", "fine_tuning"),
        (TUNING, "host it in France", "fine_tuning"),
        (TUNING, "train from scratch instead", "training"),
        (TUNING, "serve it to 40 people instead", "inference"),
        (IMAGES, "add ControlNet and a handful of LoRAs", "inference"),
        (IMAGES, "change of plan: fine-tune it on 2000 product photos", "fine_tuning"),
    ],
)
def test_the_work_stays_what_it_is_unless_another_is_asked_for(first: str, then: str, task: str) -> None:
    assert after(first, then).task_type == task


@pytest.mark.parametrize("then", ["200 pages each", "They're 40 pages each on average", "every PDF is 80 pages long"])
def test_the_pages_of_one_document_are_no_number_of_documents(then: str) -> None:
    assert after(SEARCH, then).dataset.items == 80_000


def test_do_it_on_a_card_wishes_for_that_card() -> None:
    assert after(TUNING, "Do it on L40S please").gpu.models == ("L40S",)
