"""How often one looks: at once again while something happens, ever more rarely while nothing does. Pure."""

from __future__ import annotations

GROWTH = 1.5  # from two seconds to a minute in nine looks


def next_s(now_s: float, *, found: bool, floor_s: float, cap_s: float) -> float:
    """Return how long to wait until the next look, after `now_s` was waited for the last one.

    >>> next_s(4.0, found=False, floor_s=2.0, cap_s=60.0), next_s(59.0, found=True, floor_s=2.0, cap_s=60.0)
    (6.0, 2.0)
    """
    return floor_s if found else max(floor_s, min(cap_s, now_s * GROWTH))
