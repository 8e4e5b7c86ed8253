"""What all messages of one chat share: one call at a time, a budget of edits, a wait when the platform says so."""

from __future__ import annotations

import asyncio


class Chat:
    """One chat, for as long as somebody has something to say in it and a little longer."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.letters = 0
        self._free_s = 0.0
        self._busy_s = 0.0
        self._typing_s: dict[str, float] = {}

    def slot(self, now_s: float, every_s: float) -> float:
        """Take the next turn to edit, and return when that is: whoever asks first comes first."""
        turn_s = max(now_s, self._free_s)
        self._free_s = turn_s + every_s
        return turn_s

    def spent(self, now_s: float, every_s: float) -> None:
        """Note a call that did not wait for its turn; those who wait do so a little longer."""
        self._free_s = max(self._free_s, now_s + every_s)

    def hold(self, until_s: float) -> None:
        """Say nothing at all until then: the platform wants it so."""
        self._busy_s = max(self._busy_s, until_s)

    def held_s(self, now_s: float) -> float:
        """Return for how long nothing may be said."""
        return max(0.0, self._busy_s - now_s)

    def types(self, topic: str, now_s: float, every_s: float) -> bool:
        """Return whether it is time to show again that somebody writes; if so, it is taken as shown."""
        if now_s < self._typing_s.get(topic, 0.0) or self.held_s(now_s):
            return False
        self._typing_s[topic] = now_s + every_s
        return True

    def is_idle(self, now_s: float) -> bool:
        """Return whether it may be forgotten."""
        return not self.letters and now_s >= max(self._free_s, self._busy_s)


class Chats:
    """The chats in which something is to be said, or was a moment ago."""

    def __init__(self) -> None:
        self._chats: dict[str, Chat] = {}

    def __len__(self) -> int:
        return len(self._chats)

    def enter(self, name: str) -> Chat:
        """Return a chat to say something in; count `letters` down afterwards."""
        chat = self._chats.setdefault(name, Chat())
        chat.letters += 1
        return chat

    def tidy(self, now_s: float) -> None:
        """Forget the chats in which nothing is to be said, and whose budget is whole again."""
        for name in [name for name, chat in self._chats.items() if chat.is_idle(now_s)]:
            del self._chats[name]
