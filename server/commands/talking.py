"""Lines typed at a terminal while an event loop runs: Ctrl-C ends the wait at once."""

import asyncio
import sys

from rich.markup import escape

from domain.turn import Question, TurnReply
from server.commands.common import err

ENDS = ("exit", "quit", "bye")
DECIDE = "Just decide for me."


async def typed_line(prompt: str) -> str:
    """One line without its end; empty at the end of the input. `prompt` is Rich markup.

    A terminal hands over whole lines, so that what is ready can be read without waiting; a blocking read would keep
    Ctrl-C from ending the program until the next line.
    """
    err.print(prompt, end=" ")
    if sys.stdin.isatty():
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(sys.stdin.fileno(), ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline().rstrip("\r\n")


async def typed_message() -> str | None:
    """What somebody says in a chat; null where they end it."""
    said = (await typed_line("[bold cyan]you[/bold cyan]:")).strip()
    return said if said and said.casefold() not in ENDS else None


async def answered(reply: TurnReply) -> str:
    """An answer to each question of the round, in order: words, the number of a suggestion, or nothing."""
    answers = [await _answer(question) for question in reply.questions]
    return ". ".join(answer for answer in answers if answer) or DECIDE


async def _answer(question: Question) -> str:
    err.print(f"\n[bold]{escape(question.text)}[/bold]", soft_wrap=True, highlight=False)
    for number, suggestion in enumerate(question.suggestions, start=1):
        err.print(f"  [cyan]{number}[/cyan] {escape(suggestion)}", soft_wrap=True, highlight=False)
    said = (await typed_line("[dim]a number, your own words, or Enter:[/dim]")).strip()
    chosen = int(said) if said.isdecimal() and len(said) < 3 else 0
    return question.suggestions[chosen - 1] if 0 < chosen <= len(question.suggestions) else said
