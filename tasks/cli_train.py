"""`rookery train`: have personas learn now, and see what came of it."""

from __future__ import annotations

import typer

from tasks import cli_adapters

app = typer.Typer()
train = typer.Typer(no_args_is_help=True)
app.add_typer(train, name="train", help="Have a persona learn now, see its runs, and its adapters.")
train.add_typer(cli_adapters.app)
