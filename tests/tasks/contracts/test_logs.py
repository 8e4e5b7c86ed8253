"""Logs: one line per event that every reader can take, with its job, without secrets and without people's words."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts import logs
from tasks.contracts.logs import JsonLines, ReadableLines, configure, job_context
from tasks.contracts.messages import Turn
from tests.logged import logging_as_it_was

ROOT = Path(__file__).parents[3]
WORDS = "my diary says so"
SECRET = "redis://:hunter2@h"


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    """Leave the process's logging as it was."""
    with logging_as_it_was():
        yield


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    configure("DEBUG", stream=stream)
    return stream


def said(stream: io.StringIO) -> dict[str, Any]:
    """Return the one line that was logged."""
    (line,) = stream.getvalue().splitlines()
    fields: dict[str, Any] = json.loads(line)
    return fields


def log(event: object, *args: object, **extra: object) -> None:
    logging.getLogger("rookery.test").info(event, *args, extra=extra)


def record(event: object, *args: object, **extra: object) -> logging.LogRecord:
    return logging.getLogger().makeRecord("x", logging.INFO, "f", 1, event, args, None, extra=extra)


def test_a_line_says_when_how_grave_who_what_and_what_came_with_it(stream: io.StringIO) -> None:
    log("job %s moved", "abc", host="home", tokens=7, seconds=0.5, hosts=["a", "b"], nothing=None)
    fields = said(stream)
    assert fields.pop("time").endswith("+00:00")
    assert fields == {
        "level": "INFO",
        "logger": "rookery.test",
        "event": "job abc moved",
        "host": "home",
        "tokens": 7,
        "seconds": 0.5,
        "hosts": ["a", "b"],
        "nothing": None,
    }


def test_lines_within_a_job_carry_it(stream: io.StringIO) -> None:
    with job_context("outer"):
        with job_context("inner"):
            log("a")
        log("b")
    log("c")
    jobs = [json.loads(line).get("job") for line in stream.getvalue().splitlines()]
    assert jobs == ["inner", "outer", None]


def test_the_job_ends_with_an_error() -> None:
    with pytest.raises(ValueError, match="x"), job_context("a"):
        raise ValueError("x")
    assert "job" not in logs.fields_of(record("x"))


def test_a_line_may_name_another_job_than_the_one_at_work(stream: io.StringIO) -> None:
    with job_context("mine"):
        log("x", job="other")
    assert said(stream)["job"] == "other"


def test_threads_and_asyncio_tasks_do_not_share_their_job(stream: io.StringIO) -> None:
    async def speak(job: str, gate: asyncio.Barrier) -> None:
        with job_context(job):
            await gate.wait()
            log(job)

    async def both() -> None:
        gate = asyncio.Barrier(2)
        await asyncio.gather(speak("one", gate), speak("two", gate))

    with job_context("outside"):
        thread = threading.Thread(target=log, args=("none",))
        thread.start()
        thread.join()
    asyncio.run(both())
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    ours = [line for line in lines if line["logger"] == "rookery.test"]  # asyncio has a word to say too
    assert {line["event"]: line.get("job") for line in ours} == {"none": None, "one": "one", "two": "two"}


def test_an_error_is_one_field_with_its_cause(stream: io.StringIO) -> None:
    error = ValueError("no store")
    error.__cause__ = OSError(f"cannot reach {SECRET}")
    logging.getLogger("x").error("failed", exc_info=error)
    trace = said(stream)["exception"]
    assert "OSError: cannot reach redis://:***@h" in trace
    assert trace.endswith("ValueError: no store")


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_is_written(*, as_json: bool) -> None:
    stream = io.StringIO()
    configure("DEBUG", as_json=as_json, stream=stream)
    error = OSError(SECRET)
    logging.getLogger(SECRET[-5:]).error(
        "at %s",
        SECRET,
        exc_info=error,
        extra={"url": SECRET, "deep": {"list": [SECRET, {SECRET: (error,)}]}, "bot_token": "hunter2"},
    )
    assert "hunter2" not in stream.getvalue()
    assert stream.getvalue().count("***") >= 6


@pytest.mark.parametrize("name", ["text", "prompt", "reply", "turns"])
def test_a_field_that_would_hold_words_shows_their_length(stream: io.StringIO, name: str) -> None:
    log("x", **{name: WORDS}, deep={name: [WORDS]})
    fields = said(stream)
    assert fields[name] == f"({len(WORDS)} not shown)"
    assert fields["deep"] == {name: "(1 not shown)"}


def test_a_value_that_is_refused_does_not_bring_its_words(stream: io.StringIO) -> None:
    try:
        Turn.model_validate({"role": "nobody", "text": WORDS, WORDS[:2]: WORDS})
    except ValueError:
        logging.getLogger("x").exception("refused")
    fields = said(stream)
    assert "ValidationError" in fields["exception"]
    assert WORDS not in fields["exception"]


class Wordless:
    """Cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no")


def ring() -> list[object]:
    endless: list[object] = []
    endless.append(endless)
    return endless


@pytest.mark.parametrize(
    "value",
    [
        "\ud800",
        "a\x00b",
        "a\nb",
        float("nan"),
        float("-inf"),
        10**5000,
        Wordless(),
        ring(),
        {1: {2}},
        b"\xff",
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_breaks_a_line(value: object, encoding: str, *, as_json: bool) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    configure("DEBUG", as_json=as_json, stream=stream)
    event = value if isinstance(value, str) else "grüße"
    log(event, field=value)
    stream.flush()
    (line,) = raw.getvalue().decode(encoding).splitlines()
    assert "field" in line
    if as_json:
        assert json.loads(line, parse_constant=pytest.fail)["event"] == event


@given(event=st.text(), key=st.text(min_size=1), value=st.recursive(st.floats() | st.text() | st.binary(), st.lists))
def test_every_line_is_json_in_ascii(event: str, key: str, value: object) -> None:
    line = JsonLines().format(record("%s", event, field={key: value}))
    assert line.isascii()
    assert "\n" not in line
    assert "field" in json.loads(line, parse_constant=pytest.fail)


def test_arguments_that_do_not_fit_leave_the_event() -> None:
    assert logs.fields_of(record("%d jobs", "seven"))["event"] == "%d jobs"


def test_a_dump_is_cut_and_the_secret_at_its_edge_with_it(stream: io.StringIO) -> None:
    log("x" * (logs.MAX_FIELD_CHARS - 13) + f" {SECRET}", field="y" * logs.MAX_FIELD_CHARS)
    fields = said(stream)
    assert fields["event"].endswith(" redis://:***…")
    assert len(fields["field"]) == logs.MAX_FIELD_CHARS


def test_a_field_with_a_name_of_ours_keeps_both() -> None:
    made = record("x")
    vars(made).update(level="deep", event="y")
    fields = logs.fields_of(made)
    assert (fields["level"], fields["level_"], fields["event"], fields["event_"]) == ("INFO", "deep", "x", "y")


def test_lines_for_reading_hold_the_same() -> None:
    line = ReadableLines().format(record("job moved", job="abc", host="home"))
    assert line.endswith(" INFO x job moved job=abc host=home")


def test_a_line_for_reading_cannot_pretend_to_be_two() -> None:
    line = ReadableLines().format(record("a\nb\x1b[2J", field="c\rd"))
    assert line.endswith(r"a\x0ab\x1b[2J field=c\x0dd")


def test_a_traceback_for_reading_keeps_its_lines() -> None:
    made = record("failed")
    made.exc_info = (ValueError, ValueError("no"), None)
    assert ReadableLines().format(made).splitlines()[1:] == ["    ValueError: no"]


def test_configuring_again_replaces_what_was_set_up_and_nothing_else() -> None:
    foreign = logging.NullHandler()
    logging.getLogger().addHandler(foreign)
    first, second = io.StringIO(), io.StringIO()
    configure("INFO", stream=first)
    configure("WARNING", stream=second)
    logging.getLogger("x").info("quiet")
    logging.getLogger("x").warning("loud")
    assert not first.getvalue()
    assert said(second)["event"] == "loud"
    assert foreign in logging.getLogger().handlers


@pytest.mark.parametrize(("level", "heard"), [("DEBUG", ["warning", "error"]), ("ERROR", ["error"])])
def test_celery_never_prints_what_a_task_returned(level: str, heard: list[str]) -> None:
    stream = io.StringIO()
    configure(level, stream=stream)
    trace = logging.getLogger("celery.app.trace")
    trace.info("Task succeeded: %s", WORDS)
    trace.warning("warning")
    trace.error("error")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == heard


def test_importing_configures_nothing() -> None:
    code = "import logging, tasks.contracts.logs; print(logging.getLogger().handlers, logging.getLogger().level)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", str(logging.WARNING)]
