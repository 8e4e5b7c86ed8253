"""From what a person said to the job that answers it: persona, identity and session. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from tasks.contracts.entries import HIGHEST_SEED
from tasks.contracts.errors import BadInput
from tasks.contracts.fleet import Fleet, Persona
from tasks.contracts.messages import JobRequest, Sampling, fitting, job_id
from tasks.contracts.queues import slug
from tasks.contracts.routing import route
from tasks.jobs import intake, roster
from tasks.jobs.roster import PersonaState

WEB = "web"
TERMINAL = "terminal"
REGENERATE = "regenerate"  # the kind of a job that answers a message anew
NOBODY_AWAY: Mapping[str, PersonaState] = MappingProxyType({})
MAX_LABEL_CHARS = 64  # of a session or message id that a client chose
_LABEL = re.compile(rf"[\w.-]{{1,{MAX_LABEL_CHARS}}}", re.ASCII)


@dataclass(frozen=True)
class Said:
    """One message of a person, wherever it came from."""

    platform: str
    session: str
    message: str
    user: str
    text: str
    persona: str = ""
    """Empty: the first one of the fleet who takes messages."""
    ordinal: int = 0
    """How often the message was answered anew before: each time is a job of its own, which replaces the last one."""
    bounded: bool = True
    """Whether the person may have only so many unanswered messages."""


def request_of(said: Said, fleet: Fleet, states: Mapping[str, PersonaState] = NOBODY_AWAY) -> JobRequest:
    """Return the job that answers what was said; `states` is what the roster knows of personas.

    Raises:
        BadInput: the text or an id cannot be used.
        UnknownPersona: the fleet has nobody of that name.
        PersonaAway: who was asked takes no messages, or nobody does.
    """
    persona = _asked(said.persona, fleet, states)
    text = intake.clean(said.text)
    chosen = route(text, persona, fleet.routing)
    chat, message = label(said.session, "session"), label(said.message, "message id")
    first = job_id(said.platform, said.platform, chat, message, persona=persona.name)
    anew = partial(job_id, said.platform, said.platform, chat, message, persona=persona.name, kind=REGENERATE)
    return JobRequest(
        job=anew(ordinal=said.ordinal) if said.ordinal else first,
        replaces=first if said.ordinal else "",
        model=chosen.model,
        fallback=fleet.model(chosen.model).fallback,
        routed=chosen.why,
        session=session_of(said.platform, persona, chat),
        user=fitting(f"{said.platform}:{said.user}"),
        text=text,
        persona=persona.name,
        system_prompt=persona.prompt,
        sampling=varied(persona.sampling, said.ordinal),
        reasoning=persona.reasoning,
        recall=fleet.remembers(persona),
        context=persona.context,
        direct=True,
        pin=persona.pin,
        labels=persona.labels,
        adapter=persona.adapter,
        cache_s=persona.cache_s,
        private=persona.private,
        allow_cloud=persona.allow_cloud,
        deadline_s=fleet.jobs.deadline_s,
        unhosted_life_s=fleet.jobs.unhosted_life_s,
        max_in_flight=(persona.max_in_flight or fleet.jobs.max_in_flight) if said.bounded else 0,
    )


def _asked(name: str, fleet: Fleet, states: Mapping[str, PersonaState]) -> Persona:
    """Return who is asked: by name, else the first who takes messages."""
    present = roster.present(fleet.personas, states)
    persona = fleet.persona(name) if name else next(iter(present), fleet.personas[0])
    roster.refuse_away(persona, states)
    return persona


def varied(sampling: Sampling, ordinal: int) -> Sampling:
    """Return how words are picked: with a fixed seed, who asks anew would get the very same answer again."""
    if sampling.seed is None or not ordinal:
        return sampling
    return sampling.model_copy(update={"seed": (sampling.seed + ordinal) % (HIGHEST_SEED + 1)})


def session_of(platform: str, persona: Persona, chat: str) -> str:
    """Return the session's name in the ledger.

    Each persona has its own, since what was said to a private one must not ride to the cloud with another's prompt.
    """
    return fitting(f"{platform}:{slug(persona.name)}:{chat}")


def is_of(platform: str, session: str) -> bool:
    """Return whether a session was opened on `platform`."""
    return session.startswith(f"{platform}:")


def label(text: str, what: str) -> str:
    """Return an id that a client chose. Raises BadInput when it is not fit to be one."""
    if not _LABEL.fullmatch(text):
        raise BadInput(
            f"the {what} {text[:MAX_LABEL_CHARS]!r} cannot be used",
            next_step=f"use 1 to {MAX_LABEL_CHARS} letters, digits, dots, dashes or underscores",
        )
    return text
