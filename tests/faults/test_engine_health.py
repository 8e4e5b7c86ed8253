"""One host's engine is of no use, in each way that engines have, while another host has the model too."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from tasks.contracts.jobs import Cause, JobView, Outcome
from tasks.jobs import fleet_moves
from tasks.jobs.health import health_of
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.ollama import Ollama
from tests.emulators.openai_server import (
    DONE,
    LIFE_S,
    OK_STREAM,
    Act,
    OpenAIServer,
    Talk,
    answer,
    event,
    refuses,
    resets,
    streams,
    usage_event,
)
from tests.emulators.openai_server import MODEL as EMULATED
from tests.faults.house import ENGINE, READY_S, House, kill, until
from tests.faults.invariants import check
from tests.faults.settings import DEADLINE_S, MODEL, PATIENT_S
from tests.tiny_model import write_tiny_gguf

pytestmark = [pytest.mark.faults, pytest.mark.slow]
QUIET_S = 1.0  # and an answer is given up
SICK, SOUND = "sick", "sound"
PEOPLE = 6
WORDS = ["and", "this", "is", "what", "it", "says", "when", "all", "is", "well"]
STEP_S = 0.05  # between two words of a good answer, so that there is a pace to measure
CREEP_S = 0.6  # between two letters of a bad one: signs of life, and too few
TEACHING = 3  # answers from which a pace is known
SEED = 1
GENEROUS_S = 240.0  # real threads that compute wait for each other, and for everybody else on a busy machine
TROUBLED = {"probation", "open"}
HEALTH = """
[health]
failures = 2
cool_down_s = 0.5
longest_cool_down_s = 2
probe_s = 2
"""
SHARED = f"""
{HEALTH}
[[model]]
name = "{MODEL}"
aliases = {{ openai = "{EMULATED}" }}
slots = 2
"""
OWN = f"""
[[model]]
name = "{MODEL}"
gguf = "{{gguf}}"
slots = 2
"""
SERVED = f"""
[[model]]
name = "{MODEL}"
aliases = {{{{ ollama = "{{tag}}" }}}}
slots = 1
"""
HOST = """
[[host]]
name = "{name}"
engine = "{engine}"
"""


def well(talk: Talk) -> None:
    """Answer word by word, with what it took."""
    talk.send(OK_STREAM)
    for word in WORDS:
        talk.send(event(f"{word} "))
        time.sleep(STEP_S)
    talk.send(event(finish="stop") + usage_event(10, len(WORDS)) + DONE)


def goes_on(drop: bytes, every_s: float) -> Act:
    """Begin an answer, send `drop` again and again, and never come to an end while somebody listens."""

    def act(talk: Talk) -> None:
        talk.send(OK_STREAM)
        ends_s = time.monotonic() + LIFE_S
        while time.monotonic() < ends_s:
            talk.send(drop)  # fails once nobody listens any more
            time.sleep(every_s)

    return act


def says(status: int, words: str) -> Act:
    """Refuse with these words."""
    return refuses(status, {"error": {"message": words}}, content_type="application/json")


#: What the engine does to everybody who asks, and the error that the host tells of.
FAULTS: dict[str, tuple[Act, str]] = {
    "lists a model that it cannot serve": (says(404, f"model '{EMULATED}' not found"), "ModelLoadFailed"),
    "fails to load it": (says(500, "llama runner process has terminated: exit status 2"), "ModelLoadFailed"),
    "runs out of memory": (says(500, "CUDA out of memory. Tried to allocate 2.00 GiB"), "OutOfMemory"),
    "answers as another model": (streams(answer("I am somebody else", model="impostor")), "WrongModel"),
    "loads for ever": (goes_on(b": loading\n\n", STEP_S), "EngineStalled"),
    "is busy for ever": (says(503, "Loading model"), "EngineOverloaded"),
    "dies in the middle of each answer": (resets(OK_STREAM, event("as")), "EngineTruncated"),
    "comes to a crawl": (goes_on(event("a"), CREEP_S), "EngineWedged"),
}


class Emulator(OpenAIServer):
    """An inference server that is told what to do while it runs, and that can be gone for a while."""

    def will(self, act: Act) -> None:
        """Answer everybody so from now on."""
        self.hung_up.clear()
        self._acts[:] = [act]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """The server behind the sick host."""
    with Emulator(well) as server:
        yield server


@pytest.fixture(scope="module")
def two(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[House]:
    """A flock with two hosts for one model."""
    config = SHARED + HOST.format(name=SICK, engine=emulator.url) + HOST.format(name=SOUND, engine="fake")
    folder = tmp_path_factory.mktemp("two")
    with House(folder, free_port(), config, [SICK, SOUND], no_progress_s=QUIET_S) as house:
        yield house


@pytest.fixture(scope="module")
def one(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[House]:
    """A flock whose one host is that server."""
    config = SHARED + HOST.format(name=SICK, engine=emulator.url)
    with House(tmp_path_factory.mktemp("one"), free_port(), config, [SICK], no_progress_s=QUIET_S) as house:
        yield house


def ask(house: House, count: int = 1, deadline_s: float = PATIENT_S) -> list[JobView]:
    """Say something as so many people, and return what became of it once all have been answered."""
    messages = [house.chat.say(f"hello {number}", deadline_s=deadline_s) for number in range(count)]
    house.await_answers(messages)
    return [house.view(message) for message in messages]


def ask_until(house: House, enough: Callable[[JobView], bool], within_s: float = READY_S) -> list[JobView]:
    """Go on asking until an answer is as wanted; return all that came."""
    views: list[JobView] = []

    def found() -> bool:
        views.extend(ask(house, 2))
        return any(map(enough, views[-2:]))

    until(found, within_s, lambda: f"the last one: {views[-1] if views else None}")
    return views


def standing(house: House) -> tuple[str, str]:
    """Return what is thought of the sick host's engine, and what its last trouble was."""
    (model,) = health_of(house.store.run(fleet_moves.status()))[SICK].models
    return model.standing, model.trouble


def answered_by_sick(view: JobView) -> bool:
    return view.host == SICK and view.outcome is Outcome.REPLY


@pytest.mark.parametrize("fault", FAULTS)
def test_everybody_is_answered_once_and_elsewhere_when_one_engine(fault: str, two: House, emulator: Emulator):
    before = set(two.chat.messages())
    emulator.will(well)
    taught: list[JobView] = []
    while sum(map(answered_by_sick, taught)) < TEACHING:
        taught += ask_until(two, answered_by_sick)
    act, trouble = FAULTS[fault]
    emulator.will(act)
    troubled = ask_until(two, lambda view: view.attempts > 1)
    troubled += ask(two, PEOPLE)
    assert {view.outcome for view in troubled} == {Outcome.REPLY}
    assert {view.host for view in troubled} == {SOUND}
    if trouble != "EngineOverloaded":  # that counts half, and a second try may find the other host
        until(lambda: standing(two) in {(word, trouble) for word in TROUBLED}, READY_S, lambda: str(standing(two)))
    emulator.will(well)
    ask_until(two, answered_by_sick)
    until(lambda: standing(two) == ("trusted", ""), READY_S, lambda: str(standing(two)))
    check(two, set(two.chat.messages()) - before)


def test_jobs_of_the_only_host_wait_for_its_engine_and_lose_no_try_by_it(one: House, emulator: Emulator):
    emulator.will(says(500, "boom"))
    message = one.chat.say("hello", deadline_s=PATIENT_S)
    until(lambda: standing(one)[0] == "open", READY_S)
    waiting = one.view(message)
    assert waiting.attempts == 2, "as many as open the breaker, one less than end the job"
    emulator.will(well)
    one.await_answers([message])
    (view,) = check(one, [message])
    assert (view.outcome, view.text, view.attempts) == (Outcome.REPLY, " ".join(WORDS), 3)


def test_a_model_that_loads_nowhere_is_named_in_one_notice(one: House, emulator: Emulator):
    emulator.will(says(500, "Failed to load model: Traceback in /home/ada/secret.gguf"))
    message = one.chat.say("hello", deadline_s=DEADLINE_S)
    one.await_answers([message])
    emulator.will(well)
    (view,) = check(one, [message])
    assert view.outcome is Outcome.NOTICE
    assert view.cause in (Cause.NOT_LOADED, Cause.EXPIRED)
    assert "secret" not in view.text
    assert "Traceback" not in view.text


def test_our_own_engine_that_froze_is_started_anew(
    tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
):
    folder = tmp_path_factory.mktemp("frozen")
    gguf = write_tiny_gguf(folder / "tiny.gguf", SEED)
    config = HEALTH + OWN.format(gguf=gguf) + HOST.format(name=SICK, engine="llamacpp")
    with House(folder, free_port(), config, [SICK], no_progress_s=QUIET_S) as house:
        (engine,) = house.workers(SICK, ENGINE)
        kill(engine, signal.SIGSTOP)  # its port still takes connections, and nothing ever comes back
        message = house.chat.say("tell me something", deadline_s=GENEROUS_S)
        house.await_answers([message], GENEROUS_S)
        (view,) = check(house, [message])
        assert view.outcome is Outcome.REPLY, view
        assert house.workers(SICK, ENGINE) != [engine]


def test_a_model_that_its_server_let_go_is_taken_into_memory_again(
    tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
):
    folder, tag = tmp_path_factory.mktemp("forgetful"), "crow:tiny"
    with Children(tmp_path_factory.mktemp("children")) as children, Ollama(children, Stock(tag, SEED)) as server:
        config = HEALTH + SERVED.format(tag=tag) + HOST.format(name=SICK, engine=f"ollama+{server.url}")
        with House(folder, free_port(), config, [SICK]) as house:
            before = house.chat.say("hello", deadline_s=GENEROUS_S)
            house.await_answers([before], GENEROUS_S)
            owner = {"model": tag, "messages": [], "keep_alive": 0, "stream": False}
            assert (
                requests.post(f"{server.url}/api/chat", json=owner, timeout=READY_S).json()["done_reason"] == "unload"
            )
            after = house.chat.say("hello again", deadline_s=GENEROUS_S)
            house.await_answers([after], GENEROUS_S)
            views = check(house, [before, after])
            assert [view.outcome for view in views] == [Outcome.REPLY] * 2, views
            until(house.complete, READY_S)
