"""Runs a flock with a bot of one kind, has people talk to it, and judges what stands on the platform in the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from tasks.contracts.jobs import Outcome
from tests.emulators.discord.server import Emulator as Discord
from tests.emulators.telegram.emulator import TOKEN
from tests.emulators.telegram.emulator import Emulator as Telegram
from tests.faults.crashes.discord_chat import DiscordChat
from tests.faults.crashes.dying import LOOK_S
from tests.faults.crashes.flock import Flock, Setup
from tests.faults.crashes.platform_chat import PlatformChat
from tests.faults.crashes.telegram_chat import TelegramChat
from tests.faults.crashes.web_chat import WebChat
from tests.faults.house import until
from tests.faults.invariants import check
from tests.faults.notebook import NOTEBOOK
from tests.faults.settings import PATIENT_S

PER_S = 5.0
DEADLINE_S = 2 * PATIENT_S  # this flock dies more often than any: what counts here is once, not when
LATE_S = 30.0
READY_S = 60.0
LEAST_REPLIES = 0.5  # of all messages: what dies three times with a worker gets a notice
DISCORD, WEBHOOK, TELEGRAM, WEB = ("discord message", "discord interaction"), "discord webhook", "telegram", "web"
KINDS = (*DISCORD, "discord forgotten nonce", WEBHOOK, TELEGRAM, WEB)


@contextmanager
def flock_of(kind: str, folder: Path, free_port: Callable[[], int], change: str = "") -> Iterator[Flock]:
    """Run a flock with a bot of this kind, once it is connected; what is emulated never dies."""
    port = free_port()
    if kind == WEB:
        with closing(WebChat(folder / "chat.sqlite", web := free_port())) as chat:
            setup = Setup("web", f"\n[web]\nport = {web}\n", change)
            with _connected(Flock(folder, port, lambda _file: chat, setup, DEADLINE_S)) as flock:
                yield flock
    elif kind == TELEGRAM:
        with Telegram() as telegram:
            setup = Setup("telegram", f'\n[telegram]\napi = "{telegram.url}"\n', change, {"TELEGRAM_TOKEN": TOKEN})
            flock = Flock(folder, port, lambda file: TelegramChat(file, telegram), setup, DEADLINE_S)
            with _connected(flock):
                yield flock
    else:
        with Discord() as discord:
            settings = f'\n[discord]\napi = "{discord.api}"\ngateway = "{discord.gateway}"\n'
            if "forgotten" in kind:
                discord.people.quirks(nonce_window_s=0.2)
                change = change or "history"
            personas = ("Ada", "Bob") if kind == WEBHOOK else ("Ada",)
            setup = Setup("discord", settings, change, {"DISCORD_TOKEN": discord.token}, personas)
            slash = "interaction" in kind
            flock = Flock(folder, port, lambda file: DiscordChat(file, discord, slash=slash), setup, DEADLINE_S)
            with _connected(flock):
                yield flock


@contextmanager
def _connected(flock: Flock) -> Iterator[Flock]:
    with flock:
        until(chat_of(flock).is_connected, READY_S)
        yield flock


def chat_of(flock: Flock) -> PlatformChat:
    """Return where people talk."""
    assert isinstance(flock.chat, PlatformChat)
    return flock.chat


def talk(chat: PlatformChat, count: int) -> list[int]:
    """Say so many things at a steady rate, and return them."""
    said: list[int] = []
    began_s = time.monotonic()
    for _ in range(count):
        said.append(chat.speak())
        time.sleep(max(0.0, began_s + len(said) / PER_S - time.monotonic()))
    return said


def await_answers(flock: Flock, said: Sequence[int]) -> list[int]:
    """Wait for the answer to everything that the bot was told of, and return what that was."""
    chat = chat_of(flock)
    messages = chat.heard(said)
    give_up_s = time.monotonic() + DEADLINE_S + LATE_S
    while not chat.has_answers(messages) and time.monotonic() < give_up_s:
        time.sleep(LOOK_S)  # a look at all chats is work for the platform too
    flock.await_answers(messages, within_s=0.0)  # and says which ones have none
    return messages


def settle(flock: Flock, said: Sequence[int]) -> list[int]:
    """Wait for the answer to everything that the bot was told of, assert every promise, and return what that was."""
    chat = chat_of(flock)
    messages = await_answers(flock, said)
    if isinstance(chat, WebChat):
        until(chat.is_connected, READY_S)
        chat.ask_again()
    views = check(flock, messages, late_s=LATE_S)
    outcomes = Counter(view.outcome for view in views)
    NOTEBOOK.page.tell(unheard=len(said) - len(messages), strays=chat.strays(), told_to_wait=chat.delays())
    assert outcomes[Outcome.REPLY] > LEAST_REPLIES * len(views), outcomes
    return messages
