"""From what was asked for over OpenAI's API to the job that does it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bots.web.openai import tools
from bots.web.openai.asked import ChatRequest
from bots.web.openai.embedding import EmbeddingRequest
from bots.web.openai.messages import system_of, turns_of
from bots.web.openai.speakers import Speaker
from bots.web.visitors import Visitor
from tasks.contracts.errors import BadInput
from tasks.contracts.fleet import Fleet
from tasks.contracts.messages import MAX_TEXT_CHARS, JobRequest, Sampling, Turn
from tasks.contracts.personas import AUTO, HIGHEST_SEED
from tasks.contracts.routing import Route, route
from tasks.jobs import intake, roster
from tasks.jobs.roster import PersonaState

LEAST_TOP_P = 1e-6  # the likeliest word alone, which is what 0 means elsewhere


@dataclass(frozen=True)
class Order:
    """Who asks for a job, and by which names it is known."""

    asker: Visitor
    job: str
    session: str


def chat(
    asked: ChatRequest, speaker: Speaker, fleet: Fleet, states: Mapping[str, PersonaState], order: Order
) -> JobRequest:
    """Return the job that answers a conversation.

    Raises:
        PersonaAway: the persona takes no messages.
        BadInput: it cannot be a job.
    """
    roster.refuse_away(speaker.persona, states)
    said = turns_of(asked.messages)
    text, history = question_of(said)
    prompts = (system_of(asked.messages), speaker.persona.prompt)
    return _job(
        order,
        speaker,
        route(said[-1].text, speaker.persona, fleet.routing),
        fleet,
        text=text,
        history=history,
        system_prompt="\n\n".join(filter(None, prompts)),
        sampling=sampling(asked, speaker.persona.sampling),
        response_format=tools.form(asked.response_format),
        tools=tools.tools(asked.tools),
        tool_choice=tools.choice(asked.tool_choice) if asked.tools else None,
    )


def embedding(asked: EmbeddingRequest, speaker: Speaker, fleet: Fleet, order: Order) -> JobRequest:
    """Return the job that makes vectors of texts. Raises BadInput."""
    if speaker.persona.model == AUTO:
        raise BadInput(
            f"{speaker.name!r} has no model of its own to make vectors with",
            next_step="name a model; `GET /v1/models` lists them",
        )
    chosen = Route(speaker.persona.model, "")
    return _job(order, speaker, chosen, fleet, text="", work="embed", inputs=tuple(asked.inputs))


def question_of(said: tuple[Turn, ...]) -> tuple[str, tuple[Turn, ...]]:
    """Return the question and what was said before it.

    Nothing of a text is changed here: one that the ledger would tidy up goes along as a turn.
    """
    *before, last = said
    if last.role == "user" and _stays_as_it_is(last.text):
        return last.text, tuple(before)
    return "", said


def _stays_as_it_is(text: str) -> bool:
    try:
        return len(text) <= MAX_TEXT_CHARS and intake.clean(text) == text
    except BadInput:
        return False


def sampling(asked: ChatRequest, own: Sampling) -> Sampling:
    """Return how words are picked: as the client says, and where it says nothing, as the persona does."""
    said: dict[str, Any] = {
        "temperature": asked.temperature,
        "top_p": None if asked.top_p is None else max(asked.top_p, LEAST_TOP_P),
        "max_tokens": asked.most_tokens,
        "seed": None if asked.seed is None else asked.seed % (HIGHEST_SEED + 1),
        "stop": asked.stops or None,
        "presence_penalty": asked.presence_penalty,
        "frequency_penalty": asked.frequency_penalty,
    }
    return own.model_copy(update={field: value for field, value in said.items() if value is not None})


def _job(order: Order, speaker: Speaker, chosen: Route, fleet: Fleet, **special: Any) -> JobRequest:
    persona = speaker.persona
    try:
        return JobRequest(
            job=order.job,
            session=order.session,
            user=order.asker.user,
            model=chosen.model,
            routed=chosen.why,
            fallback=fleet.model(chosen.model).fallback,
            persona=speaker.label,
            reasoning=persona.reasoning,
            pin=persona.pin,
            labels=persona.labels,
            adapter=persona.adapter,
            cache_s=persona.cache_s,
            private=persona.private,
            allow_cloud=persona.allow_cloud,
            remember=False,
            deadline_s=fleet.jobs.deadline_s,
            unhosted_life_s=fleet.jobs.deadline_s,  # nobody comes back for it: who asked is on the line
            max_in_flight=order.asker.limits.at_once,
            **special,
        )
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BadInput(f"{place}: {first['msg']}" if place else first["msg"], next_step="ask for less at once") from exc
