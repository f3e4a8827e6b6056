"""Answers about settings of the program: those that the plan's own commands pass, and that the others are defaults."""

import re
from collections.abc import Sequence

from artifacts.notation import bullets, code, figure, plain
from graph.explanations.evidence import Standing
from graph.explanations.manifests import running_step

ASKED: dict[str, tuple[str, ...]] = {
    "learning rate": ("learning_rate", "lr"), "rank": ("lora_r", "rank"), "alpha": ("lora_alpha",),
    "batch": ("batch",), "optimizer": ("optim",), "dropout": ("dropout",), "warmup": ("warmup",),
    "scheduler": ("scheduler",), "epochs": ("epochs",), "seed": ("seed",), "length": ("max_length", "model-len"),
    "temperature": ("temperature",), "precision": ("dtype", "bf16", "quantization"),
    "checkpoint": ("save",), "checkpointing": ("gradient_checkpointing",), "sequences": ("max-num-seqs",),
}  # fmt: skip
"""Settings by the word of a question, with what the flags that set them are called."""
NEVER_ASSUMED = ("learning rate", "rank", "alpha", "optimizer", "dropout", "warmup", "scheduler", "seed", "temperature")
"""Of these what neither memory nor time is reckoned with."""
_DEFAULTS = re.compile(r"""add_argument\(\s*["']--([\w-]+)["'][^)]*?default=["']?([\w.e-]+)""")
_FLAG = re.compile(r"--([\w.-]+)[= ]['\"]?([^\s'\"\\]+)")


def settings(standing: Standing) -> str | None:
    """What the command that runs the workload sets of what is asked for; null where the plan runs none."""
    step, said = running_step(standing.plan), " ".join(standing.words)
    if step is None:
        asked = [name for name in ASKED if name in said]
        return _not_set(asked) if asked else None
    flags = dict(_FLAG.findall("\n".join(step.commands)))
    asked = [name for name in ASKED if name in said]
    lines, unset = [], []
    defaults = {flag: value for text in step.commands for flag, value in _DEFAULTS.findall(text)}
    flags |= {flag: value for flag, value in defaults.items() if flag not in flags}
    for name in asked:
        found = {flag: value for flag, value in flags.items() if any(part in flag for part in ASKED[name])}
        lines += [
            f"{name}: {code(f'--{flag} {value}')}" + (", the program's default" if defaults.get(flag) == value else "")
            for flag, value in found.items()
        ]
        unset += [] if found else [name]
    if not asked:
        lines = [code(f"--{flag} {value}") for flag, value in list(flags.items())[:8] if not value.startswith("-")]
    if not lines and not unset:
        return None
    if "batch" in asked and (fits := _room_for_more(standing)):
        lines.append(fits)
    told = f"Set by the command of step {step.order}, “{plain(step.title)}”:\n\n{bullets(lines)}" if lines else ""
    rest = _not_set(unset) if unset else ""
    return "\n\n".join(part for part in (told, rest) if part)


def asks_a_setting(standing: Standing) -> bool:
    """Whether it names one that a program takes."""
    said = " ".join(standing.words)
    return any(name in said for name in NEVER_ASSUMED if " " in name or name in standing.words)


def _not_set(names: Sequence[str]) -> str:
    return (
        f"The plan does not set {plain(', '.join(names))}: the program's own default holds, and what is best cannot be "
        "known before a trial. Memory and time do not depend on it, but for the batch and the length."
    )


def _room_for_more(standing: Standing) -> str:
    """What the memory leaves for a larger batch, whose activations grow with it."""
    proof = standing.one().option.proof if standing.plan.recommendations else None
    if proof is None:
        return ""
    free = proof.usable_gib * proof.memory_fraction - proof.needed_gib
    held = f"activations take {figure(proof.activation_gib, 1)} GiB of it and grow with the batch"
    doubled = "has room" if proof.activation_gib <= free else "has no room"
    return (
        f"memory: {figure(proof.needed_gib, 1)} of {figure(proof.usable_gib, 1)} GiB are needed, {held}; "
        f"{figure(free, 1)} GiB are left, so twice the batch {doubled} by this arithmetic"
    )
