"""Who answers a message: whoever is called, else whom a word of theirs or the strategy brings in, else nobody. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bots.choosing import Draw, States, select
from bots.listening import probability
from bots.listening.company import Company, company_of
from bots.listening.context import ConversationContext
from bots.listening.triggers import Kind, Trigger, silent_too_long
from bots.platform import Heard
from tasks.contracts.fleet import Fleet
from tasks.contracts.personas import Persona
from tasks.contracts.talking import Strategy

COMMANDED = "command"
UNASKED = "unasked"


@dataclass(frozen=True)
class Chosen:
    """Who answers, and why."""

    persona: Persona
    why: str
    """"command", a kind of trigger, the strategy that chose, or "unasked"."""


@dataclass(frozen=True)
class Scene:
    """A message, what it stands in, and what may be chosen by."""

    heard: Heard
    context: ConversationContext
    states: States
    residents: frozenset[str]
    turn: int
    rng: random.Random


def dice(heard: Heard, salt: str = "") -> random.Random:
    """Return dice that fall the same way whenever the same message comes again, in whatever process."""
    return random.Random(f"{heard.platform} {heard.bot} {heard.place.chat} {heard.message} {salt}")  # noqa: S311 -- no secret


def cast(
    heard: Heard,
    context: ConversationContext,
    fleet: Fleet,
    states: States,
    residents: frozenset[str],
    turn: int,
    rng: random.Random,
) -> Persona | None:
    """Return who answers a message; None: nobody does.

    `context` is that of the conversation with this message as its last one, `residents` the models in memory, `turn`
    how many turns were taken so far; `dice` makes an `rng` by which a message that comes twice has one answer.
    """
    chosen = choose(Scene(heard, context, states, residents, turn, rng), fleet)
    return chosen.persona if chosen else None


def choose(scene: Scene, fleet: Fleet) -> Chosen | None:
    """Return who answers a message and why; None: nobody does."""
    company = company_of(fleet)
    heard, context = scene.heard, scene.context
    present = company.present(heard, scene.states)
    if not present or (heard.from_bot and _is_enough(heard, context, company)):
        return None
    if heard.persona:
        commanded = present.get(company.known(heard.persona))
        return Chosen(commanded, COMMANDED) if commanded else None
    return (
        _called(heard, company, present)
        or _addressed(scene, company, present)
        or _triggered(scene, company, present)
        or _unasked(scene, company, present)
    )


def speak_first(
    after: Heard, context: ConversationContext, fleet: Fleet, states: States, residents: frozenset[str], turn: int
) -> Chosen | None:
    """Return who speaks because nobody does, after the last message of a place; None: nobody.

    Asked again and again during one silence it says the same for each persona, once that one's time has come.
    """
    company = company_of(fleet)
    present = company.present(after, states)
    pool = [one for one in company.silent if one.name in present and _breaks_silence(one, after, context, fleet)]
    scene = Scene(after, context, states, residents, turn, dice(after))
    chosen = select(fleet.casting.strategy, _draw(scene, company, pool)) if pool else None
    return Chosen(chosen, Kind.SILENCE) if chosen else None


def _breaks_silence(persona: Persona, after: Heard, context: ConversationContext, fleet: Fleet) -> bool:
    fired = silent_too_long(persona, context, fleet.casting.silence_s)
    rng = dice(after, persona.name)
    return any(rng.random() < trigger.chance for trigger in fired)


def _is_enough(heard: Heard, context: ConversationContext, company: Company) -> bool:
    """Return whether a bot is not answered any more: bots have talked to each other for long enough, or it is ours."""
    return context.bots_in_a_row > company.fleet.casting.hops or bool(company.known(heard.author))


def _called(heard: Heard, company: Company, present: Mapping[str, Persona]) -> Chosen | None:
    """Return whoever is called by name, the first of several; else whoever is replied to."""
    for name in company.called(heard.text):
        if name in present:
            return Chosen(present[name], Kind.MENTION)
    author = present.get(company.known(heard.replied_to_author)) if heard.replied_to_us else None
    return Chosen(author, Kind.REPLY) if author else None


def _addressed(scene: Scene, company: Company, present: Mapping[str, Persona]) -> Chosen | None:
    """Return who answers for the bot, where the bot itself was addressed: somebody must."""
    heard = scene.heard
    if not (heard.mentioned or heard.direct or heard.replied_to_us):
        return None
    strategy = company.fleet.casting.strategy
    draw = _draw(scene, company, list(present.values()))
    persona = select(strategy, draw)
    if persona is not None:
        return Chosen(persona, strategy)
    usual = select("mention", draw)
    return Chosen(usual, "mention") if usual else None


def _triggered(scene: Scene, company: Company, present: Mapping[str, Persona]) -> Chosen | None:
    """Return one of those whose words or patterns are in the message, as far as their chances let them."""
    fired = company.fired(scene.heard.text)
    pool = [one for name, one in present.items() if name in fired and _wants(scene, company, one, fired[name])]
    if not pool:
        return None
    persona = select(_open(company), _draw(scene, company, pool)) or pool[0]
    return Chosen(persona, fired[persona.name][0].kind)


def _unasked(scene: Scene, company: Company, present: Mapping[str, Persona]) -> Chosen | None:
    """Return who joins in although nobody asked, if the dice say so."""
    everybody = company.fleet.casting.chance > 0
    pool = [one for name, one in present.items() if name in company.eager or (everybody and name not in company.modest)]
    persona = select(_open(company), _draw(scene, company, pool)) if pool else None
    return Chosen(persona, UNASKED) if persona and _wants(scene, company, persona) else None


def _wants(scene: Scene, company: Company, persona: Persona, fired: Sequence[Trigger] = ()) -> bool:
    chance = probability.of(scene.context, scene.heard, persona, fired, company.fleet.casting.chance)
    return scene.rng.random() < chance


def _open(company: Company) -> Strategy:
    """Return the strategy where nobody was called: one that goes by names alone cannot say, and weights can."""
    strategy = company.fleet.casting.strategy
    return "weighted" if strategy == "mention" else strategy


def _draw(scene: Scene, company: Company, pool: Sequence[Persona]) -> Draw:
    heard = scene.heard
    return Draw(
        pool=pool,
        rng=scene.rng,
        turn=scene.turn,
        states=scene.states,
        residents=scene.residents,
        scores=company.likes(heard.text, scene.context),
        last=scene.context.last_persona,
        place=frozenset({heard.bot, heard.place.chat, heard.parent} - {""}),
    )
