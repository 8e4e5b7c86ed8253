"""The bot on Discord as a process: connects, keeps the connection, and ends with a reason when it is over."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bots.discord.client import Client
from bots.discord.line import Line
from bots.discord.platform import DiscordPlatform
from bots.runner import House
from tasks.contracts.environment import DISCORD_TOKEN
from tasks.contracts.errors import ConfigurationError, PlatformUnavailable, ProcessFailed, RookeryError
from tasks.contracts.settings import Settings
from tasks.jobs import pockets

logger = logging.getLogger(__name__)
PORTAL = "https://discord.com/developers/applications"
API, GATEWAY = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
BEAT_S, BEAT_LIFE_S = 15.0, 60.0
BAD_TOKEN = 4004
SWITCH_IT_ON = (
    f"open {PORTAL}, choose your application, then Bot, switch on `Message Content Intent`, "
    "save, and start the bot again"
)
UNREADABLE = (KeyError, AttributeError, TypeError, ValueError, IndexError)  # discord.py, on what it did not expect


def create(settings: Settings, environ: Mapping[str, str]) -> DiscordBot:
    """Return the bot. Raises ConfigurationError without a token."""
    if not settings.discord_token:
        raise ConfigurationError(
            f"{DISCORD_TOKEN} is not set",
            next_step=f"make a bot at {PORTAL} and put its token into {DISCORD_TOKEN}: docs/howto/discord.md",
        )
    return DiscordBot(settings)


class DiscordBot:
    """`Adapter` for Discord."""

    def __init__(self, settings: Settings) -> None:
        self._token = settings.discord_token
        self._table = settings.fleet.discord
        self.bot = self._table.name
        self.office = f"discord:{hashlib.sha256(self._token.encode()).hexdigest()[:16]}"
        self.line = Line()
        self.platform = DiscordPlatform(self.bot, self.line)
        self.client: Client | None = None

    async def run(self, house: House) -> None:
        """Connect and pass on what is heard.

        Raises:
            ConfigurationError: the token is none, or the bot may not see what people write.
            PlatformUnavailable: Discord could not be reached.
            ProcessFailed: the connection is over, or Discord sent what cannot be read.
        """
        point_at(self._table.api, self._table.gateway)
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = (
            False  # it does not speak, so nothing is missing
        )
        logging.getLogger("discord").setLevel(logging.INFO)  # below that it writes addresses with tokens in them
        self.platform.store = house.store
        self.client = client = Client(self.bot, self.platform, house)
        async with self.line, client, ended_in_words():
            await client.login(self._token)
            check_intents(client)
            beating = asyncio.create_task(beat(client, house), name="heartbeat")
            try:
                await client.connect(reconnect=True)
            finally:
                beating.cancel()
        raise ProcessFailed("the connection to Discord is over", next_step="whoever looks after it starts it again")


def point_at(api: str, gateway: str) -> None:
    """Have discord.py talk to these servers; empty: Discord's own. It knows one of each for a whole process."""
    Route.BASE = api.rstrip("/") or API
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway) if gateway else GATEWAY


def check_intents(client: discord.Client) -> None:
    """Raise ConfigurationError, with how to change it, where the application may not see what people write."""
    flags = client.application.flags if client.application else client.application_flags
    if not (flags.gateway_message_content or flags.gateway_message_content_limited):
        raise blind()


def blind() -> ConfigurationError:
    """Return the error for a bot without its privileged intent."""
    return ConfigurationError("Discord does not let this bot read what people write", next_step=SWITCH_IT_ON)


async def beat(client: Client, house: House) -> None:
    """Tell that the bot is alive, and how far away Discord is."""
    while True:
        latency_ms = client.latency * 1000 if math.isfinite(client.latency) else None
        about = {"latency_ms": latency_ms, "guilds": len(client.guilds), "at_ms": int(time.time() * 1000)}
        try:
            await house.store.run(pockets.put(f"alive:{client.bot}", json.dumps(about), BEAT_LIFE_S))
        except RookeryError as exc:
            logger.warning("heartbeat not told", extra={"error": str(exc)})
        await asyncio.sleep(BEAT_S)


@asynccontextmanager
async def ended_in_words() -> AsyncIterator[None]:
    """Turn what ends a connection into errors of our tree."""
    try:
        yield
    except discord.LoginFailure as exc:
        raise wrong_token() from exc
    except discord.PrivilegedIntentsRequired as exc:
        raise blind() from exc
    except discord.ConnectionClosed as exc:
        raise closed(exc.code) from exc
    except (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError, TimeoutError) as exc:
        raise PlatformUnavailable(
            f"Discord could not be reached: {type(exc).__name__}",
            next_step="look at the network, and at `api` and `gateway` under [discord]",
        ) from exc
    except UNREADABLE as exc:
        raise ProcessFailed(
            f"Discord sent something that could not be read: {type(exc).__name__}",
            next_step="whoever looks after the bot starts it again; it reads what it missed",
        ) from exc


def wrong_token() -> ConfigurationError:
    """Return the error for a token that Discord does not know."""
    return ConfigurationError(
        f"Discord does not know the token in {DISCORD_TOKEN}",
        next_step=f"make a new one at {PORTAL}, under Bot, Reset Token",
    )


def closed(code: int) -> RookeryError:
    """Return the error for a connection that Discord closed for good."""
    return wrong_token() if code == BAD_TOKEN else ProcessFailed(f"Discord closed the connection with code {code}")
