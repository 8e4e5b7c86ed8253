"""The bot of docs/howto/write-a-bot.md, installed as it says, run as `rookery run bot telnet`, and talked to."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bots.conftest import Hand, eventually, hand, ledger  # noqa: F401 -- fixtures
from tests.command import Command
from tests.examples.packages import install

REPO = Path(__file__).parents[2]
EXAMPLE = REPO / "examples" / "telnet_bot"
MOST_LINES = 120
PATIENCE_S = 30.0


@pytest.fixture
def command(tmp_path: Path, redis_url: str) -> Iterator[Command]:
    made = Command(tmp_path, {"ROOKERY_DATA_DIR": str(tmp_path)})
    made.settings(f'[redis]\nurl = "{redis_url}"\n')
    yield made
    made.end()


def installed(command: Command) -> Command:
    """Put the package where Python finds it and its entry point, as an installer would."""
    site = command.folder / "site"
    install("telnet_bot", site)
    command.environment["PYTHONPATH"] = f"{REPO}:{site}"
    return command


class Caller:
    """Somebody at a terminal."""

    def __init__(self, port: int, name: str) -> None:
        self._socket = eventually(lambda: self._connected(port), "the bot to listen")
        self._socket.settimeout(PATIENCE_S)
        self._heard = self._socket.makefile("r", encoding="utf-8", newline="\r\n")
        self.say(name)

    def _connected(self, port: int) -> socket.socket | None:
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port))
        return None

    def say(self, text: str) -> None:
        self._socket.sendall(f"{text}\r\n".encode())

    def hears(self) -> str:
        return self._heard.readline().removeprefix("Who are you? ").strip()

    def leave(self) -> None:
        self._heard.close()
        self._socket.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_fifth_platform_is_a_short_file_over_the_shared_rooms() -> None:
    assert len((EXAMPLE / "telnet_bot.py").read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_a_bot_of_another_package_is_run_by_its_name_and_answers(command: Command, hand: Hand) -> None:  # noqa: F811
    port = free_port()
    installed(command).environment["TELNET_PORT"] = str(port)
    process = command.start("run", "bot", "telnet")
    ann, bob = Caller(port, "ann"), Caller(port, "bob")
    try:
        assert (ann.hears(), bob.hears(), ann.hears()) == ("ann is here", "bob is here", "bob is here")
        ann.say("@rook how are you?")
        assert bob.hears() == "ann: @rook how are you?"
        assert hand.answer("well, thank you").request.text == "ann: how are you?"
        assert ann.hears() == bob.hears() == "rookery: well, thank you"
        assert [ann.hears(), ann.hears()] == ["", "demo model"]
        bob.say("@rook /persona")
        assert [ann.hears() for _ in range(3)] == ["bob: @rook /persona", "Who is here:", "› rookery"]
    finally:
        ann.leave()
        bob.leave()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0


def test_what_it_was_not_told_is_named(command: Command) -> None:
    ended = installed(command).run("run", "bot", "telnet")
    assert ended.code == 2
    assert "TELNET_PORT is not set" in ended.errors
    assert "telnet" in command.run("run", "bot", "--help").out
