"""`rookery backup` and `rookery restore`: all that a flock cannot make again, in one file and back."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tasks.contracts.settings import Settings
    from tasks.jobs.store import Store

app = typer.Typer()
File = Annotated[Path | None, typer.Option("--config", help="The rookery.toml to use.")]


@app.command()
def backup(
    to: Annotated[
        Path | None,
        typer.Argument(help="A file that ends with .zip, or a folder.", show_default="backups in the data folder"),
    ] = None,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Take passwords and keys of this machine along.")
    ] = False,
    without_transcript: Annotated[
        bool, typer.Option("--without-transcript", help="Leave out what was said, say where PostgreSQL has it.")
    ] = False,
    without_memories: Annotated[
        bool, typer.Option("--without-memories", help="Leave memories out; they are made again of the transcript.")
    ] = False,
    config: File = None,
) -> None:
    """Write all that a flock cannot make again into one file, while it goes on."""
    import os
    import time

    from rich.console import Console

    from tasks.backup import memories
    from tasks.backup.making import Making, Wishes, file_for
    from tasks.backup.showing import sized
    from tasks.contracts import folders
    from tasks.contracts.settings import load

    settings, console = load(config, os.environ), Console()
    now_s = time.time()
    if to is None:
        folders.make(folders.data_of(settings))
    target = file_for(to, settings, now_s)
    with Console(stderr=True).status("Looking …") as status, _ledger(settings) as store:
        wishes = Wishes(
            secrets=with_secrets,
            transcript=not without_transcript,
            memories=None if without_memories else memories.wanted(settings, store),
        )
        making = Making(settings, store, wishes, lambda step: status.update(f"Reading {step} …"), int(now_s * 1000))
        said = making.write(target)
    console.print(
        f"{target}  {sized(target.stat().st_size)}, {len(said.members)} files",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    for line in said.left_out:
        console.print(f"  left out: {line}", style="yellow", markup=False, highlight=False, soft_wrap=True)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="The file that `rookery backup` made.")],
    into: Annotated[
        Path, typer.Option("--into", help="The folder for rookery.toml, and all that is relative to it.")
    ] = Path(),
) -> None:
    """Restore a backup where nothing is yet. Killed at any point, run it again."""
    import os

    from rich.console import Console

    from tasks.backup import memories
    from tasks.backup.archive import opened
    from tasks.backup.restoring import Restoring, Ways
    from tasks.backup.showing import told
    from workers.supervision import briefly, instance

    ways = Ways(briefly.ledger_of, memories.are_in_use, memories.restore, instance.hold, os.environ)
    with opened(source) as archive, Console(stderr=True).status("Looking …") as status:
        restored = Restoring(archive, into, ways, lambda step: status.update(f"Restoring: {step} …")).restore()
    for line, style in told(archive.said, restored, into, called()):
        Console().print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def called(python: Path = Path(sys.executable)) -> str:
    """Return how the command of this installation is called from any folder: by its path, unless the shell finds it."""
    script = python.with_name("rookery")
    found = shutil.which("rookery")
    if found and Path(found).absolute() == script.absolute():
        return "rookery"
    if script.exists():
        return shlex.quote(str(script))
    return f"{shlex.quote(str(python))} -m rookery"


@contextlib.contextmanager
def _ledger(settings: Settings) -> Iterator[Store | None]:
    """Open the ledger of a flock, whether that runs or not; None where there is none yet."""
    from tasks.contracts import roles
    from tasks.contracts.errors import ConfigurationError
    from tasks.jobs.store import Store
    from workers.supervision import briefly, instance

    if settings.machine:
        raise ConfigurationError(
            f"this machine joined a flock as {settings.machine!r}, and keeps nothing of it",
            next_step="make backups on the machine that has the fleet file",
        )
    if not settings.own_redis or instance.owner(settings.data_dir) is not None:
        store = Store.open(settings.redis_url, settings.namespace)
        yield store
        store.close()
    elif not (settings.data_dir / roles.FOLDER).exists():
        yield None
    else:
        with instance.hold(settings.data_dir), briefly.ledger_of(settings) as store:
            yield store
