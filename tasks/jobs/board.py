"""`rookery status --watch`: the flock as it stands, shown again and again until the person leaves."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import RetryableError
from tasks.jobs.statusview import status_view
from tasks.jobs.values import Status

LOOK_EVERY_S = 1.0


@dataclass(frozen=True)
class Glance:
    """What a look at the ledger gave: the flock as it was seen last, and why nothing newer could be seen."""

    seen: Status | None = None
    trouble: RetryableError | None = None


def glances(look: Callable[[], Status], clock: Clock | None = None) -> Iterator[Glance]:
    """Yield a look every second, for ever; while Redis is away, what was seen last."""
    clock = clock or SystemClock()
    seen: Status | None = None
    while True:
        try:
            seen = look()
        except RetryableError as exc:
            yield Glance(seen, exc)
        else:
            yield Glance(seen)
        clock.sleep(LOOK_EVERY_S)


def board(glance: Glance) -> RenderableType:
    """Return a look as the terminal shows it."""
    parts: list[RenderableType] = [status_view(glance.seen)] if glance.seen else []
    if glance.trouble:
        since = "; the above is how it was before" if glance.seen else ""
        parts.append(Text(f"{glance.trouble.message.rstrip('.')}. Trying again{since}.", style="yellow"))
    parts.append(Text("Ctrl-C leaves", style="dim"))
    return Group(*parts)


def show(views: Iterator[Glance], console: Console) -> None:
    """Show look after look in place until Ctrl-C; where nothing can be shown in place, one below the other."""
    with contextlib.suppress(KeyboardInterrupt):
        if not console.is_terminal:
            for glance in views:
                console.print(board(glance))
        with Live(console=console, auto_refresh=False) as live:
            for glance in views:
                live.update(board(glance), refresh=True)
