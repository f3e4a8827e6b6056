"""Every figure of a plan that has a counterpart in an object or a command is the same there, in plans of all kinds."""

import re
from collections.abc import Iterator, Mapping

from artifacts.bundle.contents import placed_workloads
from artifacts.engines import SERVERS, Engine, engine_of, workload_name
from artifacts.proportion import on_one_machine
from domain.parts import Retrieval, WorkloadPart
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.workload import WorkloadSpec
from tests.artifacts.printed import at, printed

Plans = Mapping[str, DeploymentPlan]
_FLAG = re.compile(r"(--[a-z-]+)=([\w.]+)")
_GIB = 2**30 / 1e9
_STARTS = ("Serve the model", "Start it", "Rent the container", "Put the service on the machine")


def commands_of(plan: DeploymentPlan) -> str:
    return "\n".join(command for step in plan.steps for command in step.commands)


def served_alone(plans: Plans) -> Iterator[tuple[str, DeploymentPlan, PlacementOption, WorkloadSpec]]:
    """Plans whose steps start one server with vLLM."""
    for name, plan in plans.items():
        placed = placed_workloads(plan)
        if plan.together is None and plan.steps and placed and engine_of(*placed[0]) is Engine.VLLM:
            yield name, plan, *placed[0]


def flags(text: str, name: str) -> set[str]:
    return {value for flag, value in _FLAG.findall(text.replace('", "', " ").replace("'", " ")) if flag == name}


async def test_a_server_is_started_as_its_proof_was_made(plans: Plans) -> None:
    seen = 0
    for name, plan, option, _ in served_alone(plans):
        proof, text = option.proof, commands_of(plan)
        if proof is None:
            continue
        seen += 1
        share = plan.retrieval.generator_memory_fraction if plan.retrieval else None
        assert flags(text, "--gpu-memory-utilization") == {f"{share or proof.memory_fraction:g}"}, name
        if proof.context_tokens:
            assert flags(text, "--max-model-len") == {str(proof.context_tokens)}, name
        if option.requests_per_replica:
            assert flags(text, "--max-num-seqs") == {str(option.requests_per_replica)}, name
    assert seen >= 25


async def test_each_of_several_servers_is_started_as_its_proof_was_made(plans: Plans) -> None:
    seen = 0
    for name, plan in plans.items():
        for workload in plan.together.workloads if plan.together else ():
            option, parts = workload.option, workload.retrieval
            texts = [
                "\n".join(step.commands) for step in plan.steps
                if step.title.endswith(f"Serve the model: {workload.name}")
            ]  # fmt: skip
            if option is None or option.proof is None or not texts or "vllm" not in texts[0]:
                continue
            seen += 1
            [text] = texts
            if option.proof.context_tokens:
                assert flags(text, "--max-model-len") == {str(option.proof.context_tokens)}, (name, workload.name)
            if option.requests_per_replica:
                assert flags(text, "--max-num-seqs") == {str(option.requests_per_replica)}, (name, workload.name)
            if parts is not None and parts.generator_memory_fraction:
                assert flags(text, "--gpu-memory-utilization") == {f"{parts.generator_memory_fraction:g}"}, name
    assert seen >= 5


async def test_as_many_copies_run_as_the_plan_has(plans: Plans) -> None:
    seen = 0
    for name, plan in plans.items():
        for option, spec in placed_workloads(plan):
            if engine_of(option, spec) not in SERVERS or on_one_machine(option, spec):
                continue
            made = printed(command for step in plan.steps for command in step.commands)
            for kind in ("StatefulSet", "Deployment", "LeaderWorkerSet"):
                for thing in made.of_kind(kind):
                    if at(thing, "metadata.name") == workload_name(option):
                        seen += 1
                        assert at(thing, "spec.replicas") == option.replicas, (name, workload_name(option))
    assert seen >= 30


def searching(plans: Plans) -> Iterator[tuple[str, DeploymentPlan, Retrieval]]:
    """Plans in a cluster with a service that searches, each place of them by itself."""
    for name, plan in plans.items():
        placed = placed_workloads(plan)
        if not placed or not plan.steps or not placed[0][0].offer.can_be_node or on_one_machine(*placed[0]):
            continue
        found = [one.retrieval for one in plan.together.workloads] if plan.together else [plan.retrieval]
        yield from ((name, plan, parts) for parts in found if parts is not None)


async def test_the_vector_store_has_the_ram_and_the_disk_that_the_plan_gives_it(plans: Plans) -> None:
    seen = 0
    for name, plan, found in searching(plans):
        store, several = part(found, "vector store"), len(list(searching({name: plan})))
        if store is None or store.memory_gib is None or store.disk_gib is None or "qdrant" not in commands_of(plan):
            continue
        made = printed(command for step in plan.steps for command in step.commands)
        charts = [install.values for install in made.installs if install.name == "qdrant"]
        own = [thing for thing in made.of_kind("StatefulSet") if at(thing, "metadata.name") == "qdrant"]
        if not charts and not own:
            continue
        seen += 1
        asked = [str(at(values, "resources.requests.memory")) for values in charts]
        disks = [str(at(values, "persistence.size")) for values in charts]
        for thing in own:
            asked.append(str(at(thing, "spec.template.spec.containers.0.resources.requests.memory")))
            disks.append(str(at(thing, "spec.volumeClaimTemplates.0.spec.resources.requests.storage")))
        each = store.memory_gib / store.shards
        # One chart holds the vectors of all services of a cluster.
        most = 2 * each + 2 if several == 1 else float("inf")
        assert any(each <= gib(amount) <= most for amount in asked), (name, each, asked)
        assert any(gib(amount) >= store.disk_gib / store.shards for amount in disks), (name, store.disk_gib, disks)
    assert seen >= 5


async def test_what_answers_from_documents_writes(plans: Plans) -> None:
    """GENERATOR_URL leads to a model of chat, and never to the one that searches."""
    seen = 0
    for name, _, found in searching(plans):
        for one in found.parts:
            if one.role == "generator":
                seen += 1
                assert one.name not in {other.name for other in found.parts if other is not one}, (name, one.name)
    assert seen >= 6


async def test_every_part_of_a_service_that_searches_is_in_the_steps_of_its_place(plans: Plans) -> None:
    seen = 0
    for name, plan, found in searching(plans):
        text = commands_of(plan)
        for one in found.parts:
            if one.role in ("embedder", "reranker") and one.model:
                seen += 1
                assert one.model in text, (name, one.role, one.model)
    assert seen >= 10


def part(found: Retrieval, role: str) -> WorkloadPart | None:
    return next((one for one in found.parts if one.role == role), None)


def gib(amount: str) -> float:
    """As objects write it; nothing where it is not said."""
    if amount == "None":
        return 0.0
    number = float(re.sub(r"[A-Za-z]+$", "", amount))
    return number / _GIB if amount.endswith("G") else number / 1024 if amount.endswith("Mi") else number
