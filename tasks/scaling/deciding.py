"""Whether more machines are to be called for, and what whoever starts them is told. Pure."""

from __future__ import annotations

from typing import Any

from tasks.contracts.sections import Scale
from tasks.jobs.values import MS, Backlog, Status


def is_named(rules: Scale) -> bool:
    """Return whether there is anything to call."""
    return bool(rules.command or rules.url)


def pressing(seen: Status, rules: Scale) -> list[Backlog]:
    """Return the models for which somebody has waited too long, or too many wait, the longest wait first."""
    late = [
        each
        for each in seen.backlogs
        if each.waiting and (seen.now_ms - each.oldest_ms > rules.after_s * MS or 0 < rules.waiting < each.waiting)
    ]
    return sorted(late, key=lambda each: each.oldest_ms)


def is_due(seen: Status, rules: Scale, called_ms: int) -> bool:
    """Return whether it is time to call: somebody waits too long, and the last call is long enough ago."""
    rested = not called_ms or seen.now_ms - called_ms >= rules.every_s * MS
    return is_named(rules) and rested and bool(pressing(seen, rules))


def told(seen: Status, rules: Scale) -> dict[str, Any]:
    """Return what is told of the flock: who waits for what, and which hosts are up. No addresses, nobody's words."""
    return {
        "event": "scale",
        "at_ms": seen.now_ms,
        "waits": [
            {
                "model": each.slug,
                "waiting": each.waiting,
                "oldest_s": round((seen.now_ms - each.oldest_ms) / MS, 1),
                "slots": each.slots,
                "loading": each.loading,
            }
            for each in pressing(seen, rules)
        ],
        "hosts": [host.name for host in seen.hosts if host.live],
    }
