"""Makes the kept facts of charts anew from a folder of facts that were read off whole charts.

    python -m tests.artifacts.charts.derive FOLDER

FOLDER has a README that says what its files hold. Written are `charts.jsonl.xz` (a line for each chart: where it was
read, names of its values as a tree, what it demands, what its defaults make, the shape of its values where it has a
schema) and `kinds.jsonl.xz` (a line for each custom kind: the shape of its objects, and the chart that brings it).
"""

import csv
import gzip
import json
import lzma
import re
import sys
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import yaml

from tests.artifacts.charts.shapes import Json, Shape, shape_of

HERE = Path(__file__).parent
CHARTS, KINDS = HERE / "charts.jsonl.xz", HERE / "kinds.jsonl.xz"
_DEPENDENCY = re.compile(r"(?:^|;)\s*([a-z0-9-]+?)(?:-v?\d[^ ;]*\.tgz)?(?=[ ;]|$)")
_MADE = ("Service", "Deployment", "StatefulSet", "DaemonSet")


def main() -> None:
    folder = Path(sys.argv[1])
    for path, lines in ((CHARTS, chart_lines(folder)), (KINDS, kind_lines(folder))):
        path.write_bytes(packed(lines))
        print(f"{path.name}: {path.stat().st_size} bytes")


def packed(lines: Iterable[Mapping[str, Json]]) -> bytes:
    """The same lines give the same bytes."""
    text = "".join(f"{json.dumps(line, separators=(',', ':'), sort_keys=True)}\n" for line in lines)
    return lzma.compress(text.encode(), preset=9)


def unpacked(packed_lines: bytes) -> list[Mapping[str, Json]]:
    """The lines of such a file."""
    return [json.loads(line) for line in lzma.decompress(packed_lines).decode().splitlines()]


def chart_lines(folder: Path) -> list[Mapping[str, Json]]:
    """In the order of the names and versions."""
    made: dict[tuple[str, str], dict[str, dict[str, set[str]]]] = {}
    with (folder / "default_objects.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            objects = made.setdefault((row["chart"], row["version"]), {"objects": {}, "images": {"": set()}})
            if row["kind"] in _MADE:
                objects["objects"].setdefault(row["kind"], set()).add(row["name_with_release_x"])
            objects["images"][""].update(row["images"].split())
    lines: list[Mapping[str, Json]] = []
    with (folder / "MANIFEST.csv").open(encoding="utf-8") as rows:
        for row in sorted(csv.DictReader(rows), key=lambda row: (row["name"], row["version_in_file"])):
            stem = f"{row['name']}-{row['version_in_file']}"
            keys = folder / "keys" / f"{stem}.json"
            there = made.get((row["name"], row["version_in_file"]), {"objects": {}, "images": {"": set()}})
            if not row["renders_with_defaults"]:
                continue  # definitions without a chart
            line: dict[str, Json] = {
                "name": row["name"], "version": row["version_in_file"],
                "source": f"{row['source_repo']} {row['path']} {row['commit']}", "licence": row["licence"],
                "renders": row["renders_with_defaults"] == "yes",
                "dependencies": _DEPENDENCY.findall(row["dependencies"]),
                "makes": {kind: sorted(names) for kind, names in sorted(there["objects"].items())},
                "images": sorted(there["images"][""]),
            }  # fmt: skip
            if keys.exists():
                read: Mapping[str, list[str]] = json.loads(keys.read_text(encoding="utf-8"))
                line["values"] = tree({*read["values_paths"], *read["paths_templates_read"]})
                line["in_lists"] = " ".join(sorted(set(read["names_templates_read"])))
                line["demands"] = sorted(read["required_paths"])
            archive = folder / "values" / f"{stem}.tgz"
            if archive.exists() and (shape := values_shape(archive)) is not None:
                line["shape"] = shape
            lines.append(line)
    return lines


def kind_lines(folder: Path) -> list[Mapping[str, Json]]:
    """In the order of groups, versions and kinds; versions that are not served are left out."""
    lines: list[Mapping[str, Json]] = []
    with (folder / "crds" / "INDEX.csv").open(encoding="utf-8") as rows:
        for row in sorted(csv.DictReader(rows), key=lambda row: (row["group"], row["version"], row["kind"])):
            if row["served"] != "yes":
                continue
            with gzip.open(folder / "crds" / row["file"], "rt", encoding="utf-8") as text:
                definition = json.load(text)
            versions = {entry["name"]: entry["schema"]["openAPIV3Schema"] for entry in definition["spec"]["versions"]}
            schema = versions[row["version"]]
            head = ("apiVersion", "kind", "metadata")
            body = {
                **schema,
                "properties": {key: held for key, held in schema.get("properties", {}).items() if key not in head},
                "required": [key for key in schema.get("required", ()) if key not in head],
            }
            lines.append(
                {
                    "kind": f"{row['group']}/{row['version']} {row['kind']}", "scope": row["scope"],
                    "source": row["source"], "shape": shape_of(body, open_ended=False),
                }
            )  # fmt: skip
    return lines


_Names: TypeAlias = "dict[str, _Names]"


def tree(paths: Iterable[str]) -> str:
    """Dotted paths as names with what lies below in brackets, and a star where all below is taken: `a(b c*(d)) e`."""
    listed = set(paths)
    names: _Names = {}
    for path in listed:
        node = names
        for name in path.split("."):
            node = node.setdefault(name, {})

    def told(node: _Names, above: str) -> str:
        words = []
        for name, below in sorted(node.items()):
            star = "*" if f"{above}{name}" in listed else ""
            inner = told(below, f"{above}{name}.")
            words.append(f"{name}{star}({inner})" if inner else name)
        return " ".join(words)

    return told(names, "")


def values_shape(archive: Path) -> Shape:
    """Of the values that a chart takes, by its own schema and those of its dependencies; None where there is none.

    What the chart's defaults set need not be set again.
    """
    shape: dict[str, Json] = {}
    with tarfile.open(archive) as files:
        texts = {PurePosixPath(name).parts[1:]: files.extractfile(name) for name in files.getnames()}
        read = {parts: held.read().decode() for parts, held in texts.items() if held is not None}
    for parts, text in sorted(read.items()):
        if parts and parts[-1] == "values.schema.json":
            owner = parts[:-1]
            defaults = yaml.safe_load(read.get((*owner, "values.yaml"), "")) or {}
            found = _relaxed(shape_of(json.loads(text), open_ended=True), defaults)
            names = [name for name in owner if name != "charts"]
            if not names:
                assert isinstance(found, dict)
                shape = {**found, **({"below": shape["below"]} if "below" in shape else {})}
            else:
                shape.setdefault("below", {})[".".join(names)] = found  # type: ignore[index]
    return shape or None


def _relaxed(shape: Shape, defaults: Json) -> Shape:
    """Without demands that the defaults meet, and without what must not be together, of which the defaults are part."""
    if not isinstance(shape, Mapping) or not isinstance(defaults, Mapping):
        return shape
    made = {key: held for key, held in shape.items() if key != "not"}
    if isinstance(together := made.pop("all", None), Sequence):
        kept = [part for part in together if not isinstance(part, Mapping) or "not" not in part]
        made |= {"all": kept} if kept else {}
    if isinstance(fields := shape.get("has"), Mapping):
        made["has"] = {
            (name.removesuffix("!") if name.removesuffix("!") in defaults else name): _relaxed(
                held, defaults.get(name.removesuffix("!"))
            )
            for name, held in fields.items()
        }
    return made


if __name__ == "__main__":
    main()
