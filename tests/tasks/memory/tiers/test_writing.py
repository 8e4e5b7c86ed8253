"""Written, confirmed, and only then deleted: whoever dies anywhere in between loses nothing and doubles nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.contracts.errors import MemoryUnavailable
from tasks.memory.stores.store import VectorStore
from tasks.memory.tiers import writing
from tasks.memory.tiers.digests import EXTRACT, digests
from tasks.memory.tiers.extracts import extracted
from tasks.memory.tiers.writing import CONFIRMED, ENDED, GONE, POINTS, WRITTEN, replace_with, resumed
from tasks.memory.values import Memory, Tier, Whole
from tests.tasks.memory.conftest import keep
from tests.tasks.memory.tiers.people import Home, exchanges, reply, turn

SAID = [turn(1, "I live in Porto."), reply(1, "In Porto it rains."), *exchanges(3, begin=2)]


class DiedError(Exception):
    """This process is no more."""


def made_of(said: list[Memory]) -> list[Memory]:
    return digests(said, extracted(said), EXTRACT)


def dies_at(monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    def reach(reached: str) -> None:
        if reached == point:
            raise DiedError(point)

    monkeypatch.setattr(writing, "reach", reach)


def whole(home: Home) -> bool:
    """Return whether everything that was said is there once: as turns, or in digests that are done."""
    found = home.all()
    turns = {one.id for one in found if one.tier is Tier.SHORT}
    cited = {id_ for one in found for id_ in one.sources}
    done = all(not one.status and not one.dependencies for one in found)
    return done and turns | cited == {one.id for one in SAID} and not turns & cited


def test_what_is_replaced_is_gone_and_named(shelf_store: VectorStore) -> None:
    home = Home(shelf_store, *SAID)
    assert replace_with(home.shelf, SAID, made_of(SAID))
    assert {one.id for one in home.all()} == {one.id for one in made_of(SAID)}
    assert whole(home)


@pytest.mark.parametrize("point", POINTS)
def test_whoever_dies_over_it_leaves_what_the_next_one_makes_whole(
    shelf_store: VectorStore, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    home = Home(shelf_store, *SAID)
    with monkeypatch.context() as patched:
        dies_at(patched, point)
        with pytest.raises(DiedError):
            replace_with(home.shelf, SAID, made_of(SAID))
    home.live(0)  # the same night again: what was said is of today
    assert whole(home)
    assert (Tier.SHORT in {one.tier for one in home.all()}) is (point in {WRITTEN, CONFIRMED})
    home.live(3)
    assert whole(home)
    assert len(home.all()) == len(made_of(SAID))


def test_a_store_that_did_not_keep_it_keeps_what_was_said(
    shelf_store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(shelf_store, *SAID)
    monkeypatch.setattr(shelf_store, "put", lambda memories: None)
    with pytest.raises(MemoryUnavailable, match="did not keep"):
        replace_with(home.shelf, SAID, made_of(SAID))
    assert home.texts() == [one.text for one in sorted(SAID, key=lambda one: (one.at_ms, one.text))]


def test_what_was_forgotten_before_is_in_no_digest(shelf_store: VectorStore) -> None:
    home = Home(shelf_store, *SAID)
    shelf_store.delete(Whole(), ids=[SAID[0].id])
    assert not replace_with(home.shelf, SAID, made_of(SAID))
    assert len(home.all()) == len(SAID) - 1


def test_what_is_forgotten_while_it_is_written_is_in_no_digest(
    shelf_store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(shelf_store, *SAID)

    def forget(point: str) -> None:
        if point == WRITTEN:
            shelf_store.delete(Whole(), ids=[SAID[0].id])

    monkeypatch.setattr(writing, "reach", forget)
    assert not replace_with(home.shelf, SAID, made_of(SAID))
    assert not any("Porto." in text for text in home.texts())
    assert len(home.all()) == len(SAID) - 1


def test_an_answer_that_was_changed_meanwhile_is_not_deleted(shelf_store: VectorStore) -> None:
    home = Home(shelf_store, *SAID)
    keep(shelf_store, replace(SAID[1], text="In Porto the sun shines."))
    assert not replace_with(home.shelf, SAID, made_of(SAID))
    assert "In Porto the sun shines." in home.texts()


def test_who_is_no_longer_the_one_deletes_nothing(shelf_store: VectorStore) -> None:
    home = Home(shelf_store, *SAID)
    shelf = replace(home.shelf, holds=lambda: False)
    with pytest.raises(MemoryUnavailable, match="another process"):
        replace_with(shelf, SAID, made_of(SAID))
    assert all(shelf_store.get([one.id], Whole()) for one in SAID)


def test_after_a_crash_an_answer_anew_does_not_undo_a_digest(
    shelf_store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(shelf_store, *SAID)
    with monkeypatch.context() as patched:
        dies_at(patched, GONE)
        with pytest.raises(DiedError):
            replace_with(home.shelf, SAID, made_of(SAID))
    anew = reply(1, "In Porto it snows.", 2)
    keep(shelf_store, anew)
    list(resumed(shelf_store))
    assert {one.id for one in home.all()} == {anew.id, *(one.id for one in made_of(SAID))}


def test_all_points_are_known() -> None:
    assert POINTS == (WRITTEN, CONFIRMED, GONE, ENDED)
