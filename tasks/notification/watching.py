"""From what is wrong at each look to few notices: what lasts is told once, what flaps seldom. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from tasks.contracts.messages import Value
from tasks.contracts.notices import Notice
from tasks.jobs.values import MS
from tasks.notification.troubles import Trouble, titled

STEADY_S = 30.0  # what is over for less may be on again in a moment
QUIET_S, QUIET_CAP_S = 600.0, 6 * 3_600.0
"""The least time from one notice of a trouble to the next of the same; it doubles each time, up to the second."""
FORGET_S = 6 * 3_600.0
DEAD = "dead"


class Known(Value):
    """What is known of one trouble."""

    since_ms: int
    over: str = ""
    """What is to be told when it is over."""
    over_ms: int = 0
    """Since when it is; 0: it is not."""
    told: bool = False
    """Whether somebody believes that it is still so."""
    times: int = 0
    quiet_until_ms: int = 0


class State(Value):
    """What is wrong and what of it was told."""

    troubles: dict[str, Known] = Field(default_factory=dict)
    dead: int = -1
    """Jobs without an answer, when that was told last; -1: nobody has looked yet."""
    dead_ms: int = 0


def look(state: State, troubles: Iterable[Trouble], now_ms: int) -> tuple[State, list[Notice]]:
    """Return what is known after a look, and what is to be told now."""
    seen = {trouble.about: trouble for trouble in troubles}
    after: dict[str, Known] = {}
    notices: list[Notice] = []
    for about in (*state.troubles.keys(), *(seen.keys() - state.troubles.keys())):
        known = state.troubles.get(about) or Known(since_ms=now_ms)
        trouble = seen.get(about)
        still, notice = _on(known, trouble, now_ms) if trouble else _off(known, about, now_ms)
        if still is not None:
            after[about] = still
        if notice is not None:
            notices.append(notice)
    return state.model_copy(update={"troubles": after}), notices


def count_dead(state: State, dead: int, now_ms: int) -> tuple[State, list[Notice]]:
    """Return what is known after a look at how many jobs have no answer, and what is to be told."""
    if state.dead < 0 or dead < state.dead:  # the first look, or old ones were forgotten
        return state.model_copy(update={"dead": dead}), []
    if dead == state.dead or now_ms - state.dead_ms < QUIET_S * MS:
        return state, []
    more = dead - state.dead
    what = "1 job has" if more == 1 else f"{more} jobs have"
    notice = Notice(
        about=DEAD,
        title=f"{what} no answer",
        words="Every try failed; those who asked were told. `rookery job list --dead` shows which, "
        "`rookery job explain JOB` why.",
        level="warning",
        tags=("skull",),
    )
    return state.model_copy(update={"dead": dead, "dead_ms": now_ms}), [notice]


def _on(known: Known, trouble: Trouble, now_ms: int) -> tuple[Known, Notice | None]:
    if known.over_ms:  # it is on again; where nobody was told that it was over, it never was
        known = known.model_copy(update={"over_ms": 0} if known.told else {"over_ms": 0, "since_ms": now_ms})
    known = known.model_copy(update={"over": trouble.over})
    if known.told or now_ms < known.quiet_until_ms or now_ms - known.since_ms < trouble.settles_s * MS:
        return known, None
    quiet_ms = int(min(QUIET_S * 2**known.times, QUIET_CAP_S) * MS)
    told = {"told": True, "times": known.times + 1, "quiet_until_ms": now_ms + quiet_ms}
    return known.model_copy(update=told), _notice(trouble, known.times)


def _off(known: Known, about: str, now_ms: int) -> tuple[Known | None, Notice | None]:
    if not known.times:
        return None, None  # nobody has heard of it
    if not known.over_ms:
        known = known.model_copy(update={"over_ms": now_ms})
    over_ms = now_ms - known.over_ms
    if known.told and over_ms >= STEADY_S * MS:
        return known.model_copy(update={"told": False}), _over(known, about)
    if not known.told and over_ms >= FORGET_S * MS and now_ms >= known.quiet_until_ms:
        return None, None
    return known, None


def _notice(trouble: Trouble, before: int) -> Notice:
    again = f" This was told {before} times before; the next time, it will take longer." if before > 1 else ""
    return Notice(about=trouble.about, title=trouble.title, words=trouble.words + again, level=trouble.level)


def _over(known: Known, about: str) -> Notice | None:
    if not known.over:
        return None
    lasted_s = max(0, known.over_ms - known.since_ms) // MS
    return Notice(
        about=f"{about}:over"[-200:],
        title=titled(known.over),
        words=f"It lasted {_spoken(lasted_s)}.",
        level="success",
    )


def _spoken(seconds: int) -> str:
    """Return about how long that is.

    >>> _spoken(50), _spoken(130), _spoken(9000)
    ('50 s', '2 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds} s"
    return f"{round(seconds / 60)} min" if seconds < 7_200 else f"{seconds / 3600:.1f} h"
