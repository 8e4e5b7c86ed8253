"""The fleet file while a process runs: taken up when it is good, kept as it was while it is not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts import membership, roles
from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleetwatch import LOOK_EVERY_S, SETTLED_S, FleetWatch, load_last_good
from tasks.contracts.membership import Joined, Told
from tasks.contracts.settings import Settings, load

TWO = '[[host]]\nname = "home"\n[[host]]\nname = "attic"\n'
ONE = '[[host]]\nname = "home"\n'


class Desk:
    """A file, a clock, and a watch over the one by the other."""

    def __init__(self, folder: Path, text: str | None = ONE, role: str = roles.ADMIN) -> None:
        self.file, self.clock = folder / "rookery.toml", ManualClock()
        if text is not None:
            self.file.write_text(text)
        # By this clock all files are new, so they have to rest before they are taken up.
        self.watch = FleetWatch(load(None, {}), {}, role, clock=self.clock, wall_s=lambda: 0.0)

    def hosts(self) -> list[str]:
        """Return what the watch knows after it had time to look twice."""
        for pause_s in (LOOK_EVERY_S, SETTLED_S, LOOK_EVERY_S):
            self.clock.sleep(pause_s)
            settings = self.watch.current()
        return [host.name for host in settings.fleet.hosts]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_good_file_is_taken_up_and_has_another_version(folder: Path) -> None:
    desk = Desk(folder)
    before = desk.watch.version
    desk.file.write_text(TWO)
    assert desk.hosts() == ["home", "attic"]
    assert desk.watch.version != before
    desk.file.write_text(ONE)
    assert desk.hosts() == ["home"]
    assert desk.watch.version == before


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[host]\n", "line 1"),
        ('[[host]]\nname = "home"\nengine = "teapot"\n', "teapot"),
        ("", "is empty now"),
        ("\n \n", "is empty now"),
    ],
)
def test_a_bad_file_leaves_the_last_good_one_in_force_and_says_why(folder: Path, text: str, why: str) -> None:
    desk = Desk(folder, TWO)
    desk.file.write_text(text)
    assert desk.hosts() == ["home", "attic"]
    assert why in desk.watch.problem
    desk.file.write_text(ONE)
    assert desk.hosts() == ["home"]
    assert not desk.watch.problem


def test_a_file_that_is_deleted_leaves_the_last_good_one_in_force(folder: Path) -> None:
    desk = Desk(folder, TWO)
    desk.file.unlink()
    assert desk.hosts() == ["home", "attic"]
    assert "cannot be read any more" in desk.watch.problem
    desk.file.write_text(TWO)
    assert desk.hosts() == ["home", "attic"]
    assert not desk.watch.problem


def test_a_file_that_is_being_written_is_left_alone_until_it_rests(folder: Path) -> None:
    desk = Desk(folder)
    desk.clock.sleep(LOOK_EVERY_S)
    for length in range(8, len(TWO), 10):
        desk.file.write_text(TWO[:length])
        assert len(desk.watch.current().fleet.hosts) == 1
        assert not desk.watch.problem
        desk.clock.sleep(SETTLED_S)
    desk.file.write_text(TWO)
    assert desk.hosts() == ["home", "attic"]


def test_what_changed_while_nobody_looked_holds_at_the_first_look(folder: Path) -> None:
    desk, at = Desk(folder), folder / "data" / "personalities"
    at.mkdir(parents=True)
    desk.hosts()
    watch = FleetWatch(load(None, {}), {}, clock=desk.clock, wall_s=lambda: time.time() + SETTLED_S + 1)
    desk.clock.sleep(LOOK_EVERY_S)
    watch.current()
    desk.file.write_text(TWO)
    (at / "luna.toml").write_text('model = "demo"\n')
    desk.clock.sleep(LOOK_EVERY_S)
    assert [host.name for host in watch.current().fleet.hosts] == ["home", "attic"]
    assert watch.current().fleet.persona("luna")
    desk.file.unlink()  # an editor may be about to put another one there
    desk.clock.sleep(LOOK_EVERY_S)
    watch.current()
    assert not watch.problem
    desk.clock.sleep(SETTLED_S)
    watch.current()
    assert "cannot be read any more" in watch.problem


def test_a_file_that_never_rests_is_taken_up_all_the_same(folder: Path) -> None:
    desk, taken = Desk(folder), set()
    for turn in range(60):
        desk.file.write_text(f"{TWO}# {turn}\n")
        taken.add(len(desk.watch.current().fleet.hosts))
        desk.clock.sleep(SETTLED_S)
    assert taken == {1, 2}
    assert not desk.watch.problem


def test_a_file_that_appears_where_there_was_none_is_taken_up(folder: Path) -> None:
    desk = Desk(folder, None)
    assert desk.hosts() == ["home"]
    desk.file.write_text(TWO)
    assert desk.hosts() == ["home", "attic"]


def test_a_file_that_says_the_same_again_is_not_news(folder: Path) -> None:
    desk = Desk(folder, TWO)
    settings = desk.watch.current()
    desk.file.write_text(TWO)
    desk.hosts()
    assert desk.watch.current() is settings


def test_what_a_process_opened_at_its_start_stays_until_the_next_one(folder: Path) -> None:
    desk = Desk(folder)
    desk.file.write_text(f'{TWO}[redis]\nport = 7000\n[data]\ndir = "elsewhere"\n')
    assert desk.hosts() == ["home", "attic"]
    now = desk.watch.current()
    assert (now.redis_url, now.data_dir) == ("redis://127.0.0.1:6390/0", folder / "data")


def test_a_process_that_starts_beside_a_bad_file_has_what_last_was_good(folder: Path) -> None:
    (folder / "rookery.toml").write_text("[[host]\n")
    environ = {"ROOKERY_DATA_DIR": str(folder / "data")}
    with pytest.raises(ConfigurationError):
        load_last_good(environ, "host")
    tell(folder, TWO_TABLES)
    assert [host.name for host in load_last_good(environ, "host").fleet.hosts] == ["home", "attic"]
    with pytest.raises(ConfigurationError):
        load_last_good({}, "host")


# Personas with files of their own


def people(desk: Desk) -> list[str]:
    desk.hosts()
    return [persona.name for persona in desk.watch.current().fleet.personas]


def test_a_persona_file_that_is_dropped_edited_and_taken_away_is_taken_up(folder: Path) -> None:
    desk, at = Desk(folder), folder / "data" / "personalities"
    at.mkdir(parents=True)
    assert people(desk) == ["rookery"]
    (at / "luna.toml").write_text('model = "demo"\n')
    assert people(desk) == ["rookery", "luna"]
    (at / "luna.toml").write_text('name = "Luna"\nmodel = "demo"\n')
    assert people(desk) == ["rookery", "Luna"]
    (at / "luna.toml").unlink()
    assert people(desk) == ["rookery"]


def test_a_persona_file_that_came_while_a_process_started_is_seen(folder: Path) -> None:
    at = folder / "data" / "personalities"
    at.mkdir(parents=True)
    settings = load(None, {})
    (at / "luna.toml").write_text('model = "demo"\n')
    clock = ManualClock()
    watch = FleetWatch(settings, {}, clock=clock)
    clock.sleep(LOOK_EVERY_S)
    assert watch.current().fleet.persona("luna")


def test_a_bad_persona_file_is_warned_of_once_and_the_rest_is_taken_up(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk, at = Desk(folder, role=roles.BOT), folder / "data" / "personalities"
    at.mkdir(parents=True)
    (at / "good.toml").write_text('model = "demo"\n')
    (at / "bad.toml").write_text("weight = -1\n")
    assert people(desk) == ["rookery", "good"]
    desk.file.write_text(TWO)
    assert desk.hosts() == ["home", "attic"]
    assert desk.watch.current().troubles == (f"{at}/bad.toml: weight = -1: wanted 0 or more",)
    assert [record.getMessage() for record in caplog.records] == list(desk.watch.current().troubles)
    assert not desk.watch.problem
    (at / "bad.toml").write_text('model = "demo"\n')
    assert people(desk) == ["rookery", "bad", "good"]
    assert not desk.watch.current().troubles


def test_an_edit_in_a_workspace_is_taken_up(folder: Path) -> None:
    desk, at = Desk(folder), folder / "data" / "personalities"
    (at / "luna").mkdir(parents=True)
    (at / "luna.toml").write_text('model = "demo"\nworkspace = "luna"\n')
    (at / "luna" / "SOUL.md").write_text("patient")
    assert people(desk) == ["rookery", "luna"]
    for change, ending in (
        (lambda: (at / "luna" / "SOUL.md").write_text("quick"), "quick"),
        (lambda: (at / "luna" / "TOOLS.md").write_text("a telescope"), "a telescope"),
        ((at / "luna" / "TOOLS.md").unlink, "quick"),
    ):
        change()
        desk.hosts()
        assert desk.watch.current().fleet.persona("luna").prompt.endswith(ending)


def test_a_process_that_starts_with_what_last_was_good_has_its_personas_once(folder: Path) -> None:
    (folder / "data" / "personalities").mkdir(parents=True)
    (folder / "data" / "personalities" / "luna.toml").write_text('model = "demo"\n')
    tables = load(None, {}).tables
    (folder / "rookery.toml").write_text("[[host]\n")
    tell(folder, tables)
    good = load_last_good({"ROOKERY_DATA_DIR": str(folder / "data")}, "host")
    assert [persona.name for persona in good.fleet.personas] == ["rookery", "luna"]
    assert not good.troubles


# A machine that joined

TWO_TABLES = {"host": [{"name": "home"}, {"name": "attic"}]}


def tell(folder: Path, tables: dict[str, Any], version: int = 1) -> None:
    (folder / "data").mkdir(exist_ok=True)
    told = Told(version=version, digest="d", text=json.dumps(tables))
    membership.write_private(folder / "data" / membership.TOLD_FILE, told.model_dump_json())


def join(folder: Path, **fields: str) -> Settings:
    (folder / "data").mkdir(exist_ok=True)
    given = {"machine": "studio", "address": "10.0.0.1:6391", "secret": "s/cret", "namespace": "rookery", **fields}
    membership.write_private(folder / "data" / membership.JOINED_FILE, Joined(**given).model_dump_json())
    return load(None, {})


def test_a_joined_machine_has_the_fleet_of_the_others_and_its_own_folders_and_files(folder: Path) -> None:
    (folder / "rookery.toml").write_text(
        '[data]\nlogs = "here"\n[[model]]\nname = "m"\ngguf = "/mine/m.gguf"\n[[host]]\nname = "ignored"\n'
    )
    models = [{"name": "m", "gguf": "/theirs/m.gguf", "slots": 2}, {"name": "n", "gguf": "/theirs/n.gguf"}]
    tell(folder, {"model": models, "host": [{"name": "studio", "agent": "studio"}, {"name": "home"}]})
    settings = join(folder)
    assert [(model.name, model.gguf) for model in settings.fleet.models] == [
        ("m", "/mine/m.gguf"),
        ("n", "/theirs/n.gguf"),
    ]
    assert [(host.name, settings.belongs_here(host)) for host in settings.fleet.hosts] == [
        ("studio", True),
        ("home", False),
    ]
    assert settings.logs_dir == folder / "here"
    assert (settings.machine, settings.own_redis) == ("studio", False)
    assert settings.redis_url == "redis://machine.studio:s%2Fcret@10.0.0.1:6391/0"
    assert "s/cret" in settings.secrets
    assert "s%2Fcret" not in repr(settings)


def test_a_joined_machine_trusts_one_certificate(folder: Path) -> None:
    assert join(folder, certificate="/x/joined.pem").redis_url == (
        "rediss://machine.studio:s%2Fcret@10.0.0.1:6391/0"
        "?ssl_ca_certs=%2Fx%2Fjoined.pem&ssl_cert_reqs=required&ssl_check_hostname=false"
    )


def test_a_joined_machine_takes_up_what_it_is_told(folder: Path) -> None:
    tell(folder, TWO_TABLES)
    clock = ManualClock()
    watch = FleetWatch(join(folder), {}, clock=clock)
    tell(folder, {"host": [{"name": "new", "agent": "studio"}]}, version=2)
    for _ in range(2):
        clock.sleep(LOOK_EVERY_S)
        watch.current()
    assert [host.name for host in watch.current().fleet.hosts] == ["new"]


def test_a_joined_machine_has_no_personas_but_those_of_the_flock(folder: Path) -> None:
    (folder / "data" / "personalities").mkdir(parents=True)
    (folder / "data" / "personalities" / "mine.toml").write_text('model = "demo"\n')
    tell(folder, {"persona": [{"name": "luna", "model": "demo"}]})
    assert [persona.name for persona in join(folder).fleet.personas] == ["luna"]


def test_where_a_joined_machine_keeps_its_transcript_is_its_own_and_whether_is_not(folder: Path) -> None:
    (folder / "rookery.toml").write_text('[transcript]\nurl = "sqlite:////mine"\nenabled = true\n')
    tell(folder, {"transcript": {"enabled": False}})
    settings = join(folder)
    assert (settings.transcript_url, settings.fleet.transcript.enabled) == ("sqlite:////mine", False)


def test_a_membership_that_cannot_be_read_is_told_with_its_file(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / membership.JOINED_FILE).write_text("{")
    with pytest.raises(ConfigurationError, match=r"joined\.json cannot be read") as caught:
        load(None, {})
    assert "rookery invite" in caught.value.next_step


def test_what_is_published_holds_nothing_of_the_machine_itself() -> None:
    raw = {
        "redis": {"url": "redis://:secret@h"},
        "data": {"dir": "x"},
        "model": [{"name": "m"}],
        "jobs": {"lease_s": 3},
    }
    assert json.loads(membership.published(raw)) == {"model": [{"name": "m"}], "jobs": {"lease_s": 3}}


def test_a_password_in_the_address_of_an_engine_is_not_published() -> None:
    hosts = [{"name": "a", "engine": "vllm+http://me:canary@10.0.0.7:8000"}, {"name": "b", "engine": "fake"}]
    told = json.loads(membership.published({"host": hosts}))
    assert [host["engine"] for host in told["host"]] == ["vllm+http://10.0.0.7:8000", "fake"]


def test_a_private_file_is_its_owners_alone(folder: Path) -> None:
    membership.write_private(folder / "f", "x")
    assert (folder / "f").stat().st_mode & 0o777 == 0o600
