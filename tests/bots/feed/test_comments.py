from __future__ import annotations

import pytest

from bots.conversation import label
from bots.feed.comments import Comment, Draft, comment_of, heard_of, label_of

RAW = {"id": "17-a", "text": "hello", "timestamp": 17, "username": "mia", "color": "1", "domain": "d", "misc": "?"}
NOBODY: frozenset[str] = frozenset()


def test_a_comment_is_read_and_what_else_a_server_says_is_passed_over() -> None:
    assert comment_of(RAW) == Comment("17-a", "hello", 17, "mia", "1", "d")
    assert comment_of({**RAW, "message-type": "AI"}) == Comment("17-a", "hello", 17, "mia", "1", "d", by_machine=True)


@pytest.mark.parametrize(
    "wrong", [{"id": ""}, {"id": 7}, {"text": None}, {"timestamp": "now"}, {"timestamp": -1}, {"timestamp": True}]
)
def test_what_lacks_an_id_a_text_or_a_time_is_no_comment(wrong: dict[str, object]) -> None:
    assert comment_of({**RAW, **wrong}) is None
    assert comment_of([RAW]) is None


def test_a_comment_is_heard_as_that_of_a_person_of_the_place() -> None:
    heard = heard_of(Comment("17-a", "hello", 17, "mia", "200100040"), "feed", "lounge", NOBODY)
    assert (heard.place.chat, heard.message, heard.user, heard.author) == ("lounge", "17-a", "mia:200100040", "mia")
    assert (heard.from_bot, heard.mentioned, heard.direct) == (False, False, False)
    assert not heard.vouched, "anybody may use that name"


def test_who_has_no_name_is_somebody_all_the_same() -> None:
    assert heard_of(Comment("1", "hello", 17), "feed", "", NOBODY).user == "anonymous"


def test_what_bears_the_name_of_a_persona_or_is_of_a_machine_is_of_a_bot() -> None:
    assert heard_of(Comment("1", "hello", 17, "Ada"), "feed", "", frozenset({"Ada"})).from_bot
    assert heard_of(Comment("1", "hello", 17, "x", by_machine=True), "feed", "", NOBODY).from_bot


@pytest.mark.parametrize("odd", ["a/b c", "x" * 65, "ключ", ""])
def test_ids_of_whatever_kind_are_made_fit_for_the_ledger(odd: str) -> None:
    assert label(label_of(odd), "id") == label_of(odd)
    assert label_of(odd) != label_of(odd + "!")
    heard = heard_of(Comment(odd, "hello", 17), "feed", "a channel / of ours", NOBODY)
    assert label(heard.place.chat, "chat") == heard.place.chat


def test_a_draft_asks_for_an_id_that_is_made_of_its_key() -> None:
    assert Draft("hi", "Ada", "K").body("lounge") == {
        "id": "rookery-K",
        "text": "hi",
        "username": "Ada",
        "message-type": "AI",
        "domain": "lounge",
    }
