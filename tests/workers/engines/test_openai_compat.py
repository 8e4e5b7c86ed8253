from __future__ import annotations

import socket
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest

from tasks.contracts.errors import (
    ContextExceeded,
    EngineOverloaded,
    EngineRejected,
    EngineStalled,
    EngineTruncated,
    EngineUnavailable,
    RookeryError,
    WrongModel,
)
from tasks.contracts.messages import Sampling, ToolCall, Turn, Usage
from tasks.services import Chat, Completion, Patience, Piece
from tests.emulators.openai_server import (
    DONE,
    MODEL,
    OK_CHUNKED,
    OK_STREAM,
    Act,
    OpenAIServer,
    answer,
    as_json,
    chunked,
    drips,
    event,
    hangs,
    refuses,
    resets,
    sends,
    streams,
    usage_event,
)
from tests.workers.engines.asking import vectors
from workers.engines import answer as answer_module
from workers.engines.openai_compat import UNKNOWN_CONTEXT_TOKENS, OpenAICompatEngine

PATIENT = Patience(total_s=60, no_progress_s=60)
SHORT_S = 0.15
LONG_S = 90.0  # never reached: what these tests wait for comes at once or not at all
SEEN_S = 20.0
CHAT = Chat(MODEL, (Turn(role="user", text="Polly?"),))
Stream = Generator[Piece | Completion, None, None]


def ask(act: Act, patience: Patience = PATIENT) -> list[Piece | Completion]:
    with OpenAIServer(act) as server:
        return list(OpenAICompatEngine(server.url).chat_stream(CHAT, patience))


def text_of(said: list[Piece | Completion], *, reasoning: bool = False) -> str:
    return "".join(piece.text for piece in said if isinstance(piece, Piece) and piece.reasoning is reasoning)


def first_word(stream: Stream) -> None:
    while not (isinstance(piece := next(stream), Piece) and piece.text):
        pass


# What a good server says


def test_an_answer_comes_in_pieces_and_ends_in_a_completion() -> None:
    said = ask(streams(event("Hel"), event("lo"), event(finish="stop"), usage_event(7, 2, 3), DONE))
    assert text_of(said) == "Hello"
    assert said[-1] == Completion(Usage(prompt_tokens=7, completion_tokens=2, cached_tokens=3), "stop", MODEL)
    assert sum(isinstance(piece, Completion) for piece in said) == 1


def test_chunked_transfer_is_read_as_it_comes() -> None:
    data = answer("Hello")
    assert text_of(ask(sends(OK_CHUNKED, chunked(data[:9]), chunked(data[9:]), chunked(b"")))) == "Hello"


@pytest.mark.parametrize("act", [hangs(OK_STREAM, event("Hel")), hangs(OK_CHUNKED, chunked(event("Hel")))])
def test_a_word_is_told_before_the_next_one_comes(act: Act) -> None:
    with OpenAIServer(act) as server:
        stream = OpenAICompatEngine(server.url).chat_stream(CHAT, Patience(LONG_S, no_progress_s=SEEN_S))
        first_word(stream)
        stream.close()


def test_a_stream_may_end_after_its_finish_reason_without_done() -> None:
    said = ask(streams(event("Hi"), event(finish="length")))
    assert said[-1] == Completion(Usage(), "length", MODEL)


def test_what_breaks_after_the_finish_reason_is_no_loss() -> None:
    broken_off = sends(OK_CHUNKED, chunked(event("Hi") + event(finish="stop")), b"ff\r\ndata: {")
    assert text_of(ask(broken_off)) == "Hi"


def test_thinking_is_marked_as_such_however_the_server_sends_it() -> None:
    said = ask(streams(event(reasoning_content="a"), event(reasoning="b"), event("<thi"), event("nk>c</think>d"), DONE))
    assert text_of(said, reasoning=True) == "abc"
    assert text_of(said) == "d"


def test_a_server_that_names_no_model_is_believed() -> None:
    said = ask(streams(answer("Hi", model="")))
    assert said[-1] == Completion(Usage(), "stop", "")


def test_the_request_holds_the_turns_the_sampling_the_servers_own_model_name_and_the_key() -> None:
    turns = (Turn(role="system", text="Be brief."), Turn(role="user", text="half \ud83d", author="Ann"))
    sampling = Sampling(temperature=0.5, max_tokens=9, stop=("\n",))
    with OpenAIServer(streams(answer("Hi", model="parrot-7b"))) as server:
        engine = OpenAICompatEngine(f"{server.url}/v1/", {"polly": "parrot-7b"}, api_key="s3cret")
        list(engine.chat_stream(Chat("polly", turns, sampling), PATIENT))
        (seen,) = server.requests
    assert seen.path == "/v1/chat/completions"
    assert seen.headers["authorization"] == "Bearer s3cret"
    assert "s3cret" not in repr(engine)
    assert seen.body == {
        "model": "parrot-7b",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "half \ufffd"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 9,
        "stop": ["\n"],
    }


def test_the_request_holds_what_is_asked_for_beside_words() -> None:
    tool, form = {"type": "function", "function": {"name": "look"}}, {"type": "json_object"}
    sampling = Sampling(presence_penalty=0.5, frequency_penalty=-0.5)
    asked = Chat(MODEL, CHAT.turns, sampling, tools=(tool,), tool_choice="required", response_format=form)
    with OpenAIServer(streams(answer("Hi"))) as server:
        list(OpenAICompatEngine(server.url).chat_stream(asked, PATIENT))
        body = server.requests[0].body
    assert {name: body[name] for name in ("tools", "tool_choice", "response_format")} == {
        "tools": [tool],
        "tool_choice": "required",
        "response_format": form,
    }
    assert (body["presence_penalty"], body["frequency_penalty"]) == (0.5, -0.5)


def call(arguments: str, **first: Any) -> bytes:
    return event(
        tool_calls=[{"index": 0, **first, "function": {"name": first.get("id") and "look", "arguments": arguments}}]
    )


@pytest.mark.parametrize(
    ("finish", "reason"), [("tool_calls", "tool_calls"), ("stop", "tool_calls"), ("length", "length")]
)
def test_calls_come_whole_with_the_completion_and_live_before_it(finish: str, reason: str) -> None:
    said = ask(streams(event("Hm."), call("", id="c1"), call('{"a":'), call(" 1}"), event(finish=finish), DONE))
    assert text_of(said).startswith("Hm.")
    assert [piece.text for piece in said if isinstance(piece, Piece) and piece.call] == ["look", '{"a":', " 1}"]
    calls = (ToolCall(id="c1", name="look", arguments='{"a": 1}'),)
    assert said[-1] == Completion(Usage(), reason, MODEL, calls)


def test_arguments_without_bound_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_module, "MAX_ANSWER_CHARS", 1000)
    with pytest.raises(EngineTruncated, match="past 1000 characters"):
        ask(drips(call("bla " * 10), OK_STREAM))


def test_a_server_that_closes_every_connection_without_saying_so_is_asked_again_and_again() -> None:
    with OpenAIServer(sends(OK_STREAM.replace(b"close", b"keep-alive"), answer("Hi"))) as server:
        engine = OpenAICompatEngine(server.url)
        for _ in range(3):
            assert text_of(list(engine.chat_stream(CHAT, PATIENT))) == "Hi"
            assert engine.list_resident() == [MODEL]


# What goes wrong


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (refuses(500, "boom"), EngineUnavailable),
        (refuses(503), EngineOverloaded),
        (refuses(429), EngineOverloaded),
        (refuses(404, {"error": {"message": "no such model"}}), EngineRejected),
        (refuses(400, {"error": {"type": "exceed_context_size_error"}}), ContextExceeded),
        (refuses(302, location="http://192.0.2.1/"), EngineUnavailable),
        (refuses(200, "<html>", content_type="text/html"), EngineUnavailable),
        (sends(), EngineUnavailable),
        (resets(), EngineUnavailable),
        (sends(b"SSH-2.0-OpenSSH\r\n"), EngineUnavailable),
        (streams(), EngineTruncated),
        (streams(event("Hel")), EngineTruncated),
        (resets(OK_STREAM, event("Hel")), EngineTruncated),
        (sends(OK_CHUNKED, b"ff\r\n" + event("Hel")), EngineTruncated),
        (streams(event("Hel"), event(finish="abort"), DONE), EngineTruncated),
        (streams(event("Hel"), b'data: {"error": {"code": 500, "message": "boom"}}\n\n'), EngineUnavailable),
        (streams(event("Hel"), b"event: error\ndata: {garbage\n\n"), EngineUnavailable),
        (streams(answer("Hello", model="crow")), WrongModel),
    ],
)
def test_a_failure_becomes_an_error_of_the_tree(act: Act, error: type[RookeryError]) -> None:
    with pytest.raises(error) as caught:
        ask(act)
    assert type(caught.value) is error
    assert caught.value.next_step


def test_nobody_listening_is_an_unavailable_engine(free_port: Callable[[], int]) -> None:
    with pytest.raises(EngineUnavailable, match="Connection refused"):
        list(OpenAICompatEngine(f"http://127.0.0.1:{free_port()}").chat_stream(CHAT, PATIENT))


def test_a_busy_server_says_when_to_come_back() -> None:
    with pytest.raises(EngineOverloaded) as caught:
        ask(refuses(503, Retry_After="7"))
    assert caught.value.retry_after_s == 7.0


def test_a_known_second_name_of_the_model_is_accepted() -> None:
    with OpenAIServer(streams(answer("Hi", model="parrot-2026"))) as server:
        engine = OpenAICompatEngine(server.url, also_answers_as={MODEL: frozenset({"parrot-2026"})})
        assert text_of(list(engine.chat_stream(CHAT, PATIENT))) == "Hi"


def test_an_answer_without_bound_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_module, "MAX_ANSWER_CHARS", 1000)
    with pytest.raises(EngineTruncated, match="past 1000 characters"):
        ask(drips(event("bla " * 10), OK_STREAM))


def test_an_adapter_is_refused_before_anything_is_sent() -> None:
    engine = OpenAICompatEngine("http://127.0.0.1:1")
    with pytest.raises(EngineRejected, match="'pirate'"):
        list(engine.chat_stream(Chat(MODEL, CHAT.turns, adapter="pirate"), PATIENT))
    with pytest.raises(EngineRejected, match="'pirate'"):
        engine.load_adapter(MODEL, "pirate", "/a")


# Patience, and the end of it

SILENT = [hangs(), hangs(OK_STREAM), hangs(OK_STREAM, event("Hel")), hangs(b"HTTP/1.1 200 OK\r\nContent-")]
DRIPPING = [drips(b": ping\n\n", OK_STREAM), drips(event(), OK_STREAM), drips(b"x", b"HTTP/1.1 200 OK\r\nX-Long: ")]


@pytest.mark.parametrize("act", SILENT + DRIPPING)
def test_no_token_for_too_long_is_a_stall_whatever_else_arrives(act: Act) -> None:
    with OpenAIServer(act) as server:
        with pytest.raises(EngineStalled, match="no token"):
            list(OpenAICompatEngine(server.url).chat_stream(CHAT, Patience(LONG_S, no_progress_s=SHORT_S)))
        assert server.hung_up.wait(SEEN_S)


@pytest.mark.parametrize("act", [drips(event("la "), OK_STREAM), drips(event(reasoning="hm "), OK_STREAM), *DRIPPING])
def test_the_deadline_holds_however_steadily_the_server_drips(act: Act) -> None:
    with OpenAIServer(act) as server:
        with pytest.raises(EngineStalled, match="complete answer"):
            list(OpenAICompatEngine(server.url).chat_stream(CHAT, Patience(SHORT_S, no_progress_s=LONG_S)))
        assert server.hung_up.wait(SEEN_S)


def test_thinking_is_a_sign_of_life() -> None:
    with OpenAIServer(drips(event(reasoning="hm "), OK_STREAM)) as server:
        patience = Patience(total_s=1.5, no_progress_s=1.0)
        with pytest.raises(EngineStalled, match="complete answer"):
            list(OpenAICompatEngine(server.url).chat_stream(CHAT, patience))


def test_the_reader_is_woken_by_empty_pieces_while_nothing_comes() -> None:
    said: list[Piece | Completion] = []
    with OpenAIServer(hangs()) as server, pytest.raises(EngineStalled):
        said.extend(OpenAICompatEngine(server.url).chat_stream(CHAT, Patience(LONG_S, no_progress_s=1.0)))
    assert len(said) >= 4
    assert set(said) == {Piece()}


@pytest.mark.parametrize("act", SILENT + DRIPPING + [drips(event("la "), OK_STREAM)])
def test_closing_the_stream_hangs_up_at_once(act: Act, eventually: Callable[..., None]) -> None:
    with OpenAIServer(act) as server:
        stream = OpenAICompatEngine(server.url).chat_stream(CHAT, Patience(LONG_S, no_progress_s=LONG_S))
        next(stream)
        eventually(lambda: bool(server.requests), "the request")
        assert not server.hung_up.is_set()
        stream.close()
        assert server.hung_up.wait(SEEN_S), "the server still has a client"


def test_an_unread_answer_is_not_piled_up(eventually: Callable[..., None]) -> None:
    sent = 0

    def floods(talk: Any) -> None:
        nonlocal sent
        talk.send(OK_STREAM)
        while not talk.gone(0):
            talk.send(event("la " * 20_000))
            sent += 60_000

    with OpenAIServer(floods) as server:
        stream = OpenAICompatEngine(server.url).chat_stream(CHAT, PATIENT)
        first_word(stream)
        before = -1
        while before != sent:  # until the server is held back
            before = sent
            time.sleep(0.3)
            assert sent < 64_000_000
        stream.close()
        assert server.hung_up.wait(SEEN_S)


# What is not a chat


def test_the_listing_is_told_under_our_names() -> None:
    with OpenAIServer(sends(), listing=({"id": "parrot-7b"}, {"id": "crow"})) as server:
        assert OpenAICompatEngine(server.url, {"polly": "parrot-7b"}).list_resident() == ["polly", "crow"]


def test_a_model_that_is_listed_is_loaded_and_any_other_is_refused() -> None:
    with OpenAIServer(sends()) as server:
        engine = OpenAICompatEngine(server.url)
        engine.ensure_loaded(MODEL)
        with pytest.raises(EngineRejected, match=r"'crow'.*'parrot'"):
            engine.ensure_loaded("crow")


def test_unloading_is_refused_unless_there_is_nothing_to_unload() -> None:
    with OpenAIServer(sends()) as server:
        engine = OpenAICompatEngine(server.url)
        engine.unload("crow")
        with pytest.raises(EngineRejected, match="cannot be asked to unload"):
            engine.unload(MODEL)


@pytest.mark.parametrize(
    ("entry", "tokens"),
    [({"max_model_len": 512}, 512), ({"meta": {"n_ctx": 256}}, 256), ({"meta": None}, UNKNOWN_CONTEXT_TOKENS)],
)
def test_capabilities_are_what_the_listing_says(entry: dict[str, Any], tokens: int) -> None:
    with OpenAIServer(sends(), listing=({"id": MODEL, **entry},)) as server:
        capabilities = OpenAICompatEngine(server.url, slots=3, cloud=True).capabilities()
    assert (capabilities.slots, capabilities.context_tokens, capabilities.cloud) == (3, tokens, True)


def answered(*rows: object, model: str = MODEL) -> Act:
    return as_json({"model": model, "data": list(rows)})


def test_vectors_come_in_the_order_of_the_texts() -> None:
    rows = ({"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]})
    with OpenAIServer(answered(*rows)) as server:
        assert vectors(OpenAICompatEngine(server.url), MODEL, "a", "b").rows == [[1.0], [2.0]]
        assert server.requests[0].body["input"] == ["a", "b"]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (answered({"index": 0, "embedding": [1]}, model="crow"), WrongModel),
        (answered(), EngineUnavailable),
        (answered({"index": 0}), EngineUnavailable),
        (answered("?"), EngineUnavailable),
        (as_json({}), EngineUnavailable),
        (as_json([]), EngineUnavailable),
        (refuses(200, "no json"), EngineUnavailable),
        (refuses(501), EngineRejected),
        (sends(), EngineUnavailable),
    ],
)
def test_embeddings_that_are_none_become_an_error(act: Act, error: type[RookeryError]) -> None:
    with OpenAIServer(act) as server, pytest.raises(error):
        vectors(OpenAICompatEngine(server.url), MODEL, "a")


@pytest.mark.parametrize("act", SILENT + DRIPPING)
def test_a_question_that_is_no_chat_has_a_deadline_too(act: Act) -> None:
    with OpenAIServer(act) as server:
        with pytest.raises(EngineStalled):
            list(OpenAICompatEngine(server.url).embed(MODEL, ["a"], Patience(SHORT_S, no_progress_s=SHORT_S)))
        assert server.hung_up.wait(SEEN_S)


def test_a_listener_that_never_accepts_is_a_stall() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        engine = OpenAICompatEngine(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(EngineStalled):
            list(engine.chat_stream(CHAT, Patience(SHORT_S)))
