"""What happens to a persona holds for everybody, counts once, and outlives processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.contracts.errors import PersonaAway
from tasks.contracts.personas import Persona
from tasks.jobs import roster
from tasks.jobs.roster import BY_FILE, MAX_WHY_CHARS, PersonaState
from tasks.jobs.store import Store
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.plug import Plug


def test_nobody_is_known_of_until_something_happens(flock: Flock) -> None:
    assert flock.store.run(roster.state()) == {}


def test_a_persona_is_disabled_for_a_reason_and_enabled_again(flock: Flock) -> None:
    assert flock.store.run(roster.disable("Luna", "she repeats herself", "ada")) is True
    state = flock.store.run(roster.state())["Luna"]
    assert (state.disabled, state.why, state.by) == (True, "she repeats herself", "ada")
    assert state.at_ms > 0
    assert flock.store.run(roster.disable("Luna", "another reason", "ben")) is False
    assert flock.store.run(roster.disabled())["Luna"].why == "another reason"
    assert flock.store.run(roster.enable("Luna")) is True
    assert flock.store.run(roster.enable("Luna")) is False
    assert flock.store.run(roster.state()) == {}


def test_whoever_asks_hears_the_same_after_a_restart_of_all(flock: Flock, plug: Plug) -> None:
    flock.store.run(roster.disable("Luna", 'a "reason" | with\nsigns 月', "ada"))
    flock.store.run(roster.spoke("Luna", flock.submit(persona="Luna")))
    before = flock.store.run(roster.state())
    plug.pull()
    plug.push_in()
    another = Store.open(flock.url)
    assert another.run(roster.state()) == before
    assert before["Luna"].why == 'a "reason" | with\nsigns 月'
    another.close()


def test_an_answer_counts_once_however_often_it_is_noted(flock: Flock) -> None:
    jobs = [flock.submit(persona="Luna") for _ in range(3)]
    assert [flock.store.run(roster.spoke("Luna", job)) for job in (*jobs, *jobs)] == [True] * 3 + [False] * 3
    state = flock.store.run(roster.state())["Luna"]
    assert (state.spoken, state.disabled) == (3, False)
    assert state.last_spoke_ms > 0


def test_an_answer_to_a_job_that_the_ledger_does_not_know_is_not_noted(flock: Flock) -> None:
    assert flock.store.run(roster.spoke("Luna", "nobody")) is False
    assert flock.store.run(roster.state()) == {}
    assert not flock.client.exists("rookery:job:nobody")


def test_no_two_get_the_same_turn_and_none_is_left_out(flock: Flock) -> None:
    with ThreadPoolExecutor(8) as pool:
        turns = list(pool.map(lambda _: flock.store.run(roster.turn("discord:7")), range(40)))
    assert sorted(turns) == list(range(40))
    assert flock.store.run(roster.turn("discord:8")) == 0
    assert flock.client.ttl("rookery:round:discord:7") > 0


def test_a_reason_has_a_length(flock: Flock) -> None:
    flock.store.run(roster.disable("Luna", "x" * 10_000, "ada"))
    assert len(flock.store.run(roster.state())["Luna"].why) == MAX_WHY_CHARS


OFF = {"luna": PersonaState(disabled=True, why="she sleeps"), "mute": PersonaState(disabled=True)}


@pytest.mark.parametrize(
    ("persona", "why"),
    [
        (Persona(name="ada"), ""),
        (Persona(name="luna"), "she sleeps"),
        (Persona(name="mute"), "no reason was given"),
        (Persona(name="ada", enabled=False), BY_FILE),
    ],
)
def test_why_a_persona_takes_no_messages(persona: Persona, why: str) -> None:
    assert roster.why_away(persona, OFF) == why
    assert (persona in roster.present([persona], OFF)) is not bool(why)


def test_who_asks_for_one_that_is_away_is_told_why_and_what_brings_it_back() -> None:
    roster.refuse_away(Persona(name="ada"), OFF)
    with pytest.raises(PersonaAway, match="luna takes no messages just now: she sleeps") as caught:
        roster.refuse_away(Persona(name="luna"), OFF)
    assert "rookery persona enable 'luna'" in caught.value.next_step
    with pytest.raises(PersonaAway, match="enabled = false") as caught:
        roster.refuse_away(Persona(name="ada", enabled=False), OFF)
    assert "true" in caught.value.next_step
