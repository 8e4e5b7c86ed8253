"""The emulated Discord keeps to what is known of the real one, so that what passes here passes there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.bots.conftest import eventually
from tests.emulators.discord.gateway import Wire
from tests.emulators.discord.people import People
from tests.emulators.discord.server import Emulator


class Api:
    """The REST side, as a program without any library for it sees it."""

    def __init__(self, emulator: Emulator) -> None:
        self.base, self.session = emulator.api, requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bot {emulator.token}"

    def __call__(self, method: str, path: str, **how: Any) -> requests.Response:
        return self.session.request(method, self.base + path, timeout=20, **how)


@pytest.fixture
def api(emulator: Emulator) -> Iterator[Api]:
    made = Api(emulator)
    yield made
    made.session.close()


def post(api: Api, channel: str, **said: Any) -> requests.Response:
    return api("POST", f"/channels/{channel}/messages", json={"content": "hello", **said})


def test_json_has_exactly_this_content_type_unless_a_switch_says_otherwise(api, people) -> None:
    assert api("GET", "/users/@me").headers["Content-Type"] == "application/json"
    people.quirks(charset=True)
    assert api("GET", "/users/@me").headers["Content-Type"] == "application/json; charset=utf-8"


def test_who_does_not_show_the_token_is_let_in_nowhere(api) -> None:
    assert requests.get(f"{api.base}/users/@me", timeout=20).status_code == 401


def test_a_nonce_is_kept_for_its_window_and_only_where_that_is_asked_for(api, people, emulator) -> None:
    first, again = (post(api, emulator.general, nonce="N", enforce_nonce=True).json()["id"] for _ in range(2))
    assert first == again
    assert post(api, emulator.general, nonce="N").json()["id"] != first
    people.quirks(nonce_window_s=0.0)
    assert post(api, emulator.general, nonce="N", enforce_nonce=True).json()["id"] != first
    assert post(api, emulator.general, nonce="N" * 26).status_code == 400


def test_the_history_gives_no_nonces_and_windows_as_they_are_asked_for(api, emulator) -> None:
    ids = [post(api, emulator.general, content=str(number), nonce=str(number)).json()["id"] for number in range(5)]
    where = f"/channels/{emulator.general}/messages"

    def seen(**query: Any) -> list[str]:
        return [message["id"] for message in api("GET", where, params=query).json()]

    assert seen() == ids[::-1]
    assert seen(limit=2) == [ids[4], ids[3]]
    assert seen(before=ids[2], limit=1) == [ids[1]]
    assert seen(after=ids[2], limit=1) == [ids[3]]
    assert seen(around=ids[2], limit=3) == [ids[3], ids[2], ids[1]]
    assert "nonce" not in api("GET", where).json()[0]
    assert api("GET", where, params={"limit": 101}).status_code == 400


def test_whoever_is_not_excluded_is_called(api, people, emulator, ada) -> None:
    question = people.say(person=ada, channel=emulator.general, text="?")
    below = {"content": f"@everyone <@{ada}>", "message_reference": {"message_id": question}}
    for allowed in ({}, {"allowed_mentions": {"parse": []}}, {"allowed_mentions": {"parse": [], "users": [ada]}}):
        post(api, emulator.general, **below, **allowed)
    called = [(one["pinged"]["users"], one["pinged"]["everyone"]) for one in people.posted()]
    assert called == [([ada, ada], True), ([], False), ([ada], False)]


@pytest.mark.parametrize(
    ("said", "status", "code"), [({"content": "x" * 2001}, 400, 50035), ({"content": " "}, 400, 50006)]
)
def test_what_no_message_can_be_is_refused_with_its_code(api, emulator, said, status, code) -> None:
    refused = post(api, emulator.general, **said)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_what_is_gone_or_forbidden_has_its_code(api, people, emulator, ada) -> None:
    theirs = people.say(person=ada, channel=emulator.general, text="mine")
    where = f"/channels/{emulator.general}/messages"
    assert api("PATCH", f"{where}/{theirs}", json={"content": "x"}).json()["code"] == 50005
    assert api("PATCH", f"{where}/1", json={"content": "x"}).json()["code"] == 10008
    assert post(api, "1").json()["code"] == 10003
    people.quirks(silent=[emulator.general])
    assert post(api, emulator.general).json()["code"] == 50013
    people.quirks(hidden=[emulator.general])
    assert post(api, emulator.general).json()["code"] == 50001


def test_a_channel_takes_so_many_messages_and_then_says_when(api, people, emulator) -> None:
    people.quirks(per_channel=2, per_channel_s=60.0)
    assert [post(api, emulator.general).status_code for _ in range(3)] == [200, 200, 429]
    limited = post(api, emulator.general)
    assert limited.headers["Via"]
    assert 50 < limited.json()["retry_after"] <= 61


def test_an_interaction_is_acknowledged_once_and_in_time(api, people, emulator, ada) -> None:
    def callback(key: str) -> requests.Response:
        said = {"type": 5, "data": {}}
        return api("POST", f"/interactions/{key}/interaction-{key}/callback", json=said)

    first, late = (people.slash(person=ada, channel=emulator.general, name="ask") for _ in range(2))
    answers = f"/webhooks/{emulator.bot}/interaction-{first}"
    assert api("PATCH", f"{answers}/messages/@original", json={"content": "too early"}).status_code == 404
    assert callback(first).status_code == 200
    assert callback(first).json()["code"] == 40060
    people.quirks(interaction_deadline_s=0.0)
    assert callback(late).json()["code"] == 10062
    filled = api("POST", answers, json={"content": "the first follow-up fills what was deferred"}).json()
    assert api("GET", f"{answers}/messages/@original").json()["id"] == filled["id"]
    people.quirks(interaction_token_s=0.0)
    assert api("PATCH", f"{answers}/messages/@original", json={"content": "over"}).json()["code"] == 50027


def test_without_the_intent_only_what_is_meant_for_the_bot_can_be_read(start, desk, people, emulator, ada) -> None:
    from bots.discord import client

    wanted = client.intents()
    wanted.message_content = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "intents", lambda: wanted)
        start()
    people.say(person=ada, channel=emulator.general, text="unheard")
    people.say(person=ada, channel=emulator.general, text=f"<@{emulator.bot}> heard")
    eventually(lambda: desk.heard, "the mention")
    assert desk.texts() == ["heard"]


def test_as_a_process_it_knows_in_the_next_one_what_was_said(free_port, tmp_path: Path) -> None:
    said = []
    for _life in range(2):
        port = free_port()
        command = [sys.executable, "-m", "tests.emulators.discord.server", str(port), str(tmp_path / "discord.sqlite")]
        process = subprocess.Popen(command, cwd=Path(__file__).parents[3])
        people = People(f"http://127.0.0.1:{port}")
        state = eventually(lambda people=people: answering(people), "the emulator")
        person = people.person(name="Ada")["id"]
        people.say(person=person, channel=state["general"], text="hello")
        said.append(len(people.messages(channel=state["general"])))
        people.close()
        process.kill()
        process.wait()
    assert said == [1, 2]


def answering(people: People) -> Any:
    try:
        return people.state()
    except requests.ConnectionError:
        return None


class Dying:
    """The socket of a bot that is just about to be gone."""

    closed = False

    async def send_str(self, _text: str) -> None:
        raise ConnectionResetError


def test_a_bot_that_dies_while_it_is_told_something_keeps_nothing_from_the_next_one() -> None:
    socket: Any = Dying()
    asyncio.run(Wire(socket, compress=False).send(0, {}))
