"""The chat of the fault tests on a strict platform: what the bot says stands there, and is found as posts of jobs."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bots.delivery.pages import NO_LONGER, PLACEHOLDER
from bots.platform import Bounds, Outgoing, Place, Platform, Proof
from tasks.contracts.jobs import NOTICES, Outcome
from tests.emulators.strict import Message, Strict
from tests.faults.chat import Chat, Post

CHARS = 220  # so that some answers are several messages
LASTING_S, SHORT_S = 120.0, 0.2  # a nonce's life, longer and shorter than any recovery


class StrictChat(Chat):
    """The chat, seen from the platform's side."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self._platform = Strict(platform_file(file))

    def posts(self) -> list[Post]:
        """Return a post for each message that answers another, the one that is whole with those that follow it."""
        said: dict[str, list[Message]] = defaultdict(list)
        for message in self._platform.messages():
            if message.text not in {PLACEHOLDER, NO_LONGER}:
                said[message.topic].append(message)
        return [post for topic, messages in said.items() for post in self._posts_of(topic, messages)]

    def strays(self) -> int:
        """Return how many placeholders were left behind."""
        return self._platform.texts().count(PLACEHOLDER)

    def _posts_of(self, topic: str, messages: list[Message]) -> list[Post]:
        answers = [message for message in messages if message.answers]
        more = [message for message in messages if not message.answers]
        if not any(message.final for message in answers) or not all(message.final for message in more):
            return []
        *others, answer = sorted(answers, key=lambda message: message.final)
        return [self._post(topic, [answer, *more]), *(self._post(topic, [other]) for other in others)]

    def _post(self, topic: str, messages: list[Message]) -> Post:
        text = " ".join(message.text for message in messages)
        kind = Outcome.NOTICE if text in NOTICES.values() else Outcome.REPLY
        return Post(self.job(int(topic)), kind, text, max(message.changed_ms for message in messages))


@dataclass(frozen=True)
class Kind:
    """One way in which a platform lets one know what has arrived."""

    proof: Proof
    nonce_s: float = 0.0
    open: Callable[[Path, Bounds, Proof], Platform] = field(kw_only=True)

    def platform(self, file: Path) -> Platform:
        """Open the platform."""
        bounds = Bounds(chars=CHARS, edit_every_s=0.05, typing_every_s=8.0, nonce_window_s=self.nonce_s)
        return self.open(platform_file(file), bounds, self.proof)


class _Opened(Strict):
    def __init__(self, file: Path, bounds: Bounds, proof: Proof, nonce_life_s: float | None = None) -> None:
        super().__init__(file, proof, bounds=bounds, nonce_life_s=nonce_life_s)


class WithoutNonces(_Opened):
    """A mutation: the adapter makes up another nonce each time."""

    async def post(self, place: Place, what: Outgoing) -> str:
        return await super().post(place, replace(what, nonce=f"{random.getrandbits(100):x}"[:25]))


class WithoutHistory(_Opened):
    """A mutation: the adapter never looks."""

    async def find(self, place: Place, what: Outgoing, since_ms: int) -> str:
        return ""


class WithoutPlaceholders(_Opened):
    """A mutation: the adapter says that nonces hold, on a platform that knows none."""

    def __init__(self, file: Path, bounds: Bounds, proof: Proof) -> None:
        super().__init__(file, bounds, proof, nonce_life_s=0.0)


KINDS = {
    "nonce": Kind(Proof.NONCE, LASTING_S, open=_Opened),
    "history": Kind(Proof.NONCE, SHORT_S, open=_Opened),
    "placeholder": Kind(Proof.PLACEHOLDER, open=_Opened),
    "original": Kind(Proof.ORIGINAL, open=_Opened),
}
MUTATIONS = {
    "nonce off": Kind(Proof.NONCE, LASTING_S, open=WithoutNonces),
    "history off": Kind(Proof.NONCE, SHORT_S, open=WithoutHistory),
    "placeholder off": Kind(Proof.NONCE, LASTING_S, open=WithoutPlaceholders),
}


def platform_file(chat: Path) -> Path:
    """Return where the platform of a chat keeps its messages."""
    return chat.with_name("platform.sqlite")
