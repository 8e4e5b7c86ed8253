"""The webhook: who calls has the secret, and is told yes only once an update is kept."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from bots.telegram.polling import Take, Update
from bots.telegram.webhook import SECRET_HEADER, Webhook, secret_of
from tasks.contracts.errors import ConfigurationError, PortTaken, StoreUnavailable
from tests.bots.telegram.playing import api_of, run, until
from tests.emulators.telegram.emulator import TOKEN, Emulator

SECRET = secret_of(TOKEN, "")
PUBLIC = "https://bot.example.org"
URL = f"{PUBLIC}/telegram"
LATE = "Wrong response from the webhook: 503 Service Unavailable"


@contextlib.asynccontextmanager
async def hooked(telegram: Emulator, take: Take, secret: str = SECRET) -> AsyncIterator[str]:
    """Listen, and have the emulated Telegram call; yields the address behind the reverse proxy."""
    async with Webhook(SECRET, take).listening("127.0.0.1", 0) as port, api_of(telegram) as api:
        telegram.hosts[PUBLIC] = f"http://127.0.0.1:{port}"
        await api.call("setWebhook", url=URL, secret_token=secret)
        yield f"http://127.0.0.1:{port}"
        await api.call("deleteWebhook")


def test_an_update_arrives_and_telegram_is_told_so(telegram: Emulator) -> None:
    async def scene() -> None:
        taken: list[Update] = []

        async def take(update: Update) -> None:
            taken.append(update)

        async with hooked(telegram, take):
            telegram.people.say("ann", "hello")
            await until(lambda: taken)
            await until(lambda: not telegram.people.do("pending"))
        assert [update["message"]["text"] for update in taken] == ["hello"]

    run(scene())


def test_what_could_not_be_kept_comes_again(telegram: Emulator) -> None:
    async def scene() -> None:
        tries: list[Update] = []

        async def take(update: Update) -> None:
            tries.append(update)
            if len(tries) < 3:
                raise StoreUnavailable("Redis is away")

        async with hooked(telegram, take):
            telegram.people.say("ann", "hello")
            await until(lambda: not telegram.people.do("pending"))
        assert [status for _update, status in telegram.people.do("pushes")] == [503, 503, 200]

    run(scene())


def test_without_the_secret_nobody_is_heard(telegram: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        async def take(update: Update) -> None:
            pytest.fail("somebody else was heard")

        async with hooked(telegram, take, secret="wrong"), aiohttp.ClientSession() as http:
            telegram.people.say("ann", "hello")
            address = telegram.hosts[PUBLIC]
            for headers in ({}, {SECRET_HEADER: ""}, {SECRET_HEADER: "wröng"}, {SECRET_HEADER: SECRET + "x"}):
                async with http.post(address, json={"update_id": 1}, headers=headers) as answer:
                    assert (answer.status, await answer.text()) == (401, "")
            await until(lambda: telegram.people.do("pushes"))
        assert telegram.people.do("pushes")[0][1] == 401
        assert len(telegram.people.do("pending")) == 1

    run(scene())
    assert SECRET not in caplog.text


@pytest.mark.parametrize("body", ["", "[]", "nonsense", "7"])
def test_what_is_no_update_is_refused(telegram: Emulator, body: str) -> None:
    async def scene() -> None:
        async def take(update: Update) -> None:
            pytest.fail("it was taken in")

        async with hooked(telegram, take) as address, aiohttp.ClientSession() as http:
            headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
            async with http.post(f"{address}/any/path", data=body, headers=headers) as answer:
                assert answer.status == 400
            async with http.get(address, headers=headers) as answer:
                assert answer.status == 405

    run(scene())


def test_a_chat_is_heard_in_the_order_in_which_it_is_called_in(telegram: Emulator) -> None:
    async def scene() -> None:
        begun: list[int] = []
        gate = asyncio.Event()

        async def take(update: Update) -> None:
            begun.append(update["update_id"])
            await gate.wait()

        async with hooked(telegram, take) as address, aiohttp.ClientSession() as http:

            async def call(number: int, chat: int) -> None:
                said = {"update_id": number, "message": {"chat": {"id": chat}}}
                headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
                async with http.post(address, data=json.dumps(said), headers=headers) as answer:
                    assert answer.status == 200

            async with asyncio.TaskGroup() as calls:
                calls.create_task(call(1, chat=5))
                await until(lambda: begun == [1])
                calls.create_task(call(2, chat=5))
                calls.create_task(call(3, chat=6))
                await until(lambda: begun == [1, 3])
                gate.set()
            assert begun == [1, 3, 2]

    run(scene())


def test_a_secret_is_made_where_none_was_chosen_and_tells_nothing_of_the_token() -> None:
    assert secret_of(TOKEN, "chosen") == "chosen"
    made = secret_of(TOKEN, "")
    assert made == secret_of(TOKEN, "")
    assert made != secret_of(TOKEN + "x", "")
    assert len(made) == 64


def test_a_port_that_is_taken_and_an_address_that_is_not_ours_are_told_in_words(free_port: Callable[[], int]) -> None:
    async def scene() -> None:
        async def take(update: Update) -> None:
            del update

        port = free_port()
        async with Webhook(SECRET, take).listening("127.0.0.1", port):
            with pytest.raises(PortTaken) as taken:
                async with Webhook(SECRET, take).listening("127.0.0.1", port):
                    pass
            assert "webhook_port" in taken.value.next_step
        with pytest.raises(ConfigurationError) as wrong:
            async with Webhook(SECRET, take).listening("192.0.2.1", port):
                pass
        assert "webhook_bind" in wrong.value.next_step

    run(scene())
