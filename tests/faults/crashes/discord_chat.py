"""People on the emulated Discord: they mention the bot, or use its command."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bots.discord.payload import LOADING, pressed
from tasks.contracts.messages import job_id
from tests.emulators.discord.server import Emulator
from tests.faults.crashes.platform_chat import PEOPLE, Found, PlatformChat

CHANNELS = 20
ONLINE_S = 20.0  # for the bot to be there again, as somebody sees who is about to use its command


class DiscordChat(PlatformChat):
    """Mentions in channels; `slash` has people use the command instead."""

    def __init__(self, file: Path, emulator: Emulator, *, slash: bool = False) -> None:
        super().__init__(file)
        self._people, self._us, self._slash = emulator.people, emulator.bot, slash
        self._persons = [str(self._people.person(name=f"P{number}")["id"]) for number in range(PEOPLE)]
        self._channels = [str(self._people.channel(name=f"c{number}")) for number in range(CHANNELS)]

    def is_connected(self) -> bool:
        return bool(self._people.state()["connected"])

    def utter(self, number: int, text: str) -> tuple[str, str, str]:
        who, channel = number % PEOPLE, self._channels[number % CHANNELS]
        where = {"person": self._persons[who], "channel": channel}
        if self._slash:
            self._await_bot()
            question = str(self._people.slash(**where, name="ask", options={"question": text}))
        else:
            question = str(self._people.say(**where, text=f"<@{self._us}> {text}"))
        return question, job_id("discord", "discord", channel, question), f"P{who}: {text}"

    def heard(self, messages: Sequence[int]) -> list[int]:
        """Return the questions that stand there, and the commands that were acknowledged: of the others people see that
        nobody took them.
        """
        if not self._slash:
            return list(messages)
        entries = self._people.ledger()
        taken = {self._questions[one["interaction"]] for one in entries if one["kind"] == "acknowledged"}
        return [message for message in messages if self._jobs[message] in taken]

    def found(self) -> Iterable[Found]:
        for channel in self._channels:
            for message in self._people.messages(channel=channel):
                if message["author"]["id"] == self._us or message.get("webhook_id"):
                    yield _found(message)

    def _await_bot(self) -> None:
        give_up_s = time.monotonic() + ONLINE_S
        while not self.is_connected() and time.monotonic() < give_up_s:
            time.sleep(0.01)


def _found(message: dict[str, Any]) -> Found:
    buttons = [pressed(one["custom_id"]) for row in message["components"] for one in row["components"]]
    named = [button for button in buttons if button is not None]
    about = (message.get("interaction_metadata") or message.get("message_reference") or {}).copy()
    answered = str(about.get("message_id") or about.get("id") or "")
    text = "" if message["flags"] & LOADING else message["content"]
    at = datetime.fromisoformat(message["edited_timestamp"] or message["timestamp"])
    ends = any(action == "regenerate" for action, _job in named)
    return Found(text, named[0][1] if named else answered, ends, int(at.timestamp() * 1000))
