"""`rookery ask` and `rookery chat`: the flock in a terminal."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

app = typer.Typer()
PersonaName = Annotated[str, typer.Option(help="Who answers; the first one of rookery.toml otherwise.")]


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help="What to say; `-` reads it from standard input.")],
    persona: PersonaName = "",
    session: Annotated[str, typer.Option(help="Go on with this conversation; a new one otherwise.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole job, for programs.")] = False,
    timeout: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds to wait; then the message is taken back.")
    ] = None,
    panel: Annotated[
        str, typer.Option(metavar="A,B,…", help="Ask these personas or models, and make one answer of theirs.")
    ] = "",
) -> None:
    """Ask one thing. Exit code 0 is for an answer, 1 for a notice instead of one, 2 for an error."""
    import asyncio
    import json

    from rich.console import Console

    from bots import conversation, replies, terminal
    from tasks.contracts.jobs import Outcome
    from tasks.contracts.settings import load

    terminal.forgive_encodings()
    settings = load(None, os.environ)
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    said = terminal.said_of(text, persona, session)
    if panel:
        from bots.discussing import ask_panel

        raise typer.Exit(ask_panel(settings, said, panel, timeout, as_json=as_json))
    request = conversation.request_of(said, settings.fleet)
    teller = terminal.Teller(sys.stdout, Console(stderr=True), live=sys.stdout.isatty())
    try:
        view = asyncio.run(terminal.talk(settings, request, (lambda _event: None) if as_json else teller, timeout))
    finally:
        teller.rest()
    if as_json:
        typer.echo(json.dumps(replies.public(view, settings.fleet), indent=2))
    elif view.outcome is Outcome.REPLY:
        teller.note(terminal.foot(view, settings.fleet))
    raise typer.Exit(replies.exit_code(view))


@app.command()
def chat(
    persona: PersonaName = "",
    session: Annotated[str, typer.Option(help="Go on with this conversation; a new one otherwise.")] = "",
) -> None:
    """Talk. Ctrl-C takes a message back while it is answered, and leaves otherwise; /help lists the commands."""
    import contextlib

    from bots import chatting, terminal
    from tasks.contracts.settings import load

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 -- gives `input` a history and arrow keys
    terminal.forgive_encodings()
    chatting.chat(load(None, os.environ), persona, session)
