from __future__ import annotations

import random
from itertools import islice

import pytest

from workers.demo.dialogues import LENGTHS, Exchange, as_read, dialogue, dialogues
from workers.demo.nearness import Apart
from workers.demo.phrases import intents, words
from workers.demo.prompts import DEV, HELD_OUT, prompts

MANY = 1200


@pytest.fixture(scope="module")
def written() -> list[tuple[Exchange, ...]]:
    return list(islice(dialogues(3), MANY))


@pytest.fixture(scope="module")
def exchanges(written: list[tuple[Exchange, ...]]) -> list[Exchange]:
    return [exchange for each in written for exchange in each]


def test_the_same_seed_writes_the_same_dialogues_and_another_seed_others():
    first, again, other = (list(islice(dialogues(seed), 200)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_no_dialogue_repeats_a_prompt_that_is_held_out_or_comes_near_to_one(exchanges: list[Exchange]):
    apart = Apart(prompt.says for part in (DEV, HELD_OUT) for prompt in prompts(part))
    assert [exchange.says for exchange in exchanges if apart.nearest(exchange.says)] == []


def test_a_prompt_that_the_patterns_would_write_is_left_out(monkeypatch: pytest.MonkeyPatch):
    first = next(dialogues(3))[0].says
    monkeypatch.setattr("workers.demo.dialogues._apart", lambda: Apart([first]))
    assert [each.says for talk in islice(dialogues(3), 50) for each in talk if Apart([first]).nearest(each.says)] == []


def test_every_kind_of_talk_is_written(exchanges: list[Exchange]):
    assert {exchange.intent for exchange in exchanges} == {intent.name for intent in intents()}


def test_every_choice_is_made_and_every_slot_filled(exchanges: list[Exchange]):
    slots = (*words(), "number")
    unfilled = [each for each in exchanges if any(f"{{{slot}}}" in each.says + each.answer for slot in slots)]
    assert unfilled == []


def test_dialogues_are_of_one_to_five_exchanges(written: list[tuple[Exchange, ...]]):
    assert {len(each) for each in written} == set(range(1, len(LENGTHS) + 1))


def test_what_follows_up_follows_what_it_belongs_to(written: list[tuple[Exchange, ...]]):
    after = {intent.name: intent.after for intent in intents() if intent.after}
    for talk in written:
        for before, exchange in zip((None, *talk), talk, strict=False):
            if exchange.intent in after:
                assert before is not None
                assert before.intent in after[exchange.intent]


def test_no_joke_is_told_twice_while_there_is_another():
    rng = random.Random(1)
    for talk in (dialogue(rng, 4) for _ in range(MANY // 5)):
        jokes = [exchange.answer for exchange in talk if exchange.intent in ("joke", "joke_more")]
        assert len(jokes) == len(set(jokes))


def test_people_shout_whisper_and_leave_marks_out(exchanges: list[Exchange]):
    texts = {each.says for each in exchanges if each.intent == "greeting"}
    assert any(text.isupper() for text in texts)
    assert any(text.islower() for text in texts)
    assert any(text[-1] == "!" for text in texts)
    assert any(text[-1].isalnum() for text in texts)


@pytest.mark.parametrize(
    ("said", "read"), [(" HELLO Ö ", "hello ö"), ("Hi Ann", "Hi Ann"), ("42", "42"), ("x" * 500, "x" * 400)]
)
def test_shouting_is_read_as_speaking_and_a_long_text_to_a_point(said: str, read: str):
    assert as_read(said) == read
