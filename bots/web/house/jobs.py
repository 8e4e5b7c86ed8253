"""Looking for jobs, and asking once more what failed."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as Param
from fastapi.responses import JSONResponse, Response

from bots.web.doors import PLATFORMS, Scope, Visitor, needs
from bots.web.house.job_shapes import JobsShape, RetriedShape
from bots.web.house.rows import asked_of, row
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.errors import BadInput
from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import ENDED, JobState
from tasks.contracts.messages import MAX_ID_CHARS
from tasks.contracts.queues import slug
from tasks.jobs import retrying, searching
from tasks.jobs.searching import Found, Query

PAGE, MOST = 50, 200
LOOKS = 5  # at the ledger for one page
MAX_TEXT_CHARS = 200
LIVE, OVER, DEAD = "live", "ended", "dead"
WISH = f"use states such as queued and done, or {LIVE}, {OVER} or {DEAD}, with commas between them"

Named = Annotated[str, Param(max_length=MAX_ID_CHARS)]


def router(site: Site) -> APIRouter:
    """Return the routes of jobs."""
    routes = APIRouter(prefix="/api/jobs", tags=["glass box"])
    _add_search(routes, site)
    _add_retry(routes, site)
    return routes


def _add_search(routes: APIRouter, site: Site) -> None:
    @routes.get("", response_model=JobsShape)
    async def jobs(
        asker: Annotated[Visitor, needs(Scope.READ)],
        state: Named = "",
        model: Named = "",
        session: Named = "",
        persona: Named = "",
        user: Named = "",
        text: Annotated[str, Param(max_length=MAX_TEXT_CHARS)] = "",
        before: Annotated[str, Param(pattern=r"^(\d{1,19}(-\d{1,19})?)?$")] = "",
        limit: Annotated[int, Param(ge=1, le=MOST)] = PAGE,
    ) -> Response:
        """Find jobs, the latest first. `before` is the `next` of the page before; a page may be short and have one."""
        models, words_of = names_of(model, site.fleet()), readable(asker)
        named = Query(models=models, session=session, persona=persona, user=user, text=text, words_of=words_of)
        page = await _search(site, with_states(named, state), limit, before, asker)
        return JSONResponse(page.model_dump(mode="json"), headers=FRESH_ONLY)


async def _search(site: Site, query: Query, limit: int, before: str, asker: Visitor) -> JobsShape:
    found: list[Found] = []
    goes_on, looked_at = before, 0
    for _ in range(LOOKS):
        page = await site.gateway.store.run(searching.search(query, limit - len(found), goes_on))
        found += page.found
        goes_on, looked_at = page.next, looked_at + page.looked_at
        if not goes_on or len(found) >= limit:
            break
    rows = tuple(row(each.view, asked_of(each, asker), each.retried) for each in found)
    return JobsShape(jobs=rows, next=goes_on or None, looked_at=looked_at)


def _add_retry(routes: APIRouter, site: Site) -> None:
    store = site.gateway.store

    @routes.post("/{job}/retry", response_model=RetriedShape, status_code=202, dependencies=[needs(Scope.ADMIN)])
    async def retry(job: str) -> Response:
        """Ask once more what ended in a notice, as a job of its own. Asking twice for a retry gives the same one."""
        asked = retrying.again(await store.run(retrying.kept(job)))
        accepted = await site.gateway.submit(asked)
        await store.run(retrying.retried(job, accepted.job))
        told = RetriedShape(job=accepted.job, of=job, state=accepted.state, fresh=accepted.fresh)
        return JSONResponse(told.model_dump(mode="json"), HTTPStatus.ACCEPTED, FRESH_ONLY)


def readable(asker: Visitor) -> tuple[str, ...]:
    """Return the platforms whose words may lead somebody to a job; none: all. It is as `rows.may_read` has it.

    The ledger does not look into others: how far a look went would tell of words that they may not read.
    """
    return () if asker.may(Scope.ADMIN) else PLATFORMS


def with_states(query: Query, said: str) -> Query:
    """Return the query for jobs in these states. Raises BadInput."""
    words = [word for word in said.split(",") if word]
    if DEAD in words:
        if len(words) > 1:
            raise BadInput(f"{DEAD!r} is no state beside others", next_step=f"ask for {DEAD} alone")
        return Query(**{**vars(query), "dead": True})
    return Query(**{**vars(query), "states": tuple(sorted(set(_states(words))))})


def _states(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        if word in (LIVE, OVER):
            yield from (state.value for state in JobState if (state in ENDED) is (word == OVER))
        elif word in set(JobState):
            yield word
        else:
            raise BadInput(f"there is no state {word[:MAX_ID_CHARS]!r}", next_step=WISH)


def names_of(said: str, fleet: Fleet) -> tuple[str, ...]:
    """Return what jobs may call a model that is named, or named by its slug."""
    return tuple({said: None, **{each.name: None for each in fleet.models if slug(each.name) == said}}) if said else ()
