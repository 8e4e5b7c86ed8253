"""From a person's message to the one answer: adapter, reception, ledger and delivery as they run, a worker by hand."""

from __future__ import annotations

import pytest

from bots.delivery.pages import EXPORTED
from tests.bots.conftest import eventually
from tests.bots.web.keeping import Keeper, kept

PERSONAS = """
[[persona]]
name = "Ada"
model = "demo"
prompt = "You are Ada."
avatar = "https://example.org/ada.png"

[[persona]]
name = "Bob"
model = "demo"
prompt = "You are Bob."
"""

SAID = {
    "help": "/ask",
    "status": "",
    "persona": "",
    "model": "demo",
    "reset": "new conversation",
    "stop": "Nothing",
    "retry": "question",
    "ask": "Please write your question",
    "dance": "/help",
}


def words(people, channel: str) -> list[str]:
    return [one["content"] for one in people.messages(channel=channel)]


def buttons(people, channel: str, message: str):
    there = next(one for one in people.messages(channel=channel) if one["id"] == message)
    return [button for row in there["components"] for button in row["components"]]


def final(people, channel: str, text: str):
    """Wait until a message begins with these words, and return it."""
    return eventually(
        lambda: next((one for one in people.messages(channel=channel) if one["content"].startswith(text)), None),
        f"{text!r} to stand there; there is {words(people, channel)}",
    )


@pytest.fixture
def whole(start, hand):
    """The bot with everything that it has in a flock, which has a host."""
    return start(whole=True)


def test_a_question_travels_to_one_reply_in_the_right_place(whole, hand, people, emulator, ada) -> None:
    asked = people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> what is a rook?")
    hand.answer("A bird, and a tower.")
    answer = final(people, emulator.general, "A bird, and a tower.")
    assert answer["message_reference"]["message_id"] == asked
    eventually(lambda: whole.ended or not hand.store.client.xlen(hand.store.key("outbox", "discord")), "the delivery")
    posts = people.posted()
    assert len(posts) == 1
    assert not posts[0]["pinged"]["users"]
    assert "typing" in [entry["kind"] for entry in people.ledger()]


def test_an_answer_grows_while_it_is_written(whole, hand, people, emulator, ada) -> None:
    people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> tell me")
    claim = hand.claim()
    hand.say(claim, "Once upon a time ")
    hand.say(claim, "there was a bird. ", after="Once upon a time ")
    final(people, emulator.general, "Once upon a time")
    hand.finish(claim, "Once upon a time there was a bird. The end.")
    final(people, emulator.general, "Once upon a time there was a bird. The end.")
    assert len(people.posted()) == 1


def test_a_direct_message_needs_no_mention(whole, hand, people, ada) -> None:
    chat = people.direct(person=ada)
    people.say(person=ada, channel=chat, text="hello")
    hand.answer("Hello, Ada.")
    final(people, chat, "Hello, Ada.")


def test_what_is_said_to_nobody_is_not_answered(whole, hand, people, emulator, ada) -> None:
    people.say(person=ada, channel=emulator.general, text="nice weather")
    people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> and you?")
    claim = hand.claim()
    hand.finish(claim, "Thank you.")
    final(people, emulator.general, "Thank you.")
    assert len(people.posted()) == 1


def test_a_question_by_a_command_is_answered_where_it_was_deferred(whole, hand, people, emulator, ada) -> None:
    people.slash(person=ada, channel=emulator.general, name="ask", options={"question": "why?"})
    hand.answer("Because.")
    answer = final(people, emulator.general, "Because.")
    assert answer["interaction_metadata"]
    assert [entry["kind"] for entry in people.posted()] == ["response"]


def test_each_command_is_answered_and_an_unknown_one_with_help(whole, people, emulator, ada) -> None:
    for name, wanted in SAID.items():
        since = len(people.messages(channel=emulator.general))
        people.slash(person=ada, channel=emulator.general, name=name)
        said = eventually(lambda since=since: "".join(words(people, emulator.general)[since:]), f"/{name}")
        assert wanted in said, name
        assert "Traceback" not in said


def test_whoever_asked_can_stop_it_and_nobody_else(whole, hand, people, emulator, ada) -> None:
    people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> count to a million")
    claim = hand.claim()
    hand.say(claim, "one, two, three, ")
    message = final(people, emulator.general, "one, two")
    button = eventually(lambda: buttons(people, emulator.general, message["id"]), "the button")[0]
    bob = people.person(name="Bob")["id"]
    people.press(person=bob, message=message["id"], custom_id=button["custom_id"])
    final(people, emulator.general, "Only who asked can do that.")
    people.press(person=ada, message=message["id"], custom_id=button["custom_id"])
    final(people, emulator.general, "Stopped.")


def test_whoever_asked_can_have_it_answered_anew(whole, hand, people, emulator, ada) -> None:
    asked = people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> heads or tails?")
    hand.answer("Heads.")
    first = final(people, emulator.general, "Heads.")
    button = eventually(lambda: buttons(people, emulator.general, first["id"]), "the button")[0]
    people.press(person=ada, message=first["id"], custom_id=button["custom_id"])
    hand.answer("Tails.")
    assert final(people, emulator.general, "Tails.")["message_reference"]["message_id"] == asked
    assert len(people.posted()) == 2


def test_a_thread_has_the_persona_of_its_channel(start, hand, people, emulator, ada) -> None:
    start(more=f'admins = ["{ada}"]{PERSONAS}', whole=True)
    people.slash(person=ada, channel=emulator.general, name="persona", options={"name": "Bob"})
    eventually(lambda: "".join(words(people, emulator.general)), "the answer")
    assert "Bob" in words(people, emulator.general)[0], words(people, emulator.general)
    thread = people.channel(name="aside", parent=emulator.general)
    people.say(person=ada, channel=thread, text=f"<@{emulator.bot}> who are you?")
    hand.answer("It is me.")
    assert final(people, thread, "It is me.")["author"]["username"] == "Bob"


def test_personas_answer_under_their_own_names(start, hand, people, emulator, ada) -> None:
    start(more=PERSONAS, whole=True)
    people.say(person=ada, channel=emulator.general, text="Bob, what do you think?")
    hand.answer("I think so.")
    answer = final(people, emulator.general, "I think so.")
    assert (answer["author"]["username"], bool(answer["webhook_id"])) == ("Bob", True)
    assert len(people.posted()) == 1


def test_an_attachment_that_cannot_be_read_is_declined_politely(whole, people, emulator, ada) -> None:
    picture = {"filename": "cat.png", "url": "https://cdn.invalid/c.png", "size": 9, "content_type": "image/png"}
    text = f"<@{emulator.bot}> what is this?"
    people.say(person=ada, channel=emulator.general, text=text, attachments=[picture])
    assert "pictures" in final(people, emulator.general, "I cannot look at pictures")["content"]


def test_a_bot_that_was_away_answers_what_was_said_meanwhile_once(start, hand, people, emulator, ada) -> None:
    first = start(whole=True)
    people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> one?")
    hand.answer("First.")
    final(people, emulator.general, "First.")
    first.stop()
    people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> two?")
    start(whole=True)
    hand.answer("Second.")
    final(people, emulator.general, "Second.")
    assert len(people.posted()) == 2


def test_what_is_remembered_of_somebody_is_shown_to_them_alone_however_long(whole, hand, people, emulator, ada) -> None:
    remembered = [kept(number, f"{number} " + "tea " * 400) for number in range(2)]
    with Keeper(hand.store, remembered).at_work() as keeper:
        people.slash(person=ada, channel=emulator.general, name="memory")
        final(people, emulator.general, "1 tea")
        people.slash(person=ada, channel=emulator.general, name="export")
        final(people, emulator.general, EXPORTED)
    said = people.messages(channel=emulator.general)
    assert [one["content"][:5] for one in said] == ["0 tea", "1 tea", EXPORTED[:5]]
    assert all(one["flags"] & 1 << 6 and not one["components"] for one in said)
    assert [asked.person for asked in keeper.asked] == [f"discord:{ada}"] * 2
    assert whole.ended is None
