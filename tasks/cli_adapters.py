"""`rookery train list|show|promote|rollback|diff`: the adapters of a persona. Mounted by `tasks.cli_train`."""

from __future__ import annotations

import typer

app = typer.Typer()
