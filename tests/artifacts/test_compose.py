"""A service without a cluster: what compose reads is whole, closed to strangers, and reached under one name."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from artifacts.proportion import proportion_of
from artifacts.steps import deployment_steps
from domain.parts import Corpus, Retrieval, WorkloadPart
from domain.placement import PlacementOption
from domain.plan import Recommendation, Step
from domain.workload import Availability, Components, Traffic, WorkloadSpec
from tests.artifacts.sample_plan import offer, option

ASKED = WorkloadSpec(
    task_type="inference", domain="llm", use_case="chatbot", orchestration="containers", traffic=Traffic(users=220),
    components=Components(wanted=("authentication",)),
)  # fmt: skip
COMPOSE, CADDY = os.environ.get("DOCKER_COMPOSE"), os.environ.get("CADDY")
"""The programs themselves, where they are installed beside the project: docker-compose 2 and caddy."""
TWO = option(replicas=2)
SPREAD = option(replicas=2, nodes=2, tensor_parallel=8)
_FILE = re.compile(r"cat > \"\$HOME/stack8s/compose/([\w./-]+)\" <<'EOF'\n(.*?)\nEOF", re.DOTALL)


def steps(option_: PlacementOption, spec: WorkloadSpec, retrieval: Retrieval | None = None) -> tuple[Step, ...]:
    return deployment_steps(Recommendation(rank=1, option=option_), (), spec, retrieval)


def text(found: tuple[Step, ...]) -> str:
    return "\n".join(command for step in found for command in step.commands)


def files(found: tuple[Step, ...]) -> dict[str, str]:
    return dict(_FILE.findall(text(found)))


def services(found: tuple[Step, ...]) -> Mapping[str, Mapping[str, object]]:
    return yaml.safe_load(files(found)["compose.yaml"])["services"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("option_", [TWO, SPREAD], ids=["one machine", "two machines"])
def test_docker_without_kubernetes_is_what_they_get(option_: PlacementOption) -> None:
    found = steps(option_, ASKED)
    assert proportion_of(option_, ASKED).rule == "containers"
    assert not re.search(r"\b(kubectl|helm|k3s|eksctl)\b", text(found))
    assert {"page", "proxy", "model-0"} <= set(services(found))
    subprocess.run(["bash", "-n"], input=text(found), text=True, check=True)


@pytest.mark.parametrize(
    ("changes", "scale"),
    [
        ({"cluster": "eks", "hosting": "existing_cluster"}, "cluster"),
        ({"availability": Availability(uptime_percent=99.9)}, "machine"),
        ({"orchestration": "kubernetes"}, "cluster"),
        ({"orchestration": None}, "cluster"),
    ],
)
def test_what_was_said_decides_unless_a_cluster_is_there(changes: dict[str, object], scale: str) -> None:
    assert proportion_of(TWO, ASKED.model_copy(update=changes)).scale == scale


@pytest.mark.parametrize("option_", [TWO, SPREAD], ids=["one machine", "two machines"])
def test_every_variable_of_the_files_is_in_the_environment_file(option_: PlacementOption) -> None:
    found = steps(option_, ASKED)
    written = next(command for command in text(found).splitlines() if "printf" in command)
    for name, held in files(found).items():
        asked = set(re.findall(r"\$\{(\w+)", held)) if name.endswith("yaml") else set(re.findall(r"\{\$(\w+)\}", held))
        for variable in asked:
            assert f'"{variable}=' in written, (name, variable)


def test_no_file_holds_a_secret_and_no_port_but_the_doors_is_open() -> None:
    found = services(steps(TWO, ASKED))
    for name, service in found.items():
        ports = [str(port) for port in service.get("ports", ())]  # type: ignore[attr-defined]
        assert all(port.startswith("127.0.0.1:") for port in ports) or name == "proxy"
    assert str(found["model-0"]["environment"]).count("${API_KEY:?}") == 1
    assert not re.search(r":latest\b", str(found))


def test_copies_have_gpus_of_their_own_and_the_door_knows_them_all() -> None:
    found = steps(TWO, ASKED)
    ids = [re.findall(r"\d+", str(service["deploy"])) for service in services(found).values() if "deploy" in service]
    assert ids == [["0", "1", "2", "3"], ["4", "5", "6", "7"]]
    assert "reverse_proxy model-0:8000 model-1:8000" in files(found)["caddy/Caddyfile"]


def test_people_log_in_where_they_do_elsewhere() -> None:
    page = services(steps(TWO, ASKED))["page"]
    assert "OPENID_PROVIDER_URL" in str(page)
    without = services(steps(TWO, ASKED.model_copy(update={"components": Components()})))["page"]
    assert "OPENID_PROVIDER_URL" not in str(without)


def test_a_name_that_no_authority_sees_is_signed_on_the_machine() -> None:
    private = files(steps(option(offer=offer("own hardware")), ASKED))["caddy/Caddyfile"]
    assert "tls internal" in private
    assert "tls internal" not in files(steps(TWO, ASKED))["caddy/Caddyfile"]


def test_documents_are_answered_from_by_containers_beside_the_model() -> None:
    parts = (
        WorkloadPart(name="e", role="embedder", model="BAAI/bge-m3", place="shared GPU", where="", usd_per_month=0.0),
        WorkloadPart(name="q", role="vector store", place="same machine", where="", usd_per_month=0.0),
    )
    retrieval = Retrieval(
        corpus=Corpus(documents=1, chunks=1, embedded_tokens=1, chunk_tokens=512), dimensions=1024, parts=parts
    )
    found = steps(TWO, ASKED.model_copy(update={"task_type": "rag"}), retrieval)
    made = services(found)
    assert {"embedder", "qdrant", "answers", "reader"} <= set(made)
    assert "http://answers:8000/v1" in str(made["page"])
    written = text(found)
    for program in re.findall(r"/program/(\w+\.py)", str(made)):
        assert f'/program"/{program} <<' in written


@pytest.mark.skipif(COMPOSE is None or CADDY is None, reason="DOCKER_COMPOSE and CADDY name the programs")
@pytest.mark.parametrize("option_", [option(), TWO, SPREAD], ids=["one copy", "one machine", "two machines"])
def test_the_programs_that_read_the_files_take_them(option_: PlacementOption, tmp_path: Path) -> None:
    told = {"API_KEY": "k", "DOMAIN": "ai.example.org", "PAGE_SECRET": "p", "ADDRESS": "10.0.0.4",
            "SERVERS": "10.0.0.4:8000 10.0.0.5:8000", "OIDC_ISSUER": "https://login.example.org",
            "OIDC_CLIENT_ID": "i", "OIDC_CLIENT_SECRET": "s", "HOME": str(tmp_path)}  # fmt: skip
    for name, content in files(steps(option_, ASKED)).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content + "\n", encoding="utf-8")
        if name.endswith(".yaml"):
            command = [str(COMPOSE), "--file", str(tmp_path / name), "config", "--quiet"]
        else:
            command = [str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(tmp_path / name)]
        read = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
        assert read.returncode == 0, (name, read.stderr[-500:])
