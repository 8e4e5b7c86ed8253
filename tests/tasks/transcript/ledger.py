"""A ledger whose jobs are archived, and the keeper of its transcript, short enough to write a scenario with."""

from __future__ import annotations

from typing import Any

from tasks.jobs.values import Ways
from tasks.transcript.exchanges import Said, every
from tasks.transcript.keeping import Keeper
from tasks.transcript.reading import Scope
from tests.tasks.jobs.flock import Flock

EVERYTHING = Scope(everything=True)


class Ledger:
    """People, one host, and the keeper of the transcript."""

    def __init__(self, flock: Flock, url: str, **ways: Any) -> None:
        self.flock, self.url = flock, url
        flock.ways = Ways(archive=True, **ways)
        self.keeper = Keeper(flock.store, url)
        self.host = flock.host()

    def close(self) -> None:
        """Give the connections back."""
        self.keeper.close()
        self.flock.store.close()

    def say(self, text: str, session: str = "s", reply: str = "", **fields: Any) -> str:
        """Ask, have it answered, and return the job."""
        job = self.flock.submit(text, session=session, **fields)
        claim = self.flock.take(self.host)
        assert claim.job == job
        self.flock.finish(claim, reply or f"re: {text}")
        return job

    def archive(self) -> list[Said]:
        """Write down what is owed, and return all there is."""
        while self.keeper.archive():
            pass
        return self.kept()

    def kept(self) -> list[Said]:
        """Return all there is."""
        return list(every(self.keeper.engine, EVERYTHING))

    def owed(self) -> int:
        """Return how many entries wait in Redis."""
        count: int = self.flock.client.xlen(self.flock.store.key("archive"))
        return count

    def forget_in_redis(self, session: str = "s") -> None:
        """Have a session's window expire."""
        self.flock.client.delete(self.flock.store.key("session", session))
