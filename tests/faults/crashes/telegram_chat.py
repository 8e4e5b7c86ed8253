"""People on the emulated Telegram, each alone with the bot."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tasks.contracts.messages import job_id
from tests.emulators.telegram.emulator import Emulator
from tests.faults.crashes.platform_chat import PEOPLE, Found, PlatformChat


class TelegramChat(PlatformChat):
    """Forty private chats."""

    word_chars = 20

    def __init__(self, file: Path, emulator: Emulator) -> None:
        super().__init__(file)
        self._people = emulator.people
        self._chats: dict[int, int] = {}

    def is_connected(self) -> bool:
        return bool(self._people.do("polls"))

    def utter(self, number: int, text: str) -> tuple[str, str, str]:
        who = f"p{number % PEOPLE}"
        message = self._people.say(who, text)
        chat = self._chats.setdefault(number % PEOPLE, self._people.chat_of(who))
        return f"{chat}/{message}", job_id("telegram", "telegram", str(chat), str(message)), text

    def found(self) -> Iterable[Found]:
        for chat in self._chats.values():
            for message in self._people.ours(chat):
                yield _found(chat, message)


def _found(chat: int, message: dict[str, Any]) -> Found:
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    named = [button["callback_data"].partition(":") for row in rows for button in row]
    answered = (message.get("reply_to_message") or {}).get("message_id", 0)
    about = named[0][2] if named else f"{chat}/{answered}" if answered else ""
    ends = any(action == "regenerate" for action, _, _job in named)
    return Found(message["text"], about, ends, int(message.get("edit_date") or message["date"]) * 1000)
