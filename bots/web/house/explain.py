"""Why an answer took as long as it did: one job as a timeline."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bots.web.doors import Scope, Visitor, needs
from bots.web.house.job_shapes import ExplainShape, StepShape
from bots.web.house.rows import may_read, row
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.jobs import JobState
from tasks.jobs import retrying
from tasks.jobs.happenings import without_address
from tasks.jobs.record import CHAT
from tasks.jobs.retrying import Kept
from tasks.jobs.steps import NOT_KEPT, Step, choice, ending, steps_of

MAX_CHARS = 20_000  # of words in a view that is about times
LABELS = {
    JobState.RECALLING: "recall",
    JobState.GENERATING: "first token",
    JobState.DONE: "answered",
}


def router(site: Site) -> APIRouter:
    """Return the route of explanations."""
    routes = APIRouter(prefix="/api", tags=["glass box"])

    @routes.get("/explain/{job}", response_model=ExplainShape)
    async def explain(job: str, asker: Annotated[Visitor, needs(Scope.READ)]) -> Response:
        """Tell every step of a job: when, for how long, by whom and why."""
        left = await site.gateway.store.run(retrying.kept(job))
        told = explained(left, words=may_read(left.view, asker))
        return JSONResponse(told.model_dump(mode="json"), headers=FRESH_ONLY)

    return routes


def explained(left: Kept, *, words: bool) -> ExplainShape:
    """Return a job as a timeline, with its `words` or without."""
    view, steps = left.view, steps_of(left.view)
    # Vectors are numbers by the thousand, which explain nothing; what somebody wants of their memories is theirs.
    speaks = words and (left.request.work if left.request else view.work) == CHAT
    question = left.request.text if left.request and speaks else ""
    return ExplainShape(
        job=row(view, question, left.retried),
        steps=tuple(map(_step, steps)),
        whole_ms=steps[-1].from_ms if steps else 0,
        choice=choice(view),
        ending=without_address(ending(view)),
        note="" if steps else NOT_KEPT,
        question=question[:MAX_CHARS],
        answer=view.text[:MAX_CHARS] if speaks else "",
        prompt_tokens=view.usage.prompt_tokens,
        completion_tokens=view.usage.completion_tokens,
        ahead=view.ahead,
        eta_s=view.eta_s,
        may_retry=left.may_retry,
    )


def _step(step: Step) -> StepShape:
    return StepShape(
        state=step.mark.state,
        label=LABELS.get(step.mark.state, step.mark.state.value),
        at_ms=step.mark.at_ms,
        from_ms=step.from_ms,
        to_ms=step.to_ms,
        took=step.took,
        who=step.mark.who,
        words=without_address(step.words),
    )
