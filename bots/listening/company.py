"""All personas of a flock, arranged so that one look at a message finds whom it concerns. Pure; made once a fleet.

A look costs what the message is long and how many it concerns, not how many there are: names, words and topics lie in
tries, patterns in a tree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from bots.choosing import States
from bots.listening import mentions
from bots.listening.context import ConversationContext
from bots.listening.phrases import Phrases, words_of
from bots.listening.spoken import spoken
from bots.listening.triggers import Rules, Trigger
from bots.listening.visible import plain
from bots.platform import Heard
from tasks.contracts.fleet import Fleet
from tasks.contracts.personas import Persona

SAID_POINTS = 2  # for a topic that is in the message itself
TALKED_POINTS = 1  # for one that the conversation is about


class Company:
    """The personas of one fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self._enabled = [persona for persona in fleet.personas if persona.enabled]
        self._order = {persona.name: at for at, persona in enumerate(self._enabled)}
        self._everywhere = [persona for persona in self._enabled if not persona.channels]
        self._there: dict[str, list[Persona]] = defaultdict(list)
        for persona in self._enabled:
            for channel in dict.fromkeys(persona.channels):
                self._there[channel].append(persona)
        self._by_name = {
            plain(form): persona.name
            for persona in reversed(fleet.personas)
            for form in (*persona.aliases, persona.name)
        }
        self._names = mentions.index(self._enabled)
        self._rules = Rules(self._enabled)
        self._topics = Phrases((topic, persona.name) for persona in self._enabled for topic in persona.topics)
        self.eager = frozenset(persona.name for persona in self._enabled if persona.chance)
        """Who may join in unasked, whatever holds for the others."""
        self.modest = frozenset(persona.name for persona in self._enabled if persona.chance is not None)
        self.silent = tuple(
            persona for persona in self._enabled if any(rule.kind == "silence" for rule in persona.triggers)
        )
        """Who speaks when nobody does."""

    def present(self, heard: Heard, states: States) -> dict[str, Persona]:
        """Return who may speak where a message was said, by name, in the order of the file."""
        pool = self._feed(heard) if heard.bot == self.fleet.feed.name else self._here(heard)
        return {
            persona.name: persona
            for persona in pool
            if not ((state := states.get(persona.name)) is not None and state.disabled)
        }

    def known(self, name: str) -> str:
        """Return the name of the persona, enabled or not, that somebody means by a name or an alias; empty: none."""
        return self._by_name.get(plain(name), "")

    def called(self, text: str) -> tuple[str, ...]:
        """Return who is called by name in a text, in its order."""
        return mentions.named(text, self._names)

    def fired(self, text: str) -> dict[str, tuple[Trigger, ...]]:
        """Return whose words or patterns are in a text."""
        return self._rules.fired(text)

    def likes(self, text: str, context: ConversationContext) -> Mapping[str, int]:
        """Return how much each persona likes what is talked about; who does not care is left out."""
        points: Counter[str] = Counter(dict.fromkeys(self._topics.values(words_of(spoken(text))), SAID_POINTS))
        for topic in context.topics:
            points.update(dict.fromkeys(self._topics.values(words_of(topic)), TALKED_POINTS))
        return points

    def _here(self, heard: Heard) -> Sequence[Persona]:
        places = dict.fromkeys((heard.bot, heard.place.chat, heard.parent))
        bound = {persona.name: persona for place in places for persona in self._there.get(place, ())}
        if not bound:
            return self._everywhere
        return sorted((*self._everywhere, *bound.values()), key=lambda persona: self._order[persona.name])

    def _feed(self, heard: Heard) -> Sequence[Persona]:
        """Return who speaks in the feed: who is named for it, else who has it among its channels, else everybody."""
        named = self.fleet.feed.personas
        if named:
            return [persona for persona in self._enabled if persona.name in named]
        return self._there.get(heard.bot) or self._here(heard)


class _Same:
    """A fleet that is compared by being the very same one: to compare a thousand personas would take too long."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def __hash__(self) -> int:
        return id(self.fleet)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.fleet is other.fleet


def company_of(fleet: Fleet) -> Company:
    """Return the personas of a fleet, arranged; the same fleet is arranged once."""
    return _arranged(_Same(fleet))


@lru_cache(maxsize=64)
def _arranged(same: _Same) -> Company:
    return Company(same.fleet)
