"""What makes a service that answers from documents whole: a job that reads them, and a door that finds and asks.

The programs are `ingest_documents.py` and `answer_documents.py`; the second speaks OpenAI's API, so that a chat page
talks to it as to the model.
"""

import json
from collections.abc import Mapping
from math import ceil

from artifacts.bringing_data import bring_step
from artifacts.data_size import Part
from artifacts.engines import asked_as
from artifacts.filling import Filling, filling_of
from artifacts.first_request import Request, curl
from artifacts.guards import network_policy
from artifacts.job_objects import DATA, claim_command
from artifacts.notation import figure
from artifacts.pins import FOLDER
from artifacts.prefixes import Prefix, prefix_of
from artifacts.program_manifest import apply_texts
from artifacts.rented import step
from artifacts.retrieval_objects import COLLECTION, local_port, part_name
from artifacts.retrieving import DOCUMENT_PROGRAMS, answers_from_documents, numbered
from artifacts.store_access import (
    client_libraries,
    installs,
    is_charted,
    reader_libraries,
    spoken_to,
    store_environment,
    store_key,
    store_kind,
)
from artifacts.stores import collection_commands
from artifacts.surroundings import Surroundings
from artifacts.weights import storage_of
from artifacts.wiring import Scene
from artifacts.workloads import KEY_ENTRY, KEY_SECRET, NAMESPACE, OWN_IMAGE, PORT, Value, apply, job_ended
from domain.parts import Retrieval
from domain.plan import Step
from domain.workload import WorkloadSpec
from sizing.library_versions import library_versions
from sizing.vector_store import VectorStore

TITLES = ("Make room for the documents", "Bring the documents", "Read the documents", "Answer from the documents")
READS, CLAIM = "read-documents", "documents"
READER = "stack8s/documents:1"
"""An image with the libraries of both programs, where nothing is installed when a container starts."""
MB_PER_DOCUMENT = 1.0
"""Of office files and PDF with text; scans take more."""
LEAST_GB = 10


def document_steps(scene: Scene, around: Surroundings) -> tuple[Step, ...]:
    """Room for the documents, the documents themselves, the job that reads them, and the door; into a store that the
    programs do not speak to, what a program of the user's own has to know."""
    found = scene.retrieval
    if found is None or not answers_from_documents(found):
        return ()
    size = documents_part(scene.spec)
    gb = max(LEAST_GB, ceil(1.1 * size.gb))
    storage = storage_of(scene.option, around.site, beside=True)
    told = f"{figure(size.gb, 1)} GB ({size.formula})" if size.known else "how much they are was not said"
    port = PORT + 150 + local_port(scene.number)
    claim, reads, collection = (numbered(name, scene.number) for name in (CLAIM, READS, COLLECTION))
    filling = filling_of(scene, around) if not _charted_embedder(around) else Filling()
    reranked = ", has the reranker order them" if _reranks(found) else ""
    brought = (
        step(
            TITLES[0],
            f"{gb} GB: {told}, a tenth to spare. What was read is noted beside them.",
            claim_command(gb, shared=False, storage=storage, name=claim),
        ),
        bring_step(scene, claim, size, {}, TITLES[1]),
    )
    if scene.other_store is not None:
        return (*brought, _into_another(scene, found))
    return (
        *brought,
        step(
            TITLES[2],
            f"ingest_documents.py cuts them into passages of about {found.corpus.chunk_tokens} tokens, which the "
            f"embedder turns into vectors of the collection {collection}. Run again it reads only what has changed. "
            "Pages that are pictures are counted in its last line: they need text recognition first."
            f"{_index_told(scene, found)}{filling.told}",
            *(collection_commands(scene) if is_charted(around) else ()),
            *store_key(scene, around),
            apply_texts(_programs()),
            *filling.before,
            _own_image(apply(_reading_job(scene, around, found))),
            job_ended(reads),
            f"kubectl --namespace {NAMESPACE} logs job/{reads} --tail 1",
            *filling.after,
        ),
        step(
            TITLES[3],
            f"answer_documents.py finds passages{reranked}, puts them before the question and asks the model; "
            f"in the cluster at http://{scene.answers}.{NAMESPACE}/v1 with the same key. A chat page talks to it as to "
            "the model.",
            _own_image(apply(*answering_objects(scene, around, found))),
            f"kubectl --namespace {NAMESPACE} rollout status deployment/{scene.answers} --timeout=5m",
            f"kubectl --namespace {NAMESPACE} port-forward service/{scene.answers} {port}:80 &",
            curl(_question(scene), f"http://127.0.0.1:{port}"),
        ),
    )  # fmt: skip


def _index_told(scene: Scene, found: Retrieval) -> str:
    """What the store needs while its index is made at once from all that is there."""
    chunks = found.corpus.chunks or 1e6
    made = VectorStore(chunks, found.dimensions, found.corpus.chunk_tokens, kind=store_kind(scene.spec)).build_gib
    if made is None:
        return ""
    each = "" if found.corpus.chunks else " for each million passages"
    return (
        f" Its index is made behind the last file: in RAM, where maintenance_work_mem of the database is "
        f"{figure(made, 1)} GiB or more{each}, else several times as slowly."
    )


def _into_another(scene: Scene, found: Retrieval) -> Step:
    """What a store that the plan's programs do not speak to is filled and asked by: a program of the user's own."""
    store = found.part("vector store")
    assert store is not None
    takes = f"{figure(store.memory_gib or 0, 1)} GiB of RAM and {figure(store.disk_gib or 0, 1)} GiB of disk"
    installed = scene.other_store in scene.charts
    room = f" It is reckoned to take {takes}{': set both in the values of its chart' if installed else ''}."
    return step(
        TITLES[2],
        f"The plan's programs that read documents and answer from them speak to {spoken_to()} alone, and none "
        f"of them is applied: what fills {scene.other_store} (vectors of {found.dimensions:,} numbers, passages of "
        f"about {found.corpus.chunk_tokens} tokens) and asks it is a program of your own. It finds the embedder at "
        f"http://{_named('embedder', found, scene)}.{NAMESPACE} and the model at {scene.address}."
        f"{room if store.memory_gib else ''}",
        *((f"kubectl --namespace {scene.other_store} get services",) if installed else ()),
    )


def documents_part(spec: WorkloadSpec) -> Part:
    """What the documents take, by their number."""
    if spec.dataset.size_gb is not None:
        return Part(name="the documents", gb=spec.dataset.size_gb, formula="as you said")
    items = spec.dataset.items or (spec.volume.amount if spec.volume.unit in ("documents", "pages") else None)
    if items is None:
        return Part(name="the documents", gb=0.0, known=False)
    return Part(
        name="the documents", gb=items * MB_PER_DOCUMENT / 1e3, formula=f"{figure(items)} x {MB_PER_DOCUMENT:g} MB"
    )


def reader_recipe(spec: WorkloadSpec) -> str:
    """Of the image that both programs run in where they may install nothing."""
    libraries = " ".join(f"'{name}'" for name in reader_libraries(spec))
    return f"FROM {library_versions().images['python'].image}\nRUN pip install --no-cache-dir {libraries}"


def addresses(scene: Scene) -> Mapping[str, str]:
    """Who the programs talk to, as variables of their environment."""
    found = scene.retrieval
    assert found is not None
    told = {"GENERATOR_URL": scene.address, "EMBEDDER_URL": f"http://{_named('embedder', found, scene)}.{NAMESPACE}"}
    if _reranks(found):
        told["RERANKER_URL"] = f"http://{_named('reranker', found, scene)}.{NAMESPACE}"
    return told


def answering_objects(scene: Scene, around: Surroundings, found: Retrieval) -> list[Value]:
    """Two copies of the door, its Service, and who may call it."""
    name, door = scene.answers, "python3 /program/answer_documents.py"
    needs = installs(client_libraries(scene.spec))
    told = {
        **addresses(scene), "COLLECTION": numbered(COLLECTION, scene.number), "PORT": str(PORT),
    }  # fmt: skip
    prefix = wanted_before(found).question
    if prefix:
        told["QUERY_PREFIX"] = prefix
    health: Value = {"httpGet": {"path": "/health", "port": PORT}, "periodSeconds": 10}
    container: Value = {
        "name": name,
        "image": OWN_IMAGE if needs and around.site.builds_images else library_versions().images["python"].image,
        "command": ["sh", "-c", f"{needs}exec {door}"] if needs and not around.site.builds_images else door.split(),
        "env": [*_variables({**told, **store_environment(scene, around)}), KEY_OF_MODEL],
        "ports": [{"name": "http", "containerPort": PORT}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        "readinessProbe": health,
        "livenessProbe": health,
        "securityContext": {"allowPrivilegeEscalation": False},
        "volumeMounts": [{"name": "program", "mountPath": "/program", "readOnly": True}],
    }
    pod: Value = {
        "automountServiceAccountToken": False,
        "containers": [container],
        "volumes": [{"name": "program", "configMap": {"name": "documents-program"}}],
    }
    made: Value = {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
        },
    }  # fmt: skip
    service: Value = {
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": PORT}]},
    }  # fmt: skip
    return [made, service, network_policy(name, NAMESPACE, PORT, around.callers())]


def _reading_job(scene: Scene, around: Surroundings, found: Retrieval) -> Value:
    reads, claim, collection = (numbered(name, scene.number) for name in (READS, CLAIM, COLLECTION))
    arguments = [f"--dimensions={found.dimensions}", f"--tokens={found.corpus.chunk_tokens}",
                 f"--collection={collection}"]  # fmt: skip
    if prefix := wanted_before(found).passage:
        arguments.append(f"--prefix={prefix}")
    told = {"EMBEDDER_URL": addresses(scene)["EMBEDDER_URL"]}
    needs = "" if around.site.builds_images else installs(reader_libraries(scene.spec))
    container: Value = {
        "name": reads,
        "image": OWN_IMAGE if around.site.builds_images else library_versions().images["python"].image,
        "command": ["sh", "-c", f'{needs}exec python3 /program/ingest_documents.py "$@"', reads, *arguments],
        "env": [*_variables({**told, **store_environment(scene, around)}), KEY_OF_MODEL],
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "4Gi"}},
        "securityContext": {"allowPrivilegeEscalation": False},
        "volumeMounts": [
            {"name": "documents", "mountPath": DATA},
            {"name": "program", "mountPath": "/program", "readOnly": True},
        ],
    }
    return {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": reads, "namespace": NAMESPACE, "labels": {"app": reads}},
        "spec": {
            "backoffLimit": 6,
            "template": {
                "metadata": {"labels": {"app": reads}},
                "spec": {
                    "automountServiceAccountToken": False, "restartPolicy": "Never", "containers": [container],
                    "volumes": [
                        {"name": "documents", "persistentVolumeClaim": {"claimName": claim}},
                        {"name": "program", "configMap": {"name": "documents-program"}},
                    ],
                },
            },
        },
    }  # fmt: skip


def _programs() -> Value:
    held = {name: (FOLDER / name).read_text(encoding="utf-8") for name in DOCUMENT_PROGRAMS}
    metadata: Value = {"name": "documents-program", "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": held}


KEY_OF_MODEL: Value = {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": KEY_SECRET, "key": KEY_ENTRY}}}


def _variables(told: Mapping[str, Value]) -> list[Value]:
    return [
        {"name": name, "value": value} if isinstance(value, str) else {"name": name, "valueFrom": value}
        for name, value in told.items()
    ]


def _own_image(command: str) -> str:
    """The image of the programs is the one that was built for them."""
    return command.replace(
        "${WORKLOAD_IMAGE:?image that holds your program}", f"${{REGISTRY:?registry with the image}}/{READER}"
    )


def _question(scene: Scene) -> Request:
    asked = {
        "model": asked_as(scene.option) or "model",
        "messages": [{"role": "user", "content": "What do the documents speak of?"}],
        "max_tokens": 200,
    }
    return Request(path="/v1/chat/completions", body=json.dumps(asked))


def _reranks(found: Retrieval) -> bool:
    reranker = found.part("reranker")
    return reranker is not None and reranker.model is not None


def _named(role: str, found: Retrieval, scene: Scene) -> str:
    part = found.part(role)
    assert part is not None
    return part_name(part, scene.number)


def wanted_before(found: Retrieval) -> Prefix:
    """What the embedder wants before the texts it is given."""
    embedder = found.part("embedder")
    return prefix_of(embedder.model or "" if embedder else "")


def _charted_embedder(around: Surroundings) -> bool:
    return any("embedding" in component.package.name for component in around.stack)
