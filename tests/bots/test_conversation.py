from __future__ import annotations

import dataclasses

import pytest

from bots import conversation
from bots.conversation import Said, request_of
from tasks.contracts.entries import HIGHEST_SEED
from tasks.contracts.errors import BadInput, PersonaAway, UnknownPersona
from tasks.contracts.fleet import parse
from tasks.contracts.messages import MAX_ID_CHARS, fitting, job_id
from tasks.jobs.roster import PersonaState

FLEET = parse(
    {
        "jobs": {"deadline_s": 30.0, "unhosted_life_s": 60.0, "max_in_flight": 3},
        "model": [{"name": "demo", "builtin": "demo"}, {"name": "own", "gguf": "own.gguf"}],
        "host": [{"name": "home", "labels": ["eu"]}],
        "persona": [
            {"name": "ada", "model": "demo"},
            {
                "name": "Grace H",
                "model": "own",
                "prompt": "Be Grace.",
                "temperature": 0.5,
                "max_tokens": 9,
                "labels": ["eu"],
                "reasoning": "folded",
                "private": False,
                "max_in_flight": 1,
            },
        ],
    },
    "test",
)
SAID = Said(platform="web", session="s1", message="m1", user="s1", text=" hello\x00 ")


def but(**fields: object) -> Said:
    return dataclasses.replace(SAID, **fields)


def test_a_message_becomes_a_job_of_the_first_persona() -> None:
    request = request_of(SAID, FLEET)
    assert request.job == job_id("web", "web", "s1", "m1", persona="ada")
    assert (request.model, request.persona, request.text) == ("demo", "ada", "hello")
    assert (request.session, request.user) == ("web:ada:s1", "web:s1")
    assert (request.deadline_s, request.unhosted_life_s, request.max_in_flight) == (30.0, 60.0, 3)
    assert (request.bot, request.then, request.private) == ("", None, True)


def test_a_persona_brings_its_model_character_and_bounds() -> None:
    request = request_of(but(persona="Grace H"), FLEET)
    assert (request.model, request.system_prompt, request.labels) == ("own", "Be Grace.", ("eu",))
    assert (request.sampling.temperature, request.sampling.max_tokens) == (0.5, 9)
    assert (request.private, request.max_in_flight) == (False, 1)
    assert (request.reasoning, request_of(SAID, FLEET).reasoning) == ("folded", "hidden")


def test_personas_do_not_share_what_was_said_to_one_of_them() -> None:
    assert request_of(but(persona="Grace H"), FLEET).session == "web:grace-h:s1"
    assert request_of(but(persona="Grace H"), FLEET).job != request_of(SAID, FLEET).job


def test_the_same_message_is_the_same_job_and_everything_that_differs_is_another() -> None:
    jobs = [request_of(said, FLEET).job for said in (SAID, but(message="m2"), but(session="s2"), but(platform="t"))]
    assert len(set(jobs)) == len(jobs)
    assert request_of(but(text="edited"), FLEET).job == jobs[0]


def test_a_message_answered_anew_is_another_job_that_names_the_first() -> None:
    first, second = request_of(but(ordinal=1), FLEET), request_of(but(ordinal=2), FLEET)
    assert first.job == job_id("web", "web", "s1", "m1", persona="ada", kind="regenerate", ordinal=1)
    assert first.job != second.job
    assert first.replaces == second.replaces == request_of(SAID, FLEET).job
    assert request_of(SAID, FLEET).replaces == ""


def test_a_fixed_seed_does_not_answer_anew_with_the_same_words() -> None:
    fleet = parse({"persona": [{"name": "ada", "model": "demo", "seed": HIGHEST_SEED}]}, "test")
    seeds = [request_of(but(ordinal=ordinal), fleet).sampling.seed for ordinal in range(3)]
    assert seeds == [HIGHEST_SEED, 0, 1]
    assert request_of(but(ordinal=1), FLEET).sampling.seed is None


def test_the_operator_is_not_bounded() -> None:
    assert request_of(but(bounded=False), FLEET).max_in_flight == 0


def test_a_persona_that_moves_to_another_model_goes_on_in_its_session() -> None:
    [ada, *others] = FLEET.personas
    moved = FLEET.model_copy(update={"personas": (ada.model_copy(update={"model": "own"}), *others)})
    before, after = request_of(SAID, FLEET), request_of(but(message="m2"), moved)
    assert (before.model, after.model) == ("demo", "own")
    assert before.session == after.session


def test_a_persona_says_for_how_long_an_answer_may_be_given_again() -> None:
    [ada, *others] = FLEET.personas
    cached = FLEET.model_copy(update={"personas": (ada.model_copy(update={"cache_s": 60.0}), *others)})
    assert (request_of(SAID, FLEET).cache_s, request_of(SAID, cached).cache_s) == (0.0, 60.0)


def test_platforms_are_told_apart_by_their_sessions() -> None:
    session = request_of(SAID, FLEET).session
    assert conversation.is_of("web", session)
    assert not conversation.is_of("we", session)
    assert not conversation.is_of("discord", session)


@pytest.mark.parametrize("text", ["", "a b", "ä", "x" * 65, "a\n", "../a", "a:b"])
def test_an_id_that_is_not_fit_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(BadInput, match="1 to 64 letters"):
        request_of(but(session=text), FLEET)
    with pytest.raises(BadInput, match="message id"):
        request_of(but(message=text), FLEET)


def test_a_stranger_is_nobody() -> None:
    with pytest.raises(UnknownPersona):
        request_of(but(persona="nobody"), FLEET)


def test_long_names_fit_and_stay_apart() -> None:
    long = "n" * MAX_ID_CHARS
    names = [fitting(f"{long}{end}") for end in "ab"]
    assert names[0] != names[1]
    assert all(len(name) <= MAX_ID_CHARS and name.startswith("nnn") for name in names)
    assert fitting(long) == long
    fleet = parse({"persona": [{"name": long, "model": "demo"}]}, "test")
    assert len(request_of(but(session="s" * 64), fleet).session) <= MAX_ID_CHARS


ROUTED = {
    "model": [{"name": name, "gguf": name, "fallback": ["demo"]} for name in ("large", "coder")]
    + [{"name": "demo", "builtin": "demo"}],
    "routing": {"primary": "large", "code": "coder"},
    "persona": [{"name": "ada"}, {"name": "ben", "model": "large"}],
}


def test_who_leaves_the_model_open_gets_one_for_each_message_and_the_job_says_why() -> None:
    fleet = parse(ROUTED, "test")
    about_code, other = request_of(but(text="debug this"), fleet), request_of(SAID, fleet)
    assert (about_code.model, about_code.routed, about_code.fallback) == ("coder", "about code", ("demo",))
    assert (other.model, other.routed) == ("large", "primary")
    named = request_of(but(text="debug this", persona="ben"), fleet)
    assert (named.model, named.routed) == ("large", "")
    assert about_code.session == other.session  # one conversation, whoever answers


SLEEPS = {"ada": PersonaState(disabled=True, why="she sleeps")}


def test_who_is_away_is_passed_over_and_refused_where_asked_by_name() -> None:
    assert request_of(SAID, FLEET, SLEEPS).persona == "Grace H"
    assert request_of(but(persona="Grace H"), FLEET, SLEEPS).persona == "Grace H"
    with pytest.raises(PersonaAway, match="she sleeps"):
        request_of(but(persona="ada"), FLEET, SLEEPS)


def test_a_fleet_in_which_everybody_is_away_refuses() -> None:
    fleet = parse({"persona": [{"name": "ada", "model": "demo", "enabled": False}]}, "test")
    with pytest.raises(PersonaAway, match="enabled = false"):
        request_of(SAID, fleet)


def test_who_has_memory_recalls_where_anything_is_remembered():
    ada, *others = FLEET.personas
    forgetful = request_of(SAID, FLEET)
    assert (forgetful.recall, forgetful.direct) == (False, True)
    fleet = FLEET.model_copy(update={"personas": (ada.model_copy(update={"memory": True}), *others)})
    assert request_of(SAID, fleet).recall
    for section in ("memory", "transcript"):
        off = getattr(fleet, section).model_copy(update={"enabled": False})
        assert not request_of(SAID, fleet.model_copy(update={section: off})).recall
