"""The containers of a service that answers from documents: embedder, reranker, store, and what reads and asks."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from artifacts.documents import passage_prefix, pdf_library, question_prefix
from artifacts.retrieval_objects import COLLECTION, ENCODERS, QDRANT, QDRANT_PORT, encoder_image, shares_gpu
from artifacts.workloads import PORT
from domain.parts import Retrieval, WorkloadPart
from domain.placement import PlacementOption
from sizing.library_versions import library_versions

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

READ = "read"
"""Profile of the job that reads the documents: it is run by hand, and again when there are new ones."""


def document_services(found: Retrieval, option: PlacementOption, model: str) -> dict[str, Value]:
    """`model`: address of the generator as the other containers see it."""
    made: dict[str, Value] = {}
    told: dict[str, Value] = {"STORE_URL": f"http://qdrant:{QDRANT_PORT}", "COLLECTION": COLLECTION}
    keys: dict[str, Value] = {"API_KEY": "${API_KEY:?}", "STORE_KEY": "${API_KEY:?}"}
    for part in found.parts:
        if part.role in ENCODERS and part.model:
            made[part.role] = _encoder(part, option)
            told[f"{part.role.upper()}_URL"] = f"http://{part.role}:{PORT}"
    made["qdrant"] = {
        "image": QDRANT,
        "restart": "unless-stopped",
        "environment": {"QDRANT__SERVICE__API_KEY": "${API_KEY:?}"},
        "volumes": ["vectors:/qdrant/storage"],
    }
    asked: dict[str, Value] = {**told, **keys, "GENERATOR_URL": model, "PORT": str(PORT)}
    if prefix := question_prefix(found):
        asked["QUERY_PREFIX"] = prefix
    python = library_versions().images["python"].image
    made["answers"] = {
        "image": python,
        "restart": "unless-stopped",
        "command": ["python3", "/files/program/answer_documents.py"],
        "environment": asked,
        "volumes": ["../files:/files:ro"],
    }
    arguments: list[Value] = [f"--dimensions={found.dimensions}", f"--tokens={found.corpus.chunk_tokens}",
                              f"--collection={COLLECTION}"]  # fmt: skip
    if prefix := passage_prefix(found):
        arguments.append(f"--prefix={prefix}")
    install = f"pip install --quiet --root-user-action=ignore {pdf_library()}"
    run = f'{install} && exec python3 /data/program/ingest_documents.py "$$@"'
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
