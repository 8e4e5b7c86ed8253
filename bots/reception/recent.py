"""What a bot has heard lately: enough to tell what a conversation is about, and nothing that must not be lost."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Self

from bots.platform import Heard, Place
from bots.reception.bounded import Bounded
from tasks.contracts.messages import JobRequest

CHATS = 500
MESSAGES = 20  # of a chat
TEXT_CHARS = 600  # of a message: who looks at a conversation reads no books
ASKED = 2_000
PROMPT = "system_prompt"
Where = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Packed:
    """A job as a few hundred bytes: as an object it has four thousand, and a bot remembers two thousand of them."""

    session: str
    prompt: str
    """Its persona's, which all of its jobs share."""
    rest: bytes

    @classmethod
    def of(cls, request: JobRequest) -> Self:
        """Return a job packed."""
        rest = request.model_dump_json(exclude_defaults=True, exclude={PROMPT})
        return cls(request.session, request.system_prompt, rest.encode())

    def job(self) -> JobRequest:
        """Return the job."""
        return JobRequest.model_validate_json(self.rest).model_copy(update={PROMPT: self.prompt})


@dataclass(frozen=True)
class Asked:
    """A message that became a job, and who answers it."""

    job: str
    persona: str


def chat_of(place: Place) -> str:
    """Return what tells one conversation of a platform from another: its chat, and a topic within.

    >>> chat_of(Place("-100", message="7", topic="3"))
    '-100.3'
    """
    return f"{place.chat}.{place.topic}" if place.topic else place.chat


class Recent:
    """The last messages of each chat, and what became of them."""

    def __init__(self) -> None:
        self._chats: Bounded[str, deque[Heard]] = Bounded(CHATS)
        self._requests: Bounded[Where, Packed] = Bounded(ASKED)
        self._latest: Bounded[Where, Asked] = Bounded(ASKED)

    def note(self, heard: Heard) -> None:
        """Remember that something was said; the same message again takes the place of what it was."""
        chat = chat_of(heard.place)
        said = self._chats.get(chat) or deque(maxlen=MESSAGES)
        short = replace(heard, text=heard.text[:TEXT_CHARS], chain=(), attachments=())
        at = next((at for at, known in enumerate(said) if known.message == heard.message), None)
        if at is None:
            said.append(short)
        else:
            said[at] = short
        self._chats.put(chat, said)

    def said(self, place: Place) -> tuple[Heard, ...]:
        """Return what was said in a chat lately, the oldest first."""
        return tuple(self._chats.get(chat_of(place)) or ())

    def talks(self) -> list[tuple[Heard, ...]]:
        """Return what was said lately in each chat where anything was, the oldest first."""
        return [tuple(said) for said in self._chats.values() if said]

    def answered(self, heard: Heard, request: JobRequest) -> None:
        """Remember that a message became a job, and that a persona has its say there next."""
        short = request.model_copy(update={"text": request.text[-TEXT_CHARS:]})  # the question is the end of it
        self._requests.put((chat_of(heard.place), heard.message), Packed.of(short))
        self.asked(heard.place, request)
        ours = replace(heard, message=request.job, author=request.persona, text="", from_bot=True, mentioned=False)
        self.note(replace(ours, direct=False, replied_to_us=False, persona=""))

    def asked(self, place: Place, request: JobRequest) -> None:
        """Remember the latest job of a person in a chat."""
        self._latest.put((chat_of(place), request.user), Asked(request.job, request.persona))

    def request(self, heard: Heard) -> JobRequest | None:
        """Return the job that a message became, as far as it is remembered: of its text, the end."""
        packed = self._requests.get((chat_of(heard.place), heard.message))
        return packed.job() if packed is not None else None

    def asked_in(self, session: str) -> list[JobRequest]:
        """Return what was asked in a session lately."""
        return [packed.job() for packed in self._requests.values() if packed.session == session]

    def latest(self, place: Place, user: str) -> Asked | None:
        """Return what a person asked last in a chat."""
        return self._latest.get((chat_of(place), user))
