"""Adapters at Ollama are models of their own, made of their base: real ones answer, in front of the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tasks.contracts.errors import EngineRejected, ModelLoadFailed, OutOfMemory
from tasks.contracts.messages import Sampling
from tasks.evolution.lora_gguf import Base, base_of, export_lora
from tests.emulators.engines.children import Children
from tests.emulators.engines.ollama import Ollama, Quirks
from tests.tiny_adapter import write_tiny_adapter
from tests.tiny_model import HEAD, HIDDEN
from tests.workers.engines.asking import PATIENT, chat, told
from tests.workers.engines.kits.kit import ALPHA, BETA, CONTEXT_TOKENS
from tests.workers.engines.kits.ollama import NAMES, STOCKED, WINDOWS
from workers.engines.ollama import OllamaEngine

ROOK, WREN = "rook@20261122-00000001", "wren@20261122-00000002"
MADE_ROOK, MADE_WREN = "tiny-a-rook-20261122-00000001", "tiny-a-wren-20261122-00000002"
A_TAG, B_TAG = (stock.name for stock in STOCKED)
GREEDY = Sampling(temperature=0.0, max_tokens=12)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The adapters' files; one is for a base of another width."""
    folder = tmp_path_factory.mktemp("adapters")
    widths = {ROOK: HIDDEN, WREN: HIDDEN, "unfit": 2 * HIDDEN}
    return {name: made(folder, seed, width) for seed, (name, width) in enumerate(widths.items(), 1)}


def made(folder: Path, seed: int, hidden: int) -> str:
    peft = write_tiny_adapter(folder / f"peft-{seed}", seed, hidden=hidden)
    heads = hidden // HEAD
    return str(export_lora(peft, folder / f"{seed}.gguf", Base("llama", heads, heads)))


@pytest.fixture
def server(children: Children) -> Iterator[Ollama]:
    with Ollama(children, *STOCKED, memory_gib=7) as emulator:
        yield emulator


@pytest.fixture
def engine(server: Ollama) -> OllamaEngine:
    found = engine_of(server)
    found.ensure_loaded(ALPHA)
    return found


def engine_of(server: Ollama) -> OllamaEngine:
    return OllamaEngine(server.url, NAMES, context_tokens=WINDOWS)


def says(engine: OllamaEngine, adapter: str = "") -> str:
    text, completion = told(engine.chat_stream(chat(ALPHA, sampling=GREEDY, adapter=adapter), PATIENT))
    assert completion.answered_by in {"tiny-a", MADE_ROOK, MADE_WREN}
    return text


def create(server: Ollama, **body: Any) -> requests.Response:
    return requests.post(f"{server.url}/api/create", json=body, timeout=30)


def test_each_adapter_has_words_of_its_own_and_the_base_keeps_its(engine: OllamaEngine, files: dict[str, str]) -> None:
    plain = says(engine)
    for name in (ROOK, WREN):
        engine.load_adapter(ALPHA, name, files[name])
    assert len({plain, says(engine, ROOK), says(engine, WREN)}) == 3
    assert says(engine) == plain


def test_it_is_loaded_and_asked_for_as_its_base_is(server: Ollama, engine: OllamaEngine, files: dict[str, str]) -> None:
    engine.load_adapter(ALPHA, ROOK, files[ROOK])
    says(engine, ROOK)
    says(engine)
    window = CONTEXT_TOKENS
    assert server.loads == [(A_TAG, window), (f"{MADE_ROOK}:latest", window)]
    asked = [seen.body for seen in server.asked("POST", "/api/chat")]
    assert [body["model"] for body in asked] == ["tiny-a", MADE_ROOK, MADE_ROOK, "tiny-a"]
    assert all(body["keep_alive"] == -1 for body in asked)
    (create,) = server.asked("POST", "/api/create")
    assert (create.body["model"], create.body["from"]) == (MADE_ROOK, "tiny-a")


def test_its_file_is_sent_and_it_is_made_once(server: Ollama, engine: OllamaEngine, files: dict[str, str]) -> None:
    for _ in range(2):
        engine.load_adapter(ALPHA, ROOK, files[ROOK])
        engine.unload_adapter(ALPHA, ROOK)
    engine.delete_adapter(ALPHA, ROOK)
    engine.load_adapter(ALPHA, ROOK, files[ROOK])
    sent = [seen for seen in server.seen if seen.path.startswith("/api/blobs/") and seen.method == "POST"]
    assert [seen.body for seen in sent] == [Path(files[ROOK]).read_bytes()]
    assert len(server.asked("POST", "/api/create")) == 2


def test_it_is_no_model_of_ours_and_goes_with_its_base(
    server: Ollama, engine: OllamaEngine, files: dict[str, str]
) -> None:
    engine.load_adapter(ALPHA, ROOK, files[ROOK])
    assert engine.list_resident() == [ALPHA]
    assert engine.sizes_gib() == {ALPHA: 2.0}
    assert engine.adapters_gib(ALPHA) == {ROOK: 2.0}
    assert (set(engine.adapters(ALPHA)), set(engine.adapters(BETA))) == ({ROOK}, set())
    engine.unload(ALPHA)
    assert server.memory.used_gib == 0
    assert set(engine.made_adapters(ALPHA)) == {ROOK}


def test_one_that_is_not_in_memory_is_refused_and_not_loaded_by_asking(
    server: Ollama, engine: OllamaEngine, files: dict[str, str]
) -> None:
    engine.load_adapter(ALPHA, ROOK, files[ROOK])
    engine.unload_adapter(ALPHA, ROOK)
    with pytest.raises(EngineRejected, match="rook"):
        says(engine, ROOK)
    assert set(server.runners) == {A_TAG}


def test_one_that_is_deleted_is_gone_and_its_base_and_the_others_are_not(
    server: Ollama, engine: OllamaEngine, files: dict[str, str]
) -> None:
    for name in (ROOK, WREN):
        engine.load_adapter(ALPHA, name, files[name])
    engine.unload_adapter(ALPHA, ROOK)
    for _ in range(2):
        engine.delete_adapter(ALPHA, ROOK)
    assert set(server.stocked) == {A_TAG, B_TAG, f"{MADE_WREN}:latest"}
    assert set(server.runners) == {A_TAG, f"{MADE_WREN}:latest"}


def test_one_for_which_another_would_have_to_go_is_let_go_itself(
    server: Ollama, engine: OllamaEngine, files: dict[str, str]
) -> None:
    engine.ensure_loaded(BETA)
    engine.load_adapter(ALPHA, ROOK, files[ROOK])
    with pytest.raises(OutOfMemory, match="no memory for both"):
        engine.load_adapter(ALPHA, WREN, files[WREN])
    assert set(server.runners) == {A_TAG, B_TAG, f"{MADE_ROOK}:latest"}


def test_one_that_llama_cpp_does_not_put_on_the_base_is_a_failed_load(
    engine: OllamaEngine, files: dict[str, str]
) -> None:
    with pytest.raises(ModelLoadFailed):
        engine.load_adapter(ALPHA, ROOK, files["unfit"])
    assert not engine.adapters(ALPHA)
    assert engine.list_resident() == [ALPHA]


def test_an_ollama_that_takes_none_says_so_and_goes_on_with_those_it_has(
    children: Children, files: dict[str, str]
) -> None:
    with Ollama(children, *STOCKED, quirks=Quirks(takes_no_adapters=True)) as server:
        engine = engine_of(server)
        with pytest.raises(EngineRejected, match=r"gave that up with 0\.34\.1"):
            engine.load_adapter(ALPHA, ROOK, files[ROOK])
        assert create(server, model=MADE_ROOK, **{"from": "tiny-a"}).ok
        engine.load_adapter(ALPHA, ROOK, files[ROOK])
        assert set(engine.adapters(ALPHA)) == {ROOK}


def test_the_head_of_a_model_says_what_its_adapters_are_made_for(engine: OllamaEngine) -> None:
    assert base_of(engine.head_of(ALPHA)) == Base("llama", HIDDEN // HEAD, HIDDEN // HEAD)


# The emulator itself: what the client is written against


def test_who_does_not_ask_otherwise_is_told_line_by_line_with_mistakes_in_the_lines(server: Ollama) -> None:
    good, bad = (create(server, model="m", **{"from": base}) for base in ("tiny-a", "nobody"))
    assert good.text.splitlines()[-1] == '{"status": "success"}'
    assert (bad.status_code, bad.text) == (200, '{"error": "pull model manifest: file does not exist"}\n')


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": "a b", "from": "tiny-a"}, "invalid model name"),
        ({"model": "m"}, "neither 'from' or 'files' was specified"),
        ({"model": "m", "from": "tiny-a", "adapters": {"a": "sha256:0"}}, "unknown type"),
        ({"model": "m", "from": "tiny-a", "adapters": {"a.gguf": "sha256:0"}}, "no such file or directory"),
        ({"model": "m", "from": "tiny-a", "adapters": {"a.gguf": "0", "b.gguf": "1"}}, "only one adapter"),
    ],
)
def test_what_cannot_be_made_is_refused(server: Ollama, body: dict[str, Any], words: str) -> None:
    answer = create(server, stream=False, **body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_a_file_is_what_its_digest_says_or_is_not_kept(server: Ollama) -> None:
    answer = requests.post(
        f"{server.url}/api/blobs/sha256:{'0' * 64}",
        data=b"x",
        headers={"Content-Type": "application/octet-stream"},
        timeout=30,
    )
    assert (answer.status_code, answer.json()) == (400, {"error": "digest mismatch"})


def test_what_is_deleted_while_it_is_in_memory_stays_there(server: Ollama, engine: OllamaEngine) -> None:
    requests.delete(f"{server.url}/api/delete", json={"model": "tiny-a"}, timeout=30)
    assert set(server.runners) == {A_TAG}
