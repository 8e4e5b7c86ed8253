"""`rookery config`: what the settings say, whether they can be, and how a first file of them comes about."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
config = typer.Typer(no_args_is_help=True)
app.add_typer(config, name="config", help="Check, show and make the settings.")
File = Annotated[Path | None, typer.Option("--config", help="The rookery.toml to look at.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.callback()
def room() -> None:
    """Hold the verb below; an app of one command would be that command itself."""


@config.command()
def check(config: File = None, as_json: AsJson = False) -> None:
    """Tell every problem of the settings at once. Exit code 0 is for none, 2 for any."""
    import json

    from rich.console import Console

    from tasks import config_view
    from tasks.contracts.cautions import cautions
    from tasks.contracts.errors import ConfigurationError
    from tasks.contracts.settings import load

    try:
        settings = load(config, os.environ)
        problems = list(settings.troubles)
        warned = [line for line in cautions(settings, os.environ) if line not in problems]
    except ConfigurationError as exc:
        settings, problems, warned = None, exc.message.splitlines(), []
    if as_json:
        typer.echo(json.dumps({"problems": problems, "cautions": warned}, indent=2))
    else:
        config_view.tell_check(Console(), settings, problems, warned)
    raise typer.Exit(2 if problems else 0)


@config.command()
def show(config: File = None, as_json: AsJson = False) -> None:
    """Show the settings that hold, each with where it came from; secrets are masked."""
    import json

    from rich.console import Console

    from tasks import config_view
    from tasks.contracts.effective import as_data, effective, from_files
    from tasks.contracts.settings import load

    settings = load(config, os.environ)
    rows = list(effective(settings, from_files(os.environ)))
    if as_json:
        typer.echo(json.dumps(as_data(settings, rows), indent=2))
    else:
        config_view.tell_settings(Console(), settings, rows)


@config.command()
def example() -> None:
    """Print the example that explains every setting."""
    from tasks.contracts import examples

    typer.echo(examples.example(examples.SETTINGS), nl=False)


@config.command()
def init(
    model: Annotated[str, typer.Option(help="A GGUF file; with --engine, a model's name there.")] = "",
    engine: Annotated[
        str,
        typer.Option(help="A server that answers: its address, with lmstudio+, ollama+, vllm+ or router+ before it."),
    ] = "",
) -> None:
    """Write a first rookery.toml and .env into this folder and make the folders; what is there stays as it is."""
    from rich.console import Console

    from tasks.config_init import init

    for line in init(Path.cwd(), os.environ, model, engine):
        Console().print(line, markup=False, highlight=False, soft_wrap=True)


@config.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A config-aientities.json, or an ollama-vm.yaml.", show_default=False)],
    write: Annotated[Path | None, typer.Option(help="Where to write it; else it is printed.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Turn settings of another program into a rookery.toml, and say line by line what did not come over."""
    from rich.console import Console

    from tasks.importing import reading

    made = reading.read(file)
    aside = Console(stderr=True)
    if write is None:
        typer.echo(made.text, nl=False)
    else:
        reading.write(made.text, write, force=force)
        aside.print(
            f"wrote {write}; `rookery config check --config {write}` looks at it", markup=False, highlight=False
        )
    for note in made.notes:
        aside.print(f"! {note}", style="yellow", markup=False, highlight=False, soft_wrap=True)


@config.command()
def folders(config: File = None) -> None:
    """Make the folders that a running flock writes to; what is there stays as it is."""
    from tasks.contracts import folders
    from tasks.contracts.settings import load

    needed = folders.folders_of(load(config, os.environ))
    made = folders.make(needed)
    for folder in needed:
        typer.echo(f"{'made' if folder.path in made else 'kept'}  {folder.path}")
