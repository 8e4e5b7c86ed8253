from __future__ import annotations

import json

import pytest
from celery import Celery
from celery.worker.request import Request
from kombu import Connection, Queue
from kombu.message import Message
from redis.client import Monitor

from tasks.contracts import names
from tasks.contracts.errors import Refused, UnknownJob
from tasks.contracts.jobs import JobState
from tasks.contracts.messages import Then
from tests.tasks.jobs.flock import Flock

GREETINGS = ("PING", "HELLO", "CLIENT", "SELECT")  # what a client sends on a new connection


def consume(url: str, queue: str) -> list[Message]:
    """Take everything off a queue as a worker would: with kombu, acknowledging each."""
    taken: list[Message] = []

    def keep(message: Message) -> None:
        message.ack()
        taken.append(message)

    with Connection(url) as connection:
        bound = Queue(queue)(connection.default_channel)
        while (message := bound.get()) is not None:
            keep(message)
    return taken


def outer_command(monitor: Monitor) -> str:
    """Return the next command that Redis ran for a client; empty for what a script ran."""
    line = monitor.next_command()
    return "" if line["client_type"] == "lua" else line["command"].split()[0].upper()


def test_record_index_lane_and_bell_are_one_call(flock: Flock):
    flock.submit("warm up: the script is loaded")
    with flock.client.monitor() as monitor:
        flock.submit("hello", job="j", session="s", user="u")
        flock.client.echo("end")
        heard = list(iter(lambda: outer_command(monitor), "ECHO"))
    assert [command for command in heard if command not in ("", *GREETINGS)] == ["EVALSHA"]
    kept = flock.dump()
    assert kept["rookery:job:j"][1]["state"] == "queued"
    assert "j" in kept["rookery:live"][1]
    assert kept["rookery:lane:s"][1] == ["j"]
    assert kept["rookery:user:u"][1] == ["j"]
    assert kept["rookery:waiting:demo"][1].keys() == {"job1", "j"}
    assert flock.bells() == 2


def test_no_word_of_a_person_stands_in_the_record(flock: Flock):
    flock.submit("xylophone", job="j", system_prompt="marzipan", history=(), recall=True)
    for name, (_, value, _) in flock.dump().items():
        if not name.startswith("rookery:text:"):
            assert "xylophone" not in json.dumps(value), name
            assert "marzipan" not in json.dumps(value), name


def test_the_same_event_is_one_job(flock: Flock):
    request = flock.request()
    first, second = flock.accept(request), flock.accept(request)
    assert (first.fresh, second.fresh) == (True, False)
    assert second.state is JobState.QUEUED
    assert flock.bells() == 1
    assert flock.client.zcard("rookery:live") == 1


def test_the_same_event_after_the_end_is_still_the_same_job(flock: Flock):
    host, request = flock.host(), flock.request()
    flock.accept(request)
    flock.serve(host)
    again = flock.accept(request)
    assert (again.fresh, again.state) == (False, JobState.DELIVERED)
    assert flock.claim(host) is None


def test_beyond_their_bound_a_user_is_refused_and_nothing_is_stored(flock: Flock):
    host = flock.host()
    for _ in range(2):
        flock.submit(max_in_flight=2)
    with pytest.raises(Refused, match="'ada' has 2 messages in flight, the most is 2") as refused:
        flock.submit(job="third", max_in_flight=2)
    assert refused.value.next_step
    with pytest.raises(UnknownJob):
        flock.view("third")
    flock.submit(user="bob", max_in_flight=2)
    flock.serve(host)
    assert flock.submit(max_in_flight=2)


def test_a_known_job_is_not_refused_for_being_one_too_many(flock: Flock):
    request = flock.request(max_in_flight=1)
    flock.accept(request)
    assert flock.accept(request).fresh is False


def test_without_a_host_a_job_lives_longer_and_says_so(flock: Flock):
    accepted = flock.accept(flock.request(job="early", deadline_s=10, unhosted_life_s=500))
    flock.host()
    later = flock.accept(flock.request(job="late", deadline_s=10, unhosted_life_s=500))
    assert (accepted.hosted, later.hosted) == (False, True)
    early, late = flock.view("early"), flock.view("late")
    assert early.deadline_ms - early.received_ms == 500_000
    assert late.deadline_ms - late.received_ms == 10_000
    assert early.marks[0].why == "no host is up"


def test_a_host_for_another_model_is_no_host(flock: Flock):
    flock.host("anvil", "other")
    assert flock.accept(flock.request()).hosted is False


def test_bells_ride_on_the_queue_of_the_models_slug(flock: Flock):
    flock.submit(model="Qwen3 8B/Q4_K_M")
    assert flock.bells("model.qwen3-8b-q4-k-m") == 1
    assert (
        flock.take(flock.host("anvil", "qwen3-8b-q4-k-m"), model="qwen3-8b-q4-k-m").request.model == "Qwen3 8B/Q4_K_M"
    )


def test_a_bell_is_a_celery_message_that_calls_the_answering_task(flock: Flock):
    flock.submit()
    (message,) = consume(flock.url, "model.demo")
    app, runs = Celery(set_as_current=False), []

    @app.task(name=names.ANSWER, shared=False)
    def answer(*args: object) -> None:
        runs.append(args)

    app.finalize()
    request = Request(message, app=app)
    assert request.name == names.ANSWER
    assert request.correlation_id
    args, kwargs, embed = message.payload
    assert (args, kwargs) == ([], {})
    app.tasks[request.name](*args, **kwargs)
    assert runs == [()]
    assert message.delivery_info["routing_key"] == "model.demo"
    assert embed == {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def test_a_bell_for_memories_calls_the_recalling_task(flock: Flock):
    flock.submit(recall=True)
    (message,) = consume(flock.url, "recall")
    assert message.headers["task"] == names.RECALL


def test_a_continuation_is_a_celery_message_with_ids(flock: Flock):
    host = flock.host()
    job = flock.submit(then=Then(task="memory.store", queue="memory", args=("s1", "7")))
    flock.serve(host)
    (message,) = consume(flock.url, "memory")
    assert message.headers["task"] == "memory.store"
    assert message.payload[0] == [job, "s1", "7"]


def test_no_two_bells_share_an_id(flock: Flock):
    for number in range(6):
        flock.submit(user=f"u{number}")
    flock.client.delete("model.demo")
    flock.sweep()
    flock.sweep()
    flock.submit()
    messages = consume(flock.url, "model.demo")
    assert len(messages) == 7
    assert len({message.headers["id"] for message in messages}) == 7
    assert len({message.delivery_tag for message in messages}) == 7


@pytest.mark.parametrize("odd", ['say "%1"', "100%", "a|b\nc", "ключ", "x" * 200, "\\", "a:b"])
def test_ids_of_any_shape_make_a_job_that_can_be_answered(flock: Flock, odd: str):
    host = flock.host()
    flock.submit(job=odd, session=odd, user=odd, persona=odd)
    assert consume(flock.url, "model.demo")[0].headers["task"] == names.ANSWER
    assert flock.serve(host) == odd
    view = flock.view(odd)
    assert (view.state, view.session, view.user) == (JobState.DELIVERED, odd, odd)


# ---------------------------------------------------------------- lanes
def reply(flock: Flock, job: str) -> None:
    flock.serve(flock.host())


def notice(flock: Flock, job: str) -> None:
    flock.give_back(flock.take(flock.host()), "rejected")


def withdrawn(flock: Flock, job: str) -> None:
    flock.withdraw(job)


def withdrawn_while_held(flock: Flock, job: str) -> None:
    flock.take(flock.host())
    flock.withdraw(job)


def expired(flock: Flock, job: str) -> None:
    flock.past(job, "deadline_ms")
    flock.sweep()


def shed_at_the_claim(flock: Flock, job: str) -> None:
    flock.past(job, "deadline_ms")
    flock.claim(flock.host())


@pytest.mark.parametrize("end", [reply, notice, withdrawn, withdrawn_while_held, expired, shed_at_the_claim])
def test_the_next_turn_of_a_session_starts_when_the_one_before_ends(flock: Flock, end):
    first, second, third = (flock.submit(session="s") for _ in range(3))
    assert [flock.state(job) for job in (first, second, third)] == ["queued", "received", "received"]
    assert flock.bells() == 1
    end(flock, first)
    states = [flock.state(job) for job in (second, third)]
    assert states in (["queued", "received"], ["claimed", "received"])
    assert 1 <= flock.bells() <= 2, "the second one's; that of the first goes with a claim"


def test_a_turn_that_is_taken_back_before_its_time_frees_nobody(flock: Flock):
    first, second, third = (flock.submit(session="s") for _ in range(3))
    flock.withdraw(second)
    assert [flock.state(job) for job in (first, third)] == ["queued", "received"]
    flock.serve(flock.host())
    assert flock.state(third) == "queued"


def test_a_turn_that_goes_back_to_the_queue_keeps_its_place_in_the_session(flock: Flock):
    host = flock.host()
    first, second = (flock.submit(session="s") for _ in range(2))
    flock.give_back(flock.take(host))
    assert [flock.state(first), flock.state(second)] == ["queued", "received"]


def test_a_push_reply_that_is_not_delivered_yet_does_not_hold_up_the_session(flock: Flock):
    host = flock.host()
    first, second = (flock.submit(session="s", bot="b") for _ in range(2))
    flock.serve(host)
    assert [flock.state(first), flock.state(second)] == ["done", "queued"]
