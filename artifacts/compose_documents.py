"""The containers of a service that answers from documents: embedder, reranker, store, and what reads and asks."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from artifacts.documents import wanted_before
from artifacts.retrieval_objects import COLLECTION, ENCODERS, QDRANT, QDRANT_PORT, encoder_image, shares_gpu
from artifacts.store_access import (
    asked_of_store,
    client_libraries,
    holds_address,
    installs,
    reader_libraries,
    store_kind,
)
from artifacts.workloads import PORT
from domain.parts import Retrieval, WorkloadPart
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.library_versions import library_versions

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

READ = "read"
"""Profile of the job that reads the documents: it is run by hand, and again when there are new ones."""


def document_services(found: Retrieval, option: PlacementOption, spec: WorkloadSpec, model: str) -> dict[str, Value]:
    """`model`: address of the generator as the other containers see it."""
    made: dict[str, Value] = {}
    told: dict[str, Value] = {"COLLECTION": COLLECTION}
    keys: dict[str, Value] = {"API_KEY": "${API_KEY:?}"}
    theirs = asked_of_store(spec)
    if theirs:
        keys |= {"STORE_KIND": store_kind(spec).name}
        keys |= {f"STORE_{name.upper()}": f"${{STORE_{name.upper()}:?}}" for name in theirs}
    elif holds_address(spec):
        keys |= {"STORE_KIND": store_kind(spec).name}
        keys["STORE_URL"] = "postgresql://postgres:${API_KEY:?}@postgres:5432/postgres"
        made["postgres"] = {
            "image": library_versions().images["pgvector"].image,
            "restart": "unless-stopped",
            "environment": {"POSTGRES_PASSWORD": "${API_KEY:?}"},
            "volumes": ["vectors:/var/lib/postgresql/data"],
            "shm_size": "1g",
        }
    else:
        told["STORE_URL"], keys["STORE_KEY"] = f"http://qdrant:{QDRANT_PORT}", "${API_KEY:?}"
    for part in found.parts:
        if part.role in ENCODERS and part.model:
            made[part.role] = _encoder(part, option)
            told[f"{part.role.upper()}_URL"] = f"http://{part.role}:{PORT}"
    if not theirs and not holds_address(spec):
        made["qdrant"] = {
            "image": QDRANT,
            "restart": "unless-stopped",
            "environment": {"QDRANT__SERVICE__API_KEY": "${API_KEY:?}"},
            "volumes": ["vectors:/qdrant/storage"],
        }
    asked: dict[str, Value] = {**told, **keys, "GENERATOR_URL": model, "PORT": str(PORT)}
    if prefix := wanted_before(found).question:
        asked["QUERY_PREFIX"] = prefix
    python, door = library_versions().images["python"].image, "python3 /files/program/answer_documents.py"
    needs = installs(client_libraries(spec))
    made["answers"] = {
        "image": python,
        "restart": "unless-stopped",
        "command": ["sh", "-c", f"{needs}exec {door}"] if needs else door.split(),
        "environment": asked,
        "volumes": ["../files:/files:ro"],
    }
    arguments: list[Value] = [f"--dimensions={found.dimensions}", f"--tokens={found.corpus.chunk_tokens}",
                              f"--collection={COLLECTION}"]  # fmt: skip
    if prefix := wanted_before(found).passage:
        arguments.append(f"--prefix={prefix}")
    run = f'{installs(reader_libraries(spec))}exec python3 /data/program/ingest_documents.py "$$@"'
    made["reader"] = {
        "image": python,
        "profiles": [READ],
        "command": ["sh", "-c", run, "reader", *arguments],
        "environment": {**told, **keys},
        "volumes": ["../files:/data"],
    }
    return made


def _encoder(part: WorkloadPart, option: PlacementOption) -> Value:
    """Beside the generator on its GPU, or on the CPUs."""
    made: dict[str, Value] = {
        "image": encoder_image(part, option),
        "restart": "unless-stopped",
        "command": [f"--model-id={part.model}", "--huggingface-hub-cache=/data/hub", f"--port={PORT}"],
        "environment": {"API_KEY": "${API_KEY:?}"},
        "volumes": ["../files:/data"],
    }
    if shares_gpu(part, option):
        device: Value = {"driver": "nvidia", "device_ids": ["0"], "capabilities": ["gpu"]}
        made["deploy"] = {"resources": {"reservations": {"devices": [device]}}}
    return made
