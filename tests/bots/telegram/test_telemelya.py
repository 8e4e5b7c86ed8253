"""The webhook against somebody else's emulated Telegram: telemelya, installed into an environment of its own.

It never sends the secret of a webhook, so what stands between it and the bot, as a reverse proxy would, adds that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bots import runner
from bots.telegram import adapter
from bots.telegram.webhook import SECRET_HEADER, secret_of
from tasks.contracts.settings import load
from tests.bots.telegram.playing import LOOK_S, going, run, until
from tests.bots.telegram.test_end_to_end import HALF, PERSONAS, WHOLE
from tests.emulators.telegram.emulator import TOKEN

pytestmark = pytest.mark.slow
PACKAGES = ("telemelya==0.2.2", "moto[server]>=5.2,<6")
INSTALL_S = 600
CHAT = 4711
HEADERS = {"Authorization": "Bearer any", "X-Test-Session": "test"}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of telemelya's programs, installed."""
    folder = tmp_path_factory.mktemp("telemelya")
    install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *PACKAGES]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        subprocess.run(install, check=True, capture_output=True, timeout=INSTALL_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as exc:
        pytest.skip(f"{' and '.join(PACKAGES)} cannot be installed here: {type(exc).__name__}")
    return folder / "bin"


@pytest.fixture
def telemelya(programs: Path, redis_url: str, free_port: Callable[[], int], tmp_path: Path) -> Iterator[str]:
    """The address of a telemelya that runs, with a store of files that it insists on."""
    port, store = free_port(), free_port()
    told = {
        "REDIS_URL": redis_url.rpartition("/")[0] + "/5",
        "MINIO_ENDPOINT": f"127.0.0.1:{store}",
        "MOCK_SERVER_HOST": "127.0.0.1",
        "MOCK_SERVER_PORT": str(port),
        "MOCK_SERVER_URL": f"http://127.0.0.1:{port}",
        "STRICT_EDIT": "true",
    }
    with (tmp_path / "telemelya.log").open("w") as log, contextlib.ExitStack() as stack:
        for command in ([programs / "moto_server", "-p", str(store)], [programs / "telemelya-server"]):
            process = subprocess.Popen(command, env={**os.environ, **told}, stdout=log, stderr=log, cwd=tmp_path)
            stack.callback(process.wait)
            stack.callback(process.kill)
            run(listening(store if command[0].name == "moto_server" else port))
        yield f"http://127.0.0.1:{port}"


async def listening(port: int) -> None:
    """Wait until somebody answers there."""
    async with aiohttp.ClientSession() as http:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(f"http://127.0.0.1:{port}/"):
                    return
            await asyncio.sleep(LOOK_S)


class Person:
    """Somebody who writes by telemelya, and sees what the bot called."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url, self.http = f"{url}/api/v1/test", http

    async def say(self, text: str) -> None:
        """Write to the bot, as soon as it can be called."""
        status = 0
        while status != 200:
            said = {"chat_id": CHAT, "text": text}
            async with self.http.post(f"{self.url}/send_update?bot_token={TOKEN}", json=said) as answer:
                status = (await answer.json()).get("delivery", {}).get("status_code", 0)

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """Return the calls of a method."""
        async with self.http.get(f"{self.url}/responses") as answer:
            return [call for call in (await answer.json())["responses"] if call["method"] == method]

    async def reads(self, words: str) -> None:
        """Wait until a message was edited to this."""
        while words not in [call["text"] for call in await self.calls("editMessageText")]:
            await asyncio.sleep(LOOK_S)


@contextlib.asynccontextmanager
async def proxied(port: int, to: int) -> AsyncIterator[None]:
    """Stand between: pass calls on with the secret that Telegram would send."""

    async def passed_on(request: web.Request) -> web.Response:
        async with aiohttp.ClientSession() as http:
            headers = {SECRET_HEADER: secret_of(TOKEN, "")}
            async with http.post(f"http://127.0.0.1:{to}", json=await request.json(), headers=headers) as answer:
                return web.Response(status=answer.status)

    app = web.Application()
    app.router.add_post("/telegram", passed_on)
    server = web.AppRunner(app)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", port).start()
    yield
    await server.cleanup()


def test_a_question_by_webhook_is_answered_by_an_edit_of_one_message(
    telemelya: str, hand: Any, redis_url: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    public, port = free_port(), free_port()
    table = f'webhook_url = "http://127.0.0.1:{public}/telegram"\nwebhook_port = {port}\n'
    (tmp_path / "rookery.toml").write_text(f'[telegram]\napi = "{telemelya}"\n{table}\n{PERSONAS}')
    settings = load(tmp_path / "rookery.toml", {"TELEGRAM_TOKEN": TOKEN, "REDIS_URL": redis_url})

    async def scene() -> None:
        async with (
            proxied(public, port),
            aiohttp.ClientSession(headers=HEADERS) as http,
            going(runner.serve(settings, adapter.make(settings, {}))),
        ):
            person = Person(telemelya, http)
            await person.say("why is the sky blue?")
            claim = await until(hand.try_to_claim)
            assert claim.request.text == "why is the sky blue?"
            hand.say(claim, HALF)
            await person.reads(HALF.strip())
            hand.finish(claim, WHOLE)
            await person.reads(WHOLE.replace("**air**", "<b>air</b>"))
            assert len(await person.calls("sendMessage")) == 1
            assert await person.calls("sendChatAction")

    run(scene())
