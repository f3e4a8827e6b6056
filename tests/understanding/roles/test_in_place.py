"""What runs at the user's already is used, and never asked for anew."""

import pytest

from domain.workload import WorkloadSpec
from tests.understanding.talking import spec_of, starter_reader

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


@pytest.mark.parametrize(
    ("text", "card", "count"),
    [
        ("Hardware bought: 2 servers x 4 H100 NVL 94GB. An LLM for 35 analysts", "H100-NVL", 4),
        ("in the rack: four RTX A6000, NVLink in pairs. 70B at 16k for 12 devs?", "RTX-A6000", 4),
        ("My company is leasing a DGX H100, what should we run for 200 employees?", "H100", 8),
        ("Wir haben zwei Server mit je 4 L40S und möchten darauf Mistral Small für 60 Leute betreiben", "L40S", 4),
        ("Vorhanden ist ein Server mit 2x RTX 6000 Ada 48 GB. Reicht das für einen Chatbot?", "RTX-6000-Ada", 2),
        ("我们有4张A100，训练7B", "A100", 4),
    ],
)
async def test_what_was_bought_or_stands_there_is_at_hand(text: str, card: str, count: int) -> None:
    spec = await spec_of(text, reader=starter_reader())
    assert [(one.gpu, one.count) for one in spec.owned] == [(card, count)]


async def test_machines_that_are_rented_today_by_their_name_are_not_at_hand() -> None:
    spec = await spec_of(
        "We run 6 x p4d.24xlarge on demand today and pay $120k a month. Llama 70B for 400 users, cheaper?",
        reader=starter_reader(),
    )
    assert (spec.owned, spec.gpu.models, spec.budget.amount) == ((), (), None)


async def test_a_sign_that_counts_cards_counts_no_people() -> None:
    spec = await spec_of(
        "本地化部署qwen2-72b-instruct-int4-gptq 请问4张4090够吗 会有并发问题吗", reader=starter_reader()
    )
    assert (spec.gpu.models, spec.gpu.min_count, spec.traffic.concurrent_users) == (("RTX-4090",), 4, None)
