"""`rookery status` and `rookery job`: what waits, who is up, and what became of a message."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.contracts.jobs import JobView
    from tasks.jobs.gateway import Gateway
    from tasks.jobs.store import Store
    from tasks.jobs.values import Status

app = typer.Typer()
job = typer.Typer(no_args_is_help=True)
app.add_typer(job, name="job", help="Look at jobs, take one back, have one tried again.")
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def status(
    as_json: AsJson = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look every second until Ctrl-C.")] = False,
) -> None:
    """Show hosts, models and what waits."""
    import dataclasses
    import json

    from rich.console import Console

    from tasks.contracts.errors import BadInput
    from tasks.jobs import archive, board, fleet_file, fleet_moves, health, remembering, roster, statusview

    if watch and as_json:
        raise BadInput("--watch is for people and --json for programs", next_step="leave one of them out")
    store = _gateway().store
    if watch:
        board.show(board.glances(lambda: store.run(fleet_moves.status())), Console())
    elif as_json:
        seen = store.run(fleet_moves.status())
        told = {
            **dataclasses.asdict(seen),
            "health": health.public(health.health_of(seen)),
            "stats": store.run(fleet_moves.stats()).public(),
            "personas": {name: dataclasses.asdict(state) for name, state in store.run(roster.disabled()).items()},
            "archive": dataclasses.asdict(store.run(archive.owed())),
            "remembering": store.run(remembering.somebody()),
            "fleet": (published := store.run(fleet_file.read())) and dataclasses.asdict(published),
        }
        typer.echo(json.dumps(told, indent=2))
    else:
        seen = store.run(fleet_moves.status())
        Console().print(statusview.status_view(seen))
        states = store.run(roster.disabled())
        for line in statusview.away(states, seen.now_ms):
            Console().print(line, soft_wrap=True)
        if published := store.run(fleet_file.read()):
            style = "yellow" if published.problem else "dim"
            Console().print(fleet_file.told(published), style=style, markup=False, highlight=False)
        if (owed := store.run(archive.owed())).late:
            Console().print(f"{archive.told(owed)}: {archive.ADVICE}", style="yellow", markup=False, highlight=False)
        for missed in _missed(store, seen):
            Console().print(missed, style="yellow", markup=False, highlight=False)


@job.command("list")
def list_jobs(
    dead: Annotated[bool, typer.Option(help="Those whose every try failed.")] = False, as_json: AsJson = False
) -> None:
    """List the jobs that have not ended."""
    import json

    from rich.console import Console

    from tasks.contracts.errors import UnknownJob
    from tasks.jobs import moves, showing

    gateway = _gateway()
    views = []
    for name in gateway.store.run(moves.list_jobs("dead" if dead else "live")):
        try:
            views.append(gateway.job(name))
        except UnknownJob:  # its tombstone expired since it was listed
            continue
    if as_json:
        typer.echo(json.dumps([view.public() for view in views], indent=2))
    else:
        Console().print(showing.jobs_table(views))


@job.command()
def explain(name: Annotated[str, typer.Argument(metavar="JOB")], as_json: AsJson = False) -> None:
    """Show every step of a job: when, for how long, by whom and why."""
    import json

    from rich.console import Console

    from tasks.jobs.timeline import Timeline

    view = _view(name)
    if as_json:
        typer.echo(json.dumps(view.public(), indent=2))
    else:
        Console().print(Timeline(view))


@job.command()
def withdraw(name: Annotated[str, typer.Argument(metavar="JOB")]) -> None:
    """Take a job back, wherever it stands."""
    state = _gateway().cancel(name, "the command")
    typer.echo(f"{name} is {state.value}")


@job.command()
def retry(name: Annotated[str, typer.Argument(metavar="JOB")]) -> None:
    """Ask once more what ended in a notice, in the same words; asking twice gives the same job."""
    from tasks.jobs import retrying

    gateway = _gateway()
    accepted = gateway.submit(retrying.again(gateway.store.run(retrying.kept(name))))
    gateway.store.run(retrying.retried(name, accepted.job))
    typer.echo(f"{name} is asked once more as {accepted.job}, which is {accepted.state.value}")


def _view(name: str) -> JobView:
    """Return a job as it stands, or as the transcript has it where Redis keeps it no more. Raises UnknownJob."""
    from tasks.contracts.errors import TranscriptUnavailable, UnknownJob
    from tasks.contracts.settings import load

    try:
        return _gateway().job(name)
    except UnknownJob as unknown:
        from tasks.transcript.database import opened_to_read
        from tasks.transcript.exchanges import job_view
        from tasks.transcript.reading import Scope

        try:
            with opened_to_read(load(None, os.environ).transcript_url) as archived:
                return job_view(archived, Scope(everything=True), name)
        except TranscriptUnavailable:
            raise unknown from None


def _missed(store: Store, seen: Status) -> Iterator[str]:
    """Yield what nobody does although somebody should, and what to do about it."""
    from tasks.contracts import wanted
    from tasks.contracts.settings import load
    from tasks.jobs import remembering, signs

    somebody_is_up, somebody_trains = store.run(remembering.somebody()), store.run(signs.TRAINING.somebody())
    settings = load(None, os.environ)
    if remembering.is_missed(seen, somebody_is_up=somebody_is_up) and wanted.remembers(settings):
        yield f"{remembering.UNHEARD}; {remembering.ADVICE}"
    if remembering.is_missed(seen, somebody_is_up=somebody_trains) and wanted.learns(settings):
        yield f"{signs.UNTAUGHT}; {signs.ADVICE}"


def _gateway() -> Gateway:
    from tasks.contracts.settings import load
    from tasks.jobs.gateway import Gateway
    from tasks.jobs.store import Store

    settings = load(None, os.environ)
    return Gateway(Store.open(settings.redis_url, settings.namespace))
