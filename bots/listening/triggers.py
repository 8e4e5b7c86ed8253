"""What makes a persona answer: a call, a reply, a word or pattern of its own, or silence. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bots.listening import mentions
from bots.listening.context import ConversationContext
from bots.listening.patterns import Tree
from bots.listening.phrases import Phrases, words_of
from bots.listening.spoken import LOOKED_AT_CHARS, spoken
from bots.listening.visible import is_open_to, same
from bots.platform import Heard
from tasks.contracts.personas import KEYWORD, REGEX, SILENCE, Persona, TriggerRule


class Kind(StrEnum):
    """What a trigger is about."""

    MENTION = "mention"
    REPLY = "reply"
    KEYWORD = KEYWORD
    REGEX = REGEX
    SILENCE = SILENCE


@dataclass(frozen=True)
class Trigger:
    """A reason to answer."""

    kind: Kind
    value: str = ""
    """The word or pattern that was found, or the name that was called."""
    chance: float = 1.0
    """How likely it is then answered."""


class Rules:
    """The words and patterns of many personas, looked for at once."""

    def __init__(self, personas: Iterable[Persona]) -> None:
        ruled = [(persona.name, rule) for persona in personas for rule in persona.triggers]
        self._words = Phrases((rule.value, (name, rule)) for name, rule in ruled if rule.kind == KEYWORD)
        self._of: dict[str, list[tuple[str, TriggerRule]]] = defaultdict(list)
        for name, rule in ruled:
            if rule.kind == REGEX:
                self._of[rule.value].append((name, rule))
        self._patterns = tuple(self._of)
        self._tree = Tree(self._patterns)

    def fired(self, text: str) -> dict[str, tuple[Trigger, ...]]:
        """Return who has a reason to answer a text, by name: each rule once, however often its word is in there."""
        hits = [*self._words.values(words_of(spoken(text)))]
        hits += [hit for at in self._tree.found(text[:LOOKED_AT_CHARS]) for hit in self._of[self._patterns[at]]]
        found: dict[str, dict[Trigger, None]] = defaultdict(dict)
        for name, rule in hits:
            found[name][Trigger(Kind(rule.kind), rule.value, rule.chance)] = None
        return {name: tuple(sorted(fired, key=lambda one: (one.kind, one.value))) for name, fired in found.items()}


def detect(
    heard: Heard | None, persona: Persona, context: ConversationContext, silence_s: float = 0.0
) -> tuple[Trigger, ...]:
    """Return the reasons that a persona has to answer, each once.

    Without `heard` nobody said anything: one looked at the clock. `silence_s` is what holds for a silence trigger that
    names no time itself; 0: such a one never fires.
    """
    if heard is None:
        return silent_too_long(persona, context, silence_s)
    own = _rules(persona.name, persona.triggers).fired(heard.text).get(persona.name, ())
    return (*_called(heard, persona), *_replied(heard, persona), *own)


def silent_too_long(persona: Persona, context: ConversationContext, silence_s: float) -> tuple[Trigger, ...]:
    """Return the silence triggers whose time is up: once a silence, for once a bot has spoken it is over."""
    if not context.messages or context.bots_in_a_row:
        return ()
    due = [rule for rule in persona.triggers if rule.kind == SILENCE and _is_over(rule, context, silence_s)]
    return tuple(dict.fromkeys(Trigger(Kind.SILENCE, rule.value, rule.chance) for rule in due))


def _is_over(rule: TriggerRule, context: ConversationContext, silence_s: float) -> bool:
    wanted_s = rule.silence_s or silence_s
    return wanted_s > 0 and context.silence_ms >= wanted_s * 1000


def _called(heard: Heard, persona: Persona) -> Sequence[Trigger]:
    asked = bool(heard.persona) and is_open_to(heard, persona)
    return (Trigger(Kind.MENTION, persona.name),) if asked or mentions.detect(heard.text, persona) else ()


def _replied(heard: Heard, persona: Persona) -> Sequence[Trigger]:
    to_it = heard.replied_to_us and same(heard.replied_to_author, persona.name)
    return (Trigger(Kind.REPLY, persona.name),) if to_it else ()


@lru_cache(maxsize=1024)
def _rules(name: str, triggers: tuple[TriggerRule, ...]) -> Rules:
    return Rules([Persona(name=name, triggers=triggers)])
