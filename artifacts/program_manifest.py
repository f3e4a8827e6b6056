"""How a job's program reaches its pods: a ConfigMap that is mounted, or files that a shell writes."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

from artifacts.blanks import filled_in
from artifacts.engines import workload_name
from artifacts.programs import MODEL, MOUNT, job_files, model_asked
from domain.placement import PlacementOption

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

VOLUME = "program"
_SCRIPT = re.compile(
    r"^(?P<head>(?P<indent> *)(?P<name>[\w-]+\.py): \|-?\n)(?P<body>(?:(?P=indent) .*\n|\n)+)(?P<tail>)", re.MULTILINE
)
_WRITTEN = re.compile(
    r"^(?P<head>cat > \S*/(?P<name>[\w-]+\.py) <<'END'\n)(?P<body>(?s:.*?)\n)(?P<tail>END)$", re.MULTILINE
)
_ABRIDGED = "# Abridged, to be read and not to be run: this command is whole with --full and in the folder (--out)."


class _Literal(yaml.CSafeDumper):
    """Texts of several lines as they are, under a bar."""


def _as_lines(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Literal.add_representer(str, _as_lines)


def program_name(option: PlacementOption) -> str:
    """Of the ConfigMap."""
    return f"{workload_name(option)}-program"


def program_object(option: PlacementOption, namespace: str) -> Value:
    """The ConfigMap; null where the job runs no program of ours."""
    files = job_files(option)
    if not files:
        return None
    metadata: Value = {"name": program_name(option), "namespace": namespace, "labels": {"app": workload_name(option)}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": files}


def program_apply(option: PlacementOption, namespace: str) -> str | None:
    """The command that makes the ConfigMap, or brings it to what the plan says now."""
    made = program_object(option, namespace)
    if made is None:
        return None
    return apply_texts(made)


def apply_texts(made: Value) -> str:
    """`kubectl apply` of an object that holds texts of several lines, which stay readable."""
    text = yaml.dump(made, Dumper=_Literal, sort_keys=False, allow_unicode=True, width=200).rstrip("\n")
    return f"kubectl apply -f - <<'EOF'\n{text}\nEOF"


def program_mounts(option: PlacementOption) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """What the container mounts and the volume behind it; empty where the job runs no program of ours."""
    if option.program is None:
        return (), ()
    return (
        ({"name": VOLUME, "mountPath": MOUNT, "readOnly": True},),
        ({"name": VOLUME, "configMap": {"name": program_name(option)}},),
    )


def with_model_asked(command: str, option: PlacementOption) -> str:
    """The command asks for the model's id where the plan has none; else it is as it was."""
    return filled_in(command, {MODEL: f"MODEL:?{model_asked(option)}"})


def program_written(option: PlacementOption, folder: str) -> tuple[str, ...]:
    """Commands that write the files into a folder, where nothing mounts them."""
    files = job_files(option)
    written = (f"cat > {folder}/{name} <<'END'\n{text.rstrip()}\nEND" for name, text in files.items())
    return (f"mkdir -p {folder}", *written) if files else ()


def abridged(command: str) -> str:
    """A command for reading: where it holds scripts, comments that name them in place of a command to copy.

    A command with half of a script in it would look complete, and a job without its program would end at once.
    """

    def told(found: re.Match[str]) -> str:
        lines = found["body"].count("\n")
        return f"{found['head']}... {lines} lines of {found['name']}\n{found['tail'] or ''}"

    shown = _WRITTEN.sub(told, _SCRIPT.sub(told, command))
    if shown == command:
        return command
    return "\n".join((_ABRIDGED, *(f"# {line}".rstrip() for line in shown.strip("\n").splitlines())))
