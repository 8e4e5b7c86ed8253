"""`rookery doctor` as people and programs call it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest

from tests.command import Command

PORTS = ("redis", "web", "flower")


@pytest.fixture
def ports(command: Command, free_port: Callable[[], int]) -> dict[str, int]:
    """Ports that nobody has, in the settings of the command."""
    ports = {name: free_port() for name in PORTS}
    command.settings("".join(f"[{name}]\nport = {port}\n" for name, port in ports.items()))
    return ports


def test_a_machine_that_will_do_is_no_error(command: Command, ports: dict[str, int]):
    ended = command.invoke("doctor")
    assert ended.code == 0, ended.out
    assert f"✓ web.port {ports['web']} is free" in ended.out
    assert ended.out.splitlines()[-1].startswith("No problems, ")


def test_a_problem_is_told_in_words_and_by_the_exit_code(command: Command, ports: dict[str, int]):
    with socket.create_server(("127.0.0.1", ports["web"])):
        ended = command.invoke("doctor")
    assert ended.code == 1
    assert f"✗ the chat page cannot listen on port {ports['web']}" in ended.out
    assert "→ end that process, or write port = " in ended.out
    assert ended.out.splitlines()[-1].startswith("1 problem, ")


def test_programs_get_json_alone_and_the_same_exit_code(command: Command, ports: dict[str, int]):
    with socket.create_server(("127.0.0.1", ports["web"])):
        ended = command.invoke("doctor", "--json")
    told = json.loads(ended.out)
    assert (ended.code, told["counts"]["problem"]) == (1, 1)
    [problem] = [finding for finding in told["findings"] if finding["level"] == "problem"]
    assert (problem["check"], problem["toml"]) == ("ports", "")


def test_another_file_can_be_named_and_its_problems_are_no_traceback(command: Command, ports: dict[str, int]):
    other = command.folder / "other.toml"
    other.write_text("[web]\nport = 0\ncolour = 1\n")
    ended = command.invoke("doctor", "--config", str(other))  # which raises what would be a traceback
    assert ended.code == 1
    for word in ("web.port = 0", "web.colour", "2 problems"):
        assert word in ended.out


def test_nothing_is_written_by_looking(command: Command, ports: dict[str, int]):
    command.invoke("doctor")
    assert [path.name for path in command.folder.iterdir()] == ["rookery.toml"]
