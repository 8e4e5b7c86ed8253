"""Who answers, as OpenAI's API lists models. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bots.web.openai.said import Told
from bots.web.openai.speakers import PERSONA, Speaker, speaker, speakers
from tasks.contracts.fleet import Fleet
from tasks.jobs import roster
from tasks.jobs.roster import PersonaState

LONG_AGO_S = 1_700_000_000  # clients want to know when a model was made, and nobody here does


class ModelTold(Told):
    """A persona or a model."""

    id: str
    object: Literal["model"] = "model"
    created: int = LONG_AGO_S
    owned_by: Literal["persona", "model"]
    demo: bool
    """Whether the built-in demo model answers."""


class ModelList(Told):
    """Everybody who answers."""

    object: Literal["list"] = "list"
    data: list[ModelTold]


def listing(fleet: Fleet, states: Mapping[str, PersonaState]) -> ModelList:
    """Return everybody who takes messages, personas first."""
    present = (one for one in speakers(fleet) if not roster.why_away(one.persona, states) or one.kind != PERSONA)
    return ModelList(data=[_told(one) for one in present])


def one(name: str, fleet: Fleet) -> ModelTold:
    """Return who answers under a name. Raises UnknownModel."""
    return _told(speaker(name, fleet))


def _told(one: Speaker) -> ModelTold:
    return ModelTold(id=one.name, owned_by="persona" if one.kind == PERSONA else "model", demo=one.demo)
