"""How jobs look in a terminal. Pure: values in, something for rich to print out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tasks.contracts.jobs import JobView

# An engine's words may reach a terminal by way of an error; what they could do to it, they must not.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


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
