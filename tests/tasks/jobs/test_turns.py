from __future__ import annotations

import itertools

from tasks.contracts.messages import JobClass
from tasks.jobs import moves
from tests.tasks.jobs.flock import Flock

INTERACTIVE, AMBIENT, BATCH = JobClass.INTERACTIVE, JobClass.AMBIENT, JobClass.BATCH


# ---------------------------------------------------------------- in which order
def test_persons_go_before_ambient_before_batch(flock: Flock):
    host = flock.host(slots=8)
    batch, ambient, person = (flock.submit(job_class=one) for one in (BATCH, AMBIENT, INTERACTIVE))
    assert [flock.take(host).job for _ in range(3)] == [person, ambient, batch]


def test_jobs_of_one_user_are_served_as_they_came(flock: Flock):
    host = flock.host()
    jobs = [flock.submit() for _ in range(5)]
    assert [flock.serve(host) for _ in jobs] == jobs


def test_one_who_asks_one_thing_at_a_time_does_not_starve_one_with_a_backlog(flock: Flock):
    host = flock.host()
    for _ in range(30):
        flock.submit(user="ada")
    served = []
    flock.submit(user="bob")
    for _ in range(20):
        job = flock.serve(host)
        served.append(flock.view(job).user)
        if served[-1] == "bob":
            flock.submit(user="bob")
    assert 9 <= served.count("ada") <= 11
    assert max(len(list(run)) for _, run in itertools.groupby(served)) <= 2


def test_three_users_share_evenly(flock: Flock):
    host = flock.host()
    for user, count in (("ada", 20), ("bob", 10), ("eve", 5)):
        for _ in range(count):
            flock.submit(user=user)
    users = [flock.view(flock.serve(host)).user for _ in range(15)]
    assert {user: users.count(user) for user in users} == {"ada": 5, "bob": 5, "eve": 5}


def test_work_that_no_host_could_serve_gets_no_arrears_when_one_comes(flock: Flock):
    """A pinned backlog falls behind in virtual time; when its host joins it gets its share, not all the turns."""
    anvil = flock.host("anvil")
    for _ in range(20):
        flock.submit(user="pinned", pin="bellows")
        flock.submit(user="ada")
    for _ in range(12):
        flock.serve(anvil)
    bellows = flock.host("bellows")
    users = [flock.view(flock.serve(bellows)).user for _ in range(6)]
    assert users.count("ada") >= 2, users
    newcomer = flock.submit(user="new")
    assert newcomer in [flock.serve(bellows) for _ in range(3)]


def test_fair_tags_vanish_with_the_backlog(flock: Flock):
    host = flock.host()
    for user in ("ada", "bob", "ada"):
        flock.submit(user=user)
    for _ in range(3):
        flock.serve(host)
    left = {name for name in flock.names() if ":fair:" in name or ":fifo:" in name or ":waiting:" in name}
    assert left == set()
    assert flock.client.exists("rookery:models") == 0


def test_among_equals_the_session_whose_prefix_is_warm_goes_first(flock: Flock):
    host, other = flock.host("anvil"), flock.host("bellows")
    flock.submit(user="zoe", session="warm")
    flock.serve(host)
    flock.submit(user="ada", session="cold")
    warm = flock.submit(user="zoe", session="warm")
    assert flock.take(host).job == warm
    assert flock.take(other)


def test_a_warm_session_does_not_jump_a_turn_that_is_owed(flock: Flock):
    host = flock.host()
    first = flock.submit(user="ada", session="warm")
    flock.submit(user="ada", session="warm")
    owed = flock.submit(user="zoe")
    assert flock.serve(host) == first
    assert flock.take(host).job == owed


def test_warmth_does_not_reach_other_hosts(flock: Flock):
    anvil, bellows = flock.host("anvil"), flock.host("bellows")
    flock.submit(user="zoe", session="warm")
    flock.serve(bellows)
    first = flock.submit(user="ada")
    flock.submit(user="zoe", session="warm")
    assert flock.take(anvil).job == first


def test_a_session_that_nobody_goes_on_with_leaves_no_warmth_behind(flock: Flock):
    host = flock.host()
    flock.submit(session="once", remember=False)
    flock.submit(session="again")
    flock.serve(host)
    flock.serve(host)
    assert {name for name in flock.names() if ":warm:" in name} == {"rookery:warm:again"}


# ---------------------------------------------------------------- ageing
def aged(flock: Flock, job: str, by_ms: int) -> None:
    queued = int(flock.field(job, "queued_ms") or 0)
    flock.client.hset(flock.store.key("job", job), "queued_ms", queued - by_ms)
    flock.past(job)
    flock.sweep()


def test_batch_ages_up_to_ambient_and_then_to_the_class_of_persons(flock: Flock):
    host = flock.host()
    job = flock.submit(job_class=BATCH, deadline_s=36_000)
    aged(flock, job, 600_000)
    assert flock.view(job).job_class is BATCH
    aged(flock, job, 300_001)
    assert flock.view(job).job_class is AMBIENT
    flock.past(job)
    flock.sweep()
    assert flock.view(job).job_class is INTERACTIVE
    flock.submit(user="bob", job_class=AMBIENT)
    assert flock.take(host).job == job


def test_an_aged_job_is_found_by_the_sweeper_without_being_asked_for(flock: Flock):
    job = flock.submit(job_class=BATCH, deadline_s=36_000)
    due = flock.client.zscore("rookery:live", job) - int(flock.field(job, "queued_ms") or 0)
    assert due == 900_000


def test_what_aged_up_no_longer_counts_as_batch(flock: Flock):
    host = flock.host(slots=1)
    job = flock.submit(job_class=BATCH, deadline_s=36_000)
    aged(flock, job, 900_001)
    flock.take(host)
    flock.submit(job_class=BATCH)
    assert flock.take(host)


# ---------------------------------------------------------------- an answer instead of another
def test_an_answer_anew_is_composed_without_the_old_one_and_takes_its_place(flock: Flock):
    host = flock.host()
    for text in ("first", "second"):
        flock.submit(text, job=text, session="s")
        assert flock.finish(flock.take(host), f"to {text}")
    for number, text in enumerate(("second", "second, mended")):
        flock.submit(text, job=f"anew{number}", session="s", replaces="second")
        claim = flock.take(host)
        assert [turn.text for turn in claim.window] == ["first", "to first"]
        assert flock.finish(claim, f"again {number}")
    assert flock.window("s") == ["first", "to first", "second, mended", "again 1"]


def test_an_answer_anew_that_never_comes_leaves_the_old_one_where_it_was(flock: Flock):
    host = flock.host()
    flock.submit("first", job="first", session="s")
    flock.serve(host)
    for end in ("withdrawn", "failed"):
        job = flock.submit("first", session="s", replaces="first")
        flock.withdraw(job) if end == "withdrawn" else flock.give_back(flock.take(host), end)
    assert flock.window("s") == ["first", "hi"]


def test_who_waits_is_told_how_many_came_before(flock: Flock):
    first, second, third = (flock.submit() for _ in range(3))
    assert [flock.view(job).ahead for job in (first, second, third)] == [0, 1, 2]
    flock.withdraw(second)
    assert flock.view(third).ahead == 1
    host = flock.host()
    assert flock.view(flock.serve(host)).ahead == 0
    assert flock.view(third).ahead == 0


def test_a_session_that_is_forgotten_starts_from_nothing(flock: Flock):
    host = flock.host()
    flock.submit("first", session="s")
    flock.serve(host)
    assert flock.store.run(moves.forget("s")) == 2
    assert not {name for name in flock.names() if name in ("rookery:session:s", "rookery:warm:s")}
    flock.submit("second", session="s")
    assert flock.take(host).window == ()
