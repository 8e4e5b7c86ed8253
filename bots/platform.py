"""What every chat platform is to the rest of the room: what was heard, where words go, and what an adapter can do.

An adapter (`bots/discord/`, `bots/telegram/`, `bots/feed/`) turns its platform's events into `Heard` and offers
`Platform`. Everything else, from who answers to how a reply gets there exactly once, is shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

WHISPER = "whisper"
"""A way to post: to who asked alone. Where that cannot be, nothing is posted: others are there."""


class Proof(StrEnum):
    """How one can know, after a crash, whether a message had been posted."""

    NONCE = "nonce"  # the platform posts a nonce once within minutes; after that one looks into the history
    PLACEHOLDER = "placeholder"  # a short message first, whose id is recorded; the answer is an edit of it
    ORIGINAL = "original"  # there is exactly one message to edit, whoever asks: the answer to an interaction


@dataclass(frozen=True)
class Place:
    """Where words go. Ids only: it rides in the job, as `JobRequest.reply_to`."""

    chat: str
    """The channel or chat; of a thread, the thread."""
    message: str = ""
    """The message that is answered, shown as a reply to it; empty: none."""
    topic: str = ""
    """A topic within the chat, where the platform counts those apart."""
    via: str = ""
    """The way a platform posts here, where it has several ("interaction", "webhook"); empty: its usual one."""

    def as_ids(self) -> dict[str, str]:
        """Return it as a job carries it, without what is empty."""
        return {name: value for name, value in vars(self).items() if value}

    @classmethod
    def of(cls, ids: Mapping[str, str]) -> Place:
        """Return the place that a job carries."""
        return cls(**{name: ids.get(name, "") for name in ("chat", "message", "topic", "via")})


@dataclass(frozen=True)
class Quoted:
    """A message that one stands under: somebody else's words, never instructions."""

    author: str
    text: str
    ours: bool = False
    """Whether a persona of this bot said it."""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message. Its bytes are fetched by the adapter's own rules, never kept in Redis."""

    name: str
    url: str
    kind: str
    """Its media type, as the platform says it."""
    size: int


@dataclass(frozen=True)
class Heard:
    """One message of a person on a platform."""

    platform: str
    bot: str
    """The name of this bot: its outbox, and part of what tells one event from another."""
    place: Place
    message: str
    user: str
    """The platform's number of the person. Names are shown, never trusted."""
    author: str
    text: str
    at_ms: int
    direct: bool = False
    """Said to the bot alone."""
    guild: str = ""
    parent: str = ""
    """The channel that a thread belongs to, whose rules hold in it; empty: it is no thread."""
    roles: frozenset[str] = frozenset()
    mentioned: bool = False
    """Whether the bot itself was addressed, by the platform's own mark."""
    replied_to: str = ""
    """The message that this one answers."""
    replied_to_us: bool = False
    replied_to_author: str = ""
    """Who said what it answers, by name: with several personas behind one bot, the one that is meant."""
    chain: tuple[Quoted, ...] = ()
    """What it stands under, the oldest first."""
    attachments: tuple[Attachment, ...] = ()
    from_bot: bool = False
    vouched: bool = True
    """Whether the platform knows that it is them; in a feed anybody may call themselves anything."""
    alone: Place | None = None
    """Where nobody else reads an answer, if not here; None: nowhere that is known."""
    persona: str = ""
    """Who was asked for by name, by a command; empty: nobody."""
    edited: bool = False


@dataclass(frozen=True)
class Face:
    """How a persona looks where the platform lets it."""

    name: str
    avatar: str = ""
    """An https address of a picture."""


@dataclass(frozen=True)
class Button:
    """Something to press below an answer. Whoever presses is checked when it is pressed."""

    action: str
    """"stop" or "regenerate"."""
    job: str
    label: str


@dataclass(frozen=True)
class Outgoing:
    """One message to post or to put in the place of another."""

    text: str
    nonce: str
    """The same for the same chunk of the same job, for ever: at most 25 letters and digits."""
    face: Face | None = None
    buttons: tuple[Button, ...] = ()
    file: tuple[str, bytes] | None = None
    """A name and what is in it, where the words are too many for messages."""
    reply: bool = True
    """Whether it is shown as a reply to `Place.message`: the first chunk is, the others follow it."""
    final: bool = False
    """Whether it stays as it is: while words still come it is plain, marked up at the end."""


@dataclass(frozen=True)
class Bounds:
    """What a platform takes, and how often."""

    chars: int
    """Of one message, as `Platform.length` counts."""
    edit_every_s: float
    """Between two edits in one chat: all messages of a chat share them."""
    typing_every_s: float
    """How long the sign that somebody writes stays."""
    nonce_window_s: float = 0.0
    """How long the platform surely remembers a nonce."""
    edits: bool = True
    """Whether a message can be changed once it stands there. Where none can, only what is final is posted."""


class Platform(Protocol):
    """What a platform's adapter can do. Each call fails with a `Platform…` error of the tree, or not at all."""

    name: str

    def bounds(self, place: Place) -> Bounds:
        """Return what may be sent there."""

    def proof(self, place: Place) -> Proof:
        """Return how a post there is known to have arrived."""

    def length(self, text: str) -> int:
        """Return how long a text is by the platform's count."""

    async def post(self, place: Place, what: Outgoing) -> str:
        """Post a message and return its id.

        Raises:
            PlatformBusy: nothing was taken; the same again after `retry_after_s`.
            PlatformUnavailable: it may have arrived. Ask `find` before the same is posted again.
            PlatformRefused: it never will.
        """

    async def edit(self, place: Place, message: str, what: Outgoing) -> None:
        """Put other words in the place of a message's. Safe to repeat. Raises as `post` does."""

    async def find(self, place: Place, what: Outgoing, since_ms: int) -> str:
        """Return the id of a message that was posted with this nonce, or for the same question with the same words.

        Empty: there is none. Raises as `post` does.
        """

    async def typing(self, place: Place) -> None:
        """Show that an answer is being written. What goes wrong with it is nobody's concern."""
