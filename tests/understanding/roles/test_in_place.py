"""What runs at the user's already is used, and never asked for anew."""

import pytest

from domain.workload import WorkloadSpec
from tests.understanding.talking import starter_reader

THERE = [
    ("We run Weaviate, Redis and Keycloak on GKE. Add bge-m3 embeddings", {"weaviate", "redis", "keycloak"}, set()),
    ("MLflow runs at https://ml.acme.example, train a churn model", {"mlflow"}, set()),
    ("existing EKS with Karpenter, HPA via KEDA, Vault; Llama 3.1 8B", {"karpenter", "keda", "vault"}, set()),
    ("retrain a catboost model on our EKS, and Airflow triggers it", {"airflow"}, set()),
    ("chat for 50 people, SSO with Entra ID", {"entraid"}, set()),
    ("chat for 50 people with single sign on", set(), {"authentication"}),
    ("3 million photos need embeddings, stored in Milvus", set(), {"milvus"}),
    ("EKS with Karpenter and KEDA, Llama 3.1 8B", set(), {"karpenter", "keda"}),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "there", "wanted"), THERE)
def test_what_is_there_is_no_wish(sentence: str, there: set[str], wanted: set[str]) -> None:
    components = starter_reader().read_at_once([sentence], WorkloadSpec(), None, False).spec.components
    assert (set(components.present), set(components.wanted)) == (there, wanted)


@pytest.mark.parametrize(
    ("sentence", "host"),
    [
        ("images only from harbor.ml.acme.io/llm, serve Mistral 7B", "harbor.ml.acme.io/llm"),
        ("Images may only be pulled from registry.corp.local", "registry.corp.local"),
        ("our mirror is quay.corp.example", "quay.corp.example"),
    ],
)
def test_images_come_from_the_registry_that_is_named(sentence: str, host: str) -> None:
    assert starter_reader().read_at_once([sentence], WorkloadSpec(), None, False).spec.sources.registry == host
