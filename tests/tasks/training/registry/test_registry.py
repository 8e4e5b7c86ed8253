"""What holds for a registry wherever it is kept: each test runs on a folder and on a store of objects."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tasks.contracts.canary import Served
from tasks.contracts.errors import AdapterDamaged, BadInput, ConfigurationError, RetryableError, UnknownThing
from tasks.training.registry import layout
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.local import LocalShelf
from tasks.training.registry.manifest import CONFIG, MANIFEST, WEIGHTS
from tasks.training.registry.registry import AdapterRegistry
from tests.tasks.training.adapters import FIRST_MS, origin, publish, registry_on, spoil, trained

MANY = 8


def promotion(registry: AdapterRegistry, version: str, persona: str = "pirate", by: str = "beat") -> Event:
    before = registry.served(persona)
    served = Served(serial=before.serial + 1, current=version, previous=before.current)
    return Event(kind=Kind.PROMOTED, version=version, at_ms=FIRST_MS, by=by, served=served)


def test_an_empty_registry_serves_the_base(registry: AdapterRegistry) -> None:
    assert registry.personas() == registry.versions("pirate") == registry.history("pirate") == ()
    assert registry.served("pirate") == Served()
    assert registry.current("pirate") == ""
    assert registry.last_change("pirate") is None


def test_what_is_published_comes_back_as_it_was(registry: AdapterRegistry, tmp_path: Path) -> None:
    folder = trained(tmp_path / "trained")
    version = registry.publish(folder, origin())
    assert version.startswith("20261122-")
    assert registry.personas() == ("pirate",)
    assert registry.versions("pirate") == (version,)
    assert registry.check("pirate", version).origin == origin()
    found = registry.folder("pirate", version)
    assert {path.name for path in found.iterdir()} == {WEIGHTS, CONFIG, "README.md", MANIFEST}
    for name in (WEIGHTS, CONFIG):
        assert (found / name).read_bytes() == (folder / name).read_bytes()
    assert registry.persona_of(version) == "pirate"


def test_publishing_again_changes_nothing(registry: AdapterRegistry, tmp_path: Path) -> None:
    version = publish(registry, tmp_path)
    before = registry.manifest("pirate", version)
    assert registry.publish(tmp_path / "trained-pirate-0", origin(day=3)) == version
    assert registry.versions("pirate") == (version,)
    assert registry.manifest("pirate", version) == before
    assert [event.kind for event in registry.history("pirate")] == [Kind.PUBLISHED]


@pytest.mark.parametrize("persona", ["../../etc", "..", ".hidden", "a/b", "Käpt'n Hook", "月" * 150, "CON:"])
def test_a_persona_may_be_called_anything(registry: AdapterRegistry, tmp_path: Path, persona: str) -> None:
    version = registry.publish(trained(tmp_path / "trained"), origin(persona))
    assert registry.personas() == (persona,)
    assert registry.check(persona, version).origin.persona == persona
    assert registry.change(persona, promotion(registry, version, persona))
    assert registry.current(persona) == version
    assert {path.name for path in tmp_path.iterdir()} <= {"adapters", "cache", "trained"}


def test_a_note_beside_the_folders_is_nobodys(tmp_path: Path) -> None:
    registry = AdapterRegistry(LocalShelf(tmp_path / "adapters"), tmp_path / "cache")
    publish(registry, tmp_path)
    (tmp_path / "adapters" / "notes.txt").write_text("the pirate is good")
    assert registry.personas() == ("pirate",)


def test_a_disk_that_is_full_after_a_change_leaves_it_changed(
    registry: AdapterRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(registry, tmp_path)

    def full(*_args: object) -> None:
        raise RetryableError("no space left")

    monkeypatch.setattr(type(registry.shelf), "write", full)
    assert registry.change("pirate", promotion(registry, version))
    assert registry.current("pirate") == version


@pytest.mark.parametrize("version", ["../versions", "latest", "", "20261122-ab12cd34/.."])
def test_what_is_no_version_makes_no_path(registry: AdapterRegistry, version: str) -> None:
    with pytest.raises(UnknownThing, match="no version"):
        registry.check("pirate", version)


def test_a_version_that_is_not_there_is_told_as_that(registry: AdapterRegistry, tmp_path: Path) -> None:
    publish(registry, tmp_path)
    with pytest.raises(UnknownThing, match="there is no adapter pirate@20261122-00000000"):
        registry.folder("pirate", "20261122-00000000")


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, "README.md"])
def test_one_changed_byte_is_found_before_anything_is_used(
    registry: AdapterRegistry, tmp_path: Path, name: str
) -> None:
    version = publish(registry, tmp_path)
    registry.folder("pirate", version)
    spoil(registry, f"{layout.version('pirate', version)}/{name}")
    with pytest.raises(AdapterDamaged, match=f"pirate@{version} is damaged: {name}: its SHA-256") as told:
        registry.check("pirate", version)
    assert "backup" in told.value.next_step


@pytest.mark.parametrize("length", [0, 10])
def test_a_file_that_was_cut_is_found(registry: AdapterRegistry, tmp_path: Path, length: int) -> None:
    version = publish(registry, tmp_path)
    spoil(registry, f"{layout.version('pirate', version)}/{WEIGHTS}", b"x" * length)
    with pytest.raises(AdapterDamaged, match=f"{WEIGHTS}: it has {length} bytes"):
        registry.folder("pirate", version)


def test_a_file_that_nobody_named_is_found(registry: AdapterRegistry, tmp_path: Path) -> None:
    version = publish(registry, tmp_path)
    registry.shelf.write(f"{layout.version('pirate', version)}/training_args.bin", b"\x80\x04.")
    with pytest.raises(AdapterDamaged, match=r"training_args\.bin: its manifest does not name it"):
        registry.check("pirate", version)


def test_the_manifest_of_another_is_found(registry: AdapterRegistry, tmp_path: Path) -> None:
    one, other = publish(registry, tmp_path), publish(registry, tmp_path, 1)
    told = registry.shelf.read(f"{layout.version('pirate', other)}/{MANIFEST}")
    spoil(registry, f"{layout.version('pirate', one)}/{MANIFEST}", told)
    with pytest.raises(AdapterDamaged, match="it is that of pirate@"):
        registry.manifest("pirate", one)


def test_a_manifest_that_names_files_elsewhere_is_refused(registry: AdapterRegistry, tmp_path: Path) -> None:
    version = publish(registry, tmp_path)
    path = f"{layout.version('pirate', version)}/{MANIFEST}"
    told = registry.shelf.read(path).replace(b'"README.md"', b'"../../served.json"')
    spoil(registry, path, told)
    with pytest.raises(AdapterDamaged, match="cannot be read"):
        registry.folder("pirate", version)


def test_a_version_without_a_manifest_does_not_exist(registry: AdapterRegistry, tmp_path: Path) -> None:
    registry.shelf.write(f"{layout.version('pirate', '20261122-ab12cd34')}/{WEIGHTS}", b"half of it")
    assert registry.versions("pirate") == ()
    version = publish(registry, tmp_path)
    assert registry.versions("pirate") == (version,)


def test_what_somebody_left_who_died_over_it_is_in_nobodys_way(tmp_path: Path) -> None:
    version = publish(registry_on("memory", tmp_path / "elsewhere"), tmp_path)
    registry = registry_on("memory", tmp_path)
    for name in (WEIGHTS, "vocab.json"):
        registry.shelf.write(f"{layout.version('pirate', version)}/{name}", b"half of it")
    assert publish(registry, tmp_path) == version
    registry.check("pirate", version)


def test_each_change_of_what_is_served_is_one_more(registry: AdapterRegistry, tmp_path: Path) -> None:
    one, two = publish(registry, tmp_path), publish(registry, tmp_path, 1)
    for version in (one, two):
        assert registry.change("pirate", promotion(registry, version))
    assert registry.served("pirate") == Served(serial=2, current=two, previous=one)
    told = Served.model_validate_json(registry.shelf.read(layout.served("pirate")))
    assert told == registry.served("pirate")
    last = registry.last_change("pirate")
    assert last is not None
    assert last.version == two


def test_of_two_who_read_the_same_one_wins(registry: AdapterRegistry, tmp_path: Path) -> None:
    one, two = publish(registry, tmp_path), publish(registry, tmp_path, 1)
    first, second = promotion(registry, one), promotion(registry, two)
    assert registry.change("pirate", first)
    assert not registry.change("pirate", second)
    assert registry.served("pirate").current == one


def test_of_many_at_once_one_wins(registry: AdapterRegistry, tmp_path: Path) -> None:
    version = publish(registry, tmp_path)
    told = [promotion(registry, version, by=f"process {number}") for number in range(MANY)]
    together, won = threading.Barrier(MANY), []

    def promote(event: Event) -> None:
        together.wait()
        if registry.change("pirate", event):
            won.append(event.by)

    threads = [threading.Thread(target=promote, args=(event,)) for event in told]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    last = registry.last_change("pirate")
    assert last is not None
    assert won == [last.by]


def test_of_two_processes_one_wins(tmp_path: Path) -> None:
    registry = AdapterRegistry.at(str(tmp_path / "adapters"), tmp_path)
    version = publish(registry, tmp_path)
    told = [promotion(registry, version, by=str(number)) for number in range(4)]
    children = []
    for event in told:
        if not (child := os.fork()):
            os._exit(0 if registry.change("pirate", event) else 1)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sorted(ends) == [0, 1, 1, 1]
    assert registry.served("pirate").serial == 1


def test_who_died_before_it_was_told_from_outside_has_changed_it_all_the_same(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    version = publish(registry, tmp_path)
    event = promotion(registry, version)
    assert registry.shelf.create(layout.change("pirate", 1), event.model_dump_json().encode())
    assert registry.served("pirate") == event.served


@pytest.mark.parametrize("left", [b"", b"{", b"[]"])
def test_a_pointer_that_is_torn_is_read_from_the_changes(
    registry: AdapterRegistry, tmp_path: Path, left: bytes
) -> None:
    version = publish(registry, tmp_path)
    registry.change("pirate", promotion(registry, version))
    spoil(registry, layout.served("pirate"), left)
    assert registry.current("pirate") == version


def test_a_change_that_cannot_be_read_is_told_by_its_file(registry: AdapterRegistry, tmp_path: Path) -> None:
    registry.change("pirate", promotion(registry, publish(registry, tmp_path)))
    registry.shelf.write(layout.change("pirate", 2), b"{")
    with pytest.raises(AdapterDamaged, match=r"pirate/changes/00000002\.json"):
        registry.served("pirate")


def test_a_version_of_two_personas_wants_to_be_told_whose(registry: AdapterRegistry, tmp_path: Path) -> None:
    one = registry.publish(trained(tmp_path / "trained"), origin("pirate"))
    assert registry.publish(trained(tmp_path / "trained"), origin("poet")) == one
    with pytest.raises(UnknownThing, match="not known which") as told:
        registry.persona_of(one)
    assert "pirate and poet" in told.value.next_step


def test_a_copy_that_was_damaged_here_is_fetched_anew(registry: AdapterRegistry, tmp_path: Path) -> None:
    version = publish(registry, tmp_path)
    found = registry.folder("pirate", version)
    if registry.shelf.local:
        return  # it is no copy
    (found / WEIGHTS).write_bytes(b"x")
    assert (registry.folder("pirate", version) / WEIGHTS).read_bytes() != b"x"


def test_a_folder_that_cannot_be_written_is_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "adapters").write_text("a file", encoding="utf-8")
    registry = AdapterRegistry.at(str(tmp_path / "adapters"), tmp_path)
    with pytest.raises(RetryableError, match="cannot be read or written") as told:
        publish(registry, tmp_path)
    assert "`adapters` in [training]" in told.value.next_step


def test_a_url_that_nobody_reaches_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be kept at nowhere://x"):
        AdapterRegistry.at("nowhere://x", tmp_path)


def test_nothing_is_published_that_is_not_let_in(registry: AdapterRegistry, tmp_path: Path) -> None:
    folder = trained(tmp_path / "trained")
    (folder / "adapter_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(BadInput, match="may be a pickle"):
        registry.publish(folder, origin())
    assert registry.versions("pirate") == ()
