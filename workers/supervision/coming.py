"""The line in a terminal that says what `rookery up` still waits for; elsewhere there is none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.live import Live
from rich.text import Text


class Coming:
    """Names of what is still to come, shown below everything else that is told meanwhile."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._names: list[str] = []
        self._line: Live | None = None

    @contextlib.contextmanager
    def awaited(self, names: Iterable[str]) -> Iterator[None]:
        """Show that these are awaited, for as long as the block runs."""
        self._names = list(names)
        # Drawn when something changes, not by a thread: this process starts others.
        line = Live(
            console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        with contextlib.suppress(OSError):  # the terminal may be gone, and starting must go on
            if self._console.is_terminal:
                line.start()
                self._line = line
                self._draw()
        try:
            yield
        finally:
            self._line = None
            with contextlib.suppress(OSError):
                line.stop()

    def here(self, name: str) -> None:
        """Take a name off the line."""
        self._names = [other for other in self._names if other != name]
        with contextlib.suppress(OSError):
            self._draw()

    def _draw(self) -> None:
        if self._line:
            words = f"  … waiting for {', '.join(self._names)}" if self._names else ""
            self._line.update(Text(words, style="dim"), refresh=True)
