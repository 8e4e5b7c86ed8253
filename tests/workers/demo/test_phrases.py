from __future__ import annotations

import random
import re
import tomllib

import pytest

from tasks.contracts.fleet import parse
from workers.demo.phrases import SLOT, Intent, choose, fill, intents

CARE = ("crisis", "emergency", "sad", "care_more", "care_number", "care_thanks", "german_sad")
NO_REAL_ANSWER = (
    "facts",
    "chores",
    "statements",
    "gibberish",
    "long",
    "math",
    "code",
    "medical",
    "legal",
    "opinion",
    "name",
    "name_ask",
)


def intent(name: str) -> Intent:
    return next(each for each in intents() if each.name == name)


@pytest.mark.parametrize("name", NO_REAL_ANSWER)
def test_whoever_gets_no_real_answer_is_told_that_this_is_a_demo_model(name: str):
    assert [answer for answer in intent(name).answers if "demo model" not in answer] == []


@pytest.mark.parametrize("name", ["crisis", "emergency"])
def test_whoever_is_in_danger_is_sent_to_an_emergency_number_and_to_people(name: str):
    assert all("emergency number" in answer and "demo model" in answer for answer in intent(name).answers)


@pytest.mark.parametrize("name", CARE)
def test_nobody_in_need_is_given_a_number_that_is_made_up(name: str):
    assert [answer for answer in intent(name).answers if re.search(r"\d", answer)] == []


def test_every_line_of_toml_in_an_answer_is_one_that_rookery_reads():
    texts = [answer for each in intents() for answer in each.answers if "```toml" in answer]
    assert len(texts) > 5
    for text in texts:
        lines = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
        assert lines is not None
        raw = tomllib.loads(lines[1])
        if "model" not in raw:
            raw["model"] = [{"name": "my-model", "gguf": "models/my-model.gguf"}]
        fleet = parse(raw, "rookery.toml")
        model = fleet.model("my-model")
        assert any(host.may_hold(model) for host in fleet.hosts)
        assert all(persona.model == "my-model" for persona in fleet.personas)


def test_what_follows_up_follows_a_kind_that_exists():
    names = {each.name for each in intents()}
    assert [each.name for each in intents() if not each.after <= names] == []


def test_no_answer_says_back_what_was_said():
    assert [answer for each in intents() for answer in each.answers if SLOT.search(answer)] == []


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("hello", {"hello"}),
        ("[a|a] [b|b[c|c]]", {"a b", "a bc"}),
        ("who [|]are you", {"who are you"}),
        ("a [] , b", {"a, b"}),
    ],
)
def test_choices_are_made_from_the_inside_out(pattern: str, texts: set[str]):
    assert choose(pattern, random.Random(1)) in texts


def test_every_slot_is_filled():
    assert re.fullmatch(r"my name is \w+( \w+)*, not \d+", fill("my name is {name}, not {number}", random.Random(2)))
