"""Who answers under the name in `model`: a persona, or a model that says nothing of itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bots import replies
from tasks.contracts.errors import UnknownModel
from tasks.contracts.fleet import Fleet
from tasks.contracts.messages import MAX_TOKENS
from tasks.contracts.personas import Persona
from tasks.contracts.problems import closest, listed

PLAIN = "model:"  # in front of a model's name: the model, where a persona has the same one
OPEN_ENDED_TOKENS = 4_096  # of an answer whose length nobody said anything about
PERSONA, MODEL = "persona", "model"


@dataclass(frozen=True)
class Speaker:
    """Who answers under a name."""

    name: str
    """What a client asks for."""
    kind: str
    """`PERSONA` or `MODEL`."""
    persona: Persona
    """How it answers; of a plain model, one without a character."""
    demo: bool
    """Whether the built-in demo model answers."""

    @property
    def label(self) -> str:
        """The name of the persona, to the ledger; a plain model has none."""
        return self.persona.name if self.kind == PERSONA else ""


def speakers(fleet: Fleet) -> Iterator[Speaker]:
    """Yield everybody who answers, personas first, each under a name of its own."""
    taken = {persona.name for persona in fleet.personas}
    for persona in fleet.personas:
        yield Speaker(persona.name, PERSONA, persona, replies.speaks_as_demo(persona, fleet))
    for model in fleet.models:
        name = f"{PLAIN}{model.name}" if model.name in taken else model.name
        yield Speaker(name, MODEL, plain(model.name, fleet), model.builtin == "demo")


def speaker(name: str, fleet: Fleet) -> Speaker:
    """Return who answers under `name`.

    Raises:
        UnknownModel: nobody does.
    """
    plainly = name.removeprefix(PLAIN)
    if plainly == name and (persona := _persona(name, fleet)):
        return Speaker(name, PERSONA, persona, replies.speaks_as_demo(persona, fleet))
    if any(model.name == plainly for model in fleet.models):
        return Speaker(name, MODEL, plain(plainly, fleet), replies.is_demo(plainly, fleet))
    known = [one.name for one in speakers(fleet)]
    hint = closest(name, known) or "`GET /v1/models` lists who answers"
    raise UnknownModel(f"nobody answers under the name {name!r}; there are: {listed(known)}", next_step=hint)


def plain(model: str, fleet: Fleet) -> Persona:
    """Return a persona that adds nothing to a model. Raises UnknownModel."""
    most_tokens = max(MAX_TOKENS, min(OPEN_ENDED_TOKENS, fleet.model(model).context_tokens // 2))
    return Persona(name=model, model=model, max_tokens=most_tokens)


def _persona(name: str, fleet: Fleet) -> Persona | None:
    return next((persona for persona in fleet.personas if persona.name == name), None)
