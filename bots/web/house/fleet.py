"""The flock at a glance: hosts as cards, models, what waits."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bots import conversation
from bots.web.doors import Scope, needs
from bots.web.house import overview
from bots.web.house.shapes import FleetShape
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import RetryableError
from tasks.jobs import roster
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.roster import PersonaState

AWAY_FRESH_S = 5.0


def router(site: Site) -> APIRouter:
    """Return the route of the overview."""
    routes = APIRouter(prefix="/api", tags=["glass box"], dependencies=[needs(Scope.READ)])

    @routes.get("/fleet", response_model=FleetShape)
    async def fleet() -> Response:
        """Tell who there is to talk to, what every host holds and does, and what waits."""
        return JSONResponse((await flock(site)).model_dump(mode="json"), headers=FRESH_ONLY)

    return routes


async def flock(site: Site) -> FleetShape:
    """Return the flock as it stands, at most a second old."""
    seen = await site.lookout.status()  # who there is to talk to is known without Redis
    return overview.flock(seen, site.fleet(), await away(site.gateway) if seen else conversation.NOBODY_AWAY)


class Glances:
    """The same for somebody who looks every second: who takes no messages is asked more seldom."""

    def __init__(self, site: Site, clock: Clock | None = None) -> None:
        self._site, self._clock = site, clock or SystemClock()
        self._states, self._asked_s = conversation.NOBODY_AWAY, float("-inf")

    async def __call__(self) -> FleetShape:
        """Return the flock as it stands."""
        seen, now_s = await self._site.lookout.status(), self._clock.monotonic_s()
        if seen and now_s - self._asked_s >= AWAY_FRESH_S:
            self._states, self._asked_s = await away(self._site.gateway), now_s
        return overview.flock(seen, self._site.fleet(), self._states)


async def away(gateway: AsyncGateway) -> Mapping[str, PersonaState]:
    """Return which personas take no messages; none while Redis does not say."""
    try:
        return await gateway.store.run(roster.disabled())
    except RetryableError:
        return conversation.NOBODY_AWAY
