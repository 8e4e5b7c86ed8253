"""`rookery storage`: which model files lie on the fast disk and which in the archive, and how they change places."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tasks.contracts.tiers import Tier

app = typer.Typer()
storage = typer.Typer(no_args_is_help=True)
app.add_typer(storage, name="storage", help="See where model files lie, and move them between fast and slow disks.")
Model = Annotated[str, typer.Argument(metavar="MODEL", help="The model's name in rookery.toml.", show_default=False)]
File = Annotated[Path | None, typer.Option("--config", help="The rookery.toml to use.")]


@app.callback()
def room() -> None:
    """Hold the verb below; an app of one command would be that command itself."""


@storage.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False, config: File = None
) -> None:
    """List the model files of this machine: on which storage, how large, last used when."""
    import json
    import time

    from rich.console import Console

    from tasks.contracts.errors import RetryableError
    from tasks.contracts.settings import load
    from workers.storage import inventory, showing

    settings, trouble = load(config, os.environ), ""
    held: dict[str, tuple[str, ...]] = {}
    try:
        held = inventory.holders(settings)
    except RetryableError as exc:
        trouble = exc.message
    told = (inventory.stored(settings, held), inventory.spaces(settings), trouble)
    if as_json:
        typer.echo(json.dumps(showing.as_data(*told), indent=2))
    else:
        Console().print(showing.as_table(*told, time.time()))


@storage.command()
def archive(model: Model, config: File = None) -> None:
    """Move the file of a model to the slow, large storage. Killed at any point, nothing is lost; run it again."""
    from tasks.contracts.tiers import Tier

    _carry(model, Tier.ARCHIVE, config)


@storage.command()
def fetch(model: Model, config: File = None) -> None:
    """Move the file of a model to the fast storage, as far as data.hot_gib allows."""
    from tasks.contracts.tiers import Tier

    _carry(model, Tier.HOT, config)


def _carry(name: str, to: Tier, config: Path | None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from tasks.contracts.settings import load
    from workers.storage import carrying, moving
    from workers.storage.showing import NAMES

    settings, console, aside = load(config, os.environ), Console(), Console(stderr=True)
    pairs = carrying.planned(settings, name, to)
    where = f"the {NAMES[to]} storage" if to == "hot" else "the archive"
    if not pairs:
        console.print(f"{name} is in {where} already.", markup=False, highlight=False)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=aside, transient=True) as progress:
        bar = progress.add_task("copying", total=moving.work_bytes(pairs))

        def tell(step: moving.Step, path: Path, size_bytes: int) -> None:
            doing = {moving.Step.COPY: f"copying {escape(name)}", moving.Step.VERIFY: f"comparing {escape(name)}"}
            progress.update(bar, advance=size_bytes, description=doing.get(step))

        carrying.carry(settings, name, to, pairs, tell)
    console.print(f"{name} is in {where} now: {pairs[0][1]}", markup=False, highlight=False, soft_wrap=True)
