"""An emulator of no chat platform in particular, as strict as the strictest: its messages are in one SQLite file.

It outlives the processes that post. It forgets nonces after a while, has a history without nonces, and takes nothing
that is empty, too long or unknown. What goes wrong on the way is told it beforehand.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bots.delivery.safe import same_words
from bots.platform import Bounds, Outgoing, Place, Proof
from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable

PATIENCE_S = 30.0  # for another process that writes
NONCE_CHARS = 25
BUSY, DOWN, LOST, REFUSED = "busy", "down", "lost", "refused"  # LOST: taken, and the answer does not arrive
SCHEMA = """
CREATE TABLE IF NOT EXISTS messages
    (id INTEGER PRIMARY KEY, chat TEXT, topic TEXT, via TEXT, answers TEXT, nonce TEXT, text TEXT, at_ms INTEGER,
     changed_ms INTEGER, edits INTEGER, final INTEGER, face TEXT, file TEXT, buttons TEXT, gone INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS by_chat ON messages (chat);
CREATE INDEX IF NOT EXISTS by_nonce ON messages (nonce);
"""


@dataclass(frozen=True)
class Message:
    """What people see."""

    id: str
    chat: str
    topic: str
    via: str
    answers: str
    """The message that it answers; empty: it follows one that does."""
    text: str
    changed_ms: int
    """Since when it has these words."""
    edits: int
    final: bool
    face: str
    file: str
    buttons: str


class Strict:
    """The platform, opened by whoever takes part."""

    name = "strict"

    def __init__(
        self,
        file: Path,
        proof: Proof = Proof.NONCE,
        *,
        bounds: Bounds | None = None,
        length: Callable[[str], int] = len,
        nonce_life_s: float | None = None,
    ) -> None:
        """Open it. It remembers a nonce for as long as it says, or for `nonce_life_s`, if that is not so."""
        self._bounds = bounds or Bounds(chars=2000, edit_every_s=0.01, typing_every_s=8.0, nonce_window_s=60.0)
        self._proof, self.length = proof, length
        self._nonce_life_s = self._bounds.nonce_window_s if nonce_life_s is None else nonce_life_s
        self.vias: dict[str, Proof] = {}
        """How a post is known to have arrived that goes another way than the usual one."""
        self.faults: dict[str, deque[str]] = defaultdict(deque)
        """What goes wrong, by call ("post", "edit", "find", "typing") or by chat: the next one first."""
        self.calls: Counter[str] = Counter()
        self.edited_s: dict[str, list[float]] = defaultdict(list)
        self.seen: dict[str, list[str]] = defaultdict(list)
        """Every text that stood in a chat, in order."""
        self.slow: dict[str, asyncio.Event] = {}
        """Chats in which every call waits for this."""
        self.retry_after_s = 0.05
        self._database = sqlite3.connect(file, timeout=PATIENCE_S, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")  # it must outlive processes, not the machine
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        self._database.close()

    # What an adapter offers.

    def bounds(self, place: Place) -> Bounds:
        return self._bounds

    def proof(self, place: Place) -> Proof:
        return self.vias.get(place.via, self._proof)

    async def post(self, place: Place, what: Outgoing) -> str:
        answer_lost = await self._meet("post", place)
        self._check(what)
        if self.proof(place) is Proof.ORIGINAL and what.reply:
            message = self._put_original(place, what)
        else:
            message = self._put(place, what)
        if answer_lost:
            raise PlatformUnavailable("502 after it was taken")
        return message

    async def edit(self, place: Place, message: str, what: Outgoing) -> None:
        answer_lost = await self._meet("edit", place)
        self._check(what)
        self.edited_s[place.chat].append(time.monotonic())
        self._rewrite(message, place, what)
        if answer_lost:
            raise PlatformUnavailable("502 after it was taken")

    async def find(self, place: Place, what: Outgoing, since_ms: int) -> str:
        await self._meet("find", place)
        answers = place.message if what.reply else ""
        rows = self._rows(
            "SELECT id, text FROM messages WHERE chat = ? AND answers = ? AND gone = 0 AND at_ms >= ? ORDER BY id",
            (place.chat, answers, since_ms - 1_000),
        )
        return next((str(found) for found, text in rows if same_words(text, what.text)), "")

    async def typing(self, place: Place) -> None:
        await self._meet("typing", place)

    # What tests do and see.

    def remove(self, message: str) -> None:
        """Somebody deletes a message."""
        self._rows("UPDATE messages SET gone = 1 WHERE id = ?", (message,))

    def messages(self, chat: str = "") -> list[Message]:
        """Return what stands there, in order."""
        rows = self._rows(
            "SELECT id, chat, topic, via, answers, text, changed_ms, edits, final, face, file, buttons FROM messages "
            "WHERE gone = 0 AND (chat = ? OR ? = '') ORDER BY id",
            (chat, chat),
        )
        return [Message(str(row[0]), *row[1:8], bool(row[8]), *row[9:]) for row in rows]

    def texts(self, chat: str = "") -> list[str]:
        """Return the words that stand there."""
        return [message.text for message in self.messages(chat)]

    # How it works.

    async def _meet(self, call: str, place: Place) -> bool:
        """Have go wrong what is to go wrong; return whether the answer of a call that works gets lost."""
        self.calls[call] += 1
        await asyncio.sleep(0)
        if place.chat in self.slow:
            await self.slow[place.chat].wait()
        faults = self.faults[call] or self.faults[place.chat]
        fault = faults.popleft() if faults else ""
        if fault == BUSY:
            raise PlatformBusy("429", retry_after_s=self.retry_after_s)
        if fault == DOWN:
            raise PlatformUnavailable("503")
        if fault == REFUSED:
            raise PlatformRefused("403: missing access")
        return fault == LOST

    def _check(self, what: Outgoing) -> None:
        assert len(what.nonce) <= NONCE_CHARS
        if not what.text.strip() and what.file is None:
            raise PlatformRefused("400: the message is empty")
        if self.length(what.text) > self._bounds.chars:
            raise PlatformRefused("400: the message is too long")

    def _put(self, place: Place, what: Outgoing) -> str:
        since_ms = now_ms() - int(self._nonce_life_s * 1000)
        with closing(self._database.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            query = "SELECT id FROM messages WHERE nonce = ? AND at_ms > ?"
            known = cursor.execute(query, (what.nonce, since_ms)).fetchone()
            if known is None:
                answers = place.message if what.reply else ""
                row = (place.chat, place.topic, place.via, answers, what.nonce, what.text, now_ms(), now_ms())
                cursor.execute(
                    "INSERT INTO messages (chat, topic, via, answers, nonce, text, at_ms, changed_ms, "
                    "final, face, file, buttons, edits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                    (*row, *_looks(what)),
                )
                self.seen[place.chat].append(what.text)
                known = (cursor.lastrowid,)
            cursor.execute("COMMIT")
        return str(known[0])

    def _put_original(self, place: Place, what: Outgoing) -> str:
        rows = self._rows("SELECT id FROM messages WHERE chat = ? AND answers = ?", (place.chat, place.message))
        if not rows:
            return self._put(place, what)
        self._rewrite(str(rows[0][0]), place, what)
        return str(rows[0][0])

    def _rewrite(self, message: str, place: Place, what: Outgoing) -> None:
        if not self._rows("SELECT id FROM messages WHERE id = ? AND chat = ? AND gone = 0", (message, place.chat)):
            raise PlatformRefused("404: there is no such message")
        self._rows(
            "UPDATE messages SET text = ?, changed_ms = ?, final = ?, face = ?, file = ?, buttons = ?, "
            "edits = edits + 1 WHERE id = ?",
            (what.text, now_ms(), *_looks(what), message),
        )
        self.seen[place.chat].append(what.text)

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return self._database.execute(query, values).fetchall()


def _looks(what: Outgoing) -> tuple[int, str, str, str]:
    face, file = what.face.name if what.face else "", what.file[0] if what.file else ""
    return int(what.final), face, file, ",".join(button.action for button in what.buttons)


def now_ms() -> int:
    return int(time.time() * 1000)
