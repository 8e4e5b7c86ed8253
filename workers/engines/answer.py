"""What came over the wire, put together into an answer. Pure: bytes in, pieces and a completion out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from tasks.contracts.errors import EngineTruncated, EngineUnavailable
from tasks.contracts.messages import Usage
from tasks.services import Completion, Piece
from workers.engines import failures
from workers.engines.calls import Calls, parts_of
from workers.engines.chunks import Chunk, parse
from workers.engines.failures import Asked
from workers.engines.reasoning import ReasoningSplitter
from workers.engines.sse import EventParser
from workers.engines.wire import End, Head

MAX_ANSWER_CHARS = 8 * 1024 * 1024
MAX_REFUSAL_BYTES = 64 * 1024
#: Finish reasons that say that the server gave up.
GAVE_UP = frozenset({"abort", "error"})
#: What some servers say at the end of an answer of calls; OpenAI's HTTP has a word of its own for it.
ENDED_BY_ITSELF = frozenset({"stop", "function_call", "tool_call"})
CALLED = "tool_calls"


class Feed(Protocol):
    """Collects bytes until whole messages can be told."""

    def feed(self, received: bytes) -> list[str]:
        """Return the text of every message that ends in `received`."""
        ...


@dataclass(frozen=True)
class Dialect:
    """How a server streams: what it calls that, how its messages are told apart, and how one is read."""

    content_type: str
    messages: Callable[[], Feed]
    read: Callable[[str], Chunk]


OPENAI = Dialect("text/event-stream", EventParser, parse)


class Answer:
    """One answer in the making."""

    def __init__(self, asked: Asked, dialect: Dialect = OPENAI) -> None:
        self.ended = False
        self._asked = asked
        self._dialect = dialect
        self._head: Head | None = None
        self._refusal = bytearray()
        self._messages = dialect.messages()
        self._splitter = ReasoningSplitter()
        self._calls = Calls()
        self._chars = 0
        self._usage = Usage()
        self._finish_reason = ""
        self._answered_by = ""

    def take(self, came: Head | bytes | End) -> list[Piece]:
        """Return the pieces that came, an empty one where text came that cannot be told yet.

        Raises:
            EngineError, EngineRejected, WrongModel: this will not become an answer.
        """
        if isinstance(came, Head):
            self._head = came
            return []
        if isinstance(came, End):
            return self._end(came)
        if not self._streams():
            self._refusal += came[: MAX_REFUSAL_BYTES - len(self._refusal)]
            return []
        return [piece for message in self._messages.feed(came) for piece in self._message(message)]

    def completion(self) -> Completion:
        """Return the end of the answer, once it has `ended`."""
        calls = self._calls.whole()
        reason = CALLED if calls and self._finish_reason in ENDED_BY_ITSELF else self._finish_reason
        return Completion(self._usage, reason, self._answered_by, calls)

    def _message(self, message: str) -> list[Piece]:
        if self.ended:
            return []
        chunk = self._dialect.read(message)
        pieces = self._chunk(chunk)
        self.ended = chunk.done
        return pieces + self._splitter.end() if chunk.done else pieces

    def _chunk(self, chunk: Chunk) -> list[Piece]:
        if chunk.error is not None:
            raise failures.from_stream(self._asked, chunk.error)
        failures.check_model(self._asked, chunk.model)
        self._answered_by = chunk.model or self._answered_by
        self._finish_reason = chunk.finish_reason or self._finish_reason
        self._usage = chunk.usage or self._usage
        if self._finish_reason in GAVE_UP:
            raise self._truncated(f"said finish reason {self._finish_reason!r}")
        parts = parts_of(chunk.calls)
        self._chars += len(chunk.text) + len(chunk.reasoning) + sum(len(part.arguments) for part in parts)
        if self._chars > MAX_ANSWER_CHARS:
            raise self._truncated(f"went on past {MAX_ANSWER_CHARS} characters")
        pieces = [Piece(chunk.reasoning, reasoning=True)] if chunk.reasoning else []
        if chunk.text:
            pieces += self._splitter.feed(chunk.text) or [Piece()]
        for part in parts:
            self._calls.take(part)
            pieces.append(Piece(part.name + part.arguments, call=True))
        return pieces

    def _end(self, end: End) -> list[Piece]:
        if self._head is None:
            raise failures.from_broken(self._asked, end.broken) from end.broken
        if not self._streams():
            raise self._refused(self._head) from end.broken
        if not self._finish_reason:
            raise self._truncated("ended the stream without saying that it was done") from end.broken
        self.ended = True  # some servers send no [DONE] (transformers serve), and what breaks after the end is no loss
        return self._splitter.end()

    def _streams(self) -> bool:
        head = self._head
        return (
            head is not None
            and head.status == 200
            and self._dialect.content_type in head.headers.get("content-type", "")
        )

    def _refused(self, head: Head) -> Exception:
        body = bytes(self._refusal)
        if head.status != 200:
            wait = head.headers.get("retry-after", "")
            return failures.from_response(self._asked, head.status, body, wait, datetime.now(UTC))
        kind = head.headers.get("content-type", "nothing")
        return EngineUnavailable(
            f"{self._asked.url} answered {kind} instead of {self._dialect.content_type}",
            next_step="check the engine's address",
        )

    def _truncated(self, what: str) -> EngineTruncated:
        return EngineTruncated(
            f"{self._asked.url} {what}", next_step="look into the log of the inference server, it may have crashed"
        )
