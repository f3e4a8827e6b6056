"""The HTTP client of a language model hangs up on an answer that does not end."""

from collections.abc import AsyncIterator, Callable
from typing import Protocol

MOST_BYTES = 2_000_000
"""Of one response: an answer of the most tokens, each of them escaped, is a tenth of it."""


class EndlessAnswer(ValueError):
    """More came than any answer holds."""


class Response(Protocol):
    """Of httpx, under whichever name the client's library has it."""

    aiter_raw: Callable[..., AsyncIterator[bytes]]


async def bound(response: Response) -> None:
    """An event hook: what comes of the body is counted while it comes."""
    whole = response.aiter_raw

    async def counted(chunk_size: int | None = None) -> AsyncIterator[bytes]:
        came = 0
        async for chunk in whole(chunk_size):
            came += len(chunk)
            if came > MOST_BYTES:
                raise EndlessAnswer(f"more than {MOST_BYTES:,} bytes")
            yield chunk

    response.aiter_raw = counted
