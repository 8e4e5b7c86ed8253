from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.scrubbing import MOST_CHARS, RULES, iban, luhn, scrub

SECRETS = [
    "AKIA" + "IOSFODNN7EXAMPLE",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "postgres://ann:pw-123@db.example/x",
    "my password is hunter2!x",
    "api_key = abcd1234efgh",
    "ghp_" + "a1B2" * 9,
    "glpat-" + "a1B2" * 5,
    "xoxb-" + "123456789012-abc",
    "sk-proj-" + "abcdefghij0123456789",
    "AIza" + "a1B2c" * 7,
    "12345678:" + "A1b2C" * 7,
    "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
]
PERSONAL = [
    ("mail ann.b@example.co.uk now", "mail [email] now"),
    ("card 4111 1111 1111 1111", "card [card]"),
    ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [account]"),
    ("SSN 078-05-1120", "SSN [social security number]"),
    ("call +49 170 1234567", "call [phone]"),
    ("call (555) 123-4567", "call [phone]"),
    ("it is at 10.0.0.5", "it is at [address]"),
]
HARMLESS = [
    "commit 9c1e602aabbccddeeff00112233445566778899a",
    "how do I reset my password?",
    "the password is secret, he said",
    "order 12345678 has come",
    "version 1.2.3 and 1.2.3.4.5 of it",
    "at 10:30 on 2026-11-21",
    "I scored 1200 points in 2019",
    "the secret is out",
    "uuid 6f2d3f0e-2f5b-5d0e-9a83-6b2f4f0c6a11",
    "4111 1111 1111 1112 is no card",
    "https://example.org/a?b=c",
]


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_a_text_with_a_secret_is_not_kept(secret: str) -> None:
    scrubbed = scrub(f"look: {secret} and more")
    assert scrubbed.dropped
    assert scrubbed.text == ""
    assert scrubbed.found.total() >= 1


@pytest.mark.parametrize(("text", "kept"), PERSONAL)
def test_what_tells_who_somebody_is_is_masked(text: str, kept: str) -> None:
    scrubbed = scrub(text)
    assert (scrubbed.text, scrubbed.dropped) == (kept, False)
    assert scrubbed.found.total() == 1


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    scrubbed = scrub(text)
    assert (scrubbed.text, scrubbed.dropped, scrubbed.found.total()) == (text, False, 0)


def test_check_digits_are_checked() -> None:
    assert luhn("5555-5555-5555-4444")
    assert not luhn("5555-5555-5555-4445")
    assert iban("GB82 WEST 1234 5698 7654 32")
    assert not iban("GB83 WEST 1234 5698 7654 32")


@given(st.text(max_size=300))
def test_any_text_is_scrubbed_and_a_second_time_nothing_is_found(text: str) -> None:
    once = scrub(text)
    again = scrub(once.text)
    assert again.text == once.text
    assert again.found.total() == 0


def test_a_very_long_text_is_looked_through_up_to_its_cap() -> None:
    assert len(scrub("a:" * MOST_CHARS).text) == MOST_CHARS


def test_every_rule_finds_something_here() -> None:
    found = {name for text in (*SECRETS, *(text for text, _ in PERSONAL)) for name in scrub(text).found}
    assert {rule.name for rule in RULES} - found <= {"Discord token"}
