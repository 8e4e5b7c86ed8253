"""Secrets go into a running flock and come out nowhere: not in logs, arguments, Redis, files, pages or answers."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import redis

import rookery
from tasks.contracts.errors import RookeryError
from tasks.contracts.messages import Turn
from tasks.services import Chat, Patience
from tests.command import PATIENCE_S, Command
from tests.emulators.ntfy import Ntfy
from tests.emulators.openai_server import MODEL, OpenAIServer, answer, refuses, streams
from tests.workers.household import until
from workers.engines.opening import open_engine
from workers.processes import FLOWER_USER
from workers.supervision.redis_server import find_server, redis_config

# None looks like a secret, so that only what knows them can hide them.
CANARIES = {name: f"correct-horse-{name}" for name in ("redis", "flower", "engine", "ntfy")}
FLEET = """
[web]
port = {web}
[flower]
port = {flower}
[log]
level = "DEBUG"
[notify]
ntfy_url = "{ntfy}"
ntfy_topic = "flock"
[[model]]
name = "parrot"
aliases = {{ openai = "{model}" }}
[[host]]
name = "studio"
engine = "{engine}"
api_key_env = "STUDIO_KEY"
"""


@dataclass
class Flock:
    """`rookery up` on a Redis with a password, and an engine that wants a key."""

    command: Command
    redis: subprocess.Popen[bytes]
    client: redis.Redis
    engine: OpenAIServer
    ntfy: Ntfy
    ports: dict[str, int]
    up: subprocess.Popen[str]

    @property
    def output(self) -> str:
        """What `rookery up` said."""
        return (self.command.folder / "up.out").read_text()

    def family(self) -> list[psutil.Process]:
        """Return `rookery up` and all that it started."""
        head = psutil.Process(self.up.pid)
        return [head, *head.children(recursive=True)]


@pytest.fixture
def flock(tmp_path: Path, free_port) -> Iterator[Flock]:
    """A flock that is up."""
    ports = {name: free_port() for name in ("redis", "web", "flower")}
    (tmp_path / "redis").mkdir()
    conf = tmp_path / "redis" / "redis.conf"
    conf.write_text(redis_config(conf.parent, ports["redis"]) + f"requirepass {CANARIES['redis']}\n")
    server = subprocess.Popen([find_server().path, str(conf)], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=ports["redis"], password=CANARIES["redis"], decode_responses=True)
    folder = tmp_path / "flock"
    folder.mkdir()
    (folder / "key").write_text(CANARIES["engine"] + "\n")
    (folder / "key").chmod(0o600)
    environment = {
        "REDIS_URL": f"redis://:{CANARIES['redis']}@127.0.0.1:{ports['redis']}/0",
        "FLOWER_PASSWORD": CANARIES["flower"],
        "STUDIO_KEY_FILE": str(folder / "key"),
        "NTFY_TOKEN": CANARIES["ntfy"],
        "DEBUG_PROMPTS": "1",
    }
    command = Command(folder, environment)
    with (
        OpenAIServer(streams(answer("fine", " words"))) as engine,
        Ntfy(tokens=frozenset({CANARIES["ntfy"]})) as ntfy,
    ):
        places = {"web": ports["web"], "flower": ports["flower"], "engine": engine.url, "ntfy": ntfy.url}
        command.settings(FLEET.format(**places, model=MODEL))
        until(lambda: answers(client), "Redis")
        with (folder / "up.out").open("w") as output:
            up = command.start("up", stdout=output, stderr=output)
        made = Flock(command, server, client, engine, ntfy, ports, up)
        try:
            until(lambda: "Rookery is up." in made.output or up.poll() is not None, "rookery up")
            assert up.poll() is None, made.output
            yield made
        finally:
            up.send_signal(signal.SIGINT)
            up.wait(PATIENCE_S)
            command.end()
            client.close()
            server.kill()
            server.wait()


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def everything_in(client: redis.Redis) -> str:
    """Return all that Redis holds, as text."""
    readers: dict[str, Any] = {
        "string": client.get,
        "hash": client.hgetall,
        "list": lambda key: client.lrange(key, 0, -1),
        "set": client.smembers,
        "zset": lambda key: client.zrange(key, 0, -1),
        "stream": client.xrange,
    }
    return "\n".join(f"{key} {readers[str(client.type(key))](key)}" for key in client.scan_iter())


def files_below(folder: Path) -> dict[str, str]:
    """Return every file that the flock wrote, by its path."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "key")
    return {str(path): path.read_bytes().decode(errors="replace") for path in paths}


def pages(ports: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Yield what the pages show to whoever may see them."""
    pair = base64.b64encode(f"{FLOWER_USER}:{CANARIES['flower']}".encode()).decode()
    with httpx.Client(trust_env=False, timeout=PATIENCE_S, headers={"Authorization": f"Basic {pair}"}) as browser:
        for path in ("/workers", "/broker", "/tasks", "/api/workers"):
            shown = browser.get(f"http://127.0.0.1:{ports['flower']}{path}")
            assert shown.status_code == 200, path
            yield f"Flower {path}", shown.text
        for path in ("/", "/healthz"):
            yield f"web {path}", browser.get(f"http://127.0.0.1:{ports['web']}{path}").text


def leaks(places: dict[str, str]) -> list[str]:
    """Return where a secret stands, and which."""
    return [f"{name} in {place}" for place, text in places.items() for name, value in CANARIES.items() if value in text]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., str]]:
    """Run `rookery` within this process, which is quicker, and return all that it says."""
    before = set(os.environ)

    def run(command: Command, *words: str) -> str:
        for name, value in command.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(command.folder)
        monkeypatch.setattr(sys, "argv", ["rookery", *words])
        with pytest.raises(SystemExit):
            rookery.main()
        shown = capsys.readouterr()
        return shown.out + shown.err

    yield run
    for name in set(os.environ) - before:  # by which `rookery up` tells its children
        del os.environ[name]


def test_secrets_reach_whom_they_are_for_and_are_found_nowhere_else(flock: Flock, said: Callable[..., str]) -> None:
    command = flock.command
    asked = said(command, "ask", "hello", "--json")
    job = json.JSONDecoder().raw_decode(asked)[0]["job"]  # a person may be told of a wait besides
    authorised = {seen.headers.get("authorization") for seen in flock.engine.requests if seen.method == "POST"}
    assert authorised == {f"Bearer {CANARIES['engine']}"}
    assert any(CANARIES["redis"] in process.environ().get("REDIS_URL", "") for process in flock.family()[1:])
    places = {"ask": asked, **dict(pages(flock.ports)), "Redis": everything_in(flock.client)}
    assert job in places["Redis"]
    for words in ("status", "status --json", "job list --json", f"job explain {job} --json"):
        places[words] = said(command, *words.split())
    for words in ("config show", "config show --json", "config check"):
        places[words] = said(command, *words.split())
        assert "redis://:***@" in places[words] or words == "config check"
    places["notify"] = said(command, "notify", "Hello")
    until(lambda: flock.ntfy.messages, "a notice, let in by its token")
    for process in flock.family():
        places[f"the arguments of {process.pid}"] = " ".join(process.cmdline())

    flock.redis.kill()  # now for the words of those who lose it
    until(
        lambda: any("did not answer" in text for text in files_below(command.folder / "logs").values()), "a complaint"
    )
    places["a status without Redis"] = said(command, "status")
    places |= files_below(command.folder)
    assert f"{command.folder / 'debug'}{os.sep}{job}" in "".join(places), "the prompt was written down"
    assert not leaks(places)


@pytest.mark.parametrize(
    "url", ["redis://:{}@127.0.0.1:1/0", "redis:/:{}@h", "http://u:{}@h/0", "redis://:{}@h:port/0"]
)
@pytest.mark.parametrize("verb", ["status", "up"])
def test_what_is_said_of_an_address_that_is_no_good_holds_no_password(
    tmp_path: Path, said: Callable[..., str], url: str, verb: str
) -> None:
    complaint = said(Command(tmp_path, {"REDIS_URL": url.format(CANARIES["redis"])}), verb)
    assert complaint.startswith("rookery: ")
    assert not leaks({verb: complaint})


@pytest.mark.parametrize("status", [401, 500, 429])
def test_a_key_that_a_server_repeats_is_not_in_the_error(status: int) -> None:
    body = {"error": {"message": f"{'x' * 262} Incorrect API key provided: {CANARIES['engine']}"}}
    with OpenAIServer(refuses(status, body)) as server:
        engine = open_engine(server.url, api_key=CANARIES["engine"])
        with pytest.raises(RookeryError, match="Incorrect API") as caught:
            list(engine.chat_stream(Chat(MODEL, (Turn(role="user", text="hi"),)), Patience(5)))
    assert CANARIES["engine"][:8] not in str(caught.value)


def test_a_leak_is_found() -> None:
    assert leaks({"here": f"x{CANARIES['redis']}y", "there": "nothing"}) == ["redis in here"]
