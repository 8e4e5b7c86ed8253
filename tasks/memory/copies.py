"""A copy of the memories by the process that has them open, for another one on this machine that may not open them.

Who asks rings `memory.copy` with a token, and finds the copy in a folder of that name beside the memories; what came of
it is told in a pocket. No path goes over the wire, so nobody can have anything written elsewhere.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
from pathlib import Path

from tasks.contracts import names
from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import MemoryUnavailable, RookeryError
from tasks.contracts.queues import MEMORY
from tasks.jobs import bell, pockets, remembering
from tasks.jobs.store import Store, translated
from tasks.memory.opening import Opened
from tasks.memory.stores import snapshots
from tasks.memory.stores.carrying import parts

FOLDER = "copies"  # beside the memories; what a killed one left there goes with the next
LIFE_S = 600.0
LONGEST_S = 600.0
LOOKS_EVERY_S = 0.05
GOES_ON, DONE, FAILED = "…", "done", "failed: "
TOKEN_BYTES = 16
_TOKEN = re.compile(r"[0-9a-f]{32}")
logger = logging.getLogger(__name__)


def make(ledger: Store, opened: Opened, folder: Path, token: str) -> None:
    """Write a copy of the memories below `folder`, and tell who asked. A token that is none leads nowhere."""
    if not _TOKEN.fullmatch(token):
        logger.warning("somebody asked for a copy of the memories without a token")
        return
    try:
        ledger.run(pockets.put(_pocket(token), GOES_ON, LIFE_S))
        shutil.rmtree(folder / FOLDER, ignore_errors=True)
        inside = folder / FOLDER / token
        every = parts(opened.name, opened.get())
        count = sum(snapshots.take(store, inside / name).count for name, store in every.items())
    except (RookeryError, OSError) as exc:
        ledger.run(pockets.put(_pocket(token), f"{FAILED}{exc}", LIFE_S))
    else:
        ledger.run(pockets.put(_pocket(token), DONE, LIFE_S))
        logger.info("the memories were copied", extra={"memories": count})


def ask(ledger: Store, name: str, folder: Path, to: Path, clock: Clock | None = None) -> int:
    """Have whoever has the memories of `name` open copy them, and move the copy to `to`; returns how many there are.

    Raises:
        MemoryUnavailable: nobody is up who does, or it came to nothing.
        StoreUnavailable: Redis did not answer.
    """
    token = secrets.token_hex(TOKEN_BYTES)
    with translated():
        ledger.client.lpush(MEMORY, bell.message(names.COPY, f"copy-{token}", MEMORY, (token,)))
    said = _awaited(ledger, token, clock or SystemClock())
    if said != DONE:
        raise MemoryUnavailable(
            f"the memories could not be copied: {said.removeprefix(FAILED)}",
            next_step="end `rookery run memory` and try again, or leave them out with --without-memories",
        )
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(folder / FOLDER / token / name, to)
    shutil.rmtree(folder / FOLDER / token, ignore_errors=True)
    return snapshots.manifest_of(to).count


def _awaited(ledger: Store, token: str, clock: Clock) -> str:
    until_s, said = clock.monotonic_s() + LONGEST_S, ""
    while clock.monotonic_s() < until_s:
        said = ledger.run(pockets.get(_pocket(token)))
        if said not in ("", GOES_ON):
            return said
        if not ledger.run(remembering.somebody()):
            return "another process has them open, and says nothing"
        clock.sleep(LOOKS_EVERY_S)
    return "it took too long"


def _pocket(token: str) -> str:
    return f"copy:{token}"
