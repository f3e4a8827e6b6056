"""How long work tells who waits for it how far it is."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and of how many."""


def silent(what: str, done: int, of: int) -> None:
    """The progress of who does not look."""
