from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tasks.contracts.settings import Settings
from workers.doctor.findings import Finding, Level
from workers.doctor.listeners import look
from workers.supervision.instance import hold

LISTEN = """
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[-1])))
print("listening", flush=True)
time.sleep(60)
"""


@pytest.fixture
def settings(told, free_port: Callable[[], int]) -> Settings:
    """Settings whose ports nobody has."""
    return told("".join(f"[{name}]\nport = {free_port()}\n" for name in ("redis", "web", "flower")))


@pytest.fixture
def page_taken(settings: Settings) -> Iterator[socket.socket]:
    """Somebody listens where the page would."""
    with socket.create_server(("127.0.0.1", settings.fleet.web.port)) as server:
        yield server


def of_the_page(found: list[Finding]) -> Finding:
    [finding] = [
        finding for finding in found if "web.port" in finding.what + finding.next_step or "page" in finding.what
    ]
    return finding


def test_free_ports_are_well(settings: Settings):
    assert [finding.level for finding in look(settings)] == [Level.OK] * 3


def test_a_port_of_somebody_else_is_a_problem_with_who_has_it_and_another_to_take(settings: Settings, page_taken):
    found = of_the_page(look(settings))
    assert found.level is Level.PROBLEM
    assert f"(pid {os.getpid()})" in found.what
    line, _, section = found.next_step.partition("write ")[2].partition(" under ")
    assert section.startswith("[web]")
    told = int(line.removeprefix("port = "))
    with socket.create_server(("127.0.0.1", told)):
        pass  # it is free indeed


def test_the_rookery_that_runs_here_may_have_its_ports(settings: Settings, page_taken):
    with hold(settings.data_dir):
        found = look(settings)
    assert {finding.level for finding in found} == {Level.OK}
    assert found[0].what == f"Rookery runs in {settings.data_dir} (pid {os.getpid()})"
    assert "of the Rookery that runs here" in of_the_page(found[1:]).what


def test_a_process_of_another_rookery_is_noted(settings: Settings, python):
    process = python(LISTEN, "-m", "rookery", settings.fleet.web.port, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"listening\n"
    found = of_the_page(look(settings))
    assert (found.level, "a process of Rookery" in found.what) == (Level.NOTE, True)


def test_an_address_that_is_not_of_this_machine_is_a_problem(told, free_port: Callable[[], int]):
    settings = told(f'[redis]\nport = {free_port()}\n[web]\nbind = "192.0.2.1"\nport = {free_port()}\n')
    found = next(finding for finding in look(settings) if finding.level is Level.PROBLEM)
    assert "cannot listen on 192.0.2.1" in found.what
    assert found.next_step == "change web.port in rookery.toml"


def test_ports_that_nothing_of_ours_would_take_are_not_looked_at(told, free_port: Callable[[], int]):
    text = f'[redis]\nurl = "redis://127.0.0.1:1/0"\n[flower]\nenabled = false\n[web]\nport = {free_port()}\n'
    [found] = look(told(text))
    assert found.what.endswith("is free for the chat page")
