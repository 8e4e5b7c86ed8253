"""Few are exposed at a time, and nobody waits for ever."""

from __future__ import annotations

import asyncio

from bots.delivery.turnstile import Turnstile

LONG_S = 60.0


def test_no_more_than_few_are_inside_at_a_time():
    inside: list[int] = []

    async def go(turnstile: Turnstile) -> None:
        async with turnstile.through():
            inside.append(inside[-1] + 1 if inside else 1)
            await asyncio.sleep(0)
            inside.append(inside[-1] - 1)

    async def all_of_them() -> None:
        turnstile = Turnstile(2, LONG_S)
        await asyncio.gather(*(go(turnstile) for _ in range(50)))

    asyncio.run(all_of_them())
    assert max(inside) == 2


def test_who_is_stuck_inside_holds_up_nobody_for_long():
    async def go() -> None:
        turnstile = Turnstile(1, 0.01)
        async with turnstile.through(), turnstile.through():
            pass
        async with turnstile.through():  # and took nobody's place with it
            pass

    asyncio.run(go())
