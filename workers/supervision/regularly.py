"""Something that is looked at again and again by a thread of its own, for as long as a block runs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def regularly(look: Callable[[], None], every_s: float, name: str) -> Iterator[None]:
    """Call `look` at once and then every `every_s` seconds, in a thread called `name`, until the block ends."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            look()
            stop.wait(every_s)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
