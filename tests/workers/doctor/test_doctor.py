from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.workers.doctor import emulated
from tests.workers.doctor.emulated import Emulated
from workers.doctor.doctor import Check, examine, run
from workers.doctor.findings import Finding, Level

GROUPS = ["settings", "secrets", "python", "packages", "programs", "ports", "disk", "redis", "clock", "engines"]
WELL = Finding("x", Level.OK, "well")


@pytest.fixture
def quiet() -> Iterator[threading.Event]:
    """Something that a check may wait for; it happens when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def unheard(left: list[str]) -> None:
    """Hear nothing."""


def fail() -> list[Finding]:
    raise ValueError("no such redis://me:hunter2@host")


def test_everything_is_looked_at_and_told_group_by_group(
    tmp_path: Path, redis_url: str, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("REDIS_URL=x\n")
    text = "".join(f"[{name}]\nport = {free_port()}\n" for name in ("web", "flower"))
    (tmp_path / "rookery.toml").write_text(text)
    with Emulated(emulated.vllm("big")) as server:
        found = examine(None, {"REDIS_URL": redis_url}, addresses=(server.url,))
    groups = [finding.check for finding in found]
    assert groups == sorted(groups, key=GROUPS.index)
    assert set(groups) == set(GROUPS)
    assert not [finding for finding in found if finding.level is Level.PROBLEM]


def test_with_settings_that_cannot_be_used_the_machine_is_still_looked_at(tmp_path: Path):
    file = tmp_path / "rookery.toml"
    file.write_text("[web]\nport = 0\n")
    with Emulated(emulated.vllm("big")) as server:
        found = examine(file, {}, addresses=(server.url,))
    assert {finding.check for finding in found} == {"settings", "python", "packages", "engines"}
    assert [finding.level for finding in found if finding.check == "settings"] == [Level.PROBLEM, Level.NOTE]


def test_a_hosts_server_is_looked_at_as_that_hosts_alone(tmp_path: Path):
    with Emulated(emulated.vllm("big")) as server:
        file = tmp_path / "rookery.toml"
        model = '[[model]]\nname = "m"\naliases = {openai = "big"}\n'
        file.write_text(f'{model}[[host]]\nname = "h"\nengine = "vllm+{server.url}"\n')
        found = examine(file, {}, addresses=(server.url,))
    (told,) = (finding.what for finding in found if finding.check == "engines")
    assert told.startswith(f"host 'h': vLLM at {server.url} answers in ")


def test_a_host_that_is_switched_off_is_not_looked_at(tmp_path: Path, free_port: Callable[[], int]):
    file = tmp_path / "rookery.toml"
    model = '[[model]]\nname = "m"\naliases = {openai = "big"}\n'
    address = f"http://127.0.0.1:{free_port()}"
    file.write_text(f'{model}[[host]]\nname = "h"\nengine = "{address}"\nenabled = false\n')
    assert "engines" not in {finding.check for finding in examine(file, {}, addresses=())}


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on():
    broken, well = run([Check("the ports", "ports", fail), Check("x", "x", lambda: [WELL])], unheard, within_s=20)
    assert well == WELL
    assert (broken.check, broken.level) == ("ports", Level.WARNING)
    assert broken.what.startswith("the check of the ports broke, so nothing is known of it: ValueError: no such")
    assert "hunter2" not in broken.what


def test_a_check_that_hangs_is_a_finding_and_is_not_waited_for(quiet: threading.Event):
    def hang() -> list[Finding]:
        quiet.wait()
        return [WELL]

    well, slow = run([Check("x", "x", lambda: [WELL]), Check("Redis", "redis", hang)], unheard, within_s=0.2)
    assert well == WELL
    assert (slow.check, slow.level) == ("redis", Level.WARNING)
    assert slow.what == "the check of Redis did not end within 0.2 s, so nothing is known of it"


def test_checks_run_side_by_side_and_it_is_told_which_are_left():
    met = threading.Barrier(2, timeout=20)

    def meet() -> list[Finding]:
        met.wait()
        return []

    heard: list[list[str]] = []
    assert run([Check("a", "x", meet), Check("b", "x", meet)], heard.append, within_s=20) == []
    assert heard[0] == ["a", "b"]
    assert sorted(heard[-1]) in (["a"], ["b"])
