"""The folder of a plan carried out by a stranger: every command of its README in one shell, every tool as it is called.

Where Helm and kubectl are (`HELM`, `KUBECTL`, or on PATH), they read the calls themselves.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.artifacts.charts.known import chart_of
from tests.artifacts.charts.shapes import Json, schema_of
from tests.artifacts.printed import Install
from tests.artifacts.rehearsal import Call, Rehearsal, rehearse

Bundles = Mapping[str, Mapping[str, str]]
HELM = os.environ.get("HELM") or shutil.which("helm")
KUBECTL = os.environ.get("KUBECTL") or shutil.which("kubectl")
NOBODY = "http://127.0.0.1:9"
_MADE_BY_A_TOOL = re.compile(r"/home/\S+/bin/\w+: No such file or directory$")
"""A program that a tool of the README would have installed."""
_NO_CLUSTER = re.compile(
    r"refused|cluster unreachable|Unable to connect|couldn't get|current-context is not set", re.IGNORECASE
)


@pytest.fixture(scope="module")
def folders(bundles: Bundles, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    made: dict[str, Path] = {}
    for number, (name, files) in enumerate(bundles.items()):
        made[name] = tmp_path_factory.mktemp(f"plan{number}")
        for path, text in files.items():
            target = made[name] / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def rehearsals(folders: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Rehearsal]:
    return {name: rehearse(folder, tmp_path_factory.mktemp("record")) for name, folder in folders.items()}


def calls_of(rehearsals: Mapping[str, Rehearsal], tool: str) -> Iterator[tuple[str, Call]]:
    return ((name, call) for name, played in rehearsals.items() for call in played.calls if call.tool == tool)


async def test_a_stranger_gets_to_the_last_command_of_every_readme(rehearsals: Mapping[str, Rehearsal]) -> None:
    complaints = {
        name: [line for line in played.said.splitlines() if line and not _MADE_BY_A_TOOL.search(line)]
        for name, played in rehearsals.items()
    }
    assert {name: lines for name, lines in complaints.items() if lines} == {}
    assert [name for name, played in rehearsals.items() if not played.ended] == []
    assert sum(len(played.calls) for played in rehearsals.values()) >= 1500


async def test_what_a_command_reads_is_in_the_folder(
    folders: Mapping[str, Path], rehearsals: Mapping[str, Rehearsal]
) -> None:
    read = re.compile(r"^(?:[a-z-]+=)?((?:kubernetes|helm|cloud|program|checks|gitops)/[\w./-]+)$")
    missing = {
        f"{name}, step {call.step}: {word}"
        for name, played in rehearsals.items()
        for call in played.calls
        for word in call.words
        if (found := read.match(word)) and not (folders[name] / found[1]).exists()
    }
    assert missing == set()


@pytest.mark.skipif(HELM is None, reason="no helm here")
async def test_helm_takes_the_values_and_flags_of_every_chart(
    folders: Mapping[str, Path], rehearsals: Mapping[str, Rehearsal], tmp_path: Path
) -> None:
    installs = [(name, call) for name, call in calls_of(rehearsals, "helm") if "--install" in call.words]
    assert len(installs) >= 200
    refused: set[str] = set()
    asked: set[tuple[str, ...]] = set()
    flags: dict[tuple[str, ...], tuple[str, Call]] = {}
    for name, call in installs:
        values = values_read(call, folders[name])
        key = (*call.words, values)
        if key not in asked:
            asked.add(key)
            refused |= {f"{name}, step {call.step}: {said}" for said in template(call, values, tmp_path)}
        flags.setdefault(tuple(word for word in call.words if word.startswith("--")), (name, call))
    for name, call in flags.values():
        ran = run([str(HELM), *call.words[1:5], *without_repository(call.words[5:])], folders[name], call.fed, tmp_path)
        if ran.returncode and not _NO_CLUSTER.search(ran.stderr):
            refused.add(f"{name}, step {call.step}: {ran.stderr.strip()[:300]}")
    assert refused == set()


@pytest.mark.skipif(HELM is None, reason="no helm here")
def test_helm_refuses_a_value_that_the_chart_s_schema_has_not(tmp_path: Path) -> None:
    words = ("helm", "upgrade", "--install", "hub", "jupyterhub", "--version", "4.3.3", "--set", "hub.nosuch=1")
    (said,) = template(Call(1, words, ""), "{}", tmp_path)
    assert "nosuch" in said


def values_read(call: Call, folder: Path) -> str:
    if "--values" not in call.words:
        return "{}"
    read = call.words[call.words.index("--values") + 1]
    return call.fed if read == "-" else (folder / read).read_text(encoding="utf-8")


def without_repository(words: tuple[str, ...]) -> list[str]:
    """Flags of which Helm would fetch the chart are left out."""
    kept = list(words)
    for flag in ("--repo", "--version"):
        if flag in kept:
            place = kept.index(flag)
            del kept[place : place + 2]
    return kept


def template(call: Call, values: str, folder: Path) -> Iterator[str]:
    """What Helm says of the values against the chart's schema; nothing where it takes them."""
    _, _, _, release, chart, *rest = call.words
    flags = without_repository(tuple(rest))
    if "--values" in flags:
        flags[flags.index("--values") + 1] = "-"
    there = chart_folder(Install(release, chart, None, version_of(call), None), folder)
    ran = run([str(HELM), "template", release, str(there), *flags], folder, values, folder)
    if ran.returncode:
        yield f"{chart}: {ran.stderr.strip()[:600]}"


def version_of(call: Call) -> str | None:
    return call.words[call.words.index("--version") + 1] if "--version" in call.words else None


def chart_folder(found: Install, folder: Path) -> Path:
    """A chart without templates, with the schema that is known of its values."""
    chart = chart_of(found)
    name = chart.name if chart else found.name
    there = folder / "charts" / f"{name}-{chart.version if chart else 0}"
    if not there.exists():
        shape = dict(chart.shape or {}) if chart else {}
        below = shape.pop("below", {})
        assert isinstance(below, Mapping)
        written(there, name, schema_of(shape) if shape else None)  # type: ignore[arg-type]
        for path, inner in below.items():
            owner = there
            for part in str(path).split("."):
                owner = owner / "charts" / part
                if not (owner / "Chart.yaml").exists():
                    written(owner, part, None)
            written(owner, owner.name, schema_of(inner))
    return there


def written(folder: Path, name: str, schema: Json) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 0.0.1\n", encoding="utf-8")
    if isinstance(schema, Mapping):
        told = {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
        (folder / "values.schema.json").write_text(json.dumps(told), encoding="utf-8")


def run(command: list[str], folder: Path, fed: str, home: Path) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "KUBECONFIG": os.devnull}
    return subprocess.run(
        command, cwd=folder, input=fed, env=environment, text=True, capture_output=True, timeout=60, check=False
    )


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl here")
async def test_kubectl_knows_every_word_that_it_is_called_with(
    folders: Mapping[str, Path], rehearsals: Mapping[str, Rehearsal], tmp_path: Path
) -> None:
    distinct: dict[tuple[str, ...], tuple[str, Call]] = {}
    for name, call in calls_of(rehearsals, "kubectl"):
        if not ("-" in call.words and not call.fed):  # of a file that another tool would have written
            distinct.setdefault(pattern(call.words), (name, call))
    wrong = set()
    for name, call in distinct.values():
        ran = run([str(KUBECTL), f"--server={NOBODY}", *call.words[1:]], folders[name], call.fed, tmp_path)
        if ran.returncode and not _NO_CLUSTER.search(ran.stderr):
            wrong.add(f"{name}, step {call.step}: {' '.join(call.words)[:200]}: {ran.stderr.strip()[:300]}")
    assert len(distinct) >= 40
    assert wrong == set()


def pattern(words: tuple[str, ...]) -> tuple[str, ...]:
    """The call without what differs from plan to plan: values of flags, names with figures, what a pod runs."""
    own = words[: words.index("--")] if "--" in words else words
    plain = (word.split("=")[0] if word.startswith("-") else word for word in own)
    return tuple(re.sub(r"[\w.-]*\d[\w.-]*|/.*", "", word) for word in plain)
