"""Operators that somebody asked for, each with the object that makes it do something: a broker, a database."""

from collections.abc import Mapping
from math import ceil

from artifacts.wiring import Install, Scene, Wiring, apply, metadata
from artifacts.workloads import Value
from domain.parts import STORE_DISK_ROOM
from sizing.library_versions import library_versions
from sizing.vector_store import store_meant

STRIMZI, POSTGRES = "strimzi-kafka-operator", "cloudnative-pg"
BROKER, TOPIC, DATABASE = "events", "requests", "records"
_KAFKA = "kafka.strimzi.io/v1"
_SIZE_GIB = 20
_CACHED = 0.8
"""Of the database's RAM, what may hold the index."""


def _kafka(scene: Scene) -> Install:
    listeners: Value = [{"name": "plain", "port": 9092, "type": "internal", "tls": False}]
    config: Value = {
        "offsets.topic.replication.factor": 1, "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1, "default.replication.factor": 1, "min.insync.replicas": 1,
    }  # fmt: skip
    storage: Value = {"type": "persistent-claim", "size": f"{_SIZE_GIB}Gi", "deleteClaim": False}
    belongs: dict[str, Value] = {"labels": {"strimzi.io/cluster": BROKER}}
    objects: tuple[Value, ...] = (
        {
            "apiVersion": _KAFKA, "kind": "KafkaNodePool", "metadata": metadata("all", STRIMZI, **belongs),
            "spec": {"replicas": 1, "roles": ["controller", "broker"], "storage": storage},
        },
        {
            "apiVersion": _KAFKA, "kind": "Kafka", "metadata": metadata(BROKER, STRIMZI),
            "spec": {"kafka": {"listeners": listeners, "config": config}, "entityOperator": {"topicOperator": {}}},
        },
        {
            "apiVersion": _KAFKA, "kind": "KafkaTopic", "metadata": metadata(TOPIC, STRIMZI, **belongs),
            "spec": {"partitions": 3, "replicas": 1},
        },
    )  # fmt: skip
    return Install(after=(apply(*objects),))


def _postgres(scene: Scene) -> Install:
    """One copy; with pgvector, and of the size that the vectors take, where they are kept in it."""
    spec: dict[str, Value] = {"instances": 1, "storage": {"size": f"{_SIZE_GIB}Gi"}}
    if store_meant(scene.spec).chart == POSTGRES:
        spec |= _holds_vectors(scene)
    cluster: Value = {
        "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": metadata(DATABASE, POSTGRES),
        "spec": spec,
    }  # fmt: skip
    ready = f"kubectl --namespace {POSTGRES} wait --for=condition=Ready cluster/{DATABASE} --timeout=15m"
    return Install(after=(apply(cluster), ready))


def _holds_vectors(scene: Scene) -> dict[str, Value]:
    """A quarter of its RAM is PostgreSQL's own cache, as its manual advises; the system's cache has the rest."""
    parts = [part for part in scene.stores if part.memory_gib and part.disk_gib]
    gib = max(2, ceil(sum(part.memory_gib or 0.0 for part in parts) / _CACHED))
    size = max(_SIZE_GIB, ceil(STORE_DISK_ROOM * sum(part.disk_gib or 0.0 for part in parts)))
    return {
        "imageName": library_versions().images["cloudnative-pg"].image,
        "storage": {"size": f"{size}Gi"},
        "resources": {"requests": {"memory": f"{gib}Gi"}, "limits": {"memory": f"{gib}Gi"}},
        "postgresql": {"parameters": {
            "shared_buffers": f"{max(1, gib // 4)}GB", "maintenance_work_mem": f"{max(1, gib // 4)}GB",
        }},
        "bootstrap": {"initdb": {"postInitApplicationSQL": ["CREATE EXTENSION IF NOT EXISTS vector"]}},
    }  # fmt: skip


WIRINGS: Mapping[str, Wiring] = {
    STRIMZI: Wiring(
        lambda scene: None if STRIMZI in scene.wanted else "once the program that asks the model reads a stream",
        install=_kafka,
        talks=lambda scene: (
            f"your program reads and writes the topic {TOPIC} at {BROKER}-kafka-bootstrap.{STRIMZI}:9092",
        ),
    ),
    POSTGRES: Wiring(
        lambda scene: (
            None
            if POSTGRES in scene.wanted or store_meant(scene.spec).chart == POSTGRES
            else "once a program of yours keeps records"
        ),
        install=_postgres,
        talks=lambda scene: (
            f"answers at {DATABASE}-rw.{POSTGRES}:5432; user and password are in the Secret {DATABASE}-app",
        ),
    ),
}
