"""What delivery does on Telegram, and what people see of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from bots.platform import Button, Face, Outgoing, Place, Proof
from bots.telegram.api import Api, Declined
from bots.telegram.platform import Telegram
from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable
from tests.bots.telegram.playing import api_of, run
from tests.emulators.telegram.emulator import TOKEN, Emulator
from tests.emulators.telegram.people import Seen, texts

T = TypeVar("T")
UNPARSED = "can't parse entities: Unsupported start tag"


def out(text: str, **more: Any) -> Outgoing:
    return Outgoing(text, **{"nonce": "", "final": True, **more})


def on(telegram: Emulator, work: Callable[[Telegram], Awaitable[T]], *, signs: bool = False) -> T:
    async def done() -> T:
        async with api_of(telegram) as api:
            return await work(Telegram(api, lambda: signs))

    return run(done())


def place(telegram: Emulator, **more: str) -> Place:
    return Place(str(telegram.people.chat_of("ann")), **more)


def seen(telegram: Emulator, where: Place) -> list[Seen]:
    return telegram.people.ours(int(where.chat))


def test_a_post_is_a_reply_with_markup_and_its_id_comes_back(telegram: Emulator) -> None:
    asked = telegram.people.say("ann", "hello")
    where = place(telegram, message=str(asked))
    number = on(telegram, lambda platform: platform.post(where, out("**Hi** <you>")))
    (message,) = seen(telegram, where)
    assert str(message["message_id"]) == number
    assert message["text"] == "Hi <you>"
    assert message["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    assert message["reply_to_message"]["message_id"] == asked


def test_later_chunks_are_no_replies_and_words_still_to_come_have_no_markup(telegram: Emulator) -> None:
    where = place(telegram, message=str(telegram.people.say("ann", "hello")))
    on(telegram, lambda platform: platform.post(where, out("**half", reply=False, final=False)))
    (message,) = seen(telegram, where)
    assert "reply_to_message" not in message
    assert (message["text"], message.get("entities")) == ("**half", None)


def test_what_is_answered_may_be_gone_by_now(telegram: Emulator) -> None:
    asked = telegram.people.say("ann", "hello")
    where = place(telegram, message=str(asked))
    telegram.people.do("delete", chat=int(where.chat), message=asked)
    on(telegram, lambda platform: platform.post(where, out("hi")))
    assert texts(seen(telegram, where)) == ["hi"]


def test_a_placeholder_becomes_the_answer_and_telling_it_twice_changes_nothing(telegram: Emulator) -> None:
    where = place(telegram)

    async def told(platform: Telegram) -> None:
        number = await platform.post(where, out("…", final=False))
        await platform.edit(where, number, out("the answer"))
        await platform.edit(where, number, out("the answer"))

    on(telegram, told)
    assert [message["versions"] for message in seen(telegram, where)] == [["…", "the answer"]]


def test_a_topic_is_kept(telegram: Emulator) -> None:
    group = telegram.people.group(kind="supergroup", forum=True)
    topic = telegram.people.do("topic", chat=group, name="birds")
    where = Place(str(group), topic=str(topic))

    async def told(platform: Telegram) -> None:
        await platform.typing(where)
        await platform.post(where, out("tweet"))

    on(telegram, told)
    assert seen(telegram, where)[0]["message_thread_id"] == topic
    assert telegram.people.log("sendChatAction")[0]["given"]["message_thread_id"] == topic


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
def test_markup_that_telegram_does_not_take_is_sent_once_more_as_plain_words(telegram: Emulator, method: str) -> None:
    where = place(telegram)

    async def told(platform: Telegram) -> None:
        number = await platform.post(where, out("…"))
        telegram.people.fault(method, "refuse", says=UNPARSED)
        if method == "sendMessage":
            await platform.post(where, out("**bold**"))
        else:
            await platform.edit(where, number, out("**bold**"))

    on(telegram, told)
    assert seen(telegram, where)[-1]["text"] == "**bold**"
    assert [call["ok"] for call in telegram.people.log(method)][-2:] == [False, True]


def test_plain_words_that_are_refused_too_are_refused(telegram: Emulator) -> None:
    where = place(telegram)
    telegram.people.fault("sendMessage", "refuse", says=UNPARSED, times=2)
    with pytest.raises(Declined):
        on(telegram, lambda platform: platform.post(where, out("**bold**")))


@pytest.mark.parametrize("kind", ["after", "cut"])
def test_what_may_have_arrived_is_not_sent_again(telegram: Emulator, kind: str) -> None:
    where = place(telegram)
    telegram.people.fault("sendMessage", kind)
    with pytest.raises(PlatformUnavailable):
        on(telegram, lambda platform: platform.post(where, out("once")))
    assert texts(seen(telegram, where)) == ["once"]


def test_a_flood_wait_is_told_with_its_length(telegram: Emulator) -> None:
    telegram.people.quirk(flood=True, retry_after_s=3)
    where = place(telegram)

    async def twice(platform: Telegram) -> None:
        await platform.post(where, out("one"))
        with pytest.raises(PlatformBusy) as busy:
            await platform.post(where, out("two"))
        assert busy.value.retry_after_s == 3.0

    on(telegram, twice)


@pytest.mark.parametrize("deed", ["kick", "mute"])
def test_where_the_bot_may_not_write_nothing_is_ever_taken(telegram: Emulator, deed: str) -> None:
    group = telegram.people.group()
    telegram.people.do(deed, chat=group)
    with pytest.raises(PlatformRefused):
        on(telegram, lambda platform: platform.post(Place(str(group)), out("hello")))


def test_typing_that_cannot_be_shown_is_nobodys_concern(telegram: Emulator) -> None:
    where = place(telegram)
    telegram.people.do("block", user="ann")
    on(telegram, lambda platform: platform.typing(where))


def test_a_group_that_became_a_supergroup_is_answered_there(telegram: Emulator) -> None:
    group = telegram.people.group()
    asked = telegram.people.say("ann", "/ask hello", chat=group)
    new = telegram.people.do("migrate", chat=group)
    on(telegram, lambda platform: platform.post(Place(str(group), str(asked)), out("hi")))
    assert texts(telegram.people.ours(new)) == ["hi"]


def test_buttons_carry_what_they_do_and_for_which_job(telegram: Emulator) -> None:
    where = place(telegram)
    job = "j" * 24
    buttons = (Button("stop", job, "Stop"), Button("regenerate", job, "Again"))
    on(telegram, lambda platform: platform.post(where, out("hi", buttons=buttons)))
    (row,) = seen(telegram, where)[0]["reply_markup"]["inline_keyboard"]
    assert [button["callback_data"] for button in row] == [f"stop:{job}", f"regenerate:{job}"]


def test_buttons_go_away_with_an_edit_that_has_none(telegram: Emulator) -> None:
    where = place(telegram)

    async def told(platform: Telegram) -> None:
        number = await platform.post(where, out("hi", buttons=(Button("stop", "j", "Stop"),)))
        await platform.edit(where, number, out("hi"))

    on(telegram, told)
    assert "reply_markup" not in seen(telegram, where)[0]


def test_words_that_are_too_many_come_as_a_file_also_in_the_place_of_a_placeholder(telegram: Emulator) -> None:
    where = place(telegram)
    long = out("the whole answer", file=("answer.md", b"# all of it"), buttons=(Button("regenerate", "j", "Again"),))

    async def told(platform: Telegram) -> None:
        number = await platform.post(where, out("…"))
        await platform.edit(where, number, long)
        await platform.edit(where, number, long)
        await platform.post(where, long)

    on(telegram, told)
    first, second = seen(telegram, where)
    for message in (first, second):
        assert message["document"]["file_name"] == "answer.md"
        assert message["caption"] == "the whole answer"
        assert message["reply_markup"]["inline_keyboard"]


def test_a_file_that_stands_there_already_is_as_good_as_put_there(telegram: Emulator) -> None:
    where = place(telegram)
    says = "message is not modified: specified new message content is exactly the same as the current content"
    telegram.people.fault("editMessageMedia", "refuse", says=says)

    async def told(platform: Telegram) -> None:
        number = await platform.post(where, out("…"))
        await platform.edit(where, number, out("all of it", file=("answer.md", b"# all of it")))

    on(telegram, told)


def test_with_several_personas_each_puts_its_name_above_its_first_words(telegram: Emulator) -> None:
    where = place(telegram, message=str(telegram.people.say("ann", "hello")))
    face = Face("Ada <3")

    async def told(platform: Telegram) -> None:
        await platform.post(where, out("*hi*", face=face))
        await platform.post(where, out("more", face=face, reply=False))

    on(telegram, told, signs=True)
    first, second = seen(telegram, where)
    assert first["text"] == "Ada <3\nhi"
    assert first["entities"][0] == {"type": "bold", "offset": 0, "length": 6}
    assert second["text"] == "more"
    on(telegram, lambda platform: platform.post(where, out("alone", face=face)))
    assert seen(telegram, where)[-1]["text"] == "alone"


@pytest.mark.parametrize("signs", [False, True])
def test_a_message_as_long_as_allowed_is_taken_however_it_is_marked(telegram: Emulator, *, signs: bool) -> None:
    where = place(telegram)

    async def told(platform: Telegram) -> None:
        most = platform.bounds(where).chars
        for unit in ("😀", "@ann ", "**b** ", "a<&>", "- x\n", "`@x` "):
            text = unit * (most // platform.length(unit))
            assert platform.length(text) <= most
            await platform.post(where, out(text, face=Face("N" * 90)))

    on(telegram, told, signs=signs)


def test_no_preview_is_fetched_of_an_address_that_a_model_wrote(telegram: Emulator) -> None:
    on(telegram, lambda platform: platform.post(place(telegram), out("https://evil.example/?secret")))
    assert telegram.people.log("sendMessage")[0]["given"]["link_preview_options"] == {"is_disabled": True}


def test_groups_are_edited_half_as_often_and_a_placeholder_is_the_proof() -> None:
    platform = Telegram(Api(TOKEN))
    assert platform.bounds(Place("5")).edit_every_s == 1.5
    assert platform.bounds(Place("-5")).edit_every_s == 3.0
    assert platform.proof(Place("5")) is Proof.PLACEHOLDER
    assert asyncio.run(platform.find(Place("5"), out("x"), 0)) == ""
