"""Bytes of an event stream in, the data of its events out; wherever the bytes are cut."""

from __future__ import annotations

from tasks.contracts.errors import EngineUnavailable

DONE = "[DONE]"
MAX_EVENT_BYTES = 8 * 1024 * 1024  # a chunk of an answer is a few hundred bytes; this much without an end is no event


class EventParser:
    r"""Collects bytes until whole events can be told. Comments, ids and event names are dropped: nobody needs them.

    >>> parser = EventParser()
    >>> parser.feed(b'data: {"a"'), parser.feed(b": 1}\r\n\r"), parser.feed(b"\n")
    ([], ['{"a": 1}'], [])
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        self._rest = bytearray()  # the line that has not ended yet
        self._data: list[str] = []  # the data lines of the event that has not ended yet
        self._data_bytes = 0
        self._after_cr = False

    def feed(self, received: bytes) -> list[str]:
        """Return the data of every event that ends in `received`.

        Raises:
            EngineUnavailable: an event is longer than anything that speaks this protocol would send.
        """
        if self._after_cr and received.startswith(b"\n"):  # the second half of a CRLF that was cut in two
            received = received[1:]
            self._after_cr = False
        if received:
            self._after_cr = received.endswith(b"\r")
        # bytes.splitlines ends lines at CR, LF and CRLF, and at nothing else: the three that the standard names.
        *lines, rest = (received + b"\0").splitlines()
        events = [event for line in lines if (event := self._line(self._whole(line))) is not None]
        self._rest += rest[:-1]
        self._bound()
        return events

    def _whole(self, line: bytes) -> bytes:
        whole = bytes(self._rest) + line
        self._rest.clear()
        return whole

    def _line(self, line: bytes) -> str | None:
        """Take one line; return the data of the event that it ends."""
        if not line:
            event = "\n".join(self._data) if self._data else None
            self._data.clear()
            self._data_bytes = 0
            return event
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" ").decode("utf-8", "replace"))
            self._data_bytes += len(line)  # the name counts: a line of data may be empty
            self._bound()
        return None

    def _bound(self) -> None:
        if len(self._rest) + self._data_bytes > self._max_event_bytes:
            raise EngineUnavailable(
                f"an event of the stream is longer than {self._max_event_bytes} bytes",
                next_step="check that the engine's address is that of an OpenAI-compatible server",
            )
