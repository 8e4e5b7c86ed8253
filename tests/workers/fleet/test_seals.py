"""Every machine may write where the fleet file is published; none can speak for its owner. A real Redis with users."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.contracts import membership
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.membership import Told
from tasks.contracts.settings import Settings, load
from tasks.jobs import fleet_file
from tasks.jobs.store import Store
from tests.workers.fleet.lodge import Lodge
from tests.workers.household import until
from workers.fleet import acl, inviting, joining, seals, users
from workers.fleet.following import Follower
from workers.fleet.invitation import read
from workers.fleet.owner import Owner

HOUR_S = 3600
FORGED = json.dumps({"host": [{"name": "studio", "agent": "studio", "engine": "http://10.0.0.66"}]})
MINE, OTHERS = acl.hashed("mine"), acl.hashed("another's")


# ---------------------------------------------------------------- seals as such


def test_a_seal_is_for_one_machine_one_text_and_one_number() -> None:
    sealed = seals.sealed("text", 7, {"studio": MINE, "attic": OTHERS})
    assert seals.serial_of("text", sealed, "studio", MINE) == 7
    assert seals.serial_of("another text", sealed, "studio", MINE) is None
    assert seals.serial_of("text", sealed, "attic", MINE) is None
    assert seals.serial_of("text", sealed, "cellar", MINE) is None
    assert seals.serial_of("text", sealed.replace("7", "8", 1), "studio", MINE) is None
    assert MINE not in sealed


@pytest.mark.parametrize(
    "said",
    ["", "x", "[]", "7", "null", "{}", '{"serial": 7}', '{"serial": "x", "seals": {"studio": ""}}', "[" * 9_000]
    + [json.dumps({"serial": serial, "seals": {"studio": "é"}}) for serial in (7, None, 1e400, "7")]
    + [json.dumps({"serial": 7, "seals": bad}) for bad in (None, 7, [], "studio")],
)
def test_whatever_stands_in_the_place_of_seals_is_none(said: str) -> None:
    assert seals.serial_of("text", said, "studio", MINE) is None


# ---------------------------------------------------------------- a machine that would speak for the owner


class Studio:
    """A machine that joined, and follows."""

    def __init__(self, lodge: Lodge, settings: Settings) -> None:
        self.lodge, self.settings = lodge, settings
        self.store = Store.open(settings.redis_url, settings.namespace)
        self.said: list[str] = []
        self.follower = Follower(settings, self.store, tell=self.said.append)

    def hosts(self) -> list[str]:
        """Look, and return the hosts of the file that is in force here."""
        self.follower.look()
        return [host.name for host in load(None, {}).fleet.hosts]

    def told(self) -> Told:
        found = membership.told(self.settings.data_dir)
        assert found is not None
        return found

    def password(self) -> str:
        given = membership.joined(self.settings.data_dir)
        assert given is not None
        return acl.hashed(given.secret)


@pytest.fixture
def studio(lodge: Lodge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    monkeypatch.chdir(tmp_path)
    admin = lodge.store()
    invitation = read(inviting.invite(lodge.settings(), admin, "studio", HOUR_S))
    joining.join(invitation, load(None, {}), lambda _line: None)
    made = Studio(lodge, load(None, {}))
    assert made.hosts() == ["home"]
    yield made
    made.store.close()
    inviting.revoke(admin, "studio")
    admin.close()


@pytest.fixture
def rogue(lodge: Lodge) -> Iterator[Store]:
    """The ledger as another machine sees it that was let in."""
    admin = lodge.store()
    users.admit(admin, "rogue", acl.hashed("rogue"))
    made = Store.open(f"redis://machine.rogue:rogue@127.0.0.1:{lodge.port}/0", "rookery")
    yield made
    made.close()
    users.dismiss(admin, "rogue")
    admin.close()


def refused(studio: Studio, forge: Callable[[], object], word: str) -> None:
    """Have it forged until the follower has seen it: the owner puts it right many times a second."""

    def forged_and_seen() -> bool:
        forge()
        assert studio.hosts() == ["home"]
        return any(word in line for line in studio.said)

    until(forged_and_seen, "a look at what was forged")
    assert "WARNING" in studio.said[-1]
    assert "10.0.0.66" not in (studio.settings.data_dir / membership.TOLD_FILE).read_text()


def test_a_file_that_another_machine_wrote_is_not_followed(studio: Studio, rogue: Store) -> None:
    genuine = rogue.run(fleet_file.read())
    assert genuine is not None
    for sealed in ("", genuine.seals, seals.sealed(FORGED, 2**53, {"studio": acl.hashed("rogue")})):
        studio.said.clear()
        studio.follower = Follower(studio.settings, studio.store, tell=studio.said.append)
        refused(
            studio,
            lambda sealed=sealed: rogue.run(fleet_file.publish(FORGED, "f" * 16, "owner", "", sealed)),  # type: ignore[misc]
            "its owner did not seal it for this machine",
        )
    until(lambda: "10.0.0.66" not in rogue.run(fleet_file.read()).text, "the owner's own again")


def test_what_was_forged_is_told_once(studio: Studio, rogue: Store) -> None:
    for _ in range(3):
        refused(studio, lambda: rogue.run(fleet_file.publish(FORGED, "f" * 16, "owner", "")), "did not seal it")
    assert len(studio.said) == 1


def test_an_older_file_that_is_brought_back_is_not_followed(studio: Studio, rogue: Store) -> None:
    older = rogue.run(fleet_file.read())
    assert older is not None
    studio.lodge.file.write_text(studio.lodge.told('[[host]]\nname = "cellar"\n'))
    until(lambda: studio.hosts() == ["cellar"], "the change")
    studio.said.clear()

    def seen() -> bool:
        rogue.run(fleet_file.publish(older.text, older.digest, "owner", "", older.seals))
        assert studio.hosts() == ["cellar"]
        return any("an older one, brought back" in line for line in studio.said)

    until(seen, "a look at what was brought back")
    until(lambda: "cellar" in rogue.run(fleet_file.read()).text, "the owner's own again")


def test_what_a_machine_puts_in_the_place_of_the_text_alone_is_put_right(studio: Studio, rogue: Store) -> None:
    rogue.client.hset("rookery:fleet", "text", FORGED)
    until(lambda: "10.0.0.66" not in rogue.client.hget("rookery:fleet", "text"), "the owner's own again")
    assert studio.hosts() == ["home"]


# ---------------------------------------------------------------- what must go on all the same


def test_versions_that_begin_anew_are_followed(studio: Studio) -> None:
    lodge = studio.lodge
    for name in ("cellar", "attic"):
        lodge.file.write_text(lodge.told(f'[[host]]\nname = "{name}"\n'))
        until(lambda name=name: studio.hosts() == [name], "the change")  # type: ignore[misc]
    admin = lodge.store()
    admin.client.delete("rookery:fleet")  # as a Redis that forgot everything
    lodge.file.write_text(lodge.told('[[host]]\nname = "shed"\n'))
    until(lambda: studio.hosts() == ["shed"], "the change")
    assert admin.run(fleet_file.read()).version <= 2
    admin.close()


def test_an_owner_that_starts_again_goes_on_with_its_count_whatever_the_clock_says(
    studio: Studio, lodge: Lodge, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = studio.told().serial
    kept = membership.told(lodge.folder / "data")
    assert kept is not None
    assert kept.serial == before > 0
    monkeypatch.setattr("workers.fleet.owner.time.time", lambda: 0.0)  # a battery that is empty
    again = lodge.owner()
    again.look()
    unchanged = membership.told(lodge.folder / "data")
    assert unchanged is not None
    assert unchanged.serial == before
    assert Owner._serial_of(again, "another file") == before + 1
    (lodge.folder / "data" / membership.TOLD_FILE).write_text("{")
    assert Owner._serial_of(again, "another file") == 0
    membership.write_private(lodge.folder / "data" / membership.TOLD_FILE, kept.model_dump_json())


def test_who_comes_in_is_sealed_for_and_who_goes_is_not(studio: Studio, rogue: Store) -> None:
    def sealed_for() -> set[str]:
        return set(json.loads(rogue.run(fleet_file.read()).seals)["seals"])

    until(lambda: sealed_for() >= {"studio", "rogue"}, "a seal for each")
    published = rogue.run(fleet_file.read())
    assert published is not None
    assert seals.serial_of(published.text, published.seals, "studio", studio.password()) == studio.told().serial
    admin = studio.lodge.store()
    users.dismiss(admin, "rogue")
    until(lambda: "rogue" not in json.loads(admin.run(fleet_file.read()).seals)["seals"], "its seal to go")
    users.admit(admin, "rogue", acl.hashed("rogue"))
    admin.close()


def test_who_joins_does_not_start_from_a_file_that_the_owner_did_not_seal(
    lodge: Lodge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(joining, "LET_IN_S", 1.0)
    monkeypatch.setattr(seals, "sealed", lambda *_: "")  # an owner of an older version, say
    admin = lodge.store()
    invitation = read(inviting.invite(lodge.settings(), admin, "attic", HOUR_S))
    with pytest.raises(ConfigurationError, match="was not sealed by its owner for this machine"):
        joining.join(invitation, load(None, {}), lambda _line: None)
    assert membership.told(tmp_path / "data") is None
    inviting.revoke(admin, "attic")
    admin.close()
