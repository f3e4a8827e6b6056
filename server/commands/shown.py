"""A reply at a terminal: wrapped text, a bar of the memory, and commands that can be copied as they stand."""

import re
import sys

from rich.syntax import Syntax
from rich.text import Text

from artifacts.first_screen import first_screen
from artifacts.markdown import with_all_of_it, with_first_screen
from artifacts.notation import figure
from artifacts.pictures.canvas import Tone
from artifacts.pictures.memory import memory_parts
from domain.placement import MemoryProof
from domain.plan import DeploymentPlan
from domain.turn import TurnReply
from server.commands.common import err, out, print_json
from server.reply_markdown import ReplyMarkdown

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<code>.*?)^(?P=fence)$\n?", re.MULTILINE | re.DOTALL)
_COLOURS: dict[Tone, str] = {
    "one": "cyan", "two": "blue", "three": "yellow", "four": "magenta", "five": "red", "six": "white",
    "room": "green", "unused": "bright_black",
}  # fmt: skip
WIDEST, LEGEND = 76, 2
"""Characters of the bar; columns of what its colours are."""


def show(reply: TurnReply, as_json: bool, full: bool = False) -> None:
    """The first screen of a plan or all of it; a pipe or a file gets the Markdown itself."""
    if as_json:
        print_json(reply)
        return
    plan = reply.deployment_plan
    shown = reply.response
    if plan is not None:
        shown = with_all_of_it(shown, plan) if full else with_first_screen(shown, plan)
    first = plan is not None and shown.endswith(first_screen(plan))
    if not out.is_terminal:
        sys.stdout.write(shown)
    elif first and plan is not None:
        _show_first(shown, plan)
    else:
        print_markdown(shown)


def tell_conversation(conversation_id: str) -> None:
    """How to go on with it."""
    err.print(
        f"[dim]Go on with: stack8s chat --conversation {conversation_id}[/dim]", soft_wrap=True, highlight=False
    )  # fmt: skip


def print_markdown(markdown: str) -> None:
    """Text wrapped to the terminal; what stands in fences as it is, however long its lines are."""
    last = 0
    for fence in _FENCE.finditer(markdown):
        _print_text(markdown[last : fence.start()])
        print_code(fence["code"], fence["language"])
        last = fence.end()
    _print_text(markdown[last:])


def print_code(code: str, language: str) -> None:
    """Without frame, padding or line breaks of our own."""
    drawn = Syntax("", language or "text", theme="ansi_dark", background_color="default").highlight(code.rstrip("\n"))
    drawn.rstrip()
    out.print(drawn, soft_wrap=True)


def memory_bar(proof: MemoryProof, gpu: str, width: int) -> Text:
    """What fills one GPU, in proportion, and what each colour is."""
    parts = memory_parts(proof)
    whole = max(proof.usable_gib, sum(gib for _, gib, _ in parts)) or 1.0
    drawn = Text(f"One {gpu}: {figure(proof.usable_gib)} GiB usable\n", style="bold")
    edge, filled = 0.0, 0
    for _, gib, tone in parts:
        edge += gib / whole * width
        cells = max(0, round(edge) - filled)
        filled += cells
        drawn.append("█" * cells, style=f"not bold {_COLOURS[tone]}")
    for number, (label, gib, tone) in enumerate(parts):
        drawn.append("\n" if number % LEGEND == 0 else "")
        drawn.append("■ ", style=f"not bold {_COLOURS[tone]}")
        drawn.append(f"{label} {figure(gib)} GiB".ljust(width // LEGEND - 2), style="not bold")
    return drawn


def _show_first(shown: str, plan: DeploymentPlan) -> None:
    """The first screen, the memory of the first choice, and the next command on lines of its own."""
    said, found, following = shown.rpartition("\n**Next**")
    _print_text(said if found else shown)
    first = plan.recommendations[0].option if plan.recommendations and plan.together is None else None
    if first is not None and first.proof is not None and first.offer.gpu is not None:
        out.print(memory_bar(first.proof, first.offer.gpu.name, min(out.width - 2, WIDEST)))
        out.print()
    commands = plan.steps[0].commands if plan.steps else ()
    if not commands:
        _print_text(f"**Next**{following}" if found else "")
        return
    lead = "For the nearest that works: " if plan.relaxations else ""
    out.print(Text.assemble(("Next", "bold"), f" {lead}{plan.steps[0].title}, the first of {len(plan.steps)} steps"))
    out.print()
    print_code(commands[0], "bash")
    out.print()
    out.print("[dim]--full: the proof, every step, all sources   --out DIR: everything to carry it out[/dim]")


def _print_text(markdown: str) -> None:
    if markdown.strip():
        out.print(ReplyMarkdown(markdown))
