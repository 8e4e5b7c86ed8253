"""A real llama.cpp in a real child process, with a tiny random model."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import psutil
import pytest
import requests

from tasks.contracts.errors import ContextExceeded, EngineRejected, EngineTruncated, EngineUnavailable, WrongModel
from tasks.contracts.messages import Sampling
from tasks.services import Capabilities, Engine, Piece
from tests import tiny_encoder
from tests.emulators.openai_server import OpenAIServer, as_json
from tests.tiny_encoder import write_tiny_encoder
from tests.tiny_model import write_tiny_gguf
from tests.workers.engines.asking import PATIENT, Stream, chat, told, vectors
from workers.engines.llamacpp import GIB, LlamaCppEngine, server_argv
from workers.engines.llamacpp_server import CANNOT_START
from workers.engines.probe import probe
from workers.supervision.leash import LEASH_FD_ENV

REPO = Path(__file__).parents[3]
SLOTS = 2
CONTEXT_TOKENS = 4096
ENDLESS = Sampling(temperature=0.0, max_tokens=4000)  # seconds of work for the tiny model
END_S = 20.0


@dataclass(frozen=True)
class Served:
    """A running child."""

    process: subprocess.Popen[str]
    leash: BinaryIO
    url: str

    @property
    def engine(self) -> LlamaCppEngine:
        return LlamaCppEngine(self.url)

    def get(self, path: str) -> Any:
        return requests.get(self.url + path, timeout=END_S)


def start(argv: list[str], **options: Any) -> tuple[subprocess.Popen[str], BinaryIO]:
    """Start a child on a leash, so that it ends with the tests however they end."""
    read_end, write_end = os.pipe()
    environment = {**os.environ, LEASH_FD_ENV: str(read_end)}
    process = subprocess.Popen(
        argv, cwd=REPO, env=environment, pass_fds=[read_end], stdout=subprocess.PIPE, text=True, **options
    )
    os.close(read_end)
    return process, os.fdopen(write_end, "wb")


def serve(model: str, gguf: Path) -> Iterator[Served]:
    process, leash = start(server_argv(model, gguf, context_tokens=CONTEXT_TOKENS, slots=SLOTS))
    with process:
        assert process.stdout is not None
        ready, _, url = process.stdout.readline().strip().partition(" ")
        assert ready == "ready"
        yield Served(process, leash, url)
        process.kill()
    leash.close()


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", seed=1)


@pytest.fixture(scope="module")
def tiny(gguf: Path) -> Iterator[Served]:
    """A child that all tests may ask, and none may hurt."""
    yield from serve("tiny", gguf)


@pytest.fixture
def mortal(gguf: Path) -> Iterator[Served]:
    """A child for one test."""
    yield from serve("tiny", gguf)


def begin(engine: Engine) -> Stream:
    """Return a stream that has said its first word of many."""
    stream = engine.chat_stream(chat("tiny", sampling=ENDLESS), PATIENT)
    while not (isinstance(piece := next(stream), Piece) and piece.text):
        pass
    return stream


def busy(tiny: Served) -> int:
    return sum(slot["is_processing"] for slot in tiny.get("/slots").json())


def predicted(tiny: Served) -> int:
    (line,) = (at for at in tiny.get("/metrics").text.splitlines() if at.startswith("llamacpp:tokens_predicted_total"))
    return int(float(line.split()[1]))


def test_two_models_answer_differently_and_under_their_own_names(tiny: Served, tmp_path: Path) -> None:
    for other in serve("other", write_tiny_gguf(tmp_path / "other.gguf", seed=2)):
        theirs, completion = told(other.engine.chat_stream(chat("other"), PATIENT))
    ours, _ = told(tiny.engine.chat_stream(chat("tiny"), PATIENT))
    assert ours != theirs
    assert completion.answered_by == "other"


def test_a_server_that_holds_another_model_is_found_out(tiny: Served) -> None:
    with pytest.raises(WrongModel, match="'tiny' when asked for 'other'"):
        told(tiny.engine.chat_stream(chat("other"), PATIENT))


def test_closing_the_stream_frees_the_slot_at_once(tiny: Served, eventually: Callable[..., None]) -> None:
    before = predicted(tiny)
    stream = begin(tiny.engine)
    assert busy(tiny) == 1
    stream.close()
    eventually(lambda: busy(tiny) == 0, "the slot to be free")
    assert predicted(tiny) - before < ENDLESS.max_tokens


def test_closing_a_stream_that_waits_for_a_slot_withdraws_it(tiny: Served, eventually: Callable[..., None]) -> None:
    before = predicted(tiny)
    holding = [begin(tiny.engine) for _ in range(SLOTS)]
    waiting = tiny.engine.chat_stream(chat("tiny", sampling=ENDLESS), PATIENT)
    assert next(waiting) == Piece()
    eventually(lambda: "llamacpp:requests_deferred 1" in tiny.get("/metrics").text, "the request to wait")
    for stream in (waiting, *holding):
        stream.close()
    # llama.cpp keeps a withdrawn request in its line until a slot is free, and drops it there.
    eventually(lambda: busy(tiny) == 0 and "requests_deferred 0" in tiny.get("/metrics").text, "the slots to be free")
    assert predicted(tiny) - before < ENDLESS.max_tokens


def test_capabilities_are_those_of_each_slot(tiny: Served) -> None:
    assert tiny.engine.capabilities() == Capabilities(SLOTS, CONTEXT_TOKENS)


def test_the_size_is_that_of_the_weights(tiny: Served, gguf: Path) -> None:
    (size,) = tiny.engine.sizes_gib().values()
    assert 0.5 * gguf.stat().st_size < size * GIB < gguf.stat().st_size


def test_tokens_are_counted_by_the_server_as_it_will_count_them(tiny: Served) -> None:
    asked = chat("tiny")
    counted = tiny.engine.count_tokens("tiny", asked.turns)
    assert told(tiny.engine.chat_stream(asked, PATIENT))[1].usage.prompt_tokens == counted


def test_a_server_that_is_no_llamacpp_is_found_out() -> None:
    with OpenAIServer(as_json({})) as server:  # it answers its listing to any GET
        with pytest.raises(EngineUnavailable, match="names no slots"):
            LlamaCppEngine(server.url).capabilities()
        with pytest.raises(EngineUnavailable, match="counted no tokens"):
            LlamaCppEngine(server.url).count_tokens("tiny", ())


def test_a_child_that_is_killed_mid_answer_is_a_failure_that_another_try_may_mend(mortal: Served) -> None:
    stream = begin(mortal.engine)
    mortal.process.kill()
    with pytest.raises((EngineTruncated, EngineUnavailable)):
        told(stream)
    with pytest.raises(EngineUnavailable):
        mortal.engine.list_resident()


def test_the_child_ends_with_its_parent(mortal: Served) -> None:
    stream = begin(mortal.engine)
    mortal.leash.close()
    mortal.process.wait(END_S)
    stream.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_child_ends_at_once_when_told_to(mortal: Served, number: signal.Signals) -> None:
    stream = begin(mortal.engine)
    mortal.process.send_signal(number)
    assert mortal.process.wait(END_S) == -number
    stream.close()


def refusal(argv: list[str]) -> str:
    """Return what a child says that cannot start."""
    process, leash = start(argv, stderr=subprocess.PIPE)
    out, error = process.communicate(timeout=END_S * 3)
    leash.close()
    assert process.returncode == CANNOT_START
    assert out == ""
    return str(error)


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "none.gguf"
    assert refusal(server_argv("tiny", path)) == (
        f"{path}: No such file or directory → give the path of a readable GGUF file\n"
    )


def test_a_file_that_is_no_gguf_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("shopping list")
    assert refusal(server_argv("tiny", path)).startswith(f"{path} is no GGUF file → ")


def test_a_gguf_that_is_cut_off_is_told_in_a_line_beside_llama_cpps_own(gguf: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.gguf"
    path.write_bytes(gguf.read_bytes()[:100_000])
    lines = refusal(server_argv("tiny", path)).splitlines()
    # llama.cpp logs from a thread of its own: its last words can come before our line or after it.
    assert [line for line in lines if line.startswith(f"llama.cpp could not load {path} → ")]


def test_a_taken_port_is_told_in_one_line(gguf: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        line = refusal(server_argv("tiny", gguf, port=port))
    assert line.startswith(f"port {port}: ")
    assert line.count("\n") == 1


def test_the_child_listens_where_it_was_told_to(gguf: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    process, leash = start(server_argv("tiny", gguf, port=port))
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"ready http://127.0.0.1:{port}\n"
        addresses = [connection.laddr for connection in psutil.Process(process.pid).net_connections()]
        assert [(address.ip, address.port) for address in addresses] == [("127.0.0.1", port)]
        process.kill()
    leash.close()


def test_a_model_name_is_never_taken_for_an_option() -> None:
    argv = server_argv("--help", Path("-x.gguf"))
    assert {"--gguf=-x.gguf", "--alias=--help"} < set(argv)
    assert not {"--help", "-x.gguf"} & set(argv)


#: As llama.cpp while it reads a large file: it holds Python's lock, and no thread can see that the parent is gone.
LOADS_FOR_EVER = """
import ctypes, sys
from workers.engines import llamacpp_server
def load(_options):
    print("loading", flush=True)
    ctypes.PyDLL(None).sleep(1000)
llamacpp_server._serve = load
llamacpp_server.main(sys.argv[1:])
"""
PARENT = """
import os, subprocess, sys
from workers.supervision.leash import LEASH_FD_ENV
leash, held = os.pipe()
environment = {**os.environ, LEASH_FD_ENV: str(leash)}
child = subprocess.Popen([sys.executable, *sys.argv[1:]], env=environment, pass_fds=(leash,), start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process that cannot look itself")
def test_a_child_that_still_loads_ends_with_its_parent(
    gguf: Path, is_alive: Callable[[int], bool], eventually: Callable[..., None]
) -> None:
    argv = [sys.executable, "-c", PARENT, "-c", LOADS_FOR_EVER, "--gguf", str(gguf), "--alias", "m"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert parent.stdout.readline() == "loading\n"
        assert is_alive(child)
        parent.kill()
        try:
            eventually(lambda: not is_alive(child), "the end of the child")
        finally:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


# Models that are made to embed


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serve("encoder", write_tiny_encoder(tmp_path_factory.mktemp("models") / "bert.gguf", seed=1))


def test_a_model_that_only_reads_embeds_and_is_well(encoder: Served) -> None:
    egg, nest = vectors(encoder.engine, "encoder", "egg", "nest").rows
    assert len(egg) == tiny_encoder.HIDDEN
    assert list(egg) != pytest.approx(list(nest), abs=1e-2)
    assert probe(encoder.engine, "encoder") >= 0


def test_a_model_that_only_reads_is_not_asked_twice_to_talk(encoder: Served) -> None:
    with pytest.raises(EngineRejected, match="does not support"):
        told(encoder.engine.chat_stream(chat("encoder"), PATIENT))
    assert encoder.process.poll() is None


def test_what_a_model_that_only_reads_cannot_take_in_is_told(encoder: Served) -> None:
    with pytest.raises(ContextExceeded):
        vectors(encoder.engine, "encoder", "egg " * tiny_encoder.CONTEXT_TOKENS)
