"""How this process logs, as it was before a test had it log otherwise."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tasks.contracts import logs


@contextmanager
def logging_as_it_was() -> Iterator[None]:
    """Leave handlers, levels and what is told of errors that nobody caught as they were when the block began.

    Else all tests after this one log to a stream that is closed.
    """
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    hooks = sys.excepthook, threading.excepthook
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name in logs.FLOORS:
            logging.getLogger(name).setLevel(logging.NOTSET)
        sys.excepthook, threading.excepthook = hooks
