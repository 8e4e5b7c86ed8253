"""Places where a test may have this process die, to show that every move of a job survives it. Off in production.

With `ROOKERY_CRASH_AT=FOLDER` a process ends, as SIGKILL would, when it reaches `claimed` and finds a file of that
name in the folder. It takes the file away, so that nobody dies of it twice.
"""

from __future__ import annotations

import os

POINTS = (
    "submitted",
    "bell.heard",
    "claimed",
    "composed",
    "first.token",
    "generated",
    "finished",
    "delivery.begun",
    "delivery.sent",
    "delivery.recorded",
)
WRITTEN = "archive.written"  # of the transcript's keeper, which nobody waits for
#: Where only a bot comes by that shows an answer while it is being written.
SHOWING_POINTS = ("placeholder.sent", "placeholder.recorded", "delivery.edited")
KILLED = 137


def reach(point: str) -> None:
    """Die here if this point is chosen and nobody has died of it yet."""
    folder = os.environ.get("ROOKERY_CRASH_AT", "")
    if not folder:
        return
    try:
        os.unlink(os.path.join(folder, point))
    except FileNotFoundError:
        return
    os._exit(KILLED)
