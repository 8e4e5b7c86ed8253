"""What updates say: addressed or not, commands, topics, replies, presses, reactions, and what cannot be read."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.commands import parse
from bots.platform import Attachment, Heard, Place, Quoted
from bots.reception.values import Command
from bots.telegram.reading import Me, Pressed, Reacted, Unreadable, chat_of, event_of
from tasks.jobs.feedback import Opinion
from tests.emulators.telegram.markup import found

ME = Me(7, "rook_bot", "Rook", hears_all=True)
ANN = {"id": 5, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "username": "ann"}
US = {"id": 7, "is_bot": True, "first_name": "Rook", "username": "rook_bot"}
GROUP = {"id": -1001, "type": "supergroup", "title": "flock"}
PRIVATE = {"id": 5, "type": "private", "first_name": "Ann"}


def message(text: str, chat: dict[str, Any] = PRIVATE, **more: Any) -> dict[str, Any]:
    said = {"message_id": 11, "from": ANN, "chat": chat, "date": 1_700_000_000, "text": text, "entities": found(text)}
    return {**said, **more}


def heard(said: dict[str, Any], kind: str = "message") -> Heard:
    event = event_of({"update_id": 1, kind: said}, ME, "telegram")
    assert isinstance(event, Heard)
    return event


def command(said: dict[str, Any]) -> Command | None:
    event = event_of({"update_id": 1, "message": said}, ME, "telegram")
    assert event is None or isinstance(event, Command)
    return event


def test_a_private_message_is_direct_and_by_number() -> None:
    assert heard(message("hello")) == Heard(
        platform="telegram",
        bot="telegram",
        place=Place("5", "11"),
        message="11",
        user="5",
        author="Ann Lee",
        text="hello",
        at_ms=1_700_000_000_000,
        direct=True,
    )


def test_a_question_by_command_keeps_its_file_and_what_it_answers() -> None:
    file = {"file_id": "F", "file_name": "a.txt", "mime_type": "text/plain", "file_size": 3}
    caption = "/ask@rook_bot what is it?"
    sent = message("", caption=caption, caption_entities=found(caption), document=file)
    above = message("the moon is made of cheese", message_id=10)
    for said in (sent, message("/ask is it?", reply_to_message=above)):
        event = heard(said)
        assert event.mentioned
        assert (parse(event.text).name, bool(event.attachments), bool(event.chain)) in [
            ("ask", True, False),
            ("ask", False, True),
        ]
    assert heard(sent).text == "/ask what is it?"


@pytest.mark.parametrize(("text", "below"), [("/correct Lima", "10"), ("/stop now", "")])
def test_a_correction_keeps_which_answer_it_is_about(text: str, below: str) -> None:
    ours = message("Bogotá", message_id=10, **{"from": {"id": ME.id, "is_bot": True, "first_name": "Rook"}})
    event = event_of({"update_id": 1, "message": message(text, reply_to_message=ours)}, ME, "rook")
    assert isinstance(event, Command)
    assert (event.said.replied_to, event.said.replied_to_us) == (below, True)


def test_a_name_is_found_behind_signs_that_count_twice() -> None:
    said = heard(message("😀😀 @Rook_Bot what is up", GROUP))
    assert said.mentioned
    assert said.text == "😀😀 @Rook_Bot what is up"


@pytest.mark.parametrize("text", ["@rook_bot what is up", "what is up @rook_bot"])
def test_the_bots_name_is_no_part_of_what_is_said_before_or_behind(text: str) -> None:
    assert heard(message(text, GROUP)).text == "what is up"


def test_a_name_that_begins_like_ours_is_somebody_elses() -> None:
    assert not heard(message("@rook_bot_2 hello", GROUP)).mentioned


def test_who_picks_the_bot_from_a_list_mentions_it_by_number() -> None:
    entities = [{"type": "text_mention", "offset": 0, "length": 4, "user": US}]
    assert heard(message("Rook, hello", GROUP, entities=entities)).mentioned


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("/ask@rook_bot why is the sky blue?", "ask", "why is the sky blue?"),
        ("/ASK@Rook_Bot why", "ask", "why"),
        ("/reset", "reset", ""),
        ("/persona Ada", "persona", "Ada"),
        ("/nonsense@rook_bot", "nonsense", ""),
    ],
)
def test_a_command_in_a_group_is_ours_when_it_says_so_or_we_know_it(text: str, name: str, args: str) -> None:
    asked = command(message(text, GROUP))
    assert asked
    assert (asked.name, asked.said.text, asked.said.direct) == (name, args, False)


@pytest.mark.parametrize("text", ["/reset@other_bot", "/nonsense"])
def test_a_command_for_another_bot_is_none_of_ours(text: str) -> None:
    assert command(message(text, GROUP)) is None


def test_an_unknown_command_said_to_us_alone_is_for_us_to_answer() -> None:
    asked = command(message("/nonsense at all"))
    assert asked
    assert (asked.name, asked.said.text, asked.said.direct) == ("nonsense", "at all", True)


def test_an_edited_command_is_not_carried_out_again() -> None:
    assert event_of({"update_id": 1, "edited_message": message("/reset")}, ME, "telegram") is None


def test_an_edited_message_says_so_and_when() -> None:
    said = heard(message("hello!", edit_date=1_700_000_060), "edited_message")
    assert said.edited
    assert said.at_ms == 1_700_000_060_000


def test_what_stands_in_a_topic_answers_the_topic_and_is_no_reply() -> None:
    opened = {**message(""), "message_id": 3, "from": US, "forum_topic_created": {"name": "birds", "icon_color": 1}}
    said = heard(message("hi", GROUP, message_thread_id=3, is_topic_message=True, reply_to_message=opened))
    assert said.place == Place("-1001", "11", "3")
    assert not said.replied_to_us
    assert said.replied_to == ""


def test_a_thread_of_replies_is_no_topic() -> None:
    said = heard(message("hi", GROUP, message_thread_id=3, reply_to_message={**message("x", GROUP), "message_id": 3}))
    assert said.place.topic == ""
    assert said.replied_to == "3"


def test_a_reply_to_us_knows_which_persona_said_it() -> None:
    bold = [{"type": "bold", "offset": 0, "length": 3}]
    ours = {**message("Ada\nThe sky is blue.", GROUP), "message_id": 9, "from": US, "entities": bold}
    said = heard(message("why?", GROUP, reply_to_message=ours))
    assert (said.replied_to_us, said.replied_to_author, said.replied_to) == (True, "Ada", "9")
    assert [quoted.ours for quoted in said.chain] == [True]


def test_what_a_person_marked_for_quoting_is_what_is_quoted() -> None:
    theirs = {**message("a long story"), "message_id": 9}
    said = heard(message("why?", reply_to_message=theirs, quote={"text": "story", "position": 7}))
    assert said.chain == (Quoted("Ann Lee", "story"),)


def test_a_person_of_a_group_can_be_told_something_alone_and_who_speaks_for_a_chat_cannot() -> None:
    ann = heard(message("hi", GROUP))
    assert (ann.vouched, ann.alone) == (True, Place(ann.user))
    assert heard(message("hi")).alone is None, "there they are alone"
    many = heard(message("hi", GROUP, sender_chat=GROUP))
    assert (many.vouched, many.alone) == (False, None)


def test_who_speaks_for_a_chat_has_its_number_and_is_no_program() -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    said = heard(message("hi", GROUP, **{"from": anonymous}, sender_chat=GROUP))
    assert (said.user, said.author, said.from_bot) == ("-1001", "flock", False)


def test_what_a_channel_forwards_by_itself_comes_from_a_program() -> None:
    assert heard(message("news", GROUP, sender_chat={"id": -9, "type": "channel"}, is_automatic_forward=True)).from_bot


def test_files_come_without_an_address_that_would_hold_the_token() -> None:
    document = {"file_id": "F1", "file_name": "a.txt", "mime_type": "text/plain", "file_size": 12}
    said = heard({**message(""), "text": None, "document": document, "caption": "read this"})
    assert said.text == "read this"
    assert said.attachments == (Attachment("a.txt", "telegram-file:F1", "text/plain", 12),)


def test_of_a_picture_the_largest_one_counts() -> None:
    sizes = [{"file_id": "small", "file_size": 1}, {"file_id": "large", "file_size": 9}]
    assert heard({**message(""), "photo": sizes}).attachments[0].url == "telegram-file:large"


@pytest.mark.parametrize(
    "extra", [{"new_chat_members": [ANN]}, {"migrate_to_chat_id": -5}, {"sticker": {"emoji": "x"}}]
)
def test_what_says_nothing_is_nothing(extra: dict[str, Any]) -> None:
    assert event_of({"update_id": 1, "message": {**message(""), **extra}}, ME, "telegram") is None


def pressed(data: str, **more: Any) -> Any:
    answer = {**message("words", GROUP), "message_id": 20, "from": US, "reply_to_message": message("question", GROUP)}
    query = {"id": "99", "from": ANN, "message": answer, "chat_instance": "1", "data": data, **more}
    return event_of({"update_id": 1, "callback_query": query}, ME, "telegram")


def test_a_press_is_a_command_by_who_pressed_where_the_question_stands() -> None:
    event = pressed("regenerate:abc")
    assert isinstance(event, Pressed)
    assert event.query == "99"
    asked = event.command
    assert (asked.name, asked.job, asked.said.user, asked.said.place) == ("retry", "abc", "5", Place("-1001", "11"))
    stop = pressed("stop:abc")
    assert isinstance(stop, Pressed)
    assert stop.command.name == "stop"


@pytest.mark.parametrize("data", ["", "delete:abc", "stop"])
def test_a_press_of_what_we_never_offered_is_nothing_or_names_no_job(data: str) -> None:
    event = pressed(data)
    assert event is None or event.command.job == ""


def test_a_press_below_a_message_that_is_too_old_to_see_is_nothing() -> None:
    assert pressed("stop:abc", message=None) is None


def reaction(old: list[str], new: list[str]) -> Any:
    said = {"chat": PRIVATE, "message_id": 20, "user": ANN, "date": 1_700_000_000}
    for name, emoji in (("old", old), ("new", new)):
        said[f"{name}_reaction"] = [{"type": "emoji", "emoji": each} for each in emoji]
    return event_of({"update_id": 1, "message_reaction": said}, ME, "telegram")


def test_a_thumb_is_an_opinion_and_taking_it_away_takes_it_back() -> None:
    given = reaction([], ["👍"])
    assert isinstance(given, Reacted)
    assert given.opinions == ((Opinion.UP, False),)
    assert given.heard.place == Place("5", "20")
    changed = reaction(["👍"], ["👎"])
    assert sorted(changed.opinions) == [(Opinion.DOWN, False), (Opinion.UP, True)]
    assert reaction([], ["🔥"]) is None


def test_every_kind_of_update_tells_which_chat_it_is_about() -> None:
    query = {"callback_query": {"message": {"chat": {"id": 4}}}}
    updates = [{kind: {"chat": {"id": 4}}} for kind in ("message", "edited_message", "message_reaction")]
    assert [chat_of(update) for update in (*updates, query)] == ["4"] * 4
    assert chat_of({"poll": {}}) == ""


FULL = {
    "update_id": 1,
    "message": message(
        "/ask@rook_bot 😀 hi",
        GROUP,
        reply_to_message={**message("x", GROUP), "message_id": 3},
        photo=[{"file_id": "F", "file_size": 1}],
        quote={"text": "x"},
    ),
    "callback_query": None,
}
JUNK = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2) | st.just({})


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for name, each in inner for deeper in places(each, (*path, name)))]


@given(st.sampled_from([path for path in places(FULL) if path]), JUNK)
def test_whatever_stands_in_an_update_it_is_read_or_known_to_be_unreadable(path: tuple[Any, ...], junk: Any) -> None:
    update = copy.deepcopy(FULL)
    within: Any = update
    for name in path[:-1]:
        within = within[name]
    within[path[-1]] = junk
    chat_of(update)
    with contextlib.suppress(Unreadable):
        event_of(update, ME, "telegram")
