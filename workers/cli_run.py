"""`rookery run host|upkeep|memory|training|listener|beat|flower`: the processes of this room, one each."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command("host")
def run_host(name: Annotated[str, typer.Argument(help="The host's name in rookery.toml.")] = "home") -> None:
    """Serve the models of one host, with an engine and a worker for each."""
    from workers import processes

    processes.run_host(name)


@app.command("gate")
def run_gate() -> None:
    """Let other machines reach our own Redis, encrypted."""
    from workers import processes

    processes.run_gate()


@app.command("upkeep")
def run_upkeep() -> None:
    """Work on beat's own small tasks."""
    from workers import processes

    processes.run_upkeep()


@app.command("memory")
def run_memory() -> None:
    """Remember what was said, and recall it for whoever is to answer."""
    from workers import processes

    processes.run_memory()


@app.command("training")
def run_training() -> None:
    """Have personas learn from what was said, a run at a time."""
    from workers import processes

    processes.run_training()


@app.command("listener")
def listener(name: Annotated[str, typer.Argument(help="Its name, as its package calls it.")]) -> None:
    """Hand every move of every job to a listener of another package."""
    from workers.listening import run_listener

    run_listener(name)


@app.command("beat")
def run_beat() -> None:
    """Ring what is due by the clock."""
    from workers import processes

    processes.run_beat()


@app.command("flower")
def run_flower() -> None:
    """Show the Celery side of the flock in a browser."""
    from workers import processes

    processes.run_flower()
