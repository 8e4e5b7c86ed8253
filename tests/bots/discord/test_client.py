from __future__ import annotations

import pytest

from bots.delivery import origins
from bots.platform import Place
from bots.reception.values import Accepted, Ignored, Told
from tasks.jobs.store import Store
from tests.bots.conftest import eventually


def test_a_mention_is_heard_with_who_where_and_when(bot, desk, people, emulator, ada) -> None:
    message = people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> what is up?")
    heard = eventually(lambda: desk.heard, "the mention")[0]
    assert (heard.text, heard.user, heard.author, heard.message) == ("what is up?", ada, "Ada", message)
    assert (heard.place.chat, heard.place.message, heard.guild) == (emulator.general, message, emulator.guild)
    assert heard.mentioned
    assert not heard.direct
    assert heard.place.via == ""


def test_what_is_said_to_others_is_heard_and_not_as_a_mention(bot, desk, people, emulator, ada) -> None:
    bob = people.person(name="Bob")["id"]
    people.say(person=ada, channel=emulator.general, text=f"<@{bob}> look at <#{emulator.general}>")
    heard = eventually(lambda: desk.heard, "it")[0]
    assert heard.text == "@Bob look at #general"
    assert not heard.mentioned


def test_the_role_that_came_with_the_bot_is_the_bot(bot, desk, people, emulator, ada) -> None:
    people.say(person=ada, channel=emulator.general, text=f"<@&{emulator.roles[1]}> hello")
    heard = eventually(lambda: desk.heard, "it")[0]
    assert heard.text == "hello"


def test_a_direct_message_is_heard_as_one(bot, desk, people, ada) -> None:
    people.say(person=ada, channel=people.direct(person=ada), text="between us")
    heard = eventually(lambda: desk.heard, "it")[0]
    assert (heard.direct, heard.guild, heard.text) == (True, "", "between us")


def test_a_thread_names_the_channel_whose_rules_hold_in_it(bot, desk, people, emulator, ada) -> None:
    thread = people.channel(name="aside", parent=emulator.general)
    people.say(person=ada, channel=thread, text="in here")
    heard = eventually(lambda: desk.heard, "it")[0]
    assert (heard.place.chat, heard.parent) == (thread, emulator.general)


def test_roles_are_numbers_and_everybodys_is_none(bot, desk, people, emulator) -> None:
    eve = people.person(name="Eve", roles=[emulator.roles[1]])["id"]
    people.say(person=eve, channel=emulator.general, text="hi")
    assert eventually(lambda: desk.heard, "it")[0].roles == {emulator.roles[1]}


def test_attachments_are_told_and_not_fetched(bot, desk, people, emulator, ada) -> None:
    file = {"filename": "notes.txt", "url": "https://cdn.invalid/notes.txt", "size": 9, "content_type": "text/plain"}
    people.say(person=ada, channel=emulator.general, text="", attachments=[file])
    attachment = eventually(lambda: desk.heard, "it")[0].attachments[0]
    assert (attachment.name, attachment.kind, attachment.size) == ("notes.txt", "text/plain", 9)


def test_messages_of_a_channel_are_heard_in_their_order(bot, desk, people, emulator, ada) -> None:
    said = [f"number {number}" for number in range(20)]
    for text in said:
        people.say(person=ada, channel=emulator.general, text=text)
    eventually(lambda: len(desk.heard) == len(said), "all of them")
    assert desk.texts() == said


def test_its_own_words_are_not_heard(bot, desk, people, emulator, ada) -> None:
    desk.says = lambda _heard: Told("I am here.")
    people.say(person=ada, channel=emulator.general, text="anyone?")
    eventually(lambda: people.posted(), "the answer")
    people.say(person=ada, channel=emulator.general, text="thanks")
    eventually(lambda: len(desk.heard) == 2, "the thanks")
    assert desk.texts() == ["anyone?", "thanks"]


def test_another_bot_is_heard_as_a_bot(bot, desk, people, emulator) -> None:
    robot = people.person(name="Robot", bot=True)["id"]
    people.say(person=robot, channel=emulator.general, text="beep")
    assert eventually(lambda: desk.heard, "it")[0].from_bot


def test_a_told_word_is_posted_once_below_the_message_and_pings_nobody(bot, desk, people, emulator, ada) -> None:
    desk.says = lambda _heard: Told("One moment, @everyone.")
    message = people.say(person=ada, channel=emulator.general, text="hello?")
    posted = eventually(lambda: people.posted(), "the word")
    assert [(one["content"], one["reference"]) for one in posted] == [("One moment, @everyone.", message)]
    assert posted[0]["pinged"] == {"users": [], "roles": [], "everyone": False, "said": True}


def test_in_a_dry_run_nothing_is_said(bot, desk, people, emulator, ada) -> None:
    bot.dry = True
    desk.says = lambda _heard: Told("not this")
    people.say(person=ada, channel=emulator.general, text="one")
    eventually(lambda: len(desk.heard) == 1, "it")
    bot.dry = False
    desk.says = lambda _heard: Told("but this")
    people.say(person=ada, channel=emulator.general, text="two")
    assert [one["content"] for one in eventually(lambda: people.posted(), "the word")] == ["but this"]


def test_what_was_not_taken_in_is_heard_again_until_it_is(bot, desk, people, emulator, ada) -> None:
    verdicts = iter([Told("Not now.", again=True), Ignored("told before", again=True), Accepted("job", "", None)])
    desk.says = lambda _heard: next(verdicts, Ignored("noted"))
    first = people.say(person=ada, channel=emulator.general, text="first")
    people.say(person=ada, channel=emulator.general, text="second")
    eventually(lambda: len(desk.heard) == 4, "all of it")
    assert desk.texts() == ["first", "first", "first", "second"]
    assert [one["content"] for one in people.posted() if one["reference"] == first] == ["Not now."]


def test_who_was_told_to_wait_is_told_what_it_came_to(bot, desk, people, emulator, ada) -> None:
    verdicts = [Told("It waits.", again=True), Told("That is more than you may ask.")]
    desk.says = lambda _heard: verdicts.pop(0)
    people.say(person=ada, channel=emulator.general, text="now?")
    told = eventually(lambda: len(people.posted()) == 2 and people.posted(), "both words")
    assert [message["content"] for message in told] == ["It waits.", "That is more than you may ask."]


def test_who_waits_behind_what_was_not_taken_in_is_told_so_at_once(bot, desk, people, emulator, ada) -> None:
    away = True
    desk.says = lambda heard: Ignored("told before", again=away and heard.place.chat == emulator.general)
    before = people.say(person=ada, channel=emulator.general, text="first")
    behind = [people.say(person=ada, channel=emulator.general, text=text) for text in ("second", "third")]
    told = eventually(lambda: len(found := people.posted()) == 2 and found, "a word to each")
    assert {(one["content"], one["reference"]) for one in told} == {("It waits.", message) for message in behind}
    people.say(person=ada, channel=people.channel(name="other"), text="elsewhere")
    eventually(lambda: "elsewhere" in desk.texts(), "what is said elsewhere")
    away = False
    eventually(lambda: desk.texts()[-1] == "third", "the others")
    people.say(person=ada, channel=emulator.general, text="fourth")
    eventually(lambda: desk.texts()[-1] == "fourth", "the next")
    assert [heard.message for heard in desk.excused] == behind
    assert before in {heard.message for heard in desk.heard}


def test_an_edit_is_heard_as_one_and_a_link_that_is_shown_is_none(bot, desk, people, emulator, ada) -> None:
    message = people.say(person=ada, channel=emulator.general, text="helo")
    people.unfurl(message=message)
    people.edit(message=message, text="hello")
    eventually(lambda: len(desk.heard) == 2, "the edit")
    assert [(heard.text, heard.edited) for heard in desk.heard] == [("helo", False), ("hello", True)]


def test_the_replies_that_lead_to_a_message_are_its_context(bot, desk, people, emulator, ada) -> None:
    asked = people.say(person=ada, channel=emulator.general, text="what is a rook?")
    eventually(lambda: desk.heard, "the question")
    answered = bot.post(desk.heard[0].place, "A bird.")
    again = people.say(person=ada, channel=emulator.general, text="and in chess?", reply_to=answered)
    eventually(lambda: len(desk.heard) == 2, "the reply")
    people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> well?", reply_to=again)
    last = eventually(lambda: len(desk.heard) == 3, "the last") and desk.heard[2]
    assert [(quoted.text, quoted.ours) for quoted in last.chain] == [
        ("what is a rook?", False),
        ("A bird.", True),
        ("and in chess?", False),
    ]
    reply = desk.heard[1]
    assert (reply.replied_to, reply.replied_to_us, reply.replied_to_author) == (answered, True, "rookery")
    assert asked == desk.heard[0].message


def test_no_request_is_made_for_the_context_of_a_stranger(bot, desk, people, emulator, ada) -> None:
    desk.strangers = {ada}
    people.quirks(faults=[{"path": "messages", "method": "GET", "times": 99, "status": 403}])
    above = people.say(person=ada, channel=emulator.general, text="one")
    above = people.say(person=ada, channel=emulator.general, text="two", reply_to=above)
    people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> three", reply_to=above)
    eventually(lambda: len(desk.heard) == 3, "it")
    assert desk.heard[2].chain == ()
    assert not [entry for entry in people.ledger() if entry["kind"] == "fault"]


def test_a_message_is_heard_though_what_it_stands_under_cannot_be_read(bot, desk, people, emulator, ada) -> None:
    above = people.say(person=ada, channel=emulator.general, text="one")
    above = people.say(person=ada, channel=emulator.general, text="two", reply_to=above)
    people.quirks(faults=[{"path": "messages", "method": "GET", "times": 9, "drop": True}])
    people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> three", reply_to=above)
    eventually(lambda: len(desk.heard) == 3, "it")
    assert [quoted.text for quoted in desk.heard[2].chain] == ["two"]


@pytest.mark.parametrize(("emoji", "opinion"), [("👍", "up"), ("👎🏽", "down")])
def test_a_reaction_to_an_answer_is_an_opinion(bot, desk, people, emulator, ada, redis_url, emoji, opinion) -> None:
    store = Store.open(redis_url)
    message = people.say(person=ada, channel=emulator.general, text="hi")
    answer = bot.post(eventually(lambda: desk.heard, "it")[0].place, "hello")
    store.run(origins.noted("discord", answer, "job1"))
    people.react(person=ada, message=message, emoji=emoji)  # not below an answer
    people.react(person=ada, message=answer, emoji="🎉")
    people.react(person=ada, message=answer, emoji=emoji)
    people.react(person=ada, message=answer, emoji=emoji, remove=True)
    notes = eventually(lambda: len(found := feedback_in(store)) == 2 and found, "the opinion")
    assert [(note["job"], note["opinion"], note["undone"]) for note in notes] == [
        ("job1", opinion, "0"),
        ("job1", opinion, "1"),
    ]
    assert notes[0]["user"] == f"discord:{ada}"
    store.close()


def test_the_rules_of_a_channel_hold_for_reactions_in_its_threads(bot, desk, people, emulator, ada, redis_url) -> None:
    store = Store.open(redis_url)
    thread = people.channel(name="aside", parent=emulator.general)
    answer = bot.post(Place(thread), "hello")
    store.run(origins.noted("discord", answer, "job1"))
    asked = []
    desk.admits = lambda heard: asked.append(heard) or False
    people.react(person=ada, message=answer, emoji="👍")
    heard = eventually(lambda: asked, "the reaction")[0]
    assert (heard.place.chat, heard.parent) == (thread, emulator.general)
    store.close()


def test_whose_roles_a_reaction_does_not_tell_is_asked_for_them(bot, desk, people, emulator, redis_url) -> None:
    store = Store.open(redis_url)
    eve = people.person(name="Eve", roles=[emulator.roles[1]])["id"]
    answer = bot.post(Place(emulator.general), "hello")
    store.run(origins.noted("discord", answer, "job1"))
    people.react(person=eve, message=answer, emoji="👍")
    eventually(lambda: len(feedback_in(store)) == 1, "the opinion")
    asked = []
    desk.admits = lambda heard: asked.append(heard) or True
    people.react(person=eve, message=answer, emoji="👍", remove=True)
    assert eventually(lambda: asked, "its end")[0].roles == {emulator.roles[1]}
    eventually(lambda: len(feedback_in(store)) == 2, "its end")
    store.close()


def feedback_in(store: Store) -> list[dict[str, str]]:
    entries = store.client.xrange(store.key("archive"))
    return [fields for _entry, fields in entries if fields.get("kind") == "feedback"]
