from __future__ import annotations

import random
from itertools import islice

import pytest

from workers.demo.dialogues import HELD_OUT_PARTS, Exchange, dialogues, expand, held_out, intents, key, words
from workers.demo.encoding import ASSISTANT_ID, END_ID, IGNORED, USER_ID, batches, encode

MANY = 2000


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    return [exchange for dialogue in islice(dialogues(3), MANY) for exchange in dialogue]


def _tokenize(text: str) -> list[int]:
    return [10 + byte for byte in text.encode()]


def test_the_same_seed_writes_the_same_dialogues_and_another_seed_others():
    first, again, other = (list(islice(dialogues(seed), 200)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_no_dialogue_holds_a_prompt_that_is_held_out(exchanges: list[Exchange]):
    forbidden = {key(prompt) for part in HELD_OUT_PARTS for _, prompt in held_out(part)}
    assert len(forbidden) > 100
    leaked = [exchange.says for exchange in exchanges if any(prompt in key(exchange.says) for prompt in forbidden)]
    assert leaked == []


def test_a_prompt_that_the_patterns_would_write_is_left_out(monkeypatch: pytest.MonkeyPatch):
    def greetings() -> list[str]:
        return [key(each.says) for dialogue in islice(dialogues(3), MANY // 4) for each in dialogue]

    assert any("goodmorning" in says for says in greetings())
    monkeypatch.setattr("workers.demo.dialogues._held_out_keys", lambda: frozenset({key("Good morning!")}))
    assert not any("goodmorning" in says for says in greetings())


def test_every_kind_of_talk_is_written_and_every_held_out_prompt_is_of_one(exchanges: list[Exchange]):
    kinds = {intent.name for intent in intents()}
    assert {exchange.intent for exchange in exchanges} == kinds
    assert {intent for part in HELD_OUT_PARTS for intent, _ in held_out(part)} <= kinds


def test_every_choice_is_made_and_every_slot_filled(exchanges: list[Exchange]):
    unfilled = [each.says for each in exchanges if any(f"{{{slot}}}" in each.says for slot in (*words(), "number"))]
    assert unfilled == []
    assert not [each.says for each in exchanges if "|" in each.says]


def test_people_shout_whisper_and_leave_marks_out(exchanges: list[Exchange]):
    texts = {each.says for each in exchanges if each.intent == "greeting"}
    assert any(text.isupper() for text in texts)
    assert any(text.islower() for text in texts)
    assert any(text[-1] == "!" for text in texts)
    assert any(text[-1].isalnum() for text in texts)


@pytest.mark.parametrize(
    "name", ["facts", "chores", "statements", "gibberish", "name", "language", "long", "criticism"]
)
def test_whoever_gets_no_real_answer_is_told_that_this_is_a_demo_model(name: str):
    answers = next(intent.answers for intent in intents() if intent.name == name)
    assert [answer for answer in answers if "demo model" not in answer] == []


def test_whoever_is_in_danger_is_sent_to_an_emergency_number_and_to_people():
    answers = next(intent.answers for intent in intents() if intent.name == "crisis")
    assert all("emergency number" in answer and "demo model" in answer for answer in answers)


def test_no_answer_stands_under_two_intents():
    answers = [answer for intent in intents() for answer in intent.answers]
    assert len(answers) == len(set(answers))


def test_only_answers_are_learnt():
    said = Exchange("greeting", "  HI ", "Yo")
    encoded = encode((said, said), _tokenize)
    one = [USER_ID, *_tokenize("hi"), END_ID, ASSISTANT_ID, *_tokenize("Yo"), END_ID]
    assert encoded.ids == one * 2
    assert encoded.labels == ([IGNORED] * 5 + one[5:]) * 2


def test_a_batch_has_one_width_and_learns_nothing_from_its_padding():
    for batch in islice(batches(_tokenize, 1), 20):
        assert len({len(each.ids) for each in batch}) == 1
        for each in batch:
            learnt = [(token, label) for token, label in zip(each.ids, each.labels, strict=True) if label != IGNORED]
            assert all(token == label for token, label in learnt)
            assert learnt[-1] == (END_ID, END_ID)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("hello", "hello"), ("[a|a] [b|b[c|c]]", None), ("who [|]are you", "who are you"), ("a [] , b", "a, b")],
)
def test_a_pattern_is_expanded_from_the_inside_out(pattern: str, says: str | None):
    assert expand(pattern, random.Random(1)) in ({says} if says else {"a b", "a bc"})
