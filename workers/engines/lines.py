"""Bytes of newline-delimited JSON in, its lines out; wherever the bytes are cut."""

from __future__ import annotations

from tasks.contracts.errors import EngineUnavailable

MAX_LINE_BYTES = 8 * 1024 * 1024  # a line of an answer is a few hundred bytes; this much without an end is none


class LineParser:
    r"""Collects bytes until whole lines can be told. Empty lines are dropped.

    >>> parser = LineParser()
    >>> parser.feed(b'{"a"'), parser.feed(b': 1}\r\n\n{"b": 2}\n{')
    ([], ['{"a": 1}', '{"b": 2}'])
    """

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_line_bytes = max_line_bytes
        self._rest = bytearray()

    def feed(self, received: bytes) -> list[str]:
        """Return every line that ends in `received`.

        Raises:
            EngineUnavailable: a line is longer than anything that speaks this protocol would send.
        """
        self._rest += received
        *lines, self._rest = self._rest.split(b"\n")
        if len(self._rest) > self._max_line_bytes:
            raise EngineUnavailable(
                f"a line of the stream is longer than {self._max_line_bytes} bytes",
                next_step="check that the engine's address is that of such a server",
            )
        return [text for line in lines if (text := line.decode("utf-8", "replace").strip())]
