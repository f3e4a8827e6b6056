"""What could not be tried is said of each way to rent, and of each program."""

import pytest

from artifacts.bundle.contents import bundle_files
from artifacts.steps import deployment_steps
from domain.placement import PlacementOption
from domain.plan import Recommendation
from domain.workload import WorkloadSpec
from tests.artifacts.sample_plan import LLAMA, offer, option, plan

SERVE = WorkloadSpec(task_type="inference")
HOBBY = SERVE.model_copy(update={"stakes": "hobby"})
FINDS = WorkloadSpec(task_type="training", domain="vision", use_case="detection", stakes="hobby")

YOLO = LLAMA.model_copy(update={"key": "ultralytics/yolov8", "domain": "vision", "pipeline_tag": "object-detection"})


def untested(placed: PlacementOption, spec: WorkloadSpec) -> str:
    first = Recommendation(rank=1, option=placed)
    made = plan(spec=spec, recommendations=(first,), steps=deployment_steps(first, (), spec))
    return bundle_files(made)["README.md"].partition("## Not tested\n")[2]


@pytest.mark.parametrize(
    ("provider", "seller", "spec", "told"),
    [
        ("aws", "hyperscaler", SERVE, "The commands for Amazon EKS follow its pages"),
        ("aws", "hyperscaler", HOBBY, "What rents the machine at aws, and gives it back, was not run"),
        ("runpod", "containers", SERVE, "https://docs.runpod.io/api-reference-v2/pods/create-a-pod"),
        ("salad", "containers", SERVE, "No page of salad was at hand."),
        ("hotaisle", "virtual_machines", SERVE, "joined with k3s"),
    ],
)
def test_what_rents_was_not_run_and_its_pages_are_named(
    provider: str, seller: str, spec: WorkloadSpec, told: str
) -> None:
    text = untested(option(offer=offer(provider, seller=seller)), spec)
    assert told in text
    assert ("Amazon EKS" in text) is (told.startswith("The commands for Amazon EKS"))
    assert "The images that the steps name were not pulled" in text


def test_a_program_that_our_tests_do_not_run_is_not_said_to_have_run() -> None:
    finds, serves = untested(option(model=YOLO), FINDS), untested(option(), SERVE)
    assert "train_yolo.py was not run" in finds
    assert "ran on a CPU" not in finds
    assert "was not run: its libraries" not in serves


def test_own_machines_are_not_rented() -> None:
    assert "What rents the machine" not in untested(option(offer=offer("own hardware", region="on site")), HOBBY)


def test_what_is_carried_in_and_what_cron_starts_are_named() -> None:
    air = SERVE.model_copy(update={"hosting": "air_gapped"})
    assert "What is carried in" in untested(option(offer=offer("own hardware", region="on site")), air)
    again = WorkloadSpec(task_type="fine_tuning", domain="llm", every="week")
    assert "What cron starts" in untested(option(job_hours=2.0), again)
