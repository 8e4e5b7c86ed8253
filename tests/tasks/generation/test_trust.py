from __future__ import annotations

from collections.abc import Generator

from tasks.contracts.errors import EngineUnavailable
from tasks.services import Chat, Completion, Patience, Piece
from tests.tasks.generation.bench import Attentive


class Mortal(Attentive):
    """A fake engine that can be gone altogether."""

    gone = False

    def list_resident(self) -> list[str]:
        """Answer, if there is anybody."""
        self._check_life()
        return super().list_resident()

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Answer, if there is anybody."""
        self._check_life()
        yield from super().chat_stream(chat, patience)

    def _check_life(self) -> None:
        if self.gone:
            raise EngineUnavailable("there is no engine any more")


def test_an_engine_that_is_gone_burns_one_try_and_not_all(bench):
    engine = Mortal()
    bench.furnish(engine=engine)
    engine.gone = True
    job = bench.answer()
    bench.past(job, "not_before_ms")
    for _ in range(5):
        bench.ring()
    assert (bench.view(job).state, bench.view(job).attempts) == ("queued", 1)
    engine.gone = False
    bench.ring()
    assert (bench.view(job).text, bench.view(job).attempts) == ("echo: hello", 2)


def test_an_engine_that_answered_is_not_asked_whether_it_is_there(bench):
    engine = Mortal()
    bench.furnish(engine=engine)
    bench.answer()
    engine.gone = True
    job = bench.answer()
    assert bench.view(job).attempts == 1
