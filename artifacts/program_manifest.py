"""How a job's program reaches its pods: a ConfigMap that is mounted, or files that a shell writes."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

from artifacts.blanks import filled_in
from artifacts.engines import workload_name
from artifacts.notation import fenced
from artifacts.programs import MODEL, MOUNT, job_files, program_files
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

VOLUME = "program"
_LANGUAGES = {"py": "python", "yaml": "yaml"}
_SCRIPT = re.compile(r"^(?P<indent> *)(?P<name>[\w-]+\.py): \|-?\n(?P<body>(?:(?P=indent) .*\n|\n)+)", re.MULTILINE)
_WRITTEN = re.compile(r"^(?P<head>cat > \S*/(?P<name>[\w-]+\.py) <<'END'\n)(?P<body>(?s:.*?)\n)END$", re.MULTILINE)


class _Literal(yaml.SafeDumper):
    """Texts of several lines as they are, under a bar."""


def _as_lines(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
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
    asked = f"MODEL:?id of the model to start from, of the size of {option.runs or 'the plan'}"
    return filled_in(command, {MODEL: asked})


def program_written(option: PlacementOption, folder: str) -> tuple[str, ...]:
    """Commands that write the files into a folder, where nothing mounts them."""
    files = job_files(option)
    written = (f"cat > {folder}/{name} <<'END'\n{text.rstrip()}\nEND" for name, text in files.items())
    return (f"mkdir -p {folder}", *written) if files else ()


def program_section(plan: DeploymentPlan) -> str:
    """The files of the job's program, whole: what the steps show abridged."""
    files = program_files(plan) if plan.together is None else {}
    parts = (f"### {path}\n\n{fenced((text.rstrip(),), _LANGUAGES.get(path.rsplit('.', 1)[-1], ''))}"
             for path, text in files.items())  # fmt: skip
    return "\n\n## The program\n\n" + "\n\n".join(parts) + "\n" if files else ""


def abridged(command: str) -> str:
    """A command without the text of the scripts in it, for reading; the configuration stays."""

    def told(found: re.Match[str], *, indent: str, head: str, tail: str) -> str:
        lines = found["body"].count("\n")
        told = f"{found['name']}: {lines} lines, whole with --full and in the bundle, below program/"
        # Pasted as it stands it fails, so that a job never says Complete without having done anything.
        return f'{head}{indent}raise SystemExit("abridged: use --full or --out")  # {told}\n{tail}'

    command = _SCRIPT.sub(
        lambda found: told(
            found, indent=f"{found['indent']}  ", head=f"{found['indent']}{found['name']}: |\n", tail=""
        ),
        command,
    )
    return _WRITTEN.sub(lambda found: told(found, indent="", head=found["head"], tail="END"), command)
