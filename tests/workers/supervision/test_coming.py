"""The line that says what is still awaited."""

from __future__ import annotations

import io

from rich.console import Console

from workers.supervision.coming import Coming


class Gone(io.StringIO):
    """A terminal that has been closed."""

    def write(self, _text: str) -> int:
        raise OSError("gone")


def told(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_in_a_terminal_names_leave_the_line_as_they_come_and_the_line_leaves_with_the_last() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    coming = Coming(console)
    with coming.awaited(["redis", "host-home [x]"]):
        assert "waiting for redis, host-home [x]" in told(console)
        console.print("redis is ready")
        coming.here("redis")
        assert told(console).rstrip().endswith("waiting for host-home [x]")
    assert told(console).endswith("\x1b[2K"), "the line is wiped at the end"


def test_without_a_terminal_there_is_no_line() -> None:
    console = Console(file=io.StringIO(), width=80)
    coming = Coming(console)
    with coming.awaited(["redis"]):
        coming.here("redis")
    assert told(console) == ""


def test_a_terminal_that_goes_away_stops_nothing() -> None:
    coming = Coming(Console(file=Gone(), force_terminal=True, width=80))
    with coming.awaited(["redis"]):
        coming.here("redis")
