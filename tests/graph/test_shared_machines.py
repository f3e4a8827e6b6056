"""Machines at hand for many people are divided into notebooks and a queue, not planned for a model nobody named."""

import re
from typing import Protocol

import pytest

from graph.explanations.shared_machines import Group, shares_of
from graph.state import ArchitectState
from tests.artifacts.sample_plan import H100, offer


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("We own 2 DGX A100 (8x80GB). 25 researchers need notebooks and fair sharing with batch jobs. How?",
         "your 16 × A100-80GB in 2 machines as one Kubernetes cluster for 25 people. 2 of the GPUs cut into 7 slices"),
        ("3 DGX H100 on prem for our 40 data scientists, self service notebooks, job queue, GPU slices. what stack?",
         "your 24 × H100-SXM in 3 machines as one Kubernetes cluster for 40 people. 3 of the GPUs cut into 7 slices"),
        ("uni lab: 4 servers with 8x L40S each for 60 PhD students, training jobs + jupyter, want quotas and MIG",
         "your 32 × L40S in 4 machines as one Kubernetes cluster for 60 people. 8 of the GPUs shared in time"),
        ("Our company has 16 A100 80GB in 2 nodes for 12 ML engineers who each train models; slurm or kubernetes?",
         "your 16 × A100-80GB in 2 machines in one queue for 12 people, Slurm"),
    ],
)  # fmt: skip
async def test_the_first_line_divides_the_machines(conversation: Talk, text: str, lead: str) -> None:
    reply = (await conversation.say(text))["reply"]
    assert reply.response_type == "answer"
    assert lead in reply.response.splitlines()[0]
    assert not re.search(r"\$\d", reply.response.splitlines()[0])


@pytest.mark.parametrize(
    "text",
    [
        "We own 8 H100. 25 researchers use Llama 3.3 70B on them, set it up",
        "Fine-tune a 7B model on 50k examples on our 4 A100 for a team of 12, with notebooks",
    ],
)
async def test_work_that_was_named_is_planned(conversation: Talk, text: str) -> None:
    assert "plan" in await conversation.say(text)


def test_seats_are_slices_where_a_gpu_can_be_cut_and_end_where_the_gpus_do() -> None:
    machine = offer("own", gpu=H100, gpu_count=8)
    found = shares_of((machine, 3), Group(people=40, notebooks=True))
    assert found is not None
    assert found.slice is not None
    assert (found.seats, found.cut, found.whole) == (7, 3, 21)
    crowd = shares_of((machine, 1), Group(people=1000, notebooks=True))
    assert crowd is not None
    assert (crowd.cut, crowd.whole) == (8, 0)
