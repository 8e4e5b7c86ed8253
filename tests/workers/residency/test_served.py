"""What a server holds, asked in a thread that has to outlive whatever the server says."""

from __future__ import annotations

import threading

import pytest

from tasks.contracts.clock import SystemClock
from workers.engines.fake import FakeEngine
from workers.residency import served
from workers.residency.memory import Listing
from workers.residency.served import ServerMemory

PATIENCE_S = 20.0


class Odd(FakeEngine):
    """A server whose client does not understand it, for a while."""

    odd = True

    def list_resident(self) -> list[str]:
        if self.odd:
            raise ValueError("no such field")
        return ["m"]


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_of_the_client_is_told_as_trouble_and_the_server_is_asked_again(monkeypatch):
    monkeypatch.setattr(served, "LISTING_EVERY_S", 0.01)
    engine, changed = Odd(("m",)), threading.Event()
    memory = ServerMemory(engine, SystemClock(), woken=changed.set)

    def heard() -> Listing:
        assert changed.wait(PATIENCE_S), "the thread is no more"
        changed.clear()
        said = memory.listing()
        assert said is not None
        return said

    assert heard().trouble == "ValueError in the engine's client"
    engine.odd = False
    assert (heard().trouble, memory.listing().names) == ("", {"m"})
    memory.close()
