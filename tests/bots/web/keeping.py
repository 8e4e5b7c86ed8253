"""Who keeps memories, played by a test: takes wishes out of the real ledger, and grants them out of a list."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tasks.contracts.messages import JobRequest
from tasks.contracts.wishes import Granted, Kept, Wish, wish_of
from tasks.jobs import granting, remembering
from tasks.jobs.store import Store

LOOKS_EVERY_S = 0.005
IS_UP_S = 600.0
PAGE = 50


def kept(number: int, text: str, **more: object) -> Kept:
    """Return a memory."""
    about = {"at_ms": 1_790_000_000_000 - number * 3_600_000, "kind": "turn", "tier": "short", "author": "Ann"}
    return Kept.model_validate({"id": f"m{number}", "text": text, "persona": "Rook", "direct": True, **about, **more})


@dataclass
class Keeper:
    """What it keeps, and what was wanted of it."""

    store: Store
    memories: list[Kept] = field(default_factory=list)
    asked: list[JobRequest] = field(default_factory=list)
    flags: tuple[str, ...] = ()

    @property
    def wishes(self) -> list[Wish]:
        """What was wanted, in its order."""
        return [wish_of(request) for request in self.asked]

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Keeper]:
        """Grant what is wanted, as it is wanted."""
        ending = threading.Event()

        def work() -> None:
            while not ending.wait(LOOKS_EVERY_S):
                if (taken := self.store.run(granting.take())) is not None:
                    job, fence, request = taken[:3]
                    self.asked.append(request)
                    assert self.store.run(granting.granted(job, fence, self.grant(wish_of(request))))

        thread = threading.Thread(target=work, name="keeper")
        self.store.run(remembering.is_up(IS_UP_S))
        thread.start()
        try:
            yield self
        finally:
            ending.set()
            thread.join()
            self.store.run(remembering.has_left())

    def grant(self, wish: Wish) -> str:
        """Do what is wanted, and return what is said of it."""
        if wish.kind == "export":
            return "\n".join(one.model_dump_json() for one in self.memories) or "Nothing is remembered of you."
        done = {"list": self._list, "forget": self._forget, "remember": self._remember}[wish.kind](wish)
        return done.model_dump_json() if wish.as_json else done.words

    def _list(self, wish: Wish) -> Granted:
        found = [one for one in self.memories if wish.about.lower() in one.text.lower()]
        start = int(wish.after or 0)
        after = str(start + wish.limit) if len(found) > start + wish.limit else ""
        words = "\n".join(one.text for one in found) or "Nothing is remembered of you."
        return Granted(kind="list", words=words, memories=tuple(found[start : start + wish.limit]), after=after)

    def _forget(self, wish: Wish) -> Granted:
        gone = [one for one in self.memories if not wish.ids or one.id in wish.ids]
        self.memories = [one for one in self.memories if one not in gone]
        words = f"Forgotten: {len(gone)}."
        return Granted(kind="forget", words=words, forgotten=len(gone), flagged=self.flags)

    def _remember(self, wish: Wish) -> Granted:
        self.memories.insert(0, kept(99, wish.about, kind="fact", pinned=True))
        return Granted(kind="remember", words="Remembered.", memories=(self.memories[0],))
