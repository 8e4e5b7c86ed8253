"""An answer that is given again: to the very same question, where the persona says so, and never when asked anew."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.jobs import Outcome
from tasks.contracts.messages import JobRequest, Sampling, Turn, Usage
from tasks.generation import cache
from tasks.jobs.store import Store
from tasks.services import Chat, Completion
from tests.tasks.generation.bench import Bench

FOR_LONG = 600.0
CHAT = Chat("demo", (Turn(role="user", text="hello"),))


def asked(bench: Bench) -> int:
    return len(bench.engine.asked)


def ask(bench: Bench, text: str = "what is a rook?", **fields: object) -> str:
    """Ask in a session of its own, of a persona that gives answers again."""
    return bench.answer(text, **{"persona": "rook", "cache_s": FOR_LONG, "remember": False, **fields})


def test_the_same_question_is_answered_by_the_engine_once(bench):
    first, second = bench.view(ask(bench)), bench.view(ask(bench))
    assert asked(bench) == 1
    assert (first.text, first.flags) == (second.text, ()) == ("echo: what is a rook?", ())
    assert second.flags == ("cached",)
    assert (second.outcome, second.answered_by, second.usage) == (Outcome.REPLY, "demo", Usage())


def test_by_default_nothing_is_given_again(bench):
    for _ in range(2):
        ask(bench, cache_s=0.0)
    assert asked(bench) == 2
    assert not bench.client.keys("rookery:cache:*")


def test_another_adapter_asks_the_engine(bench):
    bench.furnish(card=bench.desk.card.model_copy(update={"adapters": ("rook-v1", "rook-v2")}))
    for adapter in ("rook-v1", "rook-v2"):
        bench.engine.load_adapter("demo", adapter, "")
    ask(bench, adapter="rook-v1")
    ask(bench, adapter="rook-v2")
    ask(bench, adapter="rook-v1")
    assert asked(bench) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"persona": "raven"},
        {"system_prompt": "Be kind."},
        {"sampling": Sampling(temperature=0.1)},
        {"text": "what is a rook"},
        {"history": (Turn(role="user", text="before"),)},
    ],
)
def test_whatever_else_differs_asks_the_engine(bench, other):
    ask(bench)
    ask(bench, **other)
    assert asked(bench) == 2


def test_another_model_is_asked_itself():
    chats = [CHAT, Chat("other", CHAT.turns)]
    assert len({cache.key_of("rook", chat) for chat in chats}) == 2


def test_what_is_asked_anew_is_answered_anew_and_takes_the_place_of_what_was_kept(bench):
    first = ask(bench)
    view = bench.view(ask(bench, replaces=first))
    assert (asked(bench), view.flags) == (2, ())
    assert bench.view(ask(bench)).flags == ("cached",)


def test_an_answer_is_kept_for_as_long_as_the_persona_says(bench):
    ask(bench, cache_s=0.05)
    [key] = bench.client.keys("rookery:cache:*")
    assert 0 < bench.client.pttl(key) <= 50
    bench.eventually(lambda: not bench.client.exists(key), "the end of its time")
    ask(bench)
    assert asked(bench) == 2


def test_what_failed_is_not_kept(bench):
    ask(bench, "!reject")
    assert not bench.client.keys("rookery:cache:*")


def test_an_answer_that_is_given_again_joins_the_session(bench):
    ask(bench)
    bench.view(ask(bench, session="s", remember=True))
    assert bench.window("s") == ["what is a rook?", "echo: what is a rook?"]


def test_the_pace_of_a_model_is_not_that_of_what_no_engine_said(bench):
    ask(bench)
    bench.client.hset("rookery:pace", "demo", 12345)
    ask(bench)
    assert bench.client.hget("rookery:pace", "demo") == "12345"


def test_a_redis_that_does_not_answer_has_nothing_and_keeps_nothing(free_port):
    store = Store.open(f"redis://127.0.0.1:{free_port()}/0")
    request = JobRequest(job="j", model="demo", session="s", user="ada", text="hello", cache_s=FOR_LONG)
    began_s = time.monotonic()
    assert cache.find(store, request, CHAT) is None
    cache.keep(store, request, CHAT, "hi", Completion(Usage(), "stop", "demo"))
    assert time.monotonic() - began_s < 60


turns = st.lists(
    st.builds(Turn, role=st.sampled_from(["user", "assistant", "system"]), text=st.text(max_size=9)), max_size=4
)
chats = st.builds(Chat, st.sampled_from(["a", "b"]), turns.map(tuple), adapter=st.sampled_from(["", "x"]))


@given(st.sampled_from(["p", "q"]), chats, st.sampled_from(["p", "q"]), chats)
def test_two_questions_have_one_key_only_where_they_are_the_same(persona, chat, other_persona, other):
    same = (persona, chat) == (other_persona, other)
    assert (cache.key_of(persona, chat) == cache.key_of(other_persona, other)) == same


def test_who_asks_and_in_which_job_makes_no_difference():
    told = Chat("demo", (Turn(role="user", text="hello", author="ada", job="j1"),))
    assert cache.key_of("rook", told) == cache.key_of("rook", CHAT)
