from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.scrubbing import MOST_CHARS, RESTLESS, RULES, personal, plain, scrub

SECRETS = [
    "AKIA" + "IOSFODNN7EXAMPLE",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "postgres://ann:pw-123@db.example/x",
    "my password is hunter2!x",
    "api_key = abcd1234efgh",
    "the secret key is abcd1234efgh",
    "ghp_" + "a1B2" * 9,
    "glpat-" + "a1B2" * 5,
    "xoxb-" + "123456789012-abc",
    "sk-proj-" + "abcdefghij0123456789",
    "AIza" + "a1B2c" * 7,
    "12345678:" + "A1b2C" * 7,
    "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    "hf_" + "aBcDeFgHiJ" * 3,
    "npm_" + "a1B2" * 9,
    "AccountKey=" + "aB" * 43 + "==",
    "https://hooks.slack.com/services/" + "T01/B02/" + "a1B2" * 6,
    "https://discord.com/api/webhooks/" + "1029384756102938475/" + "a1B2" * 17,
    "Authorization: Bearer " + "a1B2" * 8,
    "DB_PASSWORD=hunter2x",
    "das Passwort lautet hunter2x",
    "le mot de passe du wifi est hunter2x",
    "密码是hunter2x",
    "my pin is 4821",
    "seed phrase: " + " ".join(["ribbon", "velvet", "orbit"] * 4),
]
PERSONAL = [
    ("mail ann.b@example.co.uk now", "mail [email] now"),
    ("card 4111 1111 1111 1111", "card [card]"),
    ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [account]"),
    ("SSN 078-05-1120", "SSN [social security number]"),
    ("call +49 170 1234567", "call [phone]"),
    ("call (555) 123-4567", "call [phone]"),
    ("it is at 10.0.0.5", "it is at [address]"),
    ("it is at 82.64.12.9.", "it is at [address]."),
    ("it is at fe80::1ff:fe23:4567:890a%eth0", "it is at [address]%eth0"),
    ("邮箱是ann@example.org。", "邮箱是[email]。"),
    ("iban de89-3704-0044-0532-0130-00", "iban [account]"),
    ("card 4111 1111 1111 1111 12/27", "card [card] 12/27"),
    ("card ４１１１ 1111 1111 1111", "card [card]"),
    ("it is 00:1A:2B:3C:4D:5E", "it is [device]"),
    ("it is 001a.2b3c.4d5e", "it is [device]"),
    ("to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "to [wallet]"),
    ("to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "to [wallet]"),
    ("to 0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe", "to [wallet]"),
]
PERSONAL_TEXTS = [text for text, _ in PERSONAL]
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
    "password = getpass.getpass()",
    'api_key=os.getenv("OPENAI_API_KEY")',
    "client(api_key=settings.qdrant_api_key)",
    'QDRANT_API_KEY = "QDRANT_API_KEY"',
    "rest[::2], rest[1::2]",
    "password hashing is argon2id here",
    "open http://127.0.0.1:5000 or 8.8.8.8",
    "version 1.2.3.4 of it",
    "at 12:30:45 it rains",
    "to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
    "the bearer of bad news",
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


@given(st.text(max_size=300))
def test_any_text_is_scrubbed_and_a_second_time_nothing_is_found(text: str) -> None:
    once = scrub(text)
    again = scrub(once.text)
    assert again.text == once.text
    assert again.found.total() == 0


@given(st.lists(st.sampled_from([*PERSONAL_TEXTS, " ", ", ", "1", "4111 ", "-", "."]), max_size=12))
def test_what_stands_beside_what_is_masked_is_found_too(parts: list[str]) -> None:
    once = scrub("".join(parts))
    assert not scrub(once.text).found
    assert len(once.text) <= 4 * sum(map(len, parts))


def test_a_text_of_which_there_is_no_end_is_not_kept() -> None:
    scrubbed = scrub("a", [personal("aa", "a")])
    assert (scrubbed.text, scrubbed.dropped, scrubbed.found[RESTLESS]) == ("", True, 1)


@given(st.text())
def test_a_text_in_plain_signs_is_as_long(text: str) -> None:
    assert len(plain(text)) == len(text)


def test_a_very_long_text_is_looked_through_up_to_its_cap() -> None:
    assert len(scrub("a:" * MOST_CHARS).text) == MOST_CHARS


def test_every_rule_finds_something_here() -> None:
    found = {name for text in (*SECRETS, *PERSONAL_TEXTS) for name in scrub(text).found}
    assert {rule.name for rule in RULES} - found <= {"Discord token"}
