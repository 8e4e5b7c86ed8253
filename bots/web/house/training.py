"""What personas learned: who learns, what answers for them, and every run with its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bots.web.doors import Scope, needs
from bots.web.house.training_shapes import LearnerShape, RunShape, TrainingShape
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.called import called
from tasks.contracts.canary import Served
from tasks.contracts.errors import UnknownThing
from tasks.contracts.fleet import Fleet
from tasks.contracts.learned import MOST_WORDS_CHARS, AdapterCard, RunCard, RunReport
from tasks.contracts.learning import Course
from tasks.contracts.personas import Persona
from tasks.contracts.shortening import shortened
from tasks.jobs import adapters, learned

NO_TRAINING = "`enabled` in `[training]` is off"
NO_TRANSCRIPT = "`enabled` in `[transcript]` is off, so there is nothing to learn from"
NO_MORE = "it answers no more"
NOT_ENABLED = "the persona is not enabled"


def router(site: Site) -> APIRouter:
    """Return the routes of training. They are for `admin`: what people said is in them."""
    routes = APIRouter(prefix="/api/training", tags=["glass box"], dependencies=[needs(Scope.ADMIN)])
    store = site.gateway.store

    @routes.get("", response_model=TrainingShape)
    async def training() -> Response:
        """Tell which personas learn, what answers for each, which adapters there are, and every run in short."""
        served, kept = await store.run(adapters.every()), await store.run(learned.adapters())
        runs = tuple(up_to_date(card, served) for card in await store.run(learned.runs()))
        told = TrainingShape(personas=tuple(learners(site.fleet(), served, kept)), runs=runs)
        return JSONResponse(told.model_dump(mode="json"), headers=FRESH_ONLY)

    @routes.get("/runs/{run}", response_model=RunShape)
    async def one(run: str) -> Response:
        """Tell all that is shown of a run: its figures, the gate's objections, and answers side by side."""
        report = await store.run(learned.run(run))
        if report is None:
            raise UnknownThing(f"no run {run!r} is known", next_step="`GET /api/training` tells those that are")
        served = await store.run(adapters.every())
        return JSONResponse(run_shape(report, served).model_dump(mode="json"), headers=FRESH_ONLY)

    return routes


def run_shape(report: RunReport, served: Mapping[str, Served]) -> RunShape:
    """Return all that is shown of a run, by what is served now."""
    names = [metric.name for metric in report.metrics] + [each.metric for each in report.objections]
    told = {**dict(report), "card": up_to_date(report.card, served)}
    return RunShape(**told, called={name: called(name) for name in names})


def up_to_date(card: RunCard, served: Mapping[str, Served]) -> RunCard:
    """Return a run that also says where its adapter answers no longer as the run left it."""
    now = served.get(card.persona)
    if now is None or not now.serial or not card.version or card.course not in (Course.PROMOTED, Course.CANARY):
        return card
    if card.version in ((now.current,) if card.course is Course.PROMOTED else (now.current, now.canary)):
        return card
    return card.model_copy(update={"words": shortened(f"{card.words}; {NO_MORE}", MOST_WORDS_CHARS)})


def learners(
    fleet: Fleet, served: Mapping[str, Served], kept: Mapping[str, tuple[AdapterCard, ...]]
) -> Iterator[LearnerShape]:
    """Yield those who learn as the fleet file has them, then those of whom only adapters are left, by name."""
    known = {persona.name: persona for persona in fleet.personas}
    those = [name for name, persona in known.items() if persona.learns != "nothing"]
    left = sorted({*kept, *(name for name, now in served.items() if now.serial)} - set(those))
    for name in (*those, *left):
        persona = known.get(name)
        yield LearnerShape(
            name=name,
            model=persona.model if persona else "",
            learns=persona.learns if persona else "nothing",
            pauses=pauses(fleet, persona) if persona else "",
            waits_for_people=bool(persona and persona.wait_for_people),
            served=served.get(name, Served()),
            adapters=kept.get(name, ()),
        )


def pauses(fleet: Fleet, persona: Persona) -> str:
    """Return why a persona that is to learn does not; empty: it does, or is not to."""
    if persona.learns == "nothing":
        return ""
    if not persona.enabled:
        return NOT_ENABLED
    if not fleet.training.enabled:
        return NO_TRAINING
    return "" if fleet.transcript.enabled else NO_TRANSCRIPT
