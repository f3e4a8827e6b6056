"""Words in a command that take something away which the user may have, unless the command looks first."""

import re
from collections.abc import Iterable, Iterator

_SYSTEM = r"/(etc|usr|var|boot)/"
_OURS = r"(bring-data|load-weights|prove|embedder-filling)"
_DANGERS = {
    "writes over a file of the system": rf"\btee (?!-a\b|--append\b)(?!\S*stack8s){_SYSTEM}|[^>&]>\s*{_SYSTEM}",
    "edits a file in place": r"\bsed (-\w*i|--in-place)\b",
    "removes files": r"\brm -\w*[rf]|\bmkfs|\bdd \S*of=",
    "removes packages": r"apt-get (remove|purge)",
    "removes objects": rf"\bkubectl (--namespace \S+ )?delete (?!(pod|statefulset) {_OURS}\b)|\bhelm uninstall\b",
    "replaces objects": r"\bkubectl (--namespace \S+ )?(replace|drain)\b|--overwrite\b|--force\b",
    "switches off": r"--disable[ =]",
    "installs Kubernetes": r"get\.k3s\.io \||\bsh \S*install\.sh|install -m 755 \S+ /usr/local/bin/k3s",
    "changes an object": r"\bkubectl patch\b",
}  # fmt: skip
_FRESH = {"switches off", "installs Kubernetes"}
"""What is right on machines that were rented for the plan."""
_LOOKS_FIRST = re.compile(r"(test -e|command -v|get secret|grep)[^\n]*(\|\||&&)")

_START_OF_A_NODE = re.compile(r"base64 <<'(\w+)'.*?^\1$", re.DOTALL | re.MULTILINE)
"""A script that a new machine begins with: nothing of the user's is there."""


def destroyed(commands: Iterable[str], *, fresh: bool) -> Iterator[tuple[str, str]]:
    """What a command would do, and the command. `fresh`: nothing but the plan is on the machines and in the cluster."""
    for command in commands:
        for told, pattern in _DANGERS.items():
            if fresh and told in _FRESH:
                continue
            here = _START_OF_A_NODE.sub("", command)
            found = re.search(pattern, here)
            if found and not _LOOKS_FIRST.search(here[: found.end()]):
                yield told, command
