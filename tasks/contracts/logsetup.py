"""What a process does about its logs before anything else: where they go, what they must not hold, and who died."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Mapping
from types import TracebackType

from tasks.contracts import logs
from tasks.contracts.cautions import secrets_of
from tasks.contracts.errors import RookeryError
from tasks.contracts.settings import Settings

logger = logging.getLogger(__name__)


def set_up(settings: Settings, environ: Mapping[str, str]) -> None:
    """Have this process log as its settings say, and never a secret that they or `environ` hold.

    An error that nobody caught is a line like any other: Python's own words could hold a secret.
    """
    log = settings.fleet.log
    logs.configure(log.level, as_json=log.as_json, secrets=secrets_of(settings, environ))
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    elif isinstance(error, RookeryError):
        logger.critical("ended", extra={"error": str(error)})  # it says what to do; where it was raised does not help
    else:
        logger.critical("ended by an error that nobody expected", exc_info=(kind, error, trace))


def _uncaught_in_thread(caught: threading.ExceptHookArgs) -> None:
    if caught.exc_value is None or isinstance(caught.exc_value, SystemExit):
        return
    name = caught.thread.name if caught.thread else ""
    trace = (caught.exc_type, caught.exc_value, caught.exc_traceback)
    logger.critical("a thread ended by an error that nobody expected", extra={"thread_name": name}, exc_info=trace)
