"""The bots as people run them die at every step of a message's way, and so do workers: it is answered once."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tasks.contracts.jobs import Outcome
from tests.emulators.discord.server import Emulator as Discord
from tests.emulators.telegram.emulator import TOKEN
from tests.emulators.telegram.emulator import Emulator as Telegram
from tests.faults.crashes.discord_chat import DiscordChat
from tests.faults.crashes.dying import BETWEEN, BOT_POINTS, LOOK_S, WORKER_POINTS, Crashes, Kills, await_deaths
from tests.faults.crashes.flock import Flock, Setup
from tests.faults.crashes.platform_chat import PlatformChat
from tests.faults.crashes.telegram_chat import TelegramChat
from tests.faults.crashes.web_chat import WebChat
from tests.faults.house import until
from tests.faults.invariants import check, collect
from tests.faults.notebook import NOTEBOOK
from tests.faults.settings import PATIENT_S

pytestmark = [pytest.mark.faults, pytest.mark.slow]
MESSAGES = 400
PER_S = 5.0
LEAST_CRASHES = 100  # on the busiest machine
DEADLINE_S = 2 * PATIENT_S  # this flock dies more often than any: what counts here is once, not when
LATE_S = 30.0
READY_S = 60.0
LEAST_REPLIES = 0.5  # of all messages: what dies three times with a worker gets a notice
STRAYS = 5  # placeholders that may be left behind, besides those of deaths that were aimed at just that moment
KILL_PAUSE_S = (0.1, 0.7)
KILLS = 150
# People at the API are told of an answer and nothing is written down about that: there are no such points.
WEB_POINTS = ("submitted", "delivery.edited", "delivery.sent")
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


def await_answers(flock: Flock, said: list[int]) -> list[int]:
    """Wait for the answer to everything that the bot was told of, and return what that was."""
    chat = chat_of(flock)
    messages = chat.heard(said)
    give_up_s = time.monotonic() + DEADLINE_S + LATE_S
    while not chat.has_answers(messages) and time.monotonic() < give_up_s:
        time.sleep(LOOK_S)  # a look at all chats is work for the platform too
    flock.await_answers(messages, within_s=0.0)  # and says which ones have none
    return messages


def settle(flock: Flock, said: list[int]) -> list[int]:
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


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_is_answered_once_wherever_a_process_dies(
    kind: str, tmp_path: Path, free_port: Callable[[], int]
):
    seed = random.SystemRandom().getrandbits(32)
    chance = random.Random(seed)
    points = WEB_POINTS if kind == WEB else BOT_POINTS
    with flock_of(kind, tmp_path, free_port) as flock:
        bots, workers = Crashes(flock, points, chance), Crashes(flock, WORKER_POINTS, chance)
        with bots, workers:
            said = talk(chat_of(flock), MESSAGES)
            await_deaths(bots, workers, answered=lambda: chat_of(flock).has_answers(chat_of(flock).heard(said)))
        died = bots.died + workers.died
        NOTEBOOK.page.tell(seed=seed, crashes=died.total(), **died)
        messages = settle(flock, said)
        strays = chat_of(flock).strays()
    aimed = sum(died[point] for point in BETWEEN)
    assert strays <= (aimed + STRAYS if kind in (WEBHOOK, TELEGRAM) else 0)
    assert len(messages) > LEAST_REPLIES * MESSAGES
    assert died.total() >= LEAST_CRASHES, died
    assert {*points, *WORKER_POINTS} == set(died)


@pytest.mark.parametrize("kind", [WEBHOOK, TELEGRAM])
def test_kills_at_any_moment_leave_few_placeholders_behind(kind: str, tmp_path: Path, free_port: Callable[[], int]):
    seed = random.SystemRandom().getrandbits(32)
    with flock_of(kind, tmp_path, free_port) as flock:
        with Kills(flock, random.Random(seed), KILL_PAUSE_S, KILLS) as kills:
            said = talk(chat_of(flock), MESSAGES)
        NOTEBOOK.page.tell(seed=seed, kills=kills.died.total(), **kills.died)
        settle(flock, said)
        strays = chat_of(flock).strays()
    assert strays <= STRAYS
    assert kills.died.total() >= LEAST_CRASHES


@pytest.mark.parametrize(
    ("kind", "mutation"),
    [
        ("discord message", "nonce-off"),
        ("discord forgotten nonce", "history-off"),
        ("telegram", "placeholder-off"),
    ],
)
def test_without_its_proof_a_bot_answers_twice(kind: str, mutation: str, tmp_path: Path, free_port: Callable[[], int]):
    with flock_of(kind, tmp_path, free_port, mutation) as flock:
        with Crashes(flock, BETWEEN, random.Random(7)) as crashes:
            messages = talk(chat_of(flock), MESSAGES // 4)
        await_answers(flock, messages)
        doubled = [case for case in collect(flock, messages) if len(case.posts) > 1]
        NOTEBOOK.page.tell(crashes=crashes.died.total(), doubled=len(doubled))
    assert doubled, f"{crashes.died.total()} deaths between a post and its record, and nobody was answered twice"
