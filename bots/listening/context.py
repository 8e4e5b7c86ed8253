"""A conversation at a glance: who takes part, who spoke last, what was asked, of what, and how fast. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, takewhile

from bots.folding import tokens
from bots.listening.questions import has_question
from bots.listening.spoken import spoken
from bots.listening.topics import extract
from bots.platform import Heard

MINUTE_MS = 60_000
TEMPO_MS = 5 * MINUTE_MS  # how far one looks back for how fast it goes
STEADY_PER_MINUTE = 1.0
BUSY_PER_MINUTE = 3.0


class Tempo(StrEnum):
    """How fast a conversation goes."""

    QUIET = "quiet"
    STEADY = "steady"
    BUSY = "busy"


@dataclass(frozen=True)
class ConversationContext:
    """What one sees who has read the last messages."""

    messages: int = 0
    participants: tuple[str, ...] = ()
    """Names of everybody who spoke, who spoke last first."""
    last_speaker: str = ""
    last_persona: str = ""
    """The bot or persona that spoke last, by name; empty: none did."""
    bots_in_a_row: int = 0
    """How many messages of bots stand at the end, one after another."""
    question: bool = False
    """Whether the last message asks something."""
    unanswered: str = ""
    """The last message that asks something and after which nobody else has spoken."""
    addressed: bool = False
    """Whether the last message is meant for the bot, by the platform's own mark: mention, reply or direct."""
    mentions: tuple[str, ...] = ()
    """What stands behind an @ in the last message, folded."""
    topics: tuple[str, ...] = ()
    """What is talked about, the most important first."""
    per_minute: float = 0.0
    """Messages, over the last five minutes."""
    tempo: Tempo = Tempo.QUIET
    silence_ms: int = 0
    """Since the last message."""


NOTHING_SAID = ConversationContext()


def analyze(messages: Sequence[Heard], now_ms: int) -> ConversationContext:
    """Return the context of a conversation: its last messages, the oldest first."""
    if not messages:
        return NOTHING_SAID
    last = messages[-1]
    rate = sum(1 for heard in messages if 0 <= now_ms - heard.at_ms < TEMPO_MS) * MINUTE_MS / TEMPO_MS
    return ConversationContext(
        messages=len(messages),
        participants=tuple(dict.fromkeys(heard.author for heard in reversed(messages))),
        last_speaker=last.author,
        last_persona=next((heard.author for heard in reversed(messages) if heard.from_bot), ""),
        bots_in_a_row=sum(1 for _ in takewhile(lambda heard: heard.from_bot, reversed(messages))),
        question=has_question(last.text),
        unanswered=_unanswered(messages),
        addressed=last.mentioned or last.replied_to_us or last.direct,
        mentions=_marked(last.text),
        topics=extract(messages),
        per_minute=rate,
        tempo=tempo_of(rate),
        silence_ms=max(0, now_ms - last.at_ms),
    )


def tempo_of(per_minute: float) -> Tempo:
    """Return what one calls so many messages a minute."""
    if per_minute >= BUSY_PER_MINUTE:
        return Tempo.BUSY
    return Tempo.STEADY if per_minute >= STEADY_PER_MINUTE else Tempo.QUIET


def _unanswered(messages: Sequence[Heard]) -> str:
    """Return the last question, unless somebody else spoke after it."""
    asker = messages[-1].author
    own = takewhile(lambda heard: heard.author == asker, reversed(messages))
    return next((heard.message for heard in own if has_question(heard.text)), "")


def _marked(text: str) -> tuple[str, ...]:
    words = tokens(spoken(text))
    marked = (name.text for at, name in pairwise(words) if at.text == "@" and name.is_word and at.end == name.start)
    return tuple(dict.fromkeys(marked))
