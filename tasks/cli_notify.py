"""`rookery notify`: for scripts that have something to tell, and for trying whether it arrives."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Literal

import typer

app = typer.Typer()


@app.callback()
def notices() -> None:
    """Tell whoever looks after the flock."""


@app.command()
def notify(
    title: Annotated[str, typer.Argument(help="What happened, in a line.")],
    words: Annotated[str, typer.Argument(help="More about it; `-` reads it from standard input.")] = "",
    level: Annotated[Literal["info", "success", "warning", "error"], typer.Option(help="How grave it is.")] = "info",
    about: Annotated[
        str,
        typer.Option(help="What it is about: of the same, one notice is told in ten minutes. Empty: never the same."),
    ] = "",
) -> None:
    """Tell whoever looks after the flock something, by all that [notify] names."""
    import secrets

    from tasks.contracts.notices import MAX_TITLE_CHARS, MAX_WORDS_CHARS, Notice
    from tasks.contracts.settings import load
    from tasks.jobs.notices import Kept
    from tasks.jobs.notices import notify as hand_in
    from tasks.jobs.store import Store

    said = (sys.stdin.buffer.read().decode("utf-8", "replace") if words == "-" else words).strip() or title
    settings = load(None, os.environ)
    notice = Notice(
        about=about or f"script:{secrets.token_hex(8)}",
        title=title.strip()[:MAX_TITLE_CHARS] or "(nothing said)",
        words=said[:MAX_WORDS_CHARS],
        level=level,
    )
    became = hand_in(Store.open(settings.redis_url, settings.namespace), notice)
    typer.echo(
        {
            Kept.DUE: "handed in; the upkeep worker tells it",
            Kept.KNOWN: "known already",
            Kept.REPEATED: "not told: the same was told a moment ago",
            Kept.MANY: "not told: there were too many within an hour; how many is told with the next one",
        }[became]
    )
