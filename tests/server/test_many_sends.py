"""A hundred sends to one conversation at once: one runs at a time, the rest are refused or get its reply."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import pytest

from domain.turn import TurnReply
from settings import Settings

MESSAGE = "/api/v1/chat/message"
SENDS = 100
ASIDE = "write me a poem"


@pytest.fixture(scope="module")
def unlimited(serving: Callable[[Settings], AbstractContextManager[str]], settings: Settings) -> Iterator[str]:
    with serving(settings.model_copy(update={"requests_at_once": 0})) as url:
        yield url


@pytest.mark.parametrize("same", [True, False], ids=["one message, retried", "as many messages"])
async def test_a_hundred_sends_leave_a_linear_history(unlimited: str, same: bool) -> None:
    async with httpx.AsyncClient(base_url=unlimited, timeout=120, limits=httpx.Limits(max_connections=SENDS)) as http:
        started = TurnReply.model_validate((await http.post(MESSAGE, json={"message": ASIDE})).json()).conversation_id

        async def send(number: int) -> httpx.Response:
            key = "the same" if same else f"key {number}"
            said = ASIDE if same else f"{ASIDE} number {number}"
            body = {"message": said, "conversation_id": started}
            return await http.post(MESSAGE, json=body, headers={"Idempotency-Key": f"{started} {key}"})

        answers = await asyncio.gather(*(send(number) for number in range(SENDS)))
        statuses = Counter(answer.status_code for answer in answers)
        assert set(statuses) <= {200, 409}
        assert statuses[200] >= 1
        messages = (await http.get(f"/api/v1/chat/{started}")).json()["messages"]
    roles = [message["role"] for message in messages]
    assert roles == ["user", "assistant"] * (len(roles) // 2)
    assert [message["turn"] for message in messages] == [n // 2 for n in range(len(messages))]
    if same:
        assert len(messages) == 4
        assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    else:
        assert len(messages) == 2 + 2 * statuses[200]
