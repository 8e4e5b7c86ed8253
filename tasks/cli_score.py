"""`rookery train score`: what people think of an adapter before it answers anybody. Mounted by `tasks.cli_train`."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.contracts.settings import Settings
    from tasks.jobs.store import Store
    from tasks.training.evaluation.people import Rating
    from tasks.training.evaluation.report import Spoken
    from tasks.training.evaluation.scoring import Candidate

app = typer.Typer()
OPERATOR = "terminal:operator"
PATIENCE_S, LOOK_EVERY_S = 5.0, 0.1  # until what was noted is written down


@app.command()
def score(
    persona: Annotated[str, typer.Option("--persona", "-p", help="Whose; empty: the only one that learns.")] = "",
    run: Annotated[str, typer.Option(help="Which run; empty: the latest that has answered.", show_default=False)] = "",
    person: Annotated[str, typer.Option("--as", help="Who rates, as PLATFORM:ID.")] = OPERATOR,
    waive: Annotated[str, typer.Option(help="Why it need not be rated; for the record.", show_default=False)] = "",
) -> None:
    """Rate ten answers of what a persona has learned, from 1 to 5; once enough people have, the gate is asked again."""
    from tasks.contracts.settings import load
    from tasks.jobs.store import Store
    from tasks.training.evaluation import scoring
    from tasks.training.runs import asking

    settings = load(None, os.environ)
    store = Store.open(settings.redis_url, settings.namespace)
    found = scoring.candidate(settings.training_dir, asking.who(settings, persona), run)
    if waive:
        _waive(found, person, waive, store.now_ms())
    else:
        _rate(settings, store, found, person)
    _go_on(settings, store, found)


def _waive(found: Candidate, person: str, why: str, at_ms: int) -> None:
    from tasks.training.evaluation import rating
    from tasks.training.evaluation.rating import Waiver

    rating.waive(found.place, Waiver(by=person, why=why, at_ms=at_ms))
    typer.echo(f"{found.spec.run} may pass unrated; that stands in its lineage")


def _rate(settings: Settings, store: Store, found: Candidate, person: str) -> None:
    from tasks.training.evaluation import people, scoring

    before = _ratings(settings, store, found)
    mine = {rating.job for rating in before if rating.person == person}
    rated = [sample for sample, job in found.jobs.items() if job in mine]
    typer.echo(f"{found.spec.run}: 1 (bad) to 5 (good); Enter passes, {scoring.END} ends")
    kept: list[Rating] = []
    note = scoring.keep_in(store, person)

    def keep(job: str, stars: int) -> None:
        note(job, stars)
        kept.append(people.Rating(adapter=found.spec.run, job=job, person=person, stars=stars))

    scoring.ask(found, rated, _put, keep)
    written = _written(settings, store, found, kept) if kept else before
    score_, wanted = people.score([*written, *kept]), found.spec.training.min_ratings
    typer.echo(f"{score_.ratings} of {wanted} ratings, {score_.stars:.1f} of 5 ({score_.low:.1f} to {score_.high:.1f})")


def _put(number: int, one: Spoken) -> str:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    console.print(
        f"\n[dim]{number}.[/dim] {escape(one.prompt)}\n[bold]{escape(one.candidate.text) or '(nothing)'}[/bold]"
    )
    return str(typer.prompt("1-5", default="", show_default=False))


def _written(settings: Settings, store: Store, found: Candidate, kept: Sequence[Rating]) -> list[Rating]:
    """Return all ratings once these are written down, or after a while without them."""
    until_s = time.monotonic() + PATIENCE_S
    while True:
        ratings = _ratings(settings, store, found)
        if all(rating in ratings for rating in kept) or time.monotonic() > until_s:
            return ratings
        time.sleep(LOOK_EVERY_S)


def _ratings(settings: Settings, store: Store, found: Candidate) -> list[Rating]:
    from tasks.training.evaluation import rating
    from tasks.transcript.database import opened_to_read

    with opened_to_read(settings.transcript_url) as transcript:
        return rating.of_candidate(transcript, found.spec.run, list(found.jobs), store.now_ms())


def _go_on(settings: Settings, store: Store, found: Candidate) -> None:
    """Have the gate asked again where it waited for people alone, and they have said enough."""
    from tasks.training.evaluation import people, rating, scoring
    from tasks.training.runs import asking

    if not scoring.waits_for_people(found.place):
        return
    enough = not people.is_pending(people.score(_ratings(settings, store, found)), found.spec.training.min_ratings)
    if enough or rating.waiver_of(found.place):
        asking.refuse_nobody(settings, store)
        scoring.reopen(found.place)
        asking.ring(store, found.spec.run)
        typer.echo(f"the gate is asked again; `rookery train runs {found.spec.run}` shows what it says")
