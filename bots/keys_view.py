"""How keys look in a terminal and as JSON. Never the key itself: nobody has it but who was given it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tasks.contracts.errors import BadInput
from tasks.jobs.durations import age
from tasks.jobs.keys import Key, Keyring, Scope
from tasks.jobs.showing import plain

NONE = "there are no keys: the page and the HTTP API serve this machine alone; `rookery key new NAME` makes one"
NEVER = "never"
DAY_MS = 86_400_000


def scopes_of(named: Iterable[str]) -> frozenset[Scope]:
    """Return scopes by their names. Raises BadInput."""
    known = {scope.value: scope for scope in Scope}
    wanted = [name.strip().lower() for names in named for name in names.split(",")]
    if strangers := [name for name in wanted if name not in known]:
        raise BadInput(f"there is no scope {strangers[0]!r}", next_step=f"there are: {', '.join(known)}")
    return frozenset(known[name] for name in wanted)


def worded(key: Key) -> str:
    """Return what a key is good for.

    >>> worded(Key("id", "ada", frozenset({Scope.CHAT})))
    'chat, without limits'
    """
    return f"{_scopes(key)}, {', '.join(_limits(key)) or 'without limits'}"


def public(key: Key) -> dict[str, Any]:
    """Return a key as `--json` shows it."""
    return {
        "id": key.key_id,
        "name": key.name,
        "scopes": sorted(scope.value for scope in key.scopes),
        "limits": vars(key.limits),
        "created_ms": key.created_ms,
        "expires_ms": key.expires_ms,
        "used_ms": key.used_ms,
    }


def table(ring: Keyring) -> RenderableType:
    """Return all keys, one a line."""
    if not ring.keys:
        return Text(NONE, style="dim")
    shown = Table(box=None, pad_edge=False)
    for column in ("name", "id", "good for", "limits", "made", "used", "expires"):
        shown.add_column(column)
    for key in ring.keys:
        expired = key not in ring.valid
        ends = "expired" if expired else ends_in(key.expires_ms - ring.now_ms) if key.expires_ms else NEVER
        shown.add_row(
            plain(key.name),
            key.key_id,
            _scopes(key),
            ", ".join(_limits(key)) or "none",
            f"{age(ring.now_ms - key.created_ms)} ago",
            f"{age(ring.now_ms - key.used_ms)} ago" if key.used_ms else NEVER,
            ends,
            style="dim" if expired else "",
        )
    return shown


def ends_in(ms: int) -> str:
    """Return when a key will be good for nothing.

    >>> ends_in(2_592_000_000), ends_in(60_000)
    ('in 30 days', 'in 1 min')
    """
    days = round(ms / DAY_MS)
    return f"in {days} days" if days > 1 else f"in {age(ms)}"


def _scopes(key: Key) -> str:
    return ", ".join(scope.value for scope in Scope if scope in key.scopes)


def _limits(key: Key) -> Iterator[str]:
    limits = key.limits
    for most, period in ((limits.minute, "a minute"), (limits.hour, "an hour"), (limits.day, "a day")):
        if most:
            yield f"{most:,} {period}"
    if limits.at_once:
        yield f"{limits.at_once:,} at once"
