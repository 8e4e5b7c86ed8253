"""What a visitor asks for, as a job of theirs. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from bots import conversation
from bots.conversation import Said, label
from bots.web.bodies import Posted
from bots.web.visitors import API, DIGEST_CHARS, Visitor
from tasks.contracts.entries import HIGHEST_SEED
from tasks.contracts.errors import BadInput, KeyReused
from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import MAX_TEXT_CHARS, JobClass, JobRequest, Sampling, job_id
from tasks.jobs import keys
from tasks.jobs.roster import PersonaState

ASKED_FOR = "asked for"  # what chose the model
ID_BYTES = 12
MOST_PROMPT_CHARS = MAX_TEXT_CHARS
MOST_STOPS, MOST_STOP_CHARS = 16, 200


class Generate(Posted):
    """What to answer, and how; everything but `prompt` may be left out."""

    prompt: str = Field(max_length=MOST_PROMPT_CHARS)
    """The question."""
    persona: str = ""
    """Who answers; the first one otherwise."""
    model: str = ""
    """Which model answers; the persona's own otherwise."""
    system: str = Field(default="", max_length=MOST_PROMPT_CHARS)
    """What the model is told beforehand: after what the persona says, where one is named, else in its place."""
    session: str = ""
    """Go on with this conversation. Empty: the question stands by itself, and nothing of it is remembered."""
    request_id: str = ""
    """The same id is the same job, however often it is sent; the header Idempotency-Key says the same."""
    temperature: float | None = Field(default=None, ge=0, le=5)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    """The longest that the answer may be. Like all of these it is the persona's, where it is left out."""
    seed: int | None = Field(default=None, ge=0, le=HIGHEST_SEED)
    stop: Annotated[tuple[str, ...], Field(strict=False, max_length=MOST_STOPS)] = ()
    """Words that end the answer where it comes to them."""
    batch: bool = False
    """Nobody is waiting: whoever is goes first, and it may take hours."""
    as_job: bool = Field(default=False, alias="async")
    """Answer at once, with the id of a job."""


def owned(asked: JobRequest, asker: Visitor) -> JobRequest:
    """Return a job as the visitor's own: whoever came with a key is that key, whatever session it is.

    Without keys the page is served to this machine alone, so it is one person who remembers across sessions.
    """
    if not asker.key_id:
        return asked.model_copy(update={"person": asker.person})
    return asked.model_copy(update={"user": asker.user, "max_in_flight": asker.limits.at_once})


def job_of(
    wish: Generate, asker: Visitor, fleet: Fleet, states: Mapping[str, PersonaState], request_id: str = ""
) -> JobRequest:
    """Return the job that answers a wish. `request_id` is what the request itself was called, if anything.

    Raises:
        BadInput: the prompt or an id cannot be used.
        UnknownThing: there is no such persona or model.
        PersonaAway: who was asked takes no messages.
    """
    known_as = _one_of(wish.request_id, request_id) or secrets.token_hex(ID_BYTES)
    said = Said(
        platform=API,
        session=asker.chat(wish.session or _alone(wish, known_as)),
        message=label(known_as, "request_id"),
        user=asker.user,
        text=wish.prompt,
        persona=wish.persona,
        bounded=False,
    )
    asked = conversation.request_of(said, fleet, states)
    changed = {
        "job": job_id(API, asker.user, wish.session, known_as, kind="generate"),
        "user": asker.user,
        "max_in_flight": asker.limits.at_once,
        "system_prompt": _told_beforehand(wish, asked.system_prompt),
        "sampling": sampled(wish, asked.sampling),
        **({} if wish.session else {"history": (), "remember": False, "recall": False}),
        **_of_model(wish.model, fleet),
        **_batch(wish, fleet),
    }
    return asked.model_copy(update=changed)


def check(asked: JobRequest, view: JobView) -> None:
    """Return where a job is what was asked for. Raises KeyReused: its name came with another question before."""
    if view.session != asked.session:
        raise KeyReused("that request_id came with another request before", next_step="make one up for each request")


def sampled(wish: Generate, own: Sampling) -> Sampling:
    """Return how words are picked: as the persona does, but for what the wish says. Raises BadInput."""
    if any(not stop or len(stop) > MOST_STOP_CHARS for stop in wish.stop):
        raise BadInput("stop: a word to stop at is empty or too long", next_step=f"use 1 to {MOST_STOP_CHARS} letters")
    said = {"temperature": wish.temperature, "top_p": wish.top_p, "max_tokens": wish.max_tokens, "seed": wish.seed}
    changed: dict[str, object] = {name: value for name, value in said.items() if value is not None}
    return own.model_copy(update={**changed, **({"stop": wish.stop} if wish.stop else {})})


def _alone(wish: Generate, known_as: str) -> str:
    """Return the session of a question that stands by itself: no other request has it, nor this one in other words."""
    said = wish.model_dump_json(exclude={"as_job", "request_id"})
    return keys.digest(f"{known_as}\n{said}")[:DIGEST_CHARS]


def _one_of(said: str, announced: str) -> str:
    if said and announced and said != announced:
        raise BadInput("request_id and Idempotency-Key say different things", next_step="send one of them")
    return said or announced


def _told_beforehand(wish: Generate, own: str) -> str:
    if not wish.system:
        return own
    return "\n\n".join(filter(None, (own, wish.system))) if wish.persona else wish.system


def _of_model(name: str, fleet: Fleet) -> dict[str, object]:
    """Return what changes with the model, which is then nobody's choice but the asker's. Raises UnknownModel."""
    if not name:
        return {}
    return {"model": name, "fallback": fleet.model(name).fallback, "routed": ASKED_FOR, "adapter": ""}


def _batch(wish: Generate, fleet: Fleet) -> dict[str, object]:
    return {"job_class": JobClass.BATCH, "deadline_s": fleet.jobs.batch_deadline_s} if wish.batch else {}
