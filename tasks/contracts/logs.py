"""One way to write down what happens: a line per event, JSON or for reading, each with the job that it belongs to.

The rule: **people's words are never logged**, at no level. A line holds an event in our own words, ids, counts and
timings; who needs the text of a job looks into its record. `WORDS` below are names under which text might slip in all
the same: such a field shows its length. Secrets are masked wherever they stand. Nothing here acts at import.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from tasks.contracts.masking import MASK, is_secret_name, mask, mask_known

MAX_FIELD_CHARS = 20_000  # a longer one is a dump, not an event
MAX_DEPTH = 6  # of a value in a field; deeper, or a ring, is cut
MAX_INT_BITS = 64  # readers of JSON cannot take more

WORDS = frozenset({"text", "prompt", "system_prompt", "reply", "content", "delta", "turns", "history"})

# Libraries that print results, addresses with tokens or whole chat events below these levels.
FLOORS = {
    "celery.worker.strategy": logging.WARNING,  # "Task … received", once per bell
    "celery.app.trace": logging.WARNING,  # "succeeded in …: {result}"
    "gguf.gguf_writer": logging.WARNING,  # each file that it writes, and how its bytes are ordered
    "httpx": logging.WARNING,
    "httpcore": logging.INFO,
    "discord": logging.INFO,
    "websockets": logging.INFO,
}
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}

_job: ContextVar[str] = ContextVar("job", default="")


@contextmanager
def job_context(job_id: str) -> Iterator[None]:
    """Put `job` into every line that is logged within, on this thread or asyncio task."""
    token = _job.set(job_id)
    try:
        yield
    finally:
        _job.reset(token)


def configure(level: str, *, as_json: bool = True, stream: TextIO | None = None, secrets: Collection[str] = ()) -> None:
    """Send what every logger says to `stream` (stderr by default); called again, it replaces what it had set up.

    `secrets` are masked wherever they stand, whatever they look like.
    """
    handler = _Handler(stream)
    encoding = getattr(handler.stream, "encoding", None) or "utf-8"
    handler.setFormatter(JsonLines(secrets) if as_json else ReadableLines(encoding, secrets))
    root = logging.getLogger()
    for old in [known for known in root.handlers if isinstance(known, _Handler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level)
    for name, floor in FLOORS.items():
        logging.getLogger(name).setLevel(max(root.level, floor))


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a second `configure` finds it and leaves everybody else's alone."""


class JsonLines(logging.Formatter):
    """One JSON object a line, in ASCII: no stream and no reader can choke on it."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        return mask_known(json.dumps(fields_of(record)), self._secrets)


class ReadableLines(logging.Formatter):
    """The same fields for a person at a terminal; a traceback follows on lines of its own."""

    def __init__(self, encoding: str = "utf-8", secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._encoding, self._secrets = encoding, secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, and its traceback."""
        fields = fields_of(record)
        trace = fields.pop("exception", "")
        head = [str(fields.pop(name)) for name in ("time", "level", "logger", "event")]
        line = " ".join([*head, *(f"{name}={value}" for name, value in fields.items())]).translate(_CONTROL)
        text = "\n".join([line, *(f"    {part.translate(_CONTROL)}" for part in trace.splitlines())])
        text = mask_known(text, self._secrets)
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a line says: when, how grave, who, what, for which job, and what came with it as `extra`."""
    fields: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "event": _text(_event(record)),
    }
    if job := _job.get():
        fields["job"] = job
    for name, value in vars(record).items():
        if name not in _STANDARD:
            fields[f"{name}_" if name in fields and name != "job" else name] = _named(name, value)
    if record.exc_info or record.exc_text:
        fields["exception"] = _text(_trace(record))
    return fields


def _event(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # the arguments do not fit the message; the line is worth having
        return str(record.msg)


def _trace(record: logging.LogRecord) -> str:
    if record.exc_info and not record.exc_text:
        return logging.Formatter().formatException(record.exc_info)
    return record.exc_text or ""


def _named(name: str, value: object, depth: int = 0) -> Any:
    if is_secret_name(name):
        return MASK
    if name in WORDS and isinstance(value, str | bytes | list | tuple):
        return f"({len(value)} not shown)"
    return _plain(value, depth)


def _plain(value: object, depth: int) -> Any:
    """Return `value` as JSON can hold it, with every text in it masked."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= MAX_INT_BITS else _text(hex(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _plain_within(value, depth + 1) if depth < MAX_DEPTH else "…"
    return _text(_as_str(value))


def _plain_within(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {_text(_as_str(key)): _named(_as_str(key), inner, depth) for key, inner in value.items()}
    return [_plain(inner, depth) for inner in value]


def _as_str(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 (somebody else's __str__ may raise anything, and the line is worth having)
        return f"a {type(value).__name__} that cannot be shown"


def _text(text: str) -> str:
    """Return a text masked, then cut: cut first, half a secret would not be known as one."""
    masked = mask(text[: MAX_FIELD_CHARS * 2])
    return masked if len(masked) <= MAX_FIELD_CHARS else f"{masked[:MAX_FIELD_CHARS]}…"
