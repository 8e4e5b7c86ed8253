"""What can go wrong with a request to Discord, as errors of our tree."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import discord

from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable, RookeryError

ANSWER_WITHIN_S = 20.0  # below the lease of a delivery
TOO_MANY = 429
REFUSED_BELOW = 500
REASONS = {
    50001: "the bot cannot see that channel: give it `View Channel` there",
    50013: "the bot may not do that there: give it the permissions that `rookery discord invite` asks for",
    50007: "the person takes no direct messages from this server",
    10003: "the channel is gone",
    10008: "the message is gone",
    10015: "the webhook is gone",
    50027: "the fifteen minutes in which an interaction can be answered are over",
}


@contextlib.asynccontextmanager
async def translated(within_s: float = ANSWER_WITHIN_S) -> AsyncIterator[None]:
    """Turn what discord.py and aiohttp raise into `Platform…` errors, after so many seconds at most."""
    try:
        async with asyncio.timeout(within_s):
            yield
    except discord.RateLimited as exc:
        raise busy(exc.retry_after) from exc
    except discord.HTTPException as exc:
        raise of_answer(exc.status, exc.code, exc.text, exc.response.headers) from exc
    except (aiohttp.ClientError, OSError, TimeoutError) as exc:
        # What aiohttp says may hold an address, and with it a token.
        raise PlatformUnavailable(f"Discord did not answer: {type(exc).__name__}") from None


def of_answer(status: int, code: int, text: str, headers: Mapping[str, Any]) -> RookeryError:
    """Return our error for an answer that says no."""
    if status == TOO_MANY:
        return busy(_seconds(headers.get("Retry-After")))
    if status >= REFUSED_BELOW:
        return PlatformUnavailable(f"Discord answered {status}")
    return PlatformRefused(f"Discord refused it: {status}, code {code}: {text[:200]}", next_step=REASONS.get(code, ""))


def busy(retry_after_s: float) -> PlatformBusy:
    """Return the error for a rate limit."""
    return PlatformBusy("Discord wants fewer requests", retry_after_s=retry_after_s)


def _seconds(header: str | None) -> float:
    try:
        return max(0.0, float(header or 1.0))
    except ValueError:
        return 1.0
