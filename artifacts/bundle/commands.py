"""The commands of a plan's steps with their files beside them: what a heredoc fed is a file of the folder.

The files are read out of the steps and not made again, so that folder and printed plan cannot disagree.
"""

import re
from collections.abc import Mapping, Sequence

import yaml

from artifacts.helm import kubernetes_name
from domain.base import Frozen
from domain.plan import Step

_HEREDOC = re.compile(r"\A(?P<before>.*?)<<'EOF'(?P<after>[^\n]*)\n(?P<body>.*)\nEOF\Z", re.DOTALL)
"""A command that is fed one quoted heredoc, which the shell hands on as it stands."""
_APPLIES = re.compile(r"\b(kubectl|oc) apply (-f|--filename) -")
_COMMITTED = re.compile(r'> "\$FOLDER/([\w.-]+)" ')
"""A file for the repository that the cluster is told by."""
_WRITTEN = re.compile(r'^cat > "\$HOME/stack8s/compose/([\w./-]+)" $')
"""A file for `docker compose`, which the command itself writes on the machine: the folder has the same."""
_PROGRAM = re.compile(r"\Acat > (?P<path>program/[\w./-]+) <<'END'\n(?P<body>.*)\nEND\Z", re.DOTALL)
"""A file that the command writes below the folder, where it is already."""
_VALUES = re.compile(r"--values -(?=\s|$)")
_CONFIG = re.compile(r"--config-file -(?=\s|$)")
_RELEASE = re.compile(r"helm upgrade --install (\S+)")


_RUNS = frozenset({"StatefulSet", "Deployment", "LeaderWorkerSet", "Job", "CronJob"})
"""Kinds that a file is named by, before what only goes with them."""


class Carried(Frozen):
    """A step whose commands name files of the folder."""

    step: Step
    files: Mapping[str, str]


def with_files(step: Step, taken: set[str]) -> Carried:
    """The step with its heredocs as files. `taken`: paths that are in use, added to."""
    files: dict[str, str] = {}
    commands = []
    for command in step.commands:
        if there := _PROGRAM.match(command.strip("\n")):
            files[there["path"]] = there["body"] + "\n"
            continue
        written = _as_file(command, step.order, taken)
        if written is None:
            commands.append(command)
        else:
            path, text, told = written
            files[path] = text
            commands.append(told)
    return Carried(step=step.model_copy(update={"commands": tuple(commands)}), files=files)


def documents(text: str) -> list[Mapping[str, object]]:
    """The YAML documents of a file of the folder."""
    return [found for found in yaml.load_all(text, Loader=yaml.CSafeLoader) if found]


def _as_file(command: str, order: int, taken: set[str]) -> tuple[str, str, str] | None:
    """Path, content and the command that takes it from there; null where nothing is fed, or the shell fills it in."""
    found = _HEREDOC.match(command.strip("\n"))
    if found is None:
        return None
    before, after, body = found["before"], found["after"], found["body"] + "\n"
    if written := _COMMITTED.search(before):
        path = _free(f"gitops/{written[1].removesuffix('.yaml')}", ".yaml", taken)
        copy = before[: written.start()].rstrip()
        return path, body, f"{copy} {path} {before[written.start() :].strip()}"
    if written := _WRITTEN.match(before):
        path = f"compose/{written[1]}"
        taken.add(path)
        return path, body, command
    whole = f"{before}{after}"
    if _APPLIES.search(whole):
        path = _free(f"kubernetes/{order:02d}-{_what(body)}", ".yaml", taken)
        if after.strip():  # sed ... <<'EOF' | kubectl apply -f -
            return path, body, f"{before}{path}{after}"
        return path, body, _APPLIES.sub(lambda seen: f"{seen[1]} apply --filename {path}", before).rstrip()
    if _VALUES.search(before) and (release := _RELEASE.search(before)):
        path = _free(f"helm/{kubernetes_name(release[1])}", ".yaml", taken)
        return path, body, _VALUES.sub(f"--values {path}", before).rstrip() + after
    if _CONFIG.search(whole):
        path = _free(f"cloud/{order:02d}-{'cluster' if 'create cluster' in whole else 'machines'}", ".yaml", taken)
        if after.strip():
            return path, body, f"{before}{path}{after}"
        return path, body, _CONFIG.sub(f"--config-file {path}", before).rstrip()
    return None


def _what(body: str) -> str:
    """Kind and name of the object that runs something, else of the first, as a file is named."""
    found = documents(body)
    first = next((thing for thing in found if thing.get("kind") in _RUNS), found[0] if found else {})
    about = first.get("metadata")
    name = about.get("name", "") if isinstance(about, Mapping) else ""
    return kubernetes_name(f"{first.get('kind', 'object')} {name}")


def _free(start: str, ending: str, taken: set[str]) -> str:
    path, number = f"{start}{ending}", 2
    while path in taken:
        path, number = f"{start}-{number}{ending}", number + 1
    taken.add(path)
    return path


def carried_steps(steps: Sequence[Step]) -> list[Carried]:
    """All steps, each with its files; no two files have one path."""
    taken: set[str] = set()
    return [with_files(step, taken) for step in steps]
