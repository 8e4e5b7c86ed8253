from __future__ import annotations

from bots.discord import catching_up
from bots.reception.values import Ignored
from tasks.jobs import bookmarks
from tasks.jobs.store import Store
from tests.bots.conftest import eventually


def test_what_was_said_while_no_bot_was_there_is_heard_once_and_in_order(start, desk, people, emulator, ada) -> None:
    first = start()
    other = people.channel(name="other")
    first.wait_past(people.say(person=ada, channel=emulator.general, text="1"))
    first.stop()
    people.say(person=ada, channel=emulator.general, text="2")
    people.say(person=ada, channel=other, text="elsewhere")
    people.say(person=ada, channel=emulator.general, text="3")
    start()
    people.say(person=ada, channel=emulator.general, text="4")
    eventually(lambda: len(desk.heard) == 5, "all of it")
    here = [heard.text for heard in desk.heard if heard.place.chat == emulator.general]
    assert here == ["1", "2", "3", "4"]
    missed = next(heard for heard in desk.heard if heard.text == "2")
    assert (missed.guild, missed.direct) == (emulator.guild, False)


def test_direct_messages_are_caught_up_with_too(start, desk, people, ada) -> None:
    first, chat = start(), people.direct(person=ada)
    first.wait_past(people.say(person=ada, channel=chat, text="1"))
    first.stop()
    people.say(person=ada, channel=chat, text="2")
    start()
    eventually(lambda: len(desk.heard) == 2, "the second")
    assert [(heard.text, heard.direct) for heard in desk.heard] == [("1", True), ("2", True)]


def test_of_a_long_absence_the_latest_messages_are_heard(start, desk, people, emulator, ada) -> None:
    first = start("backfill_messages = 3")
    first.wait_past(people.say(person=ada, channel=emulator.general, text="first"))
    first.stop()
    for number in range(6):
        people.say(person=ada, channel=emulator.general, text=str(number))
    start("backfill_messages = 3")
    eventually(lambda: len(desk.heard) == 4, "the latest")
    assert desk.texts() == ["first", "3", "4", "5"]


def test_a_new_bot_does_not_answer_what_was_said_before_its_time(start, desk, people, emulator, ada) -> None:
    people.say(person=ada, channel=emulator.general, text="long ago")
    start()
    people.say(person=ada, channel=emulator.general, text="now")
    eventually(lambda: desk.heard, "it")
    assert desk.texts() == ["now"]


def test_what_is_missed_after_the_very_first_start_is_heard_too(start, desk, people, emulator, ada) -> None:
    start().stop()
    people.say(person=ada, channel=emulator.general, text="just missed you")
    start()
    assert eventually(lambda: desk.heard, "it")[0].text == "just missed you"


def test_roles_of_what_was_missed_are_asked_for_where_they_matter(start, desk, people, emulator) -> None:
    role = emulator.roles[1]
    eve = people.person(name="Eve", roles=[role])["id"]
    rules = f'roles = ["{role}"]'
    first = start(rules)
    first.wait_past(people.say(person=eve, channel=emulator.general, text="1"))
    first.stop()
    people.say(person=eve, channel=emulator.general, text="2")
    start(rules)
    eventually(lambda: len(desk.heard) == 2, "the second")
    assert [heard.roles for heard in desk.heard] == [{role}, {role}]


def test_a_channel_that_cannot_be_read_keeps_no_other_waiting(start, desk, people, emulator, ada) -> None:
    first, other = start(), people.channel(name="other")
    for channel in (emulator.general, other):
        first.wait_past(people.say(person=ada, channel=channel, text="1"))
    first.stop()
    for channel in (emulator.general, other):
        people.say(person=ada, channel=channel, text="2")
    people.quirks(hidden=[emulator.general])
    start()
    eventually(lambda: len(desk.heard) == 3, "the other")
    assert desk.heard[-1].place.chat == other


def test_what_was_not_taken_in_a_channel_that_is_new_to_the_bot_is_heard_by_the_next_process(
    start, desk, people, emulator, ada
) -> None:
    first, other = start(), people.channel(name="other")
    desk.says = lambda heard: Ignored("not now", again=heard.place.chat == other)
    people.say(person=ada, channel=other, text="1")
    eventually(lambda: desk.heard, "the first")
    first.wait_past(people.say(person=ada, channel=emulator.general, text="2"))
    first.stop()
    desk.heard.clear()
    desk.says = lambda _heard: Ignored("noted")
    start()
    assert eventually(lambda: desk.texts(), "it") == ["1"]


def test_roles_that_cannot_be_asked_for_are_none_and_the_message_is_heard(start, desk, people, emulator, ada) -> None:
    first = start()
    first.wait_past(people.say(person=ada, channel=emulator.general, text="1"))
    first.stop()
    people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> 2")
    people.quirks(faults=[{"path": "members", "times": 9, "drop": True}])
    start()
    eventually(lambda: len(desk.heard) == 2, "the second")
    assert desk.heard[1].roles == frozenset()


def test_a_history_that_cannot_be_read_at_first_is_read_a_little_later(
    start, desk, people, emulator, ada, monkeypatch
) -> None:
    monkeypatch.setattr(catching_up, "AGAIN_S", 0.01)
    first = start()
    first.wait_past(people.say(person=ada, channel=emulator.general, text="1"))
    first.stop()
    people.say(person=ada, channel=emulator.general, text="2")
    people.quirks(faults=[{"path": "messages", "method": "GET", "times": 1, "drop": True}])
    start()
    people.say(person=ada, channel=emulator.general, text="3")
    eventually(lambda: len(desk.heard) == 3, "all of them")
    assert desk.texts() == ["1", "2", "3"]


def test_a_bookmark_is_behind_what_was_taken(bot, desk, people, emulator, ada, redis_url) -> None:
    message = people.say(person=ada, channel=emulator.general, text="hi")
    store = Store.open(redis_url)
    name = f"channel:{emulator.general}"
    eventually(lambda: store.run(bookmarks.get("discord", name)) == message, "the bookmark")
    store.close()
