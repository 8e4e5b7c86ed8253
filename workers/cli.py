"""`rookery up` and `rookery down`: the whole flock on this machine, and the end of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def up(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return once it is up; `rookery down` ends it.")
    ] = False,
    config: Annotated[Path | None, typer.Option(help="The rookery.toml to use.")] = None,
) -> None:
    """Start everything on this machine: Redis, hosts, beat, the web page, Flower."""
    import os
    import sys

    from rich.console import Console

    from tasks.contracts.settings import load
    from workers.flock import plan_of
    from workers.supervision import background
    from workers.supervision import up as running

    settings = load(config, os.environ)
    os.environ.update(settings.child_environment())
    plan = plan_of(settings)
    if not detach:
        raise typer.Exit(running.up(plan, Console()))
    background.detach(plan, [sys.executable, "-P", "-m", "rookery", "up"])
    console = Console()
    console.print("Rookery is up.", style="bold green")
    for label, url in plan.urls.items():
        console.print(f"  {label:<12} {url}", highlight=False, soft_wrap=True)
    console.print("  `rookery down` ends it.")


@app.command()
def down(
    config: Annotated[Path | None, typer.Option(help="The rookery.toml that it was started with.")] = None,
) -> None:
    """End what `rookery up --detach` started."""
    import os

    from rich.console import Console

    from tasks.contracts.settings import load
    from workers.supervision import background

    raise typer.Exit(background.down(load(config, os.environ).data_dir, Console()))
