"""A stranger runs the steps from the first to the last: nothing is used before it is made."""

import itertools
from collections.abc import Mapping

from artifacts.finishing import TAKE
from artifacts.gateway import HOST
from artifacts.giving_back import TITLE
from artifacts.present import blank, known
from artifacts.slurm import uses_slurm
from artifacts.steps import deployment_steps
from artifacts.steps_together import FOLLOWS
from artifacts.workloads import ASKED_OF_THE_USER, OWN_IMAGE
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan, Recommendation, Step
from domain.workload import Training, WorkloadSpec
from tests.artifacts.plan_cluster import placed_options
from tests.artifacts.sample_plan import option, plan, proof
from tests.artifacts.walked import missing_before

Plans = Mapping[str, DeploymentPlan]


def steps(option_: PlacementOption, spec: WorkloadSpec) -> tuple[Step, ...]:
    return deployment_steps(Recommendation(rank=1, option=option_), (), spec)


async def test_what_a_command_names_was_made_by_an_earlier_one(plans: Plans) -> None:
    found = {name: list(missing_before(plan)) for name, plan in plans.items()}
    assert {name: told for name, told in found.items() if told} == {}


def test_the_walk_finds_what_is_used_before_it_is_made() -> None:
    def told(*commands: str) -> list[str]:
        made = tuple(Step(order=i, title="x", detail="", commands=(one,)) for i, one in enumerate(commands, start=1))
        return list(missing_before(plan(steps=made)))

    cluster = "eksctl create cluster --config-file -"
    namespace = "kubectl create namespace workload --dry-run=client -o yaml | kubectl apply -f -"
    secret = "kubectl --namespace workload create secret generic one --from-literal=a=b"
    read = "kubectl --namespace workload get secret one --output jsonpath='{.data.a}'"
    assert told(cluster, namespace, secret, read) == []
    assert "no step has made" in told(secret, cluster)[0]
    assert "names the namespace workload" in told(cluster, secret, namespace)[0]
    assert "reads the secret one" in told(cluster, namespace, read, secret)[0]
    assert told("ZONES=$(a)", 'echo "$ZONES"') == []
    assert "$ZONES" in told('echo "$ZONES"', "ZONES=$(a)")[0]


def test_no_placeholder_is_part_of_another() -> None:
    blanks = {blank(name) for thing in known().things.values() for name in thing.asks}
    blanks |= {HOST, OWN_IMAGE, *(text.removeprefix("image: ") for text in ASKED_OF_THE_USER)}
    inside = [(one, other) for one, other in itertools.permutations(sorted(blanks), 2) if one in other]
    assert inside == []


async def test_what_was_rented_is_given_back_by_the_last_step(plans: Plans) -> None:
    for name, one_plan in plans.items():
        rented = [one for one, spec in placed_options(one_plan) if not one.is_own and not uses_slurm(spec)]
        if rented:
            assert any(TITLE in step.title for step in one_plan.steps), name
            assert TITLE in one_plan.steps[-1].title or one_plan.together is not None, name


async def test_a_job_ends_with_its_results_away_from_what_is_given_back(plans: Plans) -> None:
    for name, one_plan in plans.items():
        titles = [step.title for step in one_plan.steps]
        for place, title in enumerate(titles):
            if TAKE in title:
                assert any(FOLLOWS in before for before in titles[:place]), name
                assert not any(TITLE in before for before in titles[:place]) or one_plan.together is not None, name


def test_adapters_become_what_a_laptop_runs_where_that_was_asked() -> None:
    tuned = option(job_hours=3.0, replicas=1, quantization="qlora", proof=proof(mode="qlora"))
    for wanted, words in (
        ("gguf", ("merge_adapters.py", "--convert", "--quantize")),
        ("merged", ("merge_adapters.py",)),
    ):
        spec = WorkloadSpec(task_type="fine_tuning", training=Training.model_validate({"result": wanted}))
        told = "\n".join(command for step in steps(tuned, spec) for command in step.commands)
        assert all(word in told for word in words)
    spec = WorkloadSpec(task_type="fine_tuning")
    assert "merge_adapters.py --base=" not in "\n".join(c for step in steps(tuned, spec) for c in step.commands)
