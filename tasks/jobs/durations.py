"""How long something took, as people say it. Pure."""

from __future__ import annotations

S = 1000


def age(ms: int) -> str:
    """Return a duration as people say it.

    >>> age(340), age(4_200), age(190_000), age(7_260_000)
    ('340 ms', '4.2 s', '3 min 10 s', '2 h 1 min')
    """
    if ms < S:
        return f"{ms} ms"
    seconds = ms // S
    if seconds < 60:
        return f"{ms / S:.1f} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
