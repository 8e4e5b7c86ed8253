from __future__ import annotations

import pytest

from workers.demo.nearness import NEAR, Apart, grams, key, likeness


@pytest.mark.parametrize(
    "text",
    ["how do I connect ollama?", "HOW DO I CONNECT OLLAMA", "how do i conect ollama", "how do i connect my ollama"],
)
def test_the_same_in_other_typing_is_near(text: str):
    assert Apart(["How do I connect Ollama?"]).nearest(text) == "How do I connect Ollama?"


@pytest.mark.parametrize("text", ["how do i connect vllm", "ollama", "connect it to a real model", "how are you"])
def test_another_wording_is_not_near(text: str):
    assert Apart(["How do I connect Ollama?"]).nearest(text) == ""


def test_texts_without_letters_are_told_apart():
    apart = Apart(["...?", "🤔"])
    assert apart.nearest("... ?") == "...?"
    assert apart.nearest("!!!") == ""


def test_the_index_finds_what_a_look_at_each_pair_finds():
    texts = ["good morning", "good evening to you", "what is your name", "tell me a joke", "is it on"]
    for text in ("good mornin", "good evening you", "whats your name", "tell me another joke", "is it off"):
        slowly = [other for other in texts if likeness(grams(text), grams(other)) >= NEAR]
        assert bool(Apart(texts).nearest(text)) is bool(slowly)


def test_a_key_has_no_case_blanks_or_marks():
    assert key("  Hello, World! ") == "helloworld"
