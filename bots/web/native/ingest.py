"""`POST /ingest` and `POST /summarize`: what was said elsewhere comes in, and is summed up when nobody is waiting."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bots.web import bodies
from bots.web.doors import Scope, Visitor, charged, needs
from bots.web.native import answers, channels, summaries
from bots.web.native.channels import Ingest
from bots.web.native.summaries import Summarize
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.errors import TranscriptUnavailable, UnknownThing
from tasks.jobs import ingesting, pockets, roster

TAG = "what was said elsewhere"


def router(site: Site) -> APIRouter:
    """Return the routes of channels."""
    routes = APIRouter(tags=[TAG])

    @routes.post("/ingest", openapi_extra=bodies.described(Ingest))
    async def ingest(request: Request, asker: Annotated[Visitor, needs(Scope.INGEST)]) -> Response:
        """Take messages of a channel into the transcript. Sending the same again changes nothing."""
        sent = await bodies.read(request, Ingest)
        fleet = site.fleet()
        if not fleet.transcript.enabled:
            raise TranscriptUnavailable(
                "nothing is kept here: the transcript is switched off", next_step="set `enabled` in [transcript]"
            )
        session, name = channels.session_of(sent.channel, asker), channels.name_of(sent, asker)
        move = ingesting.ingest(name, session, fleet.jobs.window_turns, list(channels.turns_of(sent, asker)))
        async with charged(request, asker, name):
            done = await site.gateway.store.run(move)
        told = {"id": sent.id, "channel": sent.channel, "stored": done.fresh, "known": done.known}
        return JSONResponse(told, headers=FRESH_ONLY)

    @routes.post("/summarize", openapi_extra=bodies.described(Summarize))
    async def summarize(request: Request, asker: Annotated[Visitor, needs(Scope.INGEST)]) -> Response:
        """Have a channel summed up by a batch job, and return its id and which messages it is made from."""
        wish = await bodies.read(request, Summarize)
        turns = await site.gateway.store.run(ingesting.window(channels.session_of(wish.channel, asker)))
        if not turns:
            raise UnknownThing(
                f"nothing is known of a channel {wish.channel!r}", next_step="send what was said in it to /ingest"
            )
        states = await site.gateway.store.run(roster.disabled())
        job, sources = summaries.job_of(wish, turns, asker, site.fleet(), states)
        kept = pockets.put(summaries.pocket_of(job.job), json.dumps(sources), site.fleet().jobs.record_life_s)
        await site.gateway.store.run(kept)
        async with charged(request, asker, job.job):
            accepted = await site.gateway.submit(job)
        more = {"hosted": accepted.hosted, "channel": wish.channel, "sources": sources, "does": summaries.DOES}
        return answers.accepted(job.job, more)

    return routes
