from __future__ import annotations

import json
from typing import Any

import pytest

from bots.web.bodies import parsed
from bots.web.openai import orders
from bots.web.openai.asked import ChatRequest
from bots.web.openai.embedding import EmbeddingRequest
from bots.web.openai.orders import Order
from bots.web.openai.speakers import speaker
from bots.web.visitors import HERE
from tasks.contracts.errors import BadInput, PersonaAway
from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.messages import MAX_TEXT_CHARS, JobRequest
from tasks.jobs.roster import PersonaState

ORDER = Order(HERE, "j1", "api:j1")
ADA: dict[str, Any] = {
    "name": "ada",
    "model": "demo",
    "prompt": "You are Ada.",
    "temperature": 0.5,
    "max_tokens": 9,
    "cache_s": 60.0,
    "allow_cloud": True,
    "private": False,
    "stop": ["END"],
    "seed": 4,
    "pin": "home",
}
FLEET = parse(
    {
        "model": [{"name": "demo", "builtin": "demo"}],
        "persona": [ADA, {"name": "auto"}],
        "routing": {"primary": "demo"},
    },
    "test",
)


def ordered(fleet: Fleet = FLEET, states: Any = None, **body: Any) -> JobRequest:
    """Return the job that a body is."""
    whole = {"model": "ada", "messages": [{"role": "user", "content": "hello"}], **body}
    asked = parsed(json.dumps(whole).encode(), ChatRequest)
    return orders.chat(asked, speaker(asked.model, fleet), fleet, states or {}, ORDER)


def test_a_persona_answers_as_it_always_does() -> None:
    job = ordered()
    assert (job.persona, job.model, job.system_prompt, job.text, job.history) == (
        "ada",
        "demo",
        "You are Ada.",
        "hello",
        (),
    )
    assert (job.sampling.temperature, job.sampling.max_tokens, job.sampling.stop, job.sampling.seed) == (
        0.5,
        9,
        ("END",),
        4,
    )
    assert (job.private, job.allow_cloud, job.cache_s, job.pin) == (False, True, 60.0, "home")


def test_the_job_belongs_to_who_asked_and_leaves_nothing_in_a_session() -> None:
    job = ordered()
    assert (job.job, job.session, job.user, job.remember, job.recall) == ("j1", "api:j1", "local", False, False)
    assert job.unhosted_life_s == job.deadline_s, "nobody comes back for it later"


def test_a_plain_model_has_no_character_and_stays_at_home() -> None:
    job = ordered(model="demo")
    assert (job.persona, job.model, job.system_prompt, job.private, job.allow_cloud) == ("", "demo", "", True, False)
    assert job.sampling.max_tokens == 2048, "half of what it can read"


def test_what_the_client_says_goes_before_what_the_persona_says() -> None:
    job = ordered(temperature=0, max_tokens=5, max_completion_tokens=3, top_p=0, stop="\n", seed=2**32 + 1)
    sampling = job.sampling
    assert (sampling.temperature, sampling.max_tokens, sampling.stop, sampling.seed) == (0, 3, ("\n",), 1)
    assert sampling.top_p is not None
    assert 0 < sampling.top_p < 0.001


def test_a_model_is_chosen_by_the_last_thing_that_was_said() -> None:
    job = ordered(model="auto")
    assert (job.model, job.routed) == ("demo", "primary")


@pytest.mark.parametrize("text", ["  indented", "x" * (MAX_TEXT_CHARS + 1), "", "\u0007"])
def test_what_the_ledger_would_change_or_refuse_goes_along_as_it_is(text: str) -> None:
    job = ordered(messages=[{"role": "user", "content": text}])
    assert job.text == ""
    assert job.history is not None
    assert job.history[-1].text == text


def test_a_conversation_may_end_with_a_result_or_with_the_beginning_of_the_answer() -> None:
    messages = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "I say"}]
    job = ordered(messages=messages)
    assert job.text == ""
    assert [turn.text for turn in job.history or ()] == ["hello", "I say"]


def test_a_choice_among_no_tools_is_none() -> None:
    assert ordered(tool_choice="auto").tool_choice is None
    assert ordered(response_format={"type": "text"}).response_format is None


def test_a_persona_that_is_away_takes_nothing() -> None:
    with pytest.raises(PersonaAway, match="on holiday"):
        ordered(states={"ada": PersonaState(disabled=True, why="on holiday")})


def test_more_tools_than_a_job_can_hold_are_refused_in_words() -> None:
    function = {"name": "f", "description": "x" * 250_000}
    with pytest.raises(BadInput, match="bytes of JSON"):
        ordered(tools=[{"type": "function", "function": function}])


def embedded(**body: Any) -> JobRequest:
    asked = parsed(json.dumps(body).encode(), EmbeddingRequest)
    return orders.embedding(asked, speaker(asked.model, FLEET), FLEET, ORDER)


def test_texts_to_embed_are_a_job_without_words() -> None:
    job = embedded(model="demo", input=["a", "b"])
    assert (job.work, job.inputs, job.text, job.remember) == ("embed", ("a", "b"), "", False)
    assert embedded(model="ada", input="a").model == "demo", "a persona's own model"


def test_who_has_no_model_of_its_own_makes_no_vectors() -> None:
    with pytest.raises(BadInput, match="name a model"):
        embedded(model="auto", input="a")


def test_more_than_a_job_can_embed_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="characters together"):
        embedded(model="demo", input=["x" * 600_000] * 2)
