"""The inference server fails in every way that it has, before and in the middle of an answer."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest

from tasks.contracts.jobs import Cause, Outcome
from tests.emulators.openai_server import MODEL as EMULATED
from tests.emulators.openai_server import OK_STREAM, Act, OpenAIServer, answer, drips, event, hangs, refuses, streams
from tests.faults.house import ENGINE, House, kill, until
from tests.faults.invariants import check
from tests.faults.settings import DEADLINE_S, MODEL
from tests.tiny_model import write_tiny_gguf

pytestmark = pytest.mark.faults
READY_S = 60.0
GENEROUS_S = 240.0  # real threads that compute wait for each other, and for everybody else on a busy machine
QUIET_S = 1.0  # and the engine is given up
SEED = 1
REPLY = "as good as new"
WELL = streams(answer(REPLY))
FAULTS: dict[str, Act] = {
    "hangs before the first token": hangs(),
    "hangs in the middle": hangs(OK_STREAM, event("as good")),
    "drips bytes that are no token": drips(b":", OK_STREAM),
    "is cut off without [DONE]": streams(event("as good")),
    "answers 500": refuses(500),
    "answers 503": refuses(503),
}


class Emulator(OpenAIServer):
    """An inference server that is told what to do next while it runs."""

    def will(self, *acts: Act) -> None:
        """Answer with each of these in turn, the last one for ever."""
        self.hung_up.clear()
        self._acts[:] = acts


def config(engine: str, model: str) -> str:
    """Return a flock with one host."""
    return f"""
[[model]]
name = "{MODEL}"
{model}
context_tokens = 4096
slots = 2

[[host]]
name = "alone"
engine = "{engine}"
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An OpenAI-compatible server."""
    with Emulator(WELL) as server:
        yield server


@pytest.fixture(scope="module")
def emulated(
    emulator: Emulator, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
) -> Iterator[House]:
    """A flock whose one host is that server."""
    served = config(emulator.url, f'aliases = {{ openai = "{EMULATED}" }}')
    with House(tmp_path_factory.mktemp("emulated"), free_port(), served, ["alone"], no_progress_s=QUIET_S) as house:
        yield house


@pytest.mark.parametrize("fault", FAULTS)
def test_a_second_try_answers_when_the_engine(fault: str, emulated: House, emulator: Emulator):
    emulator.will(FAULTS[fault], WELL)
    message = emulated.chat.say("hello")
    emulated.await_answers([message])
    (view,) = check(emulated, [message])
    assert (view.outcome, view.text) == (Outcome.REPLY, REPLY), view
    assert view.attempts > 1


@pytest.mark.parametrize("fault", ["hangs before the first token", pytest.param("answers 500", marks=pytest.mark.slow)])
def test_one_notice_comes_in_time_when_for_ever_the_engine(fault: str, emulated: House, emulator: Emulator):
    emulator.will(FAULTS[fault])
    message = emulated.chat.say("hello", deadline_s=DEADLINE_S)
    emulated.await_answers([message])
    emulator.will(WELL)
    (view,) = check(emulated, [message])
    assert view.outcome is Outcome.NOTICE
    assert view.cause in (Cause.FAILED, Cause.EXPIRED)


def test_a_killed_engine_comes_back_and_answers(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]):
    folder = tmp_path_factory.mktemp("embedded")
    gguf = write_tiny_gguf(folder / "tiny.gguf", SEED)
    with House(folder, free_port(), config("llamacpp", f'gguf = "{gguf}"'), ["alone"]) as house:
        (engine,) = house.workers("alone", ENGINE)
        kill(engine, signal.SIGSTOP)  # a model so small has its answer before anybody could kill it
        message = house.chat.say("tell me a long story", deadline_s=GENEROUS_S)
        house.await_state(message, "claimed")
        kill(engine)
        house.await_answers([message], GENEROUS_S)
        (view,) = check(house, [message])
        assert view.outcome is Outcome.REPLY, view
        assert view.attempts > 1
        until(lambda: len(house.workers("alone", ENGINE)) == 1, READY_S)
        assert house.workers("alone", ENGINE) != [engine]
