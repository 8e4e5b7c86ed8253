"""What was forgotten leaves the disks: prompts, the log of the transcript, that of Redis, the files of the memories.

What is owed and what is done is known to Redis alone, so that no process goes by what it once knew. It is told by
tokens and not by times: a clock may stand still between two wishes, and one that is set back would hide the later one.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from tasks.contracts.erasing import Erasing
from tasks.contracts.errors import RookeryError
from tasks.jobs import bookmarks, forgetting
from tasks.jobs.store import Store
from tasks.memory.opening import Opened
from tasks.memory.rights.debris import drop_prompts

TO_SCOUR, SCOURED = "to scour", "scoured"  # bookmarks: the last that was forgotten, and the last that was off the disks
logger = logging.getLogger(__name__)


class Scourer:
    """Takes off the disks what was forgotten, one thread at a time."""

    def __init__(self, ledger: Store, opened: Opened, transcript: Erasing, prompts: Path) -> None:
        self._ledger, self._opened, self._transcript, self._prompts = ledger, opened, transcript, prompts
        self._busy, self._again = threading.Lock(), threading.Event()
        self._owed, self._left = "", list[Callable[[], bool]]()

    def owe(self) -> None:
        """Note that something is forgotten: before it is, as who dies over it owes it still, and once it is.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        self._ledger.run(bookmarks.put(forgetting.WHO, TO_SCOUR, f"x{secrets.token_hex(8)}"))

    def scour(self) -> None:
        """Leave nothing on any disk of what was forgotten; to be asked again and again, as it costs nothing then.

        Whoever comes while another thread is at it goes on at once; that one looks once more when it is done.

        Raises:
            MemoryUnavailable, TranscriptUnavailable, StoreUnavailable: the next time does the rest.
        """
        self._again.set()
        while self._again.is_set() and self._busy.acquire(blocking=False):
            try:
                self._again.clear()
                self._scour()
            finally:
                self._busy.release()

    def _scour(self) -> None:
        marks = self._ledger.run(bookmarks.get_many(forgetting.WHO, TO_SCOUR, SCOURED))
        owed = marks.get(TO_SCOUR, "")
        if owed == marks.get(SCOURED, ""):
            return
        if self._owed != owed:  # what is done for it is not done twice because of what cannot be done yet
            self._owed, self._left = owed, [self._drop, self._empty, self._rewrite_log, self._write_anew]
        failed = None
        for step in list(self._left):
            try:
                if step():
                    self._left.remove(step)
            except RookeryError as exc:  # one disk does not wait for another
                failed = exc
        if failed is not None:
            raise failed
        if self._left:
            logger.info("what was forgotten is on a disk yet, as others are in the way; it is tried again")
        else:
            self._ledger.run(bookmarks.put(forgetting.WHO, SCOURED, owed))
            logger.info("what was forgotten is off the disks")

    def _drop(self) -> bool:
        drop_prompts(self._prompts)
        return True

    def _empty(self) -> bool:
        return self._transcript.scour()

    def _rewrite_log(self) -> bool:
        return forgetting.rewrite_log(self._ledger)

    def _write_anew(self) -> bool:
        self._opened.get().scour()  # a server does it in its own time
        return True
