from __future__ import annotations

import pytest

from workers.demo.nearness import Apart, key
from workers.demo.phrases import intents
from workers.demo.prompts import DEV, HELD_OUT, prompts


def test_two_hundred_prompts_are_held_out():
    assert len(prompts(HELD_OUT)) == 200
    said = [(prompt.before, key(prompt.says)) for prompt in prompts(HELD_OUT)]
    assert len(said) == len(set(said))


def test_the_prompts_to_look_at_are_others():
    held_out = Apart(prompt.says for prompt in prompts(HELD_OUT))
    assert [prompt.says for prompt in prompts(DEV) if held_out.nearest(prompt.says)] == []


@pytest.mark.parametrize("part", [DEV, HELD_OUT])
def test_every_prompt_has_a_rule_that_an_answer_can_break(part: str):
    assert [prompt.says for prompt in prompts(part) if not prompt.rules.any_of] == []


def test_people_in_need_are_among_the_prompts():
    in_need = {"crisis", "emergency", "sad", "number", "language_sad"}
    assert in_need <= {prompt.kind for prompt in prompts(HELD_OUT)}
    assert sum(prompt.kind in in_need for prompt in prompts(HELD_OUT)) > 15


def test_no_prompt_stands_in_the_patterns_word_by_word():
    plain = {key(pattern) for intent in intents() for says in intent.says for pattern in says.strip("[]").split("|")}
    assert [prompt.says for prompt in prompts(HELD_OUT) if key(prompt.says) in plain and not prompt.before] == []
