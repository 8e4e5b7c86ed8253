"""How far a run is, as a bar in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tasks.contracts.errors import ProcessFailed
from tasks.training.runs.showing import Seen


def shown(looks: Iterable[Seen], console: Console | None = None) -> Seen:
    """Show every look at a run as it comes, and return the last one. Raises ProcessFailed where there was none."""
    last: Seen | None = None
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        line = bar.add_task("waits for its turn", total=1.0)
        for last in looks:
            done = 1.0 if last.facts.ended else last.progress.whole if last.progress else 0.0
            bar.update(line, description=last.words, completed=done)
    if last is None:
        raise ProcessFailed("the run was not seen", next_step="`rookery train runs` shows those that there are")
    return last
