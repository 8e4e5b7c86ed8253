"""Secrets are told by their shape; what only resembles one is left to be read."""

from __future__ import annotations

import pytest

from tasks.contracts.masking import MIN_KNOWN_CHARS, is_secret_name, mask, mask_known

TELEGRAM = "123456789:" + "AAF-abcdefghijklmnopqrstuvwxyz_01234"
DISCORD = "MTIzNDU2Nzg5MDEyMzQ1Njc4" + ".Gabcde." + "abcdefghijklmnopqrstuvwxyz0"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("redis://:hunter2@h:6379/0 is gone", "redis://:***@h:6379/0 is gone"),
        ("redis://user:hunter2@h", "redis://user:***@h"),
        ("redis://:hun@ter/2@h", "redis://:***@h"),
        ("http://u:hunter2@a and http://v:hunter3@b", "http://u:***@a and http://v:***@b"),
        (f"https://api.telegram.org/bot{TELEGRAM}/getMe", "https://api.telegram.org/bot123456789:***/getMe"),
        ("bot12:short/getMe", "bot12:***/getMe"),
        (f"token is {TELEGRAM}.", "token is 123456789:***."),
        (f"login with {DISCORD}!", "login with ***!"),
        ("key sk-proj-abcdEFGH1234, please", "key sk-***, please"),
        (f"the key rk_{'a2' * 26}!", "the key rk_***!"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"),
        ('{"bot_token": "hunter2", "x": 1}', '{"bot_token": "***", "x": 1}'),
        ("redis://h?password=hunter2&db=1", "redis://h?password=***&db=1"),
        ("API_KEY = 'hunter2'", "API_KEY = '***'"),
    ],
)
def test_a_secret_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "redis://10.0.0.5:6379/0",
        "http://127.0.0.1:8080/chat",
        "demo@home answers on model.demo",
        "max_tokens=512, prompt_tokens: 7",
        "at 12:30:59 the ask-me page was up",
        "job abcdefghijklmnopqrstuvwx moved to done",
        "the bearer of news",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("name", ["password", "TOKEN", "bot_token", "api_key", "apikey", "Authorization", "set-cookie"])
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["tokens", "prompt_tokens", "tokenizer", "key", "secretary"])
def test_a_name_that_only_sounds_secret_is_not(name: str) -> None:
    assert not is_secret_name(name)


def test_a_secret_that_is_known_is_masked_whatever_it_looks_like() -> None:
    assert mask_known("no correct-horse, no 'correct-horse'", ["correct-horse"]) == "no ***, no '***'"
    assert mask_known('{"x": "a\\"quoted"}', ['a"quoted']) == '{"x": "***"}'
    assert mask_known("longer-and-long", ["longer-and", "longer-and-long"]) == "***"


def test_a_secret_too_short_to_be_told_from_words_is_left_to_its_shape() -> None:
    assert mask_known("a short word", ["short"]) == "a short word"
    assert len("short") < MIN_KNOWN_CHARS
