"""The emulated Telegram, judged: by aiogram, which reads every answer strictly, and by what Telegram documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.bots.telegram.playing import api_of, going, run, until
from tests.emulators.telegram.emulator import BOT_USERNAME, TOKEN, Emulator

US = f"@{BOT_USERNAME}"


@pytest.mark.slow
def test_aiogram_reads_every_answer_and_every_refusal(telegram: Emulator) -> None:
    aiogram = pytest.importorskip("aiogram", reason="aiogram is not installed; it is in the extra `dev`")
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
    from aiogram.types import (
        BotCommand,
        BufferedInputFile,
        InlineKeyboardButton,
        InlineKeyboardMarkup,
        ReactionTypeEmoji,
        ReplyParameters,
    )

    people = telegram.people
    telegram.hosts["https://bot.example.org"] = telegram.url  # nobody listens there; another machine is never called
    wanted = ["message", "edited_message", "callback_query", "message_reaction"]

    @asynccontextmanager
    async def bot_of() -> AsyncIterator[Any]:
        bot = aiogram.Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url)))
        yield bot
        await bot.session.close()

    async def refused(kind: type[Exception], call: Awaitable[Any], words: str) -> Any:
        with pytest.raises(kind, match=words) as caught:
            await call
        return caught.value

    async def scene() -> None:
        async with bot_of() as bot:
            assert (await bot.get_me()).username == BOT_USERNAME
            asked = people.say("ann", f"😀 {US} hello")
            (update,) = await bot.get_updates(allowed_updates=wanted)
            chat = update.message.chat.id
            (mention,) = update.message.entities
            assert mention.extract_from(update.message.text) == US
            keyboard = InlineKeyboardMarkup(
                inline_keyboard=[[InlineKeyboardButton(text="Stop", callback_data="stop:1")]]
            )
            answer = ReplyParameters(message_id=asked)
            said = await bot.send_message(
                chat, "<b>a</b> &lt;", parse_mode="HTML", reply_parameters=answer, reply_markup=keyboard
            )
            assert (said.text, said.entities[0].type, said.reply_to_message.message_id) == ("a <", "bold", asked)
            people.do("press", user="ann", chat=chat, message=said.message_id, label="Stop")
            people.do("react", user="ann", chat=chat, message=said.message_id, emoji=["👍"])
            people.do("edit", chat=chat, message=asked, text="bye")
            press, reaction, edit = await bot.get_updates(offset=update.update_id + 1)
            assert await press.callback_query.answer("ok")
            assert reaction.message_reaction.new_reaction[0].emoji == "👍"
            assert edit.edited_message.text == "bye"
            edited = await bot.edit_message_text("b", chat_id=chat, message_id=said.message_id)
            assert (edited.text, edited.reply_markup) == ("b", None)
            await refused(TelegramBadRequest, edited.edit_text("b"), "message is not modified")
            document = await bot.send_document(chat, BufferedInputFile(b"abc", "a.txt"), caption="it")
            file = await bot.get_file(document.document.file_id)
            assert (await bot.download_file(file.file_path)).read() == b"abc"
            assert await bot.set_message_reaction(chat, asked, [ReactionTypeEmoji(emoji="👀")])
            assert await bot.send_chat_action(chat, "typing")
            assert await bot.set_my_commands([BotCommand(command="reset", description="start anew")])
            assert await bot.delete_message(chat, said.message_id)
            await refused(TelegramBadRequest, edited.edit_text("c"), "message to edit not found")
            await refused(TelegramBadRequest, bot.send_message(chat, "<b>x", parse_mode="HTML"), "can't parse entities")
            await refused(TelegramBadRequest, bot.send_message(chat, "😀" * 2049), "message is too long")
            await refused(TelegramBadRequest, bot.send_message(chat, " \n "), "message text is empty")
            await refused(TelegramBadRequest, bot.send_message(99, "x"), "chat not found")
            people.fault("sendMessage", "busy", seconds=7)
            assert (await refused(TelegramRetryAfter, bot.send_message(chat, "x"), "Flood")).retry_after == 7
            people.do("block", user="ann")
            await refused(TelegramForbiddenError, bot.send_message(chat, "x"), "blocked by the user")
            await bot.set_webhook("https://bot.example.org/x", secret_token="s")
            assert (await bot.get_webhook_info()).url == "https://bot.example.org/x"
            assert await bot.delete_webhook()

    run(scene())


def heard(telegram: Emulator) -> list[str]:
    return [update["message"]["text"] for update in telegram.people.do("pending")]


def test_privacy_mode_lets_through_what_telegram_lists(telegram: Emulator) -> None:
    people = telegram.people
    group = people.group(kind="supergroup")

    async def spoken() -> int:
        async with api_of(telegram) as api:
            return int((await api.call("sendMessage", chat_id=group, text="hello"))["message_id"])

    for text in ("hi", f"hi {US}", "/start", "/ask@other_bot", f"/ask{US} why"):
        people.say("ann", text, chat=group)
    assert heard(telegram) == [f"/ask{US} why"]
    ours = run(spoken())
    people.say("ann", "/status", chat=group)
    people.say("ann", "why?", chat=group, reply_to=ours)
    assert heard(telegram)[1:] == ["/status", "why?"]
    people.quirk(privacy=False)
    people.say("ann", "hi", chat=group)
    assert heard(telegram)[3:] == ["hi"]


def test_reactions_come_only_to_who_asks_for_them_and_in_groups_to_administrators(telegram: Emulator) -> None:
    people = telegram.people
    group = people.group(kind="supergroup")
    private, theirs = people.say("ann", "x"), people.say("ann", "y", chat=group)

    def react() -> list[str]:
        people.do("react", user="ann", chat=people.chat_of("ann"), message=private, emoji=["👍"])
        people.do("react", user="ann", chat=group, message=theirs, emoji=["👍"])
        return [kind for update in people.do("pending") for kind in update if kind == "message_reaction"]

    assert react() == []

    async def wanted() -> None:
        async with api_of(telegram) as api:
            await api.call("getUpdates", allowed_updates=["message", "message_reaction"])

    run(wanted())
    assert react() == ["message_reaction"]


def test_the_later_of_two_polls_gets_the_updates(telegram: Emulator) -> None:
    async def scene() -> None:
        async with api_of(telegram) as api:

            async def poll() -> Any:
                return await api.call("getUpdates", timeout=20)

            async with going(first_ends(poll)) as first:
                await until(lambda: telegram.people.do("polls"))
                second = asyncio.ensure_future(poll())
                assert "somebody else" in await first
                telegram.people.say("ann", "hello")
                assert len(await second) == 1

    async def first_ends(poll: Callable[[], Awaitable[Any]]) -> str:
        with pytest.raises(Exception, match="somebody else") as caught:
            await poll()
        return str(caught.value)

    run(scene())


def test_a_group_takes_twenty_messages_a_minute(telegram: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.emulators.telegram.sending.CHAT_EVERY_S", 0.0)
    telegram.people.quirk(flood=True)
    group = telegram.people.group()

    async def scene() -> int:
        async with api_of(telegram) as api:
            for number in range(20):
                await api.call("sendMessage", chat_id=group, text=str(number))
            with pytest.raises(Exception, match="has enough of sendMessage"):
                await api.call("sendMessage", chat_id=group, text="one too many")
            return len(telegram.people.ours(group))

    assert run(scene()) == 20


def test_what_a_method_does_not_know_is_an_error_here(telegram: Emulator) -> None:
    async def scene() -> None:
        async with api_of(telegram) as api:
            with pytest.raises(Exception, match="sendMessage knows no txet"):
                await api.call("sendMessage", chat_id=1, txet="x")
            with pytest.raises(Exception, match="no bot by this token"):  # as Telegram answers to unknown methods
                await api.call("sendMassage")

    run(scene())
