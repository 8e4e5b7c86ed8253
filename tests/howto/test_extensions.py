"""docs/howto/{notifications,listen,write-an-engine,scaling,panel}.md, done as they say."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bots.panel import panel_of
from bots.terminal import said_of
from tasks.contracts.engines import Kind
from tasks.contracts.fleet import parse
from tasks.contracts.notices import PRIORITIES, Notice
from tasks.contracts.settings import load
from tasks.jobs.notices import MOST_AN_HOUR, take
from tasks.jobs.store import Store
from tasks.notification.channels import channels_of
from tasks.notification.sending import MOST_TRIES, Teller
from tests.emulators.ntfy import Ntfy
from tests.examples.packages import install
from tests.howto.page import Page

ROOT = Path(__file__).parents[2]
NOTIFICATIONS, SCALING, ENGINE = Page.read("notifications"), Page.read("scaling"), Page.read("write-an-engine")


def tables(page: Page, heading: str) -> dict[str, Any]:
    return tomllib.loads(page.block(heading, "toml"))


def test_a_phone_is_told_as_the_page_says(redis_url: str, tmp_path: Path) -> None:
    told = tables(NOTIFICATIONS, "On your phone")["notify"]
    token = NOTIFICATIONS.block("On your phone", "sh").strip().partition("NTFY_TOKEN=")[2]
    with Ntfy(tokens=frozenset({token})) as server:
        file = tmp_path / "rookery.toml"
        file.write_text(NOTIFICATIONS.block("On your phone", "toml").replace(told["ntfy_url"], server.url))
        settings = load(file, {"NTFY_TOKEN": token, "REDIS_URL": redis_url})
        store = Store.open(redis_url)
        example = NOTIFICATIONS.block("From a script or a program", "python")
        exec(compile(example, "the page", "exec"), {"store": store})
        teller = Teller(store, lambda: channels_of(settings, store, {}), lambda: settings.fleet.notify.level)
        assert teller.send()
        store.close()
    [message] = server.messages
    assert (message.topic, message.title, message.priority) == (told["ntfy_topic"], "The backup is done", 3)


def test_chats_and_channels_are_named_as_the_page_says() -> None:
    for heading in ("In a chat", "Another channel"):
        for block in re.findall(r"^```toml\n(\[notify\].*?)^```", NOTIFICATIONS.section(heading), re.M | re.S):
            assert parse(tomllib.loads(block), "the page").notify != parse({}, "defaults").notify


def test_how_much_is_told_is_what_the_page_says() -> None:
    said = NOTIFICATIONS.section("Not too much")
    assert (MOST_AN_HOUR, MOST_TRIES) == (20, 8)
    assert "twenty notices an hour" in said
    assert "eight times" in said
    assert list(PRIORITIES.values()) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("page", "heading", "example"),
    [
        (NOTIFICATIONS, "Another channel", "file_notifier"),
        (Page.read("listen"), "Write one", "counting_listener"),
        (ENGINE, "Name it", "parrot_engine"),
    ],
)
def test_entry_points_are_those_of_the_examples(page: Page, heading: str, example: str) -> None:
    project = tomllib.loads((ROOT / "examples" / example / "pyproject.toml").read_text("utf-8"))["project"]
    assert tables(page, heading)["project"]["entry-points"] == project["entry-points"]


def test_a_listener_may_be_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    page: dict[str, Any] = {}
    exec(compile(Page.read("listen").block("Write one", "python"), "the page", "exec"), page)
    event = type("Event", (), {"job": "j", "state": type("S", (), {"value": "done"}), "model": "m", "who": "w"})
    page["create"](None, {})(event)
    assert capsys.readouterr().out == "j done m w\n"


def test_a_fleet_with_the_engine_of_the_page_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("parrot_engine", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    fleet = parse(tomllib.loads(re.findall(r"^```toml\n(.*?)^```", ENGINE.text, re.M | re.S)[0]), "the page")
    assert fleet.host("cage").kind is Kind.PACKAGE
    assert [model.name for model in fleet.models_of("cage")] == ["grey"]
    assert fleet.model("grey").name_on(fleet.host("cage")) == "african-grey"


def test_the_program_of_the_page_reads_what_it_is_given(tmp_path: Path) -> None:
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```", SCALING.text, re.M | re.S))
    rules = parse(tomllib.loads(re.findall(r"^```toml\n(.*?)^```", SCALING.text, re.M | re.S)[0]), "the page").scale
    script = tmp_path / rules.command[0]
    script.write_text(blocks["sh"])
    script.chmod(0o755)
    body = json.dumps(json.loads(blocks["json"]))
    subprocess.run([str(script), *rules.command[1:]], cwd=tmp_path, input=body, text=True, check=True)
    assert "waking the studio for qwen3-8b" in (tmp_path / "scaling.log").read_text()


def test_the_panel_of_the_page_can_be_asked() -> None:
    named = re.search(r"--panel (\S+)", Page.read("panel").text)
    assert named is not None
    raw = {
        "model": [{"name": "crow", "gguf": "c.gguf"}, {"name": "owl", "gguf": "o.gguf"}],
        "persona": [{"name": "Ada", "model": "crow"}, {"name": "Bob", "model": "owl"}],
    }
    panel = panel_of(said_of("?", "", ""), named[1].split(","), parse(raw, "test"))
    assert [member.request.model for member in panel.members] == ["crow", "owl", "owl"]


def test_a_notice_of_the_page_is_one_that_can_be(redis_url: str) -> None:
    store = Store.open(redis_url)
    exec(compile(NOTIFICATIONS.block("From a script or a program", "python"), "the page", "exec"), {"store": store})
    taken = store.run(take())
    assert taken is not None
    assert isinstance(taken.notice, Notice)
    store.close()
