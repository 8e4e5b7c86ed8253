from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.errors import BadInput
from tasks.contracts.messages import MAX_TEXT_CHARS, Turn
from tasks.jobs.gateway import Gateway, cleaned
from tasks.jobs.intake import clean
from tests.tasks.jobs.flock import Flock

EMBEDS = {"work": "embed", "inputs": ("egg", "half \ud83d")}


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        " ",
        "\n\t ",
        "\x00",
        "\x00\x07\x1b",
        "\u200b\u200d\u2060",
        "\ufeff",
        "\u202e \u2066",
        "\u00ad",
        " \u00a0\u3000",
    ],
)
def test_a_message_with_nothing_to_read_is_refused(nothing: str):
    with pytest.raises(BadInput, match="the message is empty") as refused:
        clean(nothing)
    assert refused.value.next_step


def test_the_longest_message_is_taken_and_one_more_is_not():
    assert clean("x" * MAX_TEXT_CHARS) == "x" * MAX_TEXT_CHARS
    with pytest.raises(BadInput, match=r"the message has 100,001 characters, the most is 100,000") as refused:
        clean("x" * (MAX_TEXT_CHARS + 1))
    assert "in parts" in refused.value.next_step


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("he\x00llo", "hello"),
        ("be\x07ll \x1b[31mred", "bell [31mred"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("  round  ", "round"),
        ("half \ud83d of it", "half \ufffd of it"),
        ("\udc00", "\ufffd"),
        ("🦉 whole", "🦉 whole"),
        ("<@42> and @ada: **see** `x < 1`", "<@42> and @ada: **see** `x < 1`"),
        ("```py\nif x:\n    y = '🦉'\n```", "```py\nif x:\n    y = '🦉'\n```"),
        ("שלום עולם", "שלום עולם"),
        ("مرحبا \u202bبالعالم\u202c", "مرحبا \u202bبالعالم\u202c"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("re\u0301sume\u0301", "re\u0301sume\u0301"),
    ],
)
def test_what_can_be_read_is_kept_as_it_was_said(said: str, kept: str):
    assert clean(said) == kept


@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_is_sent_is_refused_or_can_be_stored(said: str):
    try:
        kept = clean(said)
    except BadInput:
        return
    assert kept.encode()
    assert "\x00" not in kept
    assert clean(kept) == kept


def test_the_gateway_stores_what_is_clean_and_nothing_of_what_is_not(flock: Flock):
    gateway = Gateway(flock.store)
    gateway.submit(flock.request("he\x00llo", job="j"))
    assert flock.take(flock.host()).request.text == "hello"
    with pytest.raises(BadInput):
        gateway.submit(flock.request("\u200b", job="k"))
    assert "rookery:job:k" not in flock.names()
    with pytest.raises(BadInput):
        gateway.edit(flock.request(" ", job="j"))


def test_the_longest_message_goes_through_redis_whole(flock: Flock):
    text = "é\u202e🦉\n" * (MAX_TEXT_CHARS // 4)
    gateway = Gateway(flock.store)
    gateway.submit(flock.request(text))
    assert flock.take(flock.host()).request.text == text.strip()


def test_no_other_model_stands_in_where_texts_are_embedded(flock: Flock):
    request = flock.request("", fallback=("raven",), adapter="rook-v1", **EMBEDS)
    assert (cleaned(request).fallback, cleaned(request).adapter) == ((), "")
    assert cleaned(request).inputs == ("egg", "half \ufffd")


@pytest.mark.parametrize("how", [{"history": (Turn(role="tool", text="two eggs", call="c1"),)}, EMBEDS])
def test_what_brings_its_question_along_needs_no_text(flock: Flock, how: dict[str, Any]):
    assert Gateway(flock.store).submit(flock.request("", **how)).fresh
    with pytest.raises(BadInput):
        Gateway(flock.store).submit(flock.request("", history=()))
