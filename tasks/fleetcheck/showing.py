"""How a check looks in a terminal. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from tasks.fleetcheck.asking import Answer
from tasks.fleetcheck.plans import Cover
from tasks.jobs.showing import plain

MANY = 0.95
NONE = "–"


def answers_table(answers: Sequence[Answer]) -> Table:
    """Return one line per question."""
    table = Table("", "model", "host", "waited", "first word", "in all", "trouble", box=None, header_style="bold")
    for answer in answers:
        table.add_row(
            mark(answer.ok),
            plain(answer.model),
            plain(answer.host or answer.asked_host or NONE),
            *map(seconds, (answer.waited_s, answer.first_token_s, answer.total_s)),
            plain(answer.trouble),
        )
    _right(table, 3, 4, 5)
    return table


def hosts_table(answers: Sequence[Answer], took_s: float) -> Table:
    """Return one line per host, and one for what nobody answered."""
    by_host: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_host[answer.host].append(answer)
    table = Table("", "host", "answers", "p50", "p95", "tokens/s", box=None, header_style="bold")
    for host, group in sorted(by_host.items()):
        totals = sorted(answer.total_s for answer in group if answer.total_s is not None)
        rate = sum(answer.tokens for answer in group) / max(took_s, 1e-9)
        cells = (seconds(quantile(totals, 0.5)), seconds(quantile(totals, MANY)), f"{rate:.1f}" if host else NONE)
        table.add_row(mark(bool(host)), plain(host or "nobody"), str(len(group)), *cells)
    _right(table, 2, 3, 4, 5)
    return table


def covers_table(covers: Sequence[Cover]) -> Table:
    """Return one line per model."""
    table = Table("", "model", "hosts that are up", "stands in for it", box=None, header_style="bold")
    for cover in covers:
        table.add_row(
            mark(cover.ok),
            *(plain(", ".join(names) or NONE) for names in ((cover.model,), cover.hosts, cover.fallback)),
        )
    return table


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """Return the value that this share of them does not exceed; None of none.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([], 0.5)
    (2.0, None)
    """
    return ordered[max(0, -(-int(len(ordered) * share * 100) // 100) - 1)] if ordered else None


def seconds(value: float | None) -> str:
    """Return seconds as people read them."""
    return NONE if value is None else f"{value:.2f} s"


def mark(ok: bool) -> Text:
    """Return the sign of a verdict."""
    return Text("✓", style="green") if ok else Text("✗", style="red")


def _right(table: Table, *columns: int) -> None:
    for column in columns:
        table.columns[column].justify = "right"
