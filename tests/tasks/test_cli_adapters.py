"""`rookery train list|show|promote|rollback|diff|gc`, over a folder of adapters and a ledger."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from tasks.contracts.canary import Served
from tasks.contracts.errors import UnknownPersona, UnknownThing
from tasks.jobs import adapters
from tasks.jobs.store import Store
from tasks.training.registry import cards, layout, lineage, showing
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.manifest import MANIFEST
from tasks.training.registry.registry import AdapterRegistry
from tests.command import Command
from tests.tasks.training.adapters import FIRST_MS, origin, publish, trained


@pytest.fixture
def registry(command: Command, redis_url: str, tmp_path: Path) -> AdapterRegistry:
    """The one that the command finds, empty."""
    command.settings(f'[data]\ndir = "{tmp_path / "data"}"\n\n[redis]\nurl = "{redis_url}"\n')
    return AdapterRegistry.at(str(tmp_path / "data" / "adapters"), tmp_path / "cache")


def test_before_anything_was_trained_the_list_says_how_to(registry: AdapterRegistry, command: Command) -> None:
    assert (
        command.invoke("train", "list").out
        == "no adapters yet; `rookery train now` makes one, for a persona that learns\n"
    )
    assert json.loads(command.invoke("train", "list", "--json").out) == []
    with pytest.raises(UnknownPersona, match="'pirate' has no adapters"):
        command.invoke("train", "list", "-p", "pirate")


def test_adapters_are_promoted_listed_and_taken_back(
    registry: AdapterRegistry, command: Command, redis_url: str, tmp_path: Path
) -> None:
    old, new = publish(registry, tmp_path), publish(registry, tmp_path, 1)
    assert command.invoke("train", "promote", old).out == f"{old} is promoted; {old} answers for pirate\n"
    command.invoke("train", "promote", new, "--why", "it is funnier")
    rows = [line.split() for line in command.invoke("train", "list").out.splitlines()]
    assert rows[0][:3] == ["persona", "version", "made"]
    assert [(row[1], row[2], row[-1]) for row in rows[1:]] == [
        (new, "2026-11-23", "answers"),
        (old, "2026-11-22", "before"),
    ]
    with Store.open(redis_url).client as client:
        assert json.loads(client.hget("rookery:adapters", "pirate"))["current"] == new
    said = command.invoke("train", "rollback", "--persona", "pirate").out
    assert said == f"{new} is taken back; {old} answers for pirate\n"
    again = command.invoke("train", "rollback", "-p", "pirate").out
    assert again == f"nothing was changed: {old} answers for pirate\n"
    told = json.loads(command.invoke("train", "rollback", "-p", "pirate", "--to", "base", "--json").out)
    assert (told["changed"], told["served"]["current"], told["served"]["serial"]) == (True, "", 4)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (("-p", "pirat"), "'pirat' has no adapters"),
        (("-p", ""), "'' has no adapters"),
        (("-p", "pirate", "--to", "nonsense"), "'nonsense' is no version"),
        (("-p", "pirate", "--to", "20261122-00000000"), "there is no adapter pirate@20261122-00000000"),
    ],
)
def test_what_cannot_be_taken_back_is_told_and_not_passed_over(
    registry: AdapterRegistry, command: Command, tmp_path: Path, said: tuple[str, ...], why: str
) -> None:
    version = publish(registry, tmp_path)
    command.invoke("train", "promote", version)
    with pytest.raises(UnknownThing, match=why):
        command.invoke("train", "rollback", *said)
    assert registry.current("pirate") == version


def test_who_promotes_what_knows_of_something_forgotten_is_told(
    registry: AdapterRegistry, command: Command, tmp_path: Path
) -> None:
    version = publish(registry, tmp_path, samples={"a": ("job-1",)})
    for trace in lineage.made_of(registry, ["job-1"]):
        lineage.flag(registry, trace, FIRST_MS)
    assert "1 of what it learned from was forgotten" in command.invoke("train", "promote", version).out
    assert json.loads(command.invoke("train", "promote", version, "--json").out)["forgotten"] == 1


def test_one_adapter_is_shown_with_all_that_happened_to_it(
    registry: AdapterRegistry, command: Command, tmp_path: Path
) -> None:
    version = publish(registry, tmp_path, samples={"a": ("job-1", "job-2")}, consents=("c1",))
    command.invoke("train", "promote", version, "--why", "[bold]it is funnier")
    for trace in lineage.made_of(registry, ["job-1"]):
        lineage.flag(registry, trace, FIRST_MS)
    shown = command.invoke("train", "show", version).out
    for words in (f"pirate@{version}", "1 samples, of 2 jobs", "let it pass", "promoted", "[bold]it is funnier", "nll"):
        assert words in shown
    assert "1 of what it learned from was forgotten; it is trained anew without" in shown
    told = json.loads(command.invoke("train", "show", version, "--json").out)
    assert (told["now"], told["flagged"], told["manifest"]["origin"]["consents"]) == ("answers", 1, ["c1"])
    assert "1 forgotten" in command.invoke("train", "list").out
    with pytest.raises(UnknownThing, match="it is not known which adapter"):
        command.invoke("train", "show", "20261122-00000000")
    with pytest.raises(UnknownThing, match="there is no adapter pirate@20261122-00000000"):
        command.invoke("train", "show", "20261122-00000000", "-p", "pirate")


def test_a_version_is_shown_whole_whatever_its_persona_is_called(registry: AdapterRegistry, tmp_path: Path) -> None:
    persona, shown = "Käpt'n " + "月" * 57, Console(width=80, file=io.StringIO())
    version = registry.publish(trained(tmp_path / "trained"), origin(persona))
    served = Served(serial=1, current=version)
    assert registry.change(persona, Event(kind=Kind.PROMOTED, version=version, at_ms=FIRST_MS, served=served))
    with shown.capture() as said:
        shown.print(showing.table(cards.cards(registry, persona)))
    assert version in said.get()
    assert "answers" in said.get()
    assert len(said.get().splitlines()) == 2


def test_a_damaged_one_is_listed_as_that(registry: AdapterRegistry, command: Command, tmp_path: Path) -> None:
    version = publish(registry, tmp_path)
    registry.shelf.write(f"{layout.version('pirate', version)}/{MANIFEST}", b"{")
    assert command.invoke("train", "list").out.split()[-1] == "damaged"
    assert "manifest.json: it cannot be read" in " ".join(command.invoke("train", "show", version).out.split())


def test_two_are_compared(registry: AdapterRegistry, command: Command, tmp_path: Path) -> None:
    one = publish(registry, tmp_path, settings={"rank": 16})
    two = publish(registry, tmp_path, 1, settings={"rank": 8})
    shown = [line.split() for line in command.invoke("train", "diff", one, two).out.splitlines()]
    assert ["settings", "rank", "16", "8"] in shown
    told = json.loads(command.invoke("train", "diff", one, two, "--json").out)
    assert {"about": "settings", "name": "rank", "one": "16", "other": "8"} in told
    assert "do not differ" in command.invoke("train", "diff", one, one).out


def test_what_nobody_needs_is_taken_away(registry: AdapterRegistry, command: Command, tmp_path: Path) -> None:
    versions = [publish(registry, tmp_path, day) for day in range(9)]
    command.invoke("train", "promote", versions[0])
    assert command.invoke("train", "gc").out == f"pirate@{versions[1]}\n"
    assert command.invoke("train", "gc").out == "nothing to take away\n"


def test_while_redis_is_away_it_is_taken_back_all_the_same(
    registry: AdapterRegistry, command: Command, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(registry, tmp_path)
    command.invoke("train", "promote", version)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    said = command.invoke("train", "rollback", "-p", "pirate").out
    assert said.startswith(f"{version} is taken back; the base, without an adapter, answers for pirate\nRedis does not")
    assert registry.served("pirate").current == ""
    store = Store.open(redis_url)
    assert store.run(adapters.of("pirate")) == Served(serial=1, current=version)
    store.close()
