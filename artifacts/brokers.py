"""Operators that somebody asked for, each with the object that makes it do something: a broker, a database."""

from collections.abc import Mapping

from artifacts.wiring import Install, Scene, Wiring, apply, metadata
from artifacts.workloads import Value

STRIMZI, POSTGRES = "strimzi-kafka-operator", "cloudnative-pg"
BROKER, TOPIC, DATABASE = "events", "requests", "records"
_KAFKA = "kafka.strimzi.io/v1"
_SIZE_GIB = 20


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
    cluster: Value = {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": metadata(DATABASE, POSTGRES),
        "spec": {"instances": 1, "storage": {"size": f"{_SIZE_GIB}Gi"}},
    }
    return Install(after=(apply(cluster),))


WIRINGS: Mapping[str, Wiring] = {
    STRIMZI: Wiring(
        lambda scene: None if STRIMZI in scene.wanted else "once the program that asks the model reads a stream",
        install=_kafka,
        talks=lambda scene: (
            f"your program reads and writes the topic {TOPIC} at {BROKER}-kafka-bootstrap.{STRIMZI}:9092",
        ),
    ),
    POSTGRES: Wiring(
        lambda scene: None if POSTGRES in scene.wanted else "once a program of yours keeps records",
        install=_postgres,
        talks=lambda scene: (
            f"answers at {DATABASE}-rw.{POSTGRES}:5432; user and password are in the Secret {DATABASE}-app",
        ),
    ),
}
