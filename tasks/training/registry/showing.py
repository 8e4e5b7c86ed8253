"""Adapters as people read them in a terminal. Pure: values in, something for rich to print out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tasks.contracts.called import called
from tasks.contracts.learning import Metric
from tasks.jobs.showing import plain
from tasks.training.registry.cards import Card
from tasks.training.registry.comparing import Difference
from tasks.training.registry.events import Event
from tasks.training.registry.manifest import Origin

NONE = "no adapters yet; `rookery train now` makes one, for a persona that learns"
_NOW = {"answers": "bold green", "before": "dim"}
DIGEST_CHARS = 12
WHOLE = ("version", "made", "promoted", "samples")
MOST_NAME = 12


def table(cards: Sequence[Card]) -> RenderableType:
    """Return one line for each version."""
    if not cards:
        return Text(NONE, style="dim")
    found = Table(box=None, header_style="bold", pad_edge=False)
    found.add_column("persona", no_wrap=True, max_width=MOST_NAME)
    for heading in WHOLE:  # `promote` takes no version that is cut
        found.add_column(heading, no_wrap=True, min_width=len(heading))
    found.add_column("by", overflow="fold", min_width=4)
    found.add_column("now", overflow="fold", min_width=7)
    for card in cards:
        found.add_row(*_row(card))
    return found


def detail(card: Card) -> RenderableType:
    """Return all that there is to say of one version."""
    parts: list[RenderableType] = [Text(f"{card.persona}@{card.version}", style="bold"), _facts(card)]
    if card.manifest and card.manifest.origin.metrics:
        parts += [Text(), metrics(card.manifest.origin.metrics)]
    if card.history:
        parts += [Text(), _happened(card.history)]
    return Group(*parts)


def metrics(found: Sequence[Metric]) -> Table:
    """Return how good a version was, beside what was served before it and the base."""
    made = Table("figure", "this", "before", "base", "better", box=None, header_style="bold")
    for one in found:
        before = "-" if one.served is None else f"{one.served:.4g}"
        made.add_row(plain(called(one.name)), f"{one.candidate:.4g}", before, f"{one.base:.4g}", one.better)
    return made


def differences(one: str, other: str, found: Sequence[Difference]) -> RenderableType:
    """Return in what two versions differ."""
    if not found:
        return Text(f"{one} and {other} do not differ", style="dim")
    made = Table("", "", one, other, box=None, header_style="bold")
    about = ""
    for each in found:
        made.add_row("" if each.about == about else each.about, *map(plain, (each.name, each.one, each.other)))
        about = each.about
    return made


def _row(card: Card) -> Iterator[RenderableType]:
    yield plain(card.persona)
    yield card.version
    origin = card.manifest.origin if card.manifest else None
    yield from (_day(origin.created_ms), _day(card.promoted_ms), f"{len(origin.samples):,}") if origin else ("", "", "")
    yield plain(origin.by) if origin else ""
    yield _now(card)


def _now(card: Card) -> Text:
    """Return what a version does, and what is wrong with it."""
    said = Text(card.now, style=_NOW.get(card.now, "yellow"))
    wrong = "damaged" if card.problem else " · ".join(_flagged(card))
    return Text(" · " if card.now else "").join([said, Text(wrong, style="red")]) if wrong else said


def _flagged(card: Card) -> Iterator[str]:
    if card.flag and card.flag.samples:
        yield f"{len(card.flag.samples)} forgotten"
    if card.flag and card.flag.withdrawn:
        yield f"{len(card.flag.withdrawn)} taken back"


def _facts(card: Card) -> Table:
    made = Table.grid(padding=(0, 2))
    rows = [("now", card.now or "answers nobody")]
    rows += list(_of(card.manifest.origin)) if card.manifest else []
    rows += [("flagged", f"{card.flag.words}; it is trained anew without")] if card.flag else []
    rows += [("damaged", card.problem)] if card.problem else []
    for name, said in rows:
        made.add_row(Text(name, style="dim"), plain(said))
    return made


def _of(origin: Origin) -> Iterator[tuple[str, str]]:
    yield "made", f"{_day(origin.created_ms)} by {origin.by or 'nobody'}, in {origin.run or 'no run'}"
    yield "base", f"{origin.model} {origin.base[:DIGEST_CHARS]}"
    yield "learned from", f"{len(origin.samples):,} samples, of {len(origin.jobs):,} jobs {origin.data[:DIGEST_CHARS]}"
    yield "consents", f"{len(origin.consents):,}"
    yield "instead of", ", ".join(origin.parents) or "the base"
    yield "the gate", _gate(origin)


def _gate(origin: Origin) -> str:
    verdict = origin.verdict
    said = "let it pass" if verdict.passed else "; ".join(objection.words for objection in verdict.objections)
    return f"{said or 'said no'}{', with no judgement of people yet' if verdict.unrated else ''}"


def _happened(history: Sequence[Event]) -> Table:
    made = Table("when (UTC)", "what", "by", "why", box=None, header_style="bold")
    for event in history:
        when = f"{datetime.fromtimestamp(event.at_ms / 1000, UTC):%Y-%m-%d %H:%M}"
        made.add_row(when, event.kind.value, plain(event.by), plain(event.words))
    return made


def _day(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d}" if at_ms else "-"
