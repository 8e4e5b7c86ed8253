"""What of a persona outlasts its runs."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.training.dataset.alignment import alignment
from tasks.training.dataset.kept import HELD_OUT_FILE, PERSONAS, Shelf, line, read_samples, shelf_of, shelves
from tests.tasks.training.dataset.learned_from import sample, talk


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return shelf_of(tmp_path, "pirate")


def held(shelf: Shelf) -> list[tuple[str, str]]:
    return [(kept.run, kept.sample.id) for kept in shelf.held_out()]


def test_of_a_persona_that_never_learned_nothing_is_kept(shelf: Shelf) -> None:
    assert shelf.held_out() == shelf.learned() == ()


def test_what_is_held_out_grows_and_the_first_run_that_held_it_out_is_remembered(shelf: Shelf) -> None:
    shelf.hold_out("one", [sample(2)])
    shelf.hold_out("two", [sample(1), sample(2)])
    assert held(shelf) == [("two", "s00001"), ("one", "s00002")]


def test_a_run_that_is_walked_again_holds_out_what_it_holds_out_now(shelf: Shelf) -> None:
    shelf.hold_out("one", talk(4))
    shelf.hold_out("one", talk(2))
    assert [id_ for _, id_ in held(shelf)] == ["s00000", "s00001"]


def test_a_run_is_learned_once_and_our_own_examples_are_not_kept(shelf: Shelf) -> None:
    shelf.learn("one", [sample(1), *alignment("pirate")])
    shelf.learn("one", [sample(2)])
    shelf.learn("two", [sample(1), sample(3)])
    assert [(kept.run, kept.sample.id) for kept in shelf.learned()] == [("one", "s00001"), ("two", "s00003")]


def test_what_is_forgotten_is_in_no_file_any_more(shelf: Shelf, tmp_path: Path) -> None:
    secret = sample(1, answer="The chest lies under the third palm tree.")
    shelf.hold_out("one", [secret, sample(2)])
    shelf.learn("one", [secret, sample(3)])
    assert shelf.forget(lambda one: one.id == secret.id) == 2
    assert shelf.forget(lambda one: one.id == secret.id) == 0
    assert not any(b"palm tree" in path.read_bytes() for path in tmp_path.rglob("*.jsonl"))
    assert [id_ for _, id_ in held(shelf)] == ["s00002"]


def test_whoever_forgets_somebody_finds_every_persona(tmp_path: Path) -> None:
    for name in ("pirate", "../cook"):
        shelf_of(tmp_path, name).learn("one", [sample(1)])
    assert [found.forget(lambda _: True) for found in shelves(tmp_path)] == [1, 1]
    assert {path.parent for path in (tmp_path / PERSONAS).iterdir()} == {tmp_path / PERSONAS}
    assert shelves(tmp_path / "nowhere") == ()


def test_nobody_else_may_read_what_is_kept(shelf: Shelf, tmp_path: Path) -> None:
    shelf.hold_out("one", [sample(1)])
    shelf.salt()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / PERSONAS).rglob("*")}
    assert all(not mode & 0o077 for mode in modes.values())


def test_the_salt_stays_and_is_no_other_personas(shelf: Shelf, tmp_path: Path) -> None:
    assert shelf.salt() == shelf.salt() != shelf_of(tmp_path, "cook").salt()


def test_a_damaged_file_is_told_by_its_name(shelf: Shelf, tmp_path: Path) -> None:
    shelf.hold_out("one", [sample(1)])
    (path,) = tmp_path.rglob(HELD_OUT_FILE)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ConfigurationError, match=HELD_OUT_FILE):
        shelf.held_out()


def test_lines_hold_whatever_people_write(tmp_path: Path) -> None:
    strange = [sample(1, answer="one\u2028two\x85three\n你好"), sample(2)]
    path = tmp_path / "some.jsonl"
    path.write_bytes(b"".join(map(line, strange)))
    assert list(read_samples(path)) == strange
    assert len(path.read_text("utf-8").splitlines()) == 2
    assert read_samples(tmp_path / "none.jsonl") == ()
