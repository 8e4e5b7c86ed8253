"""A flock that runs obeys its file alone: hosts are added and taken out by editing it, while people talk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tasks.contracts.jobs import JobState, Outcome
from tasks.jobs import fleet_moves
from tests.workers.flying import Flying, aloft, hosts, with_one_host
from tests.workers.household import until


@pytest.fixture(scope="module")
def shared(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flying]:
    """One flock for all tests here: it takes seconds to start."""
    with aloft(redis_server, tmp_path_factory.mktemp("flying")) as made:
        yield made


@pytest.fixture
def flying(shared: Flying) -> Flying:
    """The flock with one host, `home`."""
    return with_one_host(shared)


def test_a_host_that_is_added_to_the_file_joins_and_works_and_one_that_is_taken_out_finishes_and_leaves(flying):
    flying.says(hosts("home", "attic"))
    until(lambda: flying.up() == {"home", "attic"}, "the new host at work")
    jobs = [flying.submit(f"!slow 0.05 {'word ' * 40}", user=f"u{number}", session=f"s{number}") for number in range(4)]
    until(lambda: all(flying.flock.view(job).state is JobState.GENERATING for job in jobs), "all at work")
    on = {job: flying.flock.view(job).host for job in jobs}
    assert set(on.values()) == {"home", "attic"}
    flying.says(hosts("home"))
    views = [flying.answered(job) for job in jobs]
    assert [(view.outcome, view.attempts) for view in views] == [(Outcome.REPLY, 1)] * 4, "in flight, and undisturbed"
    until(lambda: flying.up() == {"home"}, "its leaving")
    late = [flying.answered(flying.submit("after", user=f"v{n}", session=f"t{n}")).host for n in range(4)]
    assert set(late) == {"home"}


@pytest.mark.slow
def test_a_persona_that_is_added_can_be_talked_to_at_once(flying):
    def personas() -> list[str]:
        told = requests.get(f"http://127.0.0.1:{flying.page}/api/fleet", timeout=5).json()
        return [persona["name"] for persona in told["personas"]]

    assert personas() == ["first"]
    flying.says(hosts("home") + '[[persona]]\nname = "second"\nmodel = "echo"\n')
    until(lambda: personas() == ["second", "first"], "the new persona")
    said = {"text": "hello", "persona": "second"}
    accepted = requests.post(f"http://127.0.0.1:{flying.page}/api/chat", json=said, timeout=5).json()
    assert flying.answered(accepted["job"]).persona == "second"


@pytest.mark.slow
def test_a_bad_file_changes_nothing_and_is_told_until_it_is_good_again(flying):
    before = flying.log.read_text().count("the last good one stays in force")
    flying.says("[[host]\n")
    until(lambda: flying.log.read_text().count("the last good one stays in force") > before, "the word about it")
    assert flying.answered(flying.submit("still there?")).outcome is Outcome.REPLY
    assert flying.up() == {"home"}
    assert flying.command.run("config", "check").code == 2
    flying.says(hosts("home"))
    until(lambda: "the fleet file is good again" in flying.log.read_text(), "the good word")


@pytest.mark.slow
def test_the_strategy_changes_under_a_live_agent_and_an_unknown_one_leaves_the_last_good_one(flying):
    def told() -> tuple[int, str]:
        (home,) = [each for each in flying.flock.store.run(fleet_moves.status()).hosts if each.name == "home"]
        return home.fence, home.about["strategy"]

    agent, strategy = told()
    assert strategy == "sticky"
    flying.says('[residency]\nstrategy = "least-loaded"\n' + hosts("home"))
    until(lambda: told() == (agent, "least-loaded"), "the other strategy in the agent that runs")
    before = flying.log.read_text().count("luckiest")
    flying.says('[residency]\nstrategy = "luckiest"\n' + hosts("home"))
    until(lambda: flying.log.read_text().count("luckiest") > before, "the word about it")
    assert flying.answered(flying.submit("still there?")).outcome is Outcome.REPLY
    assert told() == (agent, "least-loaded")
    flying.says(hosts("home"))
    until(lambda: told() == (agent, "sticky"), "the first one again, in the agent that runs")
