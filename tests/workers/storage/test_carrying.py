"""`rookery storage`: what is told of model files, and what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.contracts.errors import Refused, UnknownModel
from tasks.contracts.settings import load
from tasks.jobs import fleet_moves
from tasks.jobs.store import Store
from tests.command import PATIENCE_S, Command
from tests.tiny_model import write_tiny_gguf
from workers.children import host_folder, station
from workers.residency.diary import Diary
from workers.supervision import instance
from workers.supervision.supervise import Supervisor

FLEET = """
[redis]
url = "{url}"
[data]
hot = "ssd"
archive = "{archive}"
hot_gib = {hot_gib}
[[model]]
name = "Tiny One"
gguf = "one.gguf"
[[model]]
name = "Tiny Two"
gguf = "ssd/two.gguf"
[[host]]
name = "anvil"
"""
AWAY = "redis://127.0.0.1:9/0"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "ssd").mkdir()
    (tmp_path / "disk").mkdir()
    write_tiny_gguf(tmp_path / "ssd" / "one.gguf", 1)
    write_tiny_gguf(tmp_path / "ssd" / "two.gguf", 2)
    made = Command(tmp_path)
    made.settings(FLEET.format(url=AWAY, archive="disk", hot_gib=0))
    return made


def listed(command: Command) -> dict[str, tuple[str, str]]:
    said = json.loads(command.invoke("storage", "list", "--json").out)
    return {
        each["name"]: (each["tier"], str(Path(each["path"]).relative_to(command.folder))) for each in said["models"]
    }


def join(command: Command, redis_url: str, slug: str) -> None:
    """Have a host say that it holds a model."""
    store = Store.open(redis_url, "rookery")
    fence, _ = store.run(fleet_moves.host_join("anvil", "here", 60_000))
    about = json.dumps({"models": [{"name": slug, "slug": slug, "state": "loading"}]})
    store.run(fleet_moves.host_beat("anvil", fence, 60_000, about, {}))


def test_a_model_goes_to_the_archive_and_comes_back_and_is_found_in_both(command, tmp_path):
    words = (tmp_path / "ssd" / "one.gguf").read_bytes()
    ended = command.invoke("storage", "archive", "Tiny One")
    assert (ended.code, ended.out) == (0, f"Tiny One is in the archive now: {tmp_path}/disk/one.gguf\n")
    assert listed(command)["Tiny One"] == ("archive", "disk/one.gguf")
    assert listed(command)["Tiny Two"] == ("hot", "ssd/two.gguf")
    assert "already" in command.invoke("storage", "archive", "Tiny One").out
    assert command.invoke("storage", "fetch", "Tiny One").code == 0
    assert listed(command)["Tiny One"] == ("hot", "ssd/one.gguf")
    assert (tmp_path / "ssd" / "one.gguf").read_bytes() == words


def test_a_host_loads_a_model_from_the_archive(command, tmp_path):
    command.invoke("storage", "archive", "Tiny Two")
    settings = load(tmp_path / "rookery.toml", {})
    engine = station(settings, settings.fleet.host("anvil"), settings.fleet.model("Tiny Two"), fence=1).engine
    assert engine is not None
    assert f"--gguf={tmp_path}/disk/two.gguf" in engine.argv
    with Supervisor([engine], log_dir=tmp_path) as supervisor:
        supervisor.wait_ready(PATIENCE_S)


def test_a_fetch_beyond_the_budget_is_refused_with_what_to_archive(command, tmp_path):
    command.invoke("storage", "archive", "Tiny One")
    size_gib = (tmp_path / "ssd" / "two.gguf").stat().st_size / 2**30
    command.settings(FLEET.format(url=AWAY, archive="disk", hot_gib=1.5 * size_gib))
    with pytest.raises(Refused, match=r"no room for 'Tiny One'.*data\.hot_gib") as caught:
        command.invoke("storage", "fetch", "Tiny One")
    assert caught.value.next_step == "first `rookery storage archive 'Tiny Two'`"
    assert listed(command)["Tiny One"] == ("archive", "disk/one.gguf")
    command.invoke("storage", "archive", "Tiny Two")
    assert command.invoke("storage", "fetch", "Tiny One").code == 0


def test_a_model_that_a_host_holds_or_loads_does_not_move(command, tmp_path, redis_url):
    command.settings(FLEET.format(url=redis_url, archive="disk", hot_gib=0))
    join(command, redis_url, "tiny-one")
    with pytest.raises(Refused, match="'Tiny One' is in memory on anvil"):
        command.invoke("storage", "archive", "Tiny One")
    assert command.invoke("storage", "archive", "Tiny Two").code == 0
    assert listed(command) == {"Tiny One": ("hot", "ssd/one.gguf"), "Tiny Two": ("archive", "disk/two.gguf")}


def test_while_nobody_knows_what_is_in_memory_nothing_moves(command, tmp_path):
    settings = load(tmp_path / "rookery.toml", {})
    with instance.hold(host_folder(settings, settings.fleet.host("anvil"))):
        with pytest.raises(Refused, match="is not known"):
            command.invoke("storage", "archive", "Tiny One")
        assert "What is in memory is not known" in command.invoke("storage", "list").out
    assert command.invoke("storage", "archive", "Tiny One").code == 0


def test_with_one_folder_for_both_everything_is_listed_and_loaded_and_nothing_moves(command, tmp_path):
    command.settings(FLEET.format(url=AWAY, archive="", hot_gib=0))
    assert listed(command) == {"Tiny One": ("hot", "ssd/one.gguf"), "Tiny Two": ("hot", "ssd/two.gguf")}
    assert command.invoke("storage", "fetch", "Tiny One").out == "Tiny One is in the fast storage already.\n"
    with pytest.raises(Refused, match="the same folder"):
        command.invoke("storage", "archive", "Tiny One")


def test_where_the_disk_of_the_archive_is_not_mounted_nothing_is_written_in_its_place(command, tmp_path):
    (tmp_path / "disk").rmdir()
    with pytest.raises(Refused, match=r"data\.archive is not there"):
        command.invoke("storage", "archive", "Tiny One")
    assert not (tmp_path / "disk").exists()


def test_an_unknown_model_is_told_as_such(command):
    with pytest.raises(UnknownModel, match="no model 'Tini'"):
        command.invoke("storage", "fetch", "Tini")


def test_people_see_size_last_use_and_room(command, tmp_path):
    settings = load(tmp_path / "rookery.toml", {})
    Diary(host_folder(settings, settings.fleet.host("anvil"))).note(["tiny-one"], 1_000.0, 1_000.0)
    said = command.invoke("storage", "list").out
    line = next(line for line in said.splitlines() if line.startswith("Tiny One"))
    assert "fast" in line
    assert "days ago" in line
    assert f"GiB in {tmp_path}/disk" in said
