"""Where turns wait for a process, nobody waits behind all that another user has sent."""

import asyncio

from server.fair_queue import FairQueue


async def test_users_take_it_in_turns_and_each_ones_turns_keep_their_order() -> None:
    queue, order, gate = FairQueue(1), [], asyncio.Event()

    async def turn(user: str | None, number: int) -> None:
        async with queue.place(user):
            order.append((user, number))
            await gate.wait()

    sent = [*(("greedy", number) for number in range(5)), ("anna", 0), (None, 0), ("anna", 1)]
    tasks = []
    for user, number in sent:
        tasks.append(asyncio.create_task(turn(user, number)))
        await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*tasks)
    assert order == [
        ("greedy", 0), ("greedy", 1), ("anna", 0), (None, 0), ("greedy", 2), ("anna", 1), ("greedy", 3), ("greedy", 4),
    ]  # fmt: skip


async def test_who_stops_waiting_costs_nobody_a_place() -> None:
    queue, gate = FairQueue(1), asyncio.Event()

    async def turn(user: str) -> str:
        async with queue.place(user):
            await gate.wait()
            return user

    first, gone, last = (asyncio.create_task(turn(user)) for user in ("a", "b", "c"))
    await asyncio.sleep(0)
    gone.cancel()
    gate.set()
    assert [await first, await last] == ["a", "c"]
    assert gone.cancelled()
    assert await turn("d") == "d"
