"""The trust that a worker's threads have in their engine, without a ledger: an engine that does as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import EngineRejected, EngineStalled, EngineUnavailable, EngineWedged, RookeryError
from tasks.contracts.messages import Usage
from tasks.services import Capabilities, Completion, Patience, Piece
from tests.tasks.generation.bench import PATIENCE_S, Notes
from workers.engines.fake import FakeEngine
from workers.health.breaker import Limits, Standing
from workers.health.endings import ENGINE_STUCK, MODEL_GONE
from workers.health.pace import KNOWN_AFTER
from workers.health.trust import EngineTrust, Watched

MODEL = "demo"
GONE = EngineUnavailable("gone")
QUICK = Limits(failures=2, cool_down_s=0.05)
ASSUMED = Patience(60.0, no_progress_s=20.0, prefill_s=3.0)


class Server(FakeEngine):
    """A fake engine that can be made to list, load or answer otherwise."""

    def __init__(self, *, listed: bool = True, loads: bool = False, refuses: RookeryError | None = None) -> None:
        super().__init__((MODEL,))
        self.listed, self.loads, self.refuses = listed, loads, refuses
        self.asked = 0

    def list_resident(self):
        return [MODEL] if self.listed else []

    def capabilities(self):
        return Capabilities(4, 4096, loads=self.loads)

    def chat_stream(self, chat, patience):
        self.asked += 1
        if self.refuses:
            raise self.refuses
        yield from super().chat_stream(chat, patience)

    def embed(self, model, texts, patience):
        if self.refuses:
            raise self.refuses
        yield from super().embed(model, texts, patience)


class Room:
    """A trust, what it told, and the end of its worker in a test's hands."""

    def __init__(self, engine: FakeEngine, limits: Limits = QUICK, **how: object) -> None:
        self.notes, self.ending = Notes(), threading.Event()
        self.trust = EngineTrust(Watched(engine, MODEL, limits, **how), self.notes, self.ending)

    def fail(self, error: RookeryError = GONE) -> None:
        with self.trust.trial() as trial:
            trial.failed(error, in_time=True)

    def answer(self) -> bool:
        """Give it a job, and return whether it was taken."""
        with self.trust.trial() as trial:
            if trial is None:
                return False
            trial.answered()
            return True


@pytest.fixture
def entering() -> Iterator[list[threading.Thread]]:
    """Threads that wait for their engine; they end with the test."""
    threads: list[threading.Thread] = []
    yield threads
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_a_failure_is_told_as_probation_and_an_answer_as_the_end_of_it():
    room = Room(Server())
    room.fail()
    assert room.notes.bulletins[-1].standing is Standing.PROBATION
    assert room.notes.bulletins[-1].trouble == "EngineUnavailable"
    assert room.answer()
    assert (room.notes.bulletins[-1].standing, room.notes.bulletins[-1].trouble) == (Standing.TRUSTED, "")
    assert (room.notes.times_doubted, room.notes.times_mended, room.notes.tripped_s) == (1, 1, [])


def test_on_probation_threads_take_turns_and_an_answer_lets_all_of_them_in(entering):
    room, inside, most = Room(Server()), 0, 0
    room.fail()
    lock, first_in, go_on = threading.Lock(), threading.Event(), threading.Event()

    def work() -> None:
        nonlocal inside, most
        with room.trust.trial() as trial:
            with lock:
                inside += 1
                most = max(most, inside)
            first_in.set()
            go_on.wait(PATIENCE_S)
            trial.answered()
            with lock:
                inside -= 1

    entering += [threading.Thread(target=work) for _ in range(4)]
    for thread in entering:
        thread.start()
    assert first_in.wait(PATIENCE_S)
    assert most == 1
    go_on.set()


def test_several_failures_open_it_and_one_token_lets_one_job_in():
    engine = Server()
    room = Room(engine)
    room.fail()
    room.fail()
    assert room.notes.bulletins[-1].standing is Standing.OPEN
    assert len(room.notes.tripped_s) == 1
    assert room.answer()
    assert engine.asked == 1, "the probe"
    assert (room.notes.times_doubted, room.notes.times_mended) == (2, 1)


def test_a_worker_that_is_to_end_waits_no_longer():
    room = Room(Server(), Limits(failures=1, cool_down_s=600.0))
    room.fail()
    threading.Timer(0.05, room.ending.set).start()
    assert not room.answer()


def test_a_model_that_its_server_let_go_is_told_to_the_agent():
    engine = Server(loads=True)
    room = Room(engine)
    room.fail()
    engine.listed = False
    waiting = threading.Thread(target=room.answer)
    waiting.start()
    while not room.notes.codes:
        waiting.join(0.01)
    assert room.notes.codes[0] == MODEL_GONE
    assert engine.asked == 0, "to ask it for a token would make it load the model behind the agent's back"
    engine.listed = True
    waiting.join(PATIENCE_S)


def test_a_server_that_does_not_list_what_it_answers_with_keeps_its_jobs():
    room = Room(Server(listed=False))
    room.fail()
    assert room.answer()
    assert room.notes.codes == []


def test_a_server_that_neither_lists_nor_answers_has_lost_the_model():
    engine = Server(listed=False, refuses=EngineRejected("no such model"))
    room = Room(engine)
    room.fail()
    waiting = threading.Thread(target=room.answer)
    waiting.start()
    while not room.notes.codes:
        waiting.join(0.01)
    engine.refuses = None
    waiting.join(PATIENCE_S)
    assert room.notes.codes[0] == MODEL_GONE


def test_our_own_engine_that_stalled_and_gives_no_token_is_started_anew():
    engine = Server(refuses=EngineStalled("nothing"))
    room = Room(engine, ours=True)
    room.fail(EngineStalled("nothing"))
    waiting = threading.Thread(target=room.answer)
    waiting.start()
    while not room.notes.codes:
        waiting.join(0.01)
    engine.refuses = None
    waiting.join(PATIENCE_S)
    assert room.notes.codes[0] == ENGINE_STUCK


@pytest.mark.parametrize(("ours", "codes"), [(True, [ENGINE_STUCK]), (False, [])])
def test_an_engine_that_crawls_is_started_anew_where_it_is_ours(ours, codes):
    room = Room(Server(), ours=ours)
    room.fail(EngineWedged("slow"))
    assert room.notes.codes == codes
    assert room.notes.bulletins[-1].standing is Standing.PROBATION


def answered(trust: EngineTrust, clock: ManualClock, *, letters: int, seconds: float) -> None:
    """Have an answer of so many letters come within so many seconds, after one second of reading."""
    with trust.trial() as trial:
        trial.patience(ASSUMED, 100)
        clock.sleep(1.0)
        trial.saw(Piece("x"))
        for _ in range(int(seconds * 2)):
            clock.sleep(0.5)
            trial.saw(Piece("x" * int(letters / seconds / 2)))
        trial.saw(Completion(Usage(prompt_tokens=100, completion_tokens=letters // 5), "stop", MODEL))
        trial.answered()


def test_answers_teach_how_patient_to_be_and_what_is_a_crawl():
    clock, notes = ManualClock(100.0), Notes()
    trust = EngineTrust(Watched(Server(), MODEL), notes, threading.Event(), clock=clock)
    for _ in range(KNOWN_AFTER):
        answered(trust, clock, letters=1000, seconds=10.0)
    with trust.trial() as trial:
        assert trial.patience(ASSUMED, 50).prefill_s == 2.0, "measured: a hundred tokens a second, with slack"
        trial.saw(Piece("x"))
        with pytest.raises(EngineWedged):
            crawl(trial, clock)
    said = notes.bulletins[-1]
    assert (said.first_token_s, said.prefill_tokens_per_s, said.decode_tokens_per_s) == (1.0, 100.0, 19.9)


def crawl(trial, clock: ManualClock) -> None:
    for _ in range(100):
        clock.sleep(0.5)
        trial.saw(Piece())


def test_a_bug_of_the_client_while_it_looks_keeps_nobody_waiting_for_ever():
    class Broken(Server):
        broken = True

        def list_resident(self):
            if self.broken:
                raise ValueError("no JSON")
            return super().list_resident()

    engine = Broken()
    room = Room(engine)
    room.fail()
    with pytest.raises(ValueError, match="no JSON"):
        room.answer()
    engine.broken = False
    timer = threading.Timer(PATIENCE_S, room.ending.set)
    timer.start()
    assert room.answer()
    timer.cancel()
