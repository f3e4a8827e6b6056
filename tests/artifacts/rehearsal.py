"""Carries out the README of a plan's folder as a stranger would; every tool only writes down how it was called.

The commands run in one shell, in their order, from the folder, and an unset variable ends them. What they ask for by
`${NAME:?...}` is given; the shell's own words and a few harmless programs are the real ones.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

REAL = (
    "awk", "base64", "basename", "cat", "chmod", "cp", "cut", "dirname", "env", "expr", "find", "grep", "head", "ls",
    "mkdir", "mktemp", "mv", "paste", "rm", "sed", "seq", "sort", "tail", "tee", "touch", "tr", "true", "uniq",
    "wc", "xargs",
)  # fmt: skip
"""Programs that read and write the folder only."""
_ASKED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*):\?")
_SET = re.compile(r"(?:^|[\s;&(])(?:export |read -r |local )?([A-Za-z_][A-Za-z0-9_]*)=", re.MULTILINE)
_FENCE = re.compile(r"^(`{3,})bash\n(.*?)\n\1$", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"^### (\d+)\. (.*)$", re.MULTILINE)
_RECORDER = r"""
command_not_found_handle() {
  local place="$RECORD/${EPOCHREALTIME/./}-$BASHPID"
  printf '%s\0' "$STEP" "$@" > "$place"
  [ /dev/stdin -ef /dev/null ] || cat > "$place.in"
  return 0
}
export -f command_not_found_handle
sleep() { :; }
sudo() { command_not_found_handle sudo "$@"; }
"""


@dataclass(frozen=True)
class Call:
    """One call of a tool: the number of its step, its words as the shell made them, and what it was fed."""

    step: int
    words: tuple[str, ...]
    fed: str

    @property
    def tool(self) -> str:
        return self.words[0].rpartition("/")[2]


@dataclass(frozen=True)
class Rehearsal:
    calls: tuple[Call, ...]
    asked: frozenset[str]
    """Variables that the reader is asked for."""
    said: str
    """What the shell complained of."""
    ended: bool
    """Whether it got to the last command."""


def steps_of(readme: str) -> list[tuple[int, str]]:
    """Number and commands of each step."""
    section = readme.partition("\n## Steps\n")[2]
    heads = list(_STEP.finditer(section))
    ends = [head.start() for head in heads[1:]] + [len(section)] * bool(heads)
    return [
        (int(head[1]), found[2])
        for head, end in zip(heads, ends, strict=True)
        for found in _FENCE.finditer(section[head.end() : end])
    ]


def rehearse(folder: Path, record: Path, given: dict[str, str] | None = None, timeout_s: float = 60.0) -> Rehearsal:
    """`given`: values for variables that are asked for, where a word of no meaning does not do."""
    steps = steps_of((folder / "README.md").read_text(encoding="utf-8"))
    commands = "\n".join(text for _, text in steps)
    bash = shutil.which("bash") or "bash"
    asked = frozenset(_ASKED.findall(commands))
    programs = record / "bin"
    programs.mkdir(parents=True)
    for name in REAL:
        if (found := shutil.which(name)) is not None:
            (programs / name).symlink_to(found)
    calls = record / "calls"
    calls.mkdir()
    home = record / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh/id_ed25519.pub").write_text("ssh-ed25519 AAAA me\n", encoding="utf-8")
    # What xargs starts is no word of the shell.
    (programs / "docker").write_text(f'#!{bash}\ncommand_not_found_handle docker "$@"\n', encoding="utf-8")
    (programs / "docker").chmod(0o755)
    script = record / "script.sh"
    parts = [_RECORDER, "set -u"] + [f"export STEP={number}\n{text}" for number, text in steps] + ["echo REHEARSED"]
    script.write_text("\n".join(parts) + "\n", encoding="utf-8")
    environment = {
        "PATH": str(programs), "HOME": str(home), "RECORD": str(calls), "STEP": "0", "LC_ALL": "C.UTF-8",
        **{name: f"{name.lower().replace('_', '-')}-given" for name in asked}, **(given or {}),
    }  # fmt: skip
    ran = subprocess.run(
        [bash, str(script)], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=timeout_s,
    )  # fmt: skip
    return Rehearsal(
        calls=tuple(_call(path) for path in sorted(calls.glob("*[0-9]"))), asked=asked, said=ran.stderr,
        ended="REHEARSED" in ran.stdout.splitlines(),
    )  # fmt: skip


def _call(path: Path) -> Call:
    step, *words = path.read_bytes().decode().split("\0")[:-1]
    fed = Path(f"{path}.in")
    return Call(int(step), tuple(words), fed.read_text(encoding="utf-8") if os.path.exists(fed) else "")
