from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.contracts.errors import (
    ContextExceeded,
    EngineOverloaded,
    EngineRejected,
    EngineUnavailable,
    ModelLoadFailed,
    OutOfMemory,
    RookeryError,
    WrongModel,
)
from workers.engines.failures import (
    MAX_RETRY_AFTER_S,
    Asked,
    check_model,
    from_embedding,
    from_load,
    from_response,
    from_stream,
    retry_after_s,
)

NOW = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
ASKED = Asked("http://h/v1/chat/completions", "parrot")
LLAMACPP_TOO_LONG = b'{"error": {"code": 400, "message": "request (9 tokens)", "type": "exceed_context_size_error"}}'
OPENAI_TOO_LONG = b'{"error": {"message": "too long", "code": "context_length_exceeded"}}'
VLLM_TOO_LONG = b'{"error": {"message": "This model\'s maximum context length is 9 tokens.", "code": 400}}'


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, LLAMACPP_TOO_LONG, ContextExceeded),
        (400, OPENAI_TOO_LONG, ContextExceeded),
        (400, VLLM_TOO_LONG, ContextExceeded),
        (400, b"bad", EngineRejected),
        (401, b"", EngineRejected),
        (404, b"", EngineRejected),
        (408, b"", EngineOverloaded),
        (422, b'{"detail": [{"input": "words of a person"}]}', EngineRejected),
        (429, b"", EngineOverloaded),
        (500, b"", EngineUnavailable),
        (501, b"", EngineRejected),
        (502, b"<html>", EngineUnavailable),
        (503, b"", EngineOverloaded),
        (302, b"", EngineUnavailable),
    ],
)
def test_a_status_becomes_an_error(status: int, body: bytes, error: type[RookeryError]) -> None:
    told = from_response(ASKED, status, body, "", NOW)
    assert type(told) is error
    assert str(status) in told.message
    assert told.next_step


def test_an_unknown_model_is_named() -> None:
    assert "'parrot'" in from_response(ASKED, 404, b"", "", NOW).message


@pytest.mark.parametrize(
    ("status", "words", "error"),
    [
        (404, "The model `parrot` does not exist.", ModelLoadFailed),  # vLLM
        (404, "model 'parrot' not found", ModelLoadFailed),  # Ollama
        (400, "model is not loaded", ModelLoadFailed),  # llama.cpp's router
        (400, "No models loaded. Please load a model in the developer page.", ModelLoadFailed),  # LM Studio
        (500, "llama runner process has terminated: exit status 2", ModelLoadFailed),
        (500, "Failed to load model", ModelLoadFailed),
        (400, "Model was unloaded while the request was still in queue..", ModelLoadFailed),  # LM Studio
        (400, "The model has crashed without additional information. (Exit code: null)", ModelLoadFailed),  # LM Studio
        (500, "model requires more system memory (9 GiB) than is available (4 GiB)", OutOfMemory),
        (400, "Model loading was stopped due to insufficient system resources.", OutOfMemory),
        (500, "CUDA out of memory. Tried to allocate 2.00 GiB", OutOfMemory),
        (500, "llama_init: failed to allocate buffer of size 99", OutOfMemory),
        (503, "Loading model", EngineOverloaded),
        (503, "server busy, please try again.  maximum pending requests exceeded", EngineOverloaded),
        (404, "File Not Found", EngineRejected),
        (401, "model not found for this key", EngineRejected),
    ],
)
def test_a_model_that_is_not_in_memory_is_told_apart(status: int, words: str, error: type[RookeryError]) -> None:
    body = json.dumps({"error": {"message": words}}).encode()
    assert type(from_response(ASKED, status, body, "", NOW)) is error


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "no\\nroom"}}', "no room"),
        (b'{"error": "no room"}', "no room"),
        (b'{"detail": "no room"}', "no room"),
        (b"no room", "no room"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_the_servers_own_words_are_passed_on(body: bytes, words: str) -> None:
    assert from_response(ASKED, 400, body, "", NOW).message.endswith(f"400: {words}")


def test_the_servers_own_words_are_clipped_and_a_repeated_request_is_left_out() -> None:
    assert len(from_response(ASKED, 400, b"x" * 10_000, "", NOW).message) < 400
    assert "person" not in str(from_response(ASKED, 422, b'{"detail": [{"input": "of a person"}]}', "", NOW))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"error": {"code": 500, "message": "boom"}}, EngineUnavailable),
        ({"error": {"code": 503}}, EngineOverloaded),
        ({"error": {"code": "x", "type": "invalid_request_error"}}, EngineRejected),
        ({"error": {"type": "exceed_context_size_error", "code": 400}}, ContextExceeded),
        ({"error": "something broke"}, EngineUnavailable),
        ({"error": ["?"]}, EngineUnavailable),
        ({"error": "request (9 tokens) exceeds the available context size", "status": 400}, ContextExceeded),  # Ollama
        ({"error": {"message": "loaded with context length of only 9 tokens"}}, ContextExceeded),  # LM Studio
        ({"error": "model requires more system memory (9 GiB)"}, OutOfMemory),
    ],
)
def test_an_error_in_the_stream_becomes_an_error(said: dict[str, Any], error: type[RookeryError]) -> None:
    assert type(from_stream(ASKED, said)) is error


@pytest.mark.parametrize(
    ("status", "words", "error"),
    [
        (500, "boom", ModelLoadFailed),
        (400, "bad config", ModelLoadFailed),
        (404, "model 'parrot' not found", ModelLoadFailed),
        (500, "CUDA out of memory", OutOfMemory),
        (503, "server busy", EngineOverloaded),
        (401, "no", EngineRejected),
    ],
)
def test_a_refusal_to_load_is_a_failed_load_that_names_the_model(
    status: int, words: str, error: type[RookeryError]
) -> None:
    told = from_load(ASKED, status, json.dumps({"error": words}).encode(), "", NOW)
    assert type(told) is error
    assert ("'parrot'" in told.message) is (error is ModelLoadFailed)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("Wed, 21 Oct 2026 07:28:30", 0.0),
        ("-3", 0.0),
        ("nan", 0.0),
        ("inf", MAX_RETRY_AFTER_S),
        ("soon", 0.0),
        ("", 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(header: str, seconds: float) -> None:
    assert retry_after_s(header, NOW) == seconds


def test_the_wait_that_a_busy_server_asks_for_is_kept() -> None:
    told = from_response(ASKED, 503, b"", "7", NOW)
    assert isinstance(told, EngineOverloaded)
    assert told.retry_after_s == 7.0


def test_another_models_answer_is_refused_and_a_known_second_name_is_not() -> None:
    asked = Asked("http://h", "parrot", frozenset({"parrot-2026"}))
    for fine in ("parrot", "parrot-2026", "", None):
        check_model(asked, fine)
    with pytest.raises(WrongModel, match="'crow' when asked for 'parrot'"):
        check_model(asked, "crow")


def said(message: str) -> bytes:
    return json.dumps({"error": {"message": message}}).encode()


NO_SUCH_SERVER = "This server does not support embeddings. Start it with `--embeddings`"
TOO_LARGE = "input (20000 tokens) is too large to process. increase the physical batch size"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (501, said(NO_SUCH_SERVER), EngineRejected),  # llama.cpp
        (500, b'{"error": "this model does not support embeddings"}', EngineRejected),  # Ollama
        (400, said("The model does not support Embeddings API"), EngineRejected),  # vLLM
        (404, b'{"detail": "Not Found"}', EngineRejected),
        (400, said("it is no embedding model"), EngineRejected),  # LM Studio
        (500, said(TOO_LARGE), ContextExceeded),  # llama.cpp
        (400, b'{"error": "the input length exceeds the context length"}', ContextExceeded),  # Ollama
        (400, VLLM_TOO_LONG, ContextExceeded),
        (404, b'{"error": "model \'parrot\' not found"}', ModelLoadFailed),
        (500, said("boom"), EngineUnavailable),
        (503, b"", EngineOverloaded),
    ],
)
def test_who_cannot_embed_is_told_from_who_cannot_now(status: int, body: bytes, error: type[RookeryError]) -> None:
    told = from_embedding(ASKED, status, body, "", NOW)
    assert type(told) is error
    assert told.next_step
    if error is EngineRejected:
        assert "to embed" in told.message


@pytest.mark.parametrize(
    "words",
    [
        "the current context does not support logits computation. skipping",  # llama.cpp, of an encoder
        '"nomic-embed-text" does not support chat',  # Ollama
        "The model does not support Chat Completions API",  # vLLM
        "registry.ollama.ai/library/gemma does not support tools",
        "tools param requires --jinja flag",
        "Failed to parse tools: Missing tool type",
    ],
)
def test_what_a_model_is_not_made_for_is_not_asked_of_it_again(words: str) -> None:
    assert type(from_response(ASKED, 500, said(words), "", NOW)) is EngineRejected
