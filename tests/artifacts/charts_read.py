"""Checks against a folder of facts that were read off whole charts, where one is there: every value that a chart has,
the schemas of its values and of its kinds of object. Its README says what each file holds."""

import csv
import gzip
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from tests.artifacts.printed import Install, Node, Object, at, leaves

ROOT = Path(__file__).parents[2]


def folder() -> Path | None:
    """That of the variable CHART_FACTS, or the one beside the project."""
    named = os.environ.get("CHART_FACTS")
    found = Path(named) if named else ROOT.parent / "shared" / "charts"
    return found if (found / "crds" / "INDEX.csv").exists() else None


def helm() -> str | None:
    """Its path: of the variable HELM, or on PATH."""
    return os.environ.get("HELM") or shutil.which("helm")


class Charts:
    """The folder, read as it is asked."""

    def __init__(self, where: Path) -> None:
        self._where = where
        with (where / "crds" / "INDEX.csv").open(encoding="utf-8") as rows:
            self._kinds = {(r["group"], r["version"], r["kind"]): r["file"] for r in csv.DictReader(rows)}
        with (where / "MANIFEST.csv").open(encoding="utf-8") as rows:
            manifest = list(csv.DictReader(rows))
        self._dependencies = {r["name"]: re.findall(r"(?:^|;)\s*([a-z0-9-]+)", r["dependencies"]) for r in manifest}
        self._demanding = {r["name"] for r in manifest if r["renders_with_defaults"] == "no"}
        self._rendered: dict[str, str] = {}

    def unknown_values(self, found: Install) -> Iterator[str]:
        """Values that neither the chart nor one of its dependencies has; none where the chart was not read."""
        stem = self._stem(found)
        if stem is None:
            return
        keys = self._keys(stem)
        known = {*keys["values_paths"], *keys["paths_templates_read"]}
        for path, value in leaves(found.values):
            plain = path.split("[]")[0]
            if not path or plain.split(".")[0] in (*self._dependencies.get(found.name, ()), "global"):
                continue
            above = any(plain == key or plain.startswith(f"{key}.") for key in known)
            emptied = value in (None, [], {}) and any(key.startswith(f"{plain}.") for key in known)
            listed = "[]" in path and any(key.startswith(plain) for key in known)
            if not (above or emptied or listed):
                yield f"{stem}: {path}"

    def unset_demands(self, found: Install) -> Iterator[str]:
        """What a chart that does not render with its defaults is not given."""
        stem = self._stem(found)
        if stem is not None and found.name in self._demanding:
            unset = (path for path in self._keys(stem)["required_paths"] if at(found.values, path) in (None, ""))
            yield from (f"{stem}: {path}" for path in unset)

    def schema_errors(self, found: Install, program: str) -> str:
        """What Helm says of the values against the chart's own schema; empty where it takes them."""
        stem = self._stem(found)
        archive = self._where / "values" / f"{stem}.tgz"
        if stem is None or not archive.exists():
            return ""
        values = yaml.safe_dump(_plain(found.values))
        if (key := stem + values) not in self._rendered:
            ran = subprocess.run(
                [program, "template", found.release, str(archive), "--values", "-"],
                input=values, text=True, capture_output=True,
            )  # fmt: skip
            self._rendered[key] = ran.stderr.strip() if ran.returncode else ""
        return self._rendered[key]

    def schema_of(self, made: Object) -> dict[str, object] | None:
        """Of a custom object's spec, as the API server applies it: unknown fields are refused."""
        group, _, version = str(made["apiVersion"]).rpartition("/")
        file = self._kinds.get((group, version, str(made["kind"])))
        if file is None:
            return None
        with gzip.open(self._where / "crds" / file, "rt", encoding="utf-8") as text:
            definition = json.load(text)
        versions = {entry["name"]: entry["schema"]["openAPIV3Schema"] for entry in definition["spec"]["versions"]}
        schema = _strict(versions[version])
        assert isinstance(schema, dict)
        head = ("apiVersion", "kind", "metadata")
        properties = {key: value for key, value in schema.get("properties", {}).items() if key not in head}
        return {
            **schema,
            "properties": properties,
            "required": [k for k in schema.get("required", ()) if k not in head],
        }

    def _keys(self, stem: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = json.loads((self._where / "keys" / f"{stem}.json").read_text(encoding="utf-8"))
        return found

    def _stem(self, found: Install) -> str | None:
        stems = [path.stem for path in sorted((self._where / "keys").glob(f"{found.name}-*.json"))]
        own = [stem for stem in stems if re.fullmatch(rf"{re.escape(found.name)}-v?\d.*", stem)]
        exact = [stem for stem in own if stem == f"{found.name}-{found.version}"]
        return next(iter((*exact, *own)), None)


def body_of(made: Object) -> Node:
    return {key: value for key, value in made.items() if key not in ("apiVersion", "kind", "metadata")}


def _strict(schema: object) -> object:
    """Fields that are not listed are refused, and what may be a number or a text is either."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: value if key in ("enum", "default", "required") else _strict(value) for key, value in schema.items()}
    if made.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
        made["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    open_ended = made.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in made
    if made.get("type") == "object" and isinstance(made.get("properties"), dict) and not open_ended:
        made["additionalProperties"] = False
    return made


def _plain(node: Node) -> Node:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items()}
    return node
