"""`rookery fleet check`: four questions to the running flock; the exit code is the verdict."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tasks.contracts.fleet import Fleet
    from tasks.fleetcheck.asking import Answer, Question
    from tasks.jobs.store import Store
    from tasks.jobs.values import HostSeen

app = typer.Typer()
fleet = typer.Typer(no_args_is_help=True)
check = typer.Typer(no_args_is_help=True)
app.add_typer(fleet, name="fleet", help="The running flock as a whole.")
fleet.add_typer(check, name="check", help="Ask the running flock what it can do. Exit code 0: all is well, 1: not so.")
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds that an answer may take, a load of its model with it.")]
DEFAULT_TIMEOUT_S = 120.0


@app.callback()
def room() -> None:
    """Hold the verbs below; an app of one command would be that command itself."""


@fleet.callback()
def whole() -> None:
    """Look at the running flock as a whole."""


@check.command()
def health(timeout: Timeout = DEFAULT_TIMEOUT_S, as_json: AsJson = False) -> None:
    """Ask every host for one token."""
    from tasks.fleetcheck import plans, showing

    flock = _Flock(timeout)
    answers = [*flock.ask(list(plans.one_each(flock.fleet, flock.seen))), *plans.missing(flock.fleet, flock.seen)]
    _tell(as_json, answers, showing.answers_table(answers))


@check.command()
def switching(
    model: Annotated[list[str] | None, typer.Option(help="A model to ask for; give it twice or more.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is asked.")] = 2,
    timeout: Timeout = DEFAULT_TIMEOUT_S,
    as_json: AsJson = False,
) -> None:
    """Ask one host for two models in turn, and tell how long each change took."""
    from tasks.fleetcheck import plans, showing

    flock = _Flock(timeout)
    questions = plans.in_turn(flock.fleet, plans.up(flock.seen), model or [], rounds)
    answers = flock.ask(questions, at_once=1)
    _tell(as_json, answers, showing.answers_table(answers))


@check.command()
def failover(
    really: Annotated[str, typer.Option(metavar="HOST", help="Pause this host, ask for its models, resume it.")] = "",
    timeout: Timeout = DEFAULT_TIMEOUT_S,
    as_json: AsJson = False,
) -> None:
    """Tell which models would have nobody if one host went; with --really, see what happens while a host is paused."""
    from tasks.fleetcheck import plans, showing

    flock = _Flock(timeout)
    if not really:
        covers = plans.covers(flock.fleet, plans.up(flock.seen))
        return _tell(as_json, covers, showing.covers_table(covers))
    from tasks.fleetcheck.asking import Question
    from tasks.fleetcheck.pausing import paused

    questions = [Question(model.name) for model in flock.fleet.models_of(really)]
    with paused(flock.store, really):
        answers = flock.ask(questions)
    return _tell(as_json, answers, showing.answers_table(answers))


@check.command()
def load(
    asks: Annotated[int, typer.Option(min=1, help="How many answers to ask for.")] = 50,
    at_once: Annotated[int, typer.Option(min=1, max=256, help="How many of them at a time.")] = 16,
    tokens: Annotated[int, typer.Option(min=1, help="The longest answer.")] = 32,
    timeout: Timeout = DEFAULT_TIMEOUT_S,
    as_json: AsJson = False,
) -> None:
    """Ask for many answers at once, and tell how they were spread over the hosts."""
    import time

    from tasks.fleetcheck import plans, showing

    flock = _Flock(timeout)
    questions = plans.spread(flock.fleet, plans.up(flock.seen), asks, tokens)
    began_s = time.monotonic()
    answers = flock.ask(questions, at_once=at_once)
    _tell(as_json, answers, showing.hosts_table(answers, time.monotonic() - began_s))


class _Flock:
    """The flock that the settings name, as it is now."""

    def __init__(self, timeout_s: float) -> None:
        from tasks.contracts.settings import load
        from tasks.jobs import fleet_moves
        from tasks.jobs.store import Store

        settings = load(None, os.environ)
        self._timeout_s = timeout_s
        self.fleet: Fleet = settings.fleet
        self.store: Store = Store.open(settings.redis_url, settings.namespace)
        self.seen: tuple[HostSeen, ...] = self.store.run(fleet_moves.status()).hosts

    def ask(self, questions: list[Question], at_once: int | None = None) -> list[Answer]:
        """Ask, with a bar that shows how far it is."""
        from tasks.fleetcheck.asking import AT_ONCE, Asker

        with _bar(len(questions)) as step:
            return Asker(self.store, self.fleet, self._timeout_s).ask_all(questions, step, at_once=at_once or AT_ONCE)


@contextmanager
def _bar(total: int) -> Iterator[Callable[[Answer], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda _answer: progress.advance(task)


def _tell(as_json: bool, found: Any, table: RenderableType) -> None:
    """Print what was found, and exit with the verdict."""
    import dataclasses
    import json

    from rich.console import Console

    if as_json:
        typer.echo(json.dumps([{**dataclasses.asdict(each), "ok": each.ok} for each in found], indent=2))
    else:
        Console().print(table)
    raise typer.Exit(0 if found and all(each.ok for each in found) else 1)
