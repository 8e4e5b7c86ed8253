"""What a host was told: by its file, by the clock on the wall, by the command. And a file that changes every second."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tasks.contracts.jobs import JobState, Outcome
from tasks.jobs import fleet_moves
from tests.faults.notebook import NOTEBOOK
from tests.workers.flying import Flying, aloft, hosts, with_one_host
from tests.workers.household import until

pytestmark = [pytest.mark.faults, pytest.mark.slow]
RELOADS_S = 30.0
EDIT_EVERY_S = 1.0


@pytest.fixture(scope="module")
def shared(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flying]:
    """One flock for all tests here: it takes seconds to start."""
    with aloft(redis_server, tmp_path_factory.mktemp("flying")) as made:
        yield made


@pytest.fixture
def flying(shared: Flying) -> Flying:
    """The flock with one host, `home`."""
    return with_one_host(shared)


def test_a_host_that_is_switched_off_leaves_and_comes_back_when_it_is_switched_on(flying):
    flying.says(hosts("home", "attic"))
    until(lambda: flying.up() == {"home", "attic"}, "both")
    flying.says(hosts("home", "attic", off="attic"))
    until(lambda: flying.up() == {"home"}, "one")
    flying.says(hosts("home", "attic"))
    until(lambda: flying.up() == {"home", "attic"}, "both again")


def test_a_host_in_its_quiet_hours_takes_nothing_and_works_when_they_are_over(flying):
    always = hosts("home", "attic").rstrip() + '\nquiet_hours = "00:00-23:59, 23:59-00:00"\n'
    flying.says(hosts("home", "attic"))
    until(lambda: flying.up() == {"home", "attic"}, "both")
    flying.says(always)
    until(lambda: flying.up() == {"home"}, "the quiet")
    assert flying.where(6, "night") == {"home"}
    assert "attic" in flying.command.run("host", "list").out
    flying.says(hosts("home", "attic"))
    until(lambda: flying.up() == {"home", "attic"}, "the day")


def test_a_host_is_paused_drained_and_resumed_by_the_command(flying):
    flying.says(hosts("home", "attic"))
    until(lambda: flying.up() == {"home", "attic"}, "both")
    for verb in ("pause", "drain"):
        assert flying.command.run("host", verb, "attic").code == 0
        until(lambda: flying.up() == {"home"}, f"the end of work after {verb}")
        assert flying.where(6, verb) == {"home"}
        (line,) = [line for line in flying.command.run("host", "list").out.splitlines() if "attic" in line]
        assert verb in line.split()
        assert flying.command.run("host", "resume", "attic").code == 0
        until(lambda: flying.up() == {"home", "attic"}, "work again")


def test_a_host_is_added_and_removed_by_the_command(flying):
    said = flying.command.run("host", "add", "loft", "--engine", "fake", "--models", "echo")
    assert said.code == 0, said.errors
    until(lambda: flying.up() == {"home", "loft"}, "the new host")
    assert flying.command.run("host", "add", "loft", "--engine", "fake").code == 2
    assert flying.command.run("host", "remove", "loft").code == 0
    until(lambda: flying.up() == {"home"}, "its leaving")
    gone = flying.command.run("host", "remove", "loft")
    assert (gone.code, "no [[host]] 'loft'" in gone.errors) == (2, True)


def test_the_file_that_changes_every_second_under_load_fails_and_doubles_nothing(flying):
    stop, jobs = threading.Event(), []
    taken = flying.log.read_text().count("took up")

    def edit() -> None:
        for turn in itertools.count():
            if stop.wait(EDIT_EVERY_S):
                return
            extra = ("attic", "cellar")[: turn % 3]
            flying.says(hosts("home", *extra) + f"[jobs]\nattempts = {2 + turn % 3}\n")

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        give_up_s = time.monotonic() + RELOADS_S
        while time.monotonic() < give_up_s:
            number = len(jobs)
            jobs.append(flying.submit(f"number {number} !slow 0.03", user=f"w{number % 9}", session=f"r{number % 20}"))
            time.sleep(0.06)
        views = [flying.answered(job) for job in jobs]
    finally:
        stop.set()
        editor.join()
    reloads = flying.log.read_text().count("took up") - taken
    NOTEBOOK.page.tell(jobs=len(jobs), reloads=reloads)
    assert [(view.outcome, view.text) for view in views] == [
        (Outcome.REPLY, f"echo: number {number} !slow 0.03") for number in range(len(jobs))
    ]
    assert {sum(mark.state is JobState.DONE for mark in view.marks) for view in views} == {1}
    assert {view.crashes for view in views} == {0}
    assert reloads >= RELOADS_S / EDIT_EVERY_S / 3


def test_a_host_that_is_given_another_number_of_slots_takes_them_up_and_loses_nothing(flying):
    job = flying.submit(f"!slow 0.05 {'word ' * 60}")
    until(lambda: flying.flock.view(job).state is JobState.GENERATING, "work in hand")
    flying.says(hosts("home").rstrip() + "\nslots = 1\n")
    view = flying.answered(job)
    assert (view.outcome, view.attempts) == (Outcome.REPLY, 1)

    def slots() -> list[int]:
        seen = flying.flock.store.run(fleet_moves.status()).hosts
        return [model["slots"] for each in seen if each.name == "home" for model in each.about.get("models", [])]

    until(lambda: slots() == [1], "one slot")
    assert flying.where(2, "after") == {"home"}
    flying.says(hosts("home"))
    until(lambda: slots() == [2], "two again")
