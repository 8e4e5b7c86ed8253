"""A bot as people run it, with little patience, and without what a test takes from it. As a process:

`python -m tests.faults.crashes.bot discord|telegram|web [nonce-off|history|history-off|placeholder-off]`
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import rookery
from bots.delivery import carrier, rounds
from bots.discord import client, payload
from bots.discord import platform as discord
from bots.platform import Bounds, Outgoing, Place, Proof
from bots.telegram.platform import Telegram
from workers.supervision import leash

SOON_S = 0.05
SHORT_S = 0.2  # a nonce's life where it ends before a bot is back


def hurry() -> None:
    """Wait less than one does for the real ones: there is one guild, and nobody else asks."""
    carrier.BACKOFF_S = rounds.STORE_AGAIN_S = SOON_S
    client.READY_S = client.AGAIN_S = SOON_S


def forget_nonces() -> None:
    """Know that the platform forgets nonces sooner than a bot is back."""
    discord.BOUNDS = Bounds(discord.CHARS, discord.EDIT_EVERY_S, discord.TYPING_EVERY_S, SHORT_S)


def without_nonces() -> None:
    """A mutation: each post has a nonce of its own."""
    proper: Callable[[Outgoing, str], dict[str, Any]] = payload.message

    def message(what: Outgoing, reply_to: str) -> dict[str, Any]:
        return proper(replace(what, nonce=f"{random.getrandbits(100):x}"), reply_to)

    payload.message = message


def without_history() -> None:
    """A mutation: nobody looks, although the platform has forgotten nonces."""

    async def nothing(_self: object, _place: Place, _what: Outgoing, _since_ms: int) -> str:
        return ""

    forget_nonces()
    discord.DiscordPlatform.find = nothing  # type: ignore[method-assign]


def without_placeholders() -> None:
    """A mutation: an answer is posted as it is, on a platform that knows no nonces."""
    Telegram.proof = lambda _self, _place: Proof.NONCE  # type: ignore[method-assign]


CHANGES: Mapping[str, Callable[[], None]] = {
    "": lambda: None,
    "history": forget_nonces,
    "nonce-off": without_nonces,
    "history-off": without_history,
    "placeholder-off": without_placeholders,
}


def main(name: str, change: str = "") -> None:
    """Run a bot as a process of its own."""
    hurry()
    CHANGES[change]()
    sys.argv = ["rookery", "run", "bot", name]
    rookery.main()


if __name__ == "__main__":
    leash.watch()
    main(*sys.argv[1:])
