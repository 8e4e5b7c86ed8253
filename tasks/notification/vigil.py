"""Looks at what is wrong, with what was known before at hand in the ledger, and hands in what is to be told."""

from __future__ import annotations

from collections.abc import Iterable

from tasks.jobs.notices import notify
from tasks.jobs.store import Store, translated
from tasks.jobs.values import Status
from tasks.notification import watching
from tasks.notification.troubles import Trouble
from tasks.notification.watching import State

SAME_S = 28.0
"""What is told again so soon is what the one who led before had told, and died before it could note that.

Longer than it takes until another one leads, and shorter than `watching.STEADY_S`: that whatever is over was told a
moment ago is no reason to leave it at that.
"""


class Vigil:
    """For the one process that leads; whoever leads next goes on from what this one knew."""

    def __init__(self, store: Store) -> None:
        self._store, self._key = store, store.key("troubles")

    def look(self, seen: Status, wrong: Iterable[Trouble]) -> None:
        """Take in what is wrong at this moment. Raises StoreUnavailable."""
        before = self._known()
        after, said = watching.look(before, wrong, seen.now_ms)
        after, more = watching.count_dead(after, seen.dead, seen.now_ms)
        for notice in (*said, *more):
            notify(self._store, notice, quiet_s=SAME_S)
        if after != before:
            with translated():
                self._store.client.set(self._key, after.model_dump_json())

    def _known(self) -> State:
        with translated():
            kept = self._store.client.get(self._key)
        return State.model_validate_json(kept) if kept else State()
