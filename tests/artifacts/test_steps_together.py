"""The steps deploy every workload: one cluster at a place, a pool and a manifest for each, numbered through."""

import re
from collections.abc import Iterable

import pytest

from artifacts.helm import kubernetes_name
from artifacts.object_names import object_names
from artifacts.steps_together import together_steps
from domain.parts import Corpus, PlacedWorkload, Retrieval, Together, WorkloadPart
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec
from tests.artifacts.printed import at as at_path
from tests.artifacts.printed import printed
from tests.artifacts.sample_plan import option

CHAT = WorkloadSpec.model_validate({"task_type": "inference", "domain": "llm"})
DOCUMENTS = WorkloadSpec.model_validate({"task_type": "rag", "domain": "llm"})
NIGHTLY = WorkloadSpec.model_validate({"task_type": "fine_tuning", "domain": "llm"})


def at(provider: str, region: str, **also: object) -> PlacementOption:
    made = option()
    offer = made.offer.model_copy(update={"provider": provider, "region": region})
    return made.model_copy(update={"offer": offer, **also})


def together(*workloads: PlacedWorkload) -> Together:
    return Together(workloads=workloads, usd_per_month=1.0, usd_once=0.0)


def placed(name: str, where: PlacementOption, **also: object) -> PlacedWorkload:
    return PlacedWorkload.model_validate({"name": name, "does": name, "option": where, **also})


def text(steps: Iterable[Step]) -> str:
    return "\n".join(command for step in steps for command in step.commands)


@pytest.fixture
def plans_of_two_places() -> Together:
    parts = (
        WorkloadPart(name="bge-m3", role="embedder", model="BAAI/bge-m3", place="CPU machine", where="a machine"),
        WorkloadPart(name="reranker", role="reranker", model="BAAI/bge-reranker-v2-m3", place="CPU machine", where=""),
        WorkloadPart(name="store", role="vector store", memory_gib=2.0, disk_gib=4.0, place="CPU machine", where=""),
    )
    found = Retrieval(corpus=Corpus(chunk_tokens=512), dimensions=1024, parts=parts)
    places = (("us", at("aws", "us-east-1")), ("eu", at("azure", "westeurope")))
    return together(*(placed(f"Llama, answers in {name}", there, retrieval=found) for name, there in places))


AWS = at("aws", "us-east-1")
ALL = together(placed("Llama, chat", AWS), placed("Llama, LoRA fine-tuning", AWS, every="month"))


def test_one_cluster_holds_a_pool_for_each_workload() -> None:
    steps = together_steps(ALL, (CHAT, NIGHTLY), ())
    titles = [step.title for step in steps]
    assert titles.count("Create the cluster") == 1
    assert [title for title in titles if title.startswith("Add the machines")] == [
        "Add the machines for Llama, chat", "Add the machines for Llama, LoRA fine-tuning",
    ]  # fmt: skip
    for pool in ("pool1", "pool2"):
        assert f"- name: {pool}\n" in text(steps)
        assert f"  labels:\n    workload: {pool}\n" in text(steps)
        assert re.search(rf"nodeSelector:\n +workload: {pool}\n", text(steps))
    assert [step.order for step in steps] == list(range(1, len(steps) + 1))


def test_each_workload_has_objects_of_its_own_name() -> None:
    written = text(together_steps(ALL, (CHAT, NIGHTLY), ()))
    assert "name: llama-chat" in written
    assert "name: llama-lora-fine-tuning" in written
    assert "claimName: llama-lora-fine-tuning-data" in written


def test_a_job_that_comes_back_is_started_by_the_clock() -> None:
    written = text(together_steps(ALL, (CHAT, NIGHTLY), ()))
    assert "kind: CronJob" in written
    assert "schedule: 0 1 1 * *" in written
    assert "create job llama-lora-fine-tuning-now --from=cronjob/llama-lora-fine-tuning" in written


def test_machines_at_two_places_are_two_clusters() -> None:
    found = together(placed("Llama, chat", AWS), placed("bge-m3, search", at("azure", "westeurope")))
    titles = [step.title for step in together_steps(found, (CHAT, CHAT), ())]
    assert [title for title in titles if title.endswith("Create the cluster")] == [
        "At aws us-east-1: Create the cluster", "At azure westeurope: Create the cluster",
    ]  # fmt: skip


def test_each_service_is_asked_on_a_port_of_its_own() -> None:
    found = together(placed("Llama, chat", AWS), placed("Llama, code", AWS))
    written = text(together_steps(found, (CHAT, CHAT), ()))
    assert "port-forward service/llama-chat 8000:80" in written
    assert "port-forward service/llama-code 8001:80" in written
    assert "http://127.0.0.1:8001/" in written


def test_two_that_share_a_gpu_have_it_counted_twice_and_their_part_of_its_memory() -> None:
    own = at("own hardware", "on site", gpus=1, share=0.5)
    own = own.model_copy(update={"offer": own.offer.model_copy(update={"gpu_count": 1})})
    found = together(placed("Llama, chat", own), placed("Llama, code", own))
    written = text(together_steps(found, (CHAT, CHAT), ()))
    assert "timeSlicing" in written
    assert own.proof is not None
    assert f"--gpu-memory-utilization={round(own.proof.memory_fraction / 2, 2):g}" in written


def test_what_was_not_placed_has_no_steps() -> None:
    found = together(placed("Llama, chat", AWS), PlacedWorkload(name="video", does="video"))
    assert not any("video" in step.title for step in together_steps(found, (CHAT, CHAT), ()))


def test_each_of_two_clusters_keeps_its_access_its_ports_and_its_name_apart() -> None:
    """One file of access for both would have the second's commands change the first."""
    found = together(placed("Llama, chat", at("azure", "westeurope")), placed("Qwen, chat", at("azure", "uksouth")))
    steps = together_steps(found, (CHAT, CHAT), ())
    west, south = ([step for step in steps if step.cluster == f"azure-{name}"] for name in ("westeurope", "uksouth"))
    for one, name in ((west, "westeurope"), (south, "uksouth")):
        assert f'export KUBECONFIG="$HOME/.kube/stack8s-azure-{name}"' in one[0].commands
        assert one[-1].title.endswith("Give back what was rented")
        assert one[-1].commands[0] == one[0].commands[-1]
    assert "--cluster-name stack8s " in text(west)
    assert "--cluster-name stack8s-azure-uksouth " in text(south)
    assert "port-forward service/llama-chat 8000:80" in text(west)
    assert "port-forward service/qwen-chat 8010:80" in text(south)
    assert "http://127.0.0.1:8010/" in text(south)
    assert [step.title.endswith("Give back what was rented") for step in steps[-2:]] == [True, True]


def test_a_service_that_answers_from_documents_is_whole_at_each_place(plans_of_two_places: Together) -> None:
    steps = together_steps(plans_of_two_places, (DOCUMENTS, DOCUMENTS), ())
    for place in ("aws us-east-1", "azure westeurope"):
        titles = [step.title for step in steps if step.title.startswith(f"At {place}: ")]
        for wanted in ("Serve the embedder", "Serve the reranker", "Make the vector store", "Read the documents",
                       "Answer from the documents"):  # fmt: skip
            assert sum(wanted in title for title in titles) == 1, (place, wanted)


def test_names_of_objects_leave_room_for_what_controllers_add() -> None:
    """A StatefulSet of 53 characters makes no pod: its label controller-revision-hash would have 64."""
    does = "answers from documents and pictures of the whole company"
    long = [
        PlacedWorkload(name=f"NVIDIA-Nemotron-3.5-Lightning-30B-A3B-BF16-Instruct, {does}{place}", does=does)
        for place in ("", " 2", " in europe-west4", " in the middle of nowhere at all")
    ]
    names = object_names(long)
    assert len(set(names.values())) == len(long)
    for name in (*names.values(), kubernetes_name("x" * 80), kubernetes_name("a-word " * 12)):
        assert len(name) <= 52 - len("-99"), name
    assert names[long[0].name].startswith("nvidia-nemotron")


def test_two_services_of_one_cluster_that_answer_from_documents_share_no_name(plans_of_two_places: Together) -> None:
    here = at("aws", "us-east-1")
    retrieval = plans_of_two_places.workloads[0].retrieval
    two = together(*(placed(f"Llama, {name}", here, retrieval=retrieval) for name in ("answers for HR", "contracts")))
    steps = together_steps(two, (DOCUMENTS, DOCUMENTS), ())
    found = printed(command for step in steps for command in step.commands)
    # A program and a pod that brings data are the same for both.
    named = [(made["kind"], at_path(made, "metadata.name")) for made in found.objects if made["kind"] != "ConfigMap"]
    twice = {one for one in named if named.count(one) > 1} - {("Pod", "bring-data"), ("Pod", "prove")}
    kinds = ("StatefulSet", "Deployment", "Service", "Job", "PersistentVolumeClaim", "NetworkPolicy")
    assert {one for one in twice if one[0] in kinds} == set()
    forwards = re.findall(r"port-forward service/\S+ (\d+):", text(steps))
    assert len(set(forwards)) == len(forwards)
    second = next(made for made in found.of_kind("Deployment") if at_path(made, "metadata.name") == "answers-2")
    told = str(second)
    for address in (
        "http://embedder-2.workload",
        "http://reranker-2.workload",
        "http://qdrant-2.workload",
        "documents-2",
    ):
        assert address in told, address
