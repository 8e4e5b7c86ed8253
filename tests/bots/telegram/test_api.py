"""Calls and what their failures mean, against the emulated Telegram. The token is in none of them."""

from __future__ import annotations

import logging
import socket
import traceback
from typing import Any

import pytest

from bots.telegram.api import Api, Declined, File, TokenRefused
from tasks.contracts.errors import AlreadyRunning, PlatformBusy, PlatformRefused, PlatformUnavailable, RookeryError
from tests.bots.telegram.playing import api_of, run
from tests.emulators.telegram.emulator import TOKEN, Emulator
from tests.emulators.telegram.people import texts


async def failing(telegram: Emulator, method: str = "sendMessage", token: str = TOKEN, **given: Any) -> RookeryError:
    chat = telegram.people.chat_of("ann")
    asked = {"chat_id": chat, "text": "hello"} if method == "sendMessage" else {}
    async with api_of(telegram, token) as api:
        with pytest.raises(RookeryError) as caught:
            await api.call(method, **{**asked, **given})
    trace = "".join(traceback.format_exception(caught.value))
    assert token not in trace
    assert token.partition(":")[2] not in trace
    return caught.value


def test_a_call_answers(telegram: Emulator) -> None:
    async def said() -> Any:
        async with api_of(telegram) as api:
            return await api.call("getMe")

    assert run(said())["is_bot"] is True


@pytest.mark.parametrize("kind", ["after", "cut", "garbled", "before", "page", "drop"])
def test_without_an_answer_that_can_be_read_it_is_in_doubt_and_not_sent_again(telegram: Emulator, kind: str) -> None:
    telegram.people.fault("sendMessage", kind, times=5)
    exc = run(failing(telegram))
    assert type(exc) is PlatformUnavailable
    assert len(telegram.people.log("sendMessage")) == 1
    arrived = kind in ("after", "cut", "garbled")
    assert texts(telegram.people.ours(telegram.people.chat_of("ann"))) == (["hello"] if arrived else [])


def test_a_hung_telegram_is_given_up_on(telegram: Emulator) -> None:
    telegram.people.fault("sendMessage", "hang", seconds=60)

    async def hung() -> None:
        async with api_of(telegram) as api:
            with pytest.raises(PlatformUnavailable):
                await api.call("sendMessage", wait_s=0.1, chat_id=telegram.people.chat_of("ann"), text="x")

    run(hung())


def test_a_refused_connection_took_nothing(telegram: Emulator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async def refused() -> None:
        async with Api(TOKEN, f"http://127.0.0.1:{port}") as api:
            with pytest.raises(PlatformBusy):
                await api.call("getMe")

    run(refused())


def test_a_flood_wait_says_how_long(telegram: Emulator) -> None:
    telegram.people.fault("sendMessage", "busy", seconds=7)
    exc = run(failing(telegram))
    assert isinstance(exc, PlatformBusy)
    assert exc.retry_after_s == 7.0


def test_whoever_blocked_the_bot_never_takes_anything(telegram: Emulator) -> None:
    telegram.people.do("block", user="ann")
    exc = run(failing(telegram))
    assert isinstance(exc, PlatformRefused)
    assert "blocked by the user" in exc.message


def test_a_wrong_token_is_told_apart_from_a_wrong_message(telegram: Emulator) -> None:
    exc = run(failing(telegram, token="700001:wrongWRONGwrongWRONGwrongWRONGwrongW"))
    assert isinstance(exc, TokenRefused)
    assert "TELEGRAM_TOKEN" in exc.next_step


def test_a_refusal_holds_what_telegram_said(telegram: Emulator) -> None:
    exc = run(failing(telegram, text="x" * 4097))
    assert isinstance(exc, Declined)
    assert exc.description == "Bad Request: message is too long"


def test_updates_that_somebody_else_gets_are_a_conflict_in_words(telegram: Emulator) -> None:
    telegram.people.quirk(https_only=False)

    async def hooked() -> None:
        async with api_of(telegram) as api:
            await api.call("setWebhook", url="http://127.0.0.1:9/x")

    run(hooked())
    exc = run(failing(telegram, "getUpdates"))
    assert isinstance(exc, AlreadyRunning)
    assert "token" in exc.next_step


def test_a_file_goes_along_and_comes_back(telegram: Emulator) -> None:
    async def sent() -> tuple[bytes, str]:
        chat = telegram.people.chat_of("ann")
        async with api_of(telegram) as api:
            file = File("document", "a.md", b"# hello")
            said = await api.call("sendDocument", file=file, chat_id=chat, caption="it")
            found = await api.call("getFile", file_id=said["document"]["file_id"])
            with pytest.raises(PlatformRefused):
                await api.download(found["file_path"], 3)
            return await api.download(found["file_path"], 100), said["document"]["file_name"]

    assert run(sent()) == (b"# hello", "a.md")


def test_no_log_holds_the_token(telegram: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.people.fault("getMe", "cut")
    run(failing(telegram, "getMe"))
    run(failing(telegram, token="700001:wrongWRONGwrongWRONGwrongWRONGwrongW"))
    assert TOKEN.partition(":")[2] not in caplog.text
    assert "wrongWRONG" not in caplog.text
