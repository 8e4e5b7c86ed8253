"""What every route of the web bot shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bots.lookout import Lookout
from bots.web.stream import Streaming
from tasks.contracts.fleet import Fleet
from tasks.contracts.settings import Settings
from tasks.jobs.gateway import AsyncGateway

FRESH_ONLY = {"Cache-Control": "no-store"}
"""The headers of an answer that is true only now."""


@dataclass(frozen=True)
class Site:
    """The flock as a route reaches it. What may change while the server runs is asked anew each time."""

    gateway: AsyncGateway
    fleet: Callable[[], Fleet]
    lookout: Lookout
    streaming: Streaming
    closing: Callable[[], bool]
    """Whether the server is about to end: streams end then."""
    settings: Callable[[], Settings | None]
    """All that was configured; None where somebody serves the page without a file."""
