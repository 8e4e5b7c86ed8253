"""How jobs look in a terminal. Pure: values in, something for rich to print out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tasks.contracts.jobs import JobView, Outcome

S = 1000
# An engine's words may reach a terminal by way of an error; what they could do to it, they must not.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def age(ms: int) -> str:
    """Return a duration as people say it.

    >>> age(340), age(4_200), age(190_000), age(7_260_000)
    ('340 ms', '4.2 s', '3 min 10 s', '2 h 1 min')
    """
    if ms < S:
        return f"{ms} ms"
    seconds = ms // S
    if seconds < 60:
        return f"{ms / S:.1f} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def jobs_table(views: Sequence[JobView]) -> RenderableType:
    """Return one line per job."""
    if not views:
        return Text("no jobs", style="dim")
    table = Table("job", "state", "model", "class", "user", "host", "tries", box=None, header_style="bold")
    for view in views:
        cells = (view.job, view.state, view.model, view.job_class, view.user, view.host, str(view.attempts))
        table.add_row(*map(plain, cells))
    return table


def plain(text: str) -> Text:
    r"""Return text as it stands: brackets are no markup, and control characters show instead of acting.

    >>> plain("[bold]\x1b[2J").plain
    '[bold]�[2J'
    """
    return Text(_CONTROL.sub("\ufffd", text))


def ending(view: JobView) -> str:
    """Return how a job ended, or what was its last trouble, in a line."""
    if view.outcome is Outcome.REPLY:
        used = f"{view.usage.prompt_tokens} + {view.usage.completion_tokens} tokens"
        return f"answered by {view.answered_by} on {view.host} · {used} · {view.finish_reason}"
    if view.outcome is Outcome.NOTICE and view.cause is not None:
        return f"ended in a notice: {view.cause.value}{f' ({view.error})' if view.error else ''}"
    return f"last trouble: {view.error}" if view.error else f"{view.attempts} tries so far"
