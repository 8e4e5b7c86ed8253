"""One bot as a process: what an adapter is, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bots.platform import Platform
from bots.reception.values import Reception
from tasks.contracts.settings import Settings
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.store import AsyncStore


@dataclass(frozen=True)
class House:
    """What an adapter gets from the rest of the house."""

    settings: Callable[[], Settings]
    """As they are now: ask each time, they are read again when the fleet file changes."""
    desk: Reception
    gateway: AsyncGateway
    store: AsyncStore


class Adapter(Protocol):
    """One platform: what it can do, and where its events come from."""

    bot: str
    """The name of the bot: of its outbox, and in the ids of its jobs."""
    platform: Platform
    office: str
    """What only one process in the flock may be at a time, such as "telegram:<digest of the token>"; empty: nothing."""

    async def run(self, house: House) -> None:
        """Connect and pass on what is heard, until the connection is over for good.

        To return, or to raise an error of the tree, ends the process: whoever looks after it starts it again.
        """


Factory = Callable[[Settings, Mapping[str, str]], Adapter]
"""What an entry point in the group `rookery.bots` names: settings and environment in, an adapter out.

Raises ConfigurationError when a token is missing, and names the variable.
"""
GROUP = "rookery.bots"
