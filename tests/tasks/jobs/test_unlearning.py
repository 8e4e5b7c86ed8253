from __future__ import annotations

from tasks.jobs import unlearning
from tasks.jobs.store import Store
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.plug import Plug

MANY = 2_500  # more than one move takes


def test_what_was_forgotten_waits_until_it_was_seen_to(flock: Flock, plug: Plug) -> None:
    jobs = {f"job-{number}" for number in range(MANY)}
    run = flock.store.run
    assert run(unlearning.pending()) == frozenset()
    assert sum(map(run, unlearning.forgot(jobs))) == MANY
    assert sum(map(run, unlearning.forgot(["job-1"]))) == 0
    plug.pull()
    plug.push_in()
    another = Store.open(flock.url)
    assert another.run(unlearning.pending()) == jobs
    assert sum(map(another.run, unlearning.done(jobs - {"job-7"}))) == MANY - 1
    assert another.run(unlearning.pending()) == {"job-7"}
    another.close()


def test_of_nothing_nothing_is_said(flock: Flock) -> None:
    assert list(unlearning.forgot(())) == list(unlearning.done(())) == []
