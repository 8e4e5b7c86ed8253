"""A server that takes every call and answers none: replies go on without memory, and the log says why."""

from __future__ import annotations

import socket

import pytest

from tasks.jobs.values import Ways
from tests.workers.household import until
from tests.workers.test_memory import Remembering, answered_without, room  # noqa: F401 (a fixture)


@pytest.mark.slow
def test_a_server_that_never_answers_keeps_no_reply_back_and_is_told_of(room: Remembering) -> None:  # noqa: F811
    room.flock.ways = Ways(archive=True, recall_ms=1_000)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)  # whoever calls is taken, and hears nothing
        settings = room.house.folder / "rookery.toml"
        settings.write_text(f'{settings.read_text()}\n[memory]\nurl = "http://127.0.0.1:{server.getsockname()[1]}"\n')
        room.start()
        room.start_memory()
        until(room.is_remembering, f"who remembers: {room.said.read_text()}")
        for _ in range(2):
            answered_without(room)
        assert "an answer goes out without memories" in room.said.read_text()
        room.archive()
        until(lambda: "MemorySlow" in room.said.read_text(), "what it says of that")
        assert room.memory is not None
        assert room.memory.poll() is None
        assert room.mark() == 0  # it stays to be remembered
