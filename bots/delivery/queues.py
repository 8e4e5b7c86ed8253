"""Who may speak first: what is said in one session goes out in the order in which it was asked."""

from __future__ import annotations

from collections import defaultdict

from bots.delivery.letter import Letter


class Queues:
    """The letters of each session."""

    def __init__(self) -> None:
        self._sessions: dict[str, list[Letter]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._sessions)

    def join(self, letter: Letter) -> None:
        """Line up."""
        self._sessions[letter.session].append(letter)

    def is_first(self, letter: Letter) -> bool:
        """Return whether nobody of the session came before."""
        return min(self._sessions[letter.session], key=lambda other: other.since_ms) is letter

    def leave(self, letter: Letter) -> None:
        """Be done, and let the next one know."""
        left = self._sessions[letter.session]
        left.remove(letter)
        for other in left:
            other.wake()
        if not left:
            del self._sessions[letter.session]
