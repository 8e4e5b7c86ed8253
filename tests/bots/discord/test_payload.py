from __future__ import annotations

import pytest

from bots.discord import payload
from bots.platform import Button, Face, Outgoing

WHAT = Outgoing("hello @everyone", nonce="N" * 25, buttons=(Button("stop", "job1", "Stop"),))
ME = "7"


def test_nothing_that_leaves_may_call_anybody() -> None:
    for made in (payload.body(WHAT), payload.message(WHAT, "9"), payload.spoken_as(WHAT, "bot")):
        assert made["allowed_mentions"] == {"parse": [], "replied_user": False}


def test_the_first_chunk_stands_below_the_question_and_the_others_do_not() -> None:
    assert payload.message(WHAT, "9")["message_reference"] == {"message_id": "9", "fail_if_not_exists": False}
    assert "message_reference" not in payload.message(Outgoing("more", "N", reply=False), "9")
    assert "message_reference" not in payload.message(WHAT, "")


def test_an_edit_without_buttons_takes_those_away_that_were_there() -> None:
    assert payload.body(Outgoing("done", "N"))["components"] == []


def test_a_button_says_what_it_does_and_to_which_job() -> None:
    row = payload.body(WHAT)["components"][0]["components"]
    assert payload.pressed(row[0]["custom_id"]) == ("stop", "job1")


@pytest.mark.parametrize("foreign", ["", "stop:job1", "rookery:stop", "rookery::job1", "other:stop:job1"])
def test_a_button_of_somebody_else_is_none_of_ours(foreign: str) -> None:
    assert payload.pressed(foreign) is None


def test_who_speaks_by_a_webhook_has_a_name_and_a_picture() -> None:
    made = payload.spoken_as(Outgoing("hi", "N", face=Face("Ada", "https://example.org/ada.png")), "bot")
    assert (made["username"], made["avatar_url"]) == ("Ada", "https://example.org/ada.png")


@pytest.mark.parametrize("name", ["Discord", "my discord friend", "CLYDE", "DiscordDiscord"])
def test_a_webhook_is_never_called_as_discord_forbids(name: str) -> None:
    fit = payload.fit_name(name).lower()
    assert "discord" not in fit
    assert "clyde" not in fit


def test_a_name_is_cut_to_what_discord_takes() -> None:
    assert len(payload.fit_name("x" * 200)) == payload.FACE_CHARS
    assert payload.fit_name("   ") == "rookery"


def found(**more: object) -> dict[str, object]:
    return {"id": "1", "author": {"id": ME}, "content": WHAT.text, **more}


def test_a_message_is_known_again_by_its_nonce_its_buttons_or_its_words() -> None:
    plain = Outgoing("hello", "N1")
    assert payload.is_it(found(content="other", nonce="N1"), plain, ours=ME, reply_to="")
    assert payload.is_it(found(components=payload.rows(WHAT.buttons), content="…"), WHAT, ours=ME, reply_to="")
    assert payload.is_it(found(content="hello "), plain, ours=ME, reply_to="")


def test_the_same_words_to_another_question_or_from_somebody_else_are_another_message() -> None:
    plain = Outgoing("hello", "N1")
    elsewhere = found(content="hello", message_reference={"message_id": "8"})
    assert not payload.is_it(elsewhere, plain, ours=ME, reply_to="9")
    assert not payload.is_it(found(content="hello", author={"id": "6"}), plain, ours=ME, reply_to="")
    another = payload.rows((Button("stop", "job2", "Stop"),))
    assert not payload.is_it(found(components=another), WHAT, ours=ME, reply_to="")
