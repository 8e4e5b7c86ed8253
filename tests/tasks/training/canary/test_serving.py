from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts.canary import Served
from tasks.contracts.errors import AdapterDamaged, JobMoved, StoreUnavailable, UnknownThing
from tasks.contracts.notices import Notice
from tasks.jobs import adapters, learned
from tasks.jobs.store import Store
from tasks.training.canary.serving import Serving, Why
from tasks.training.registry import layout
from tasks.training.registry.events import Kind
from tasks.training.registry.manifest import WEIGHTS
from tasks.training.registry.registry import AdapterRegistry
from tests.tasks.jobs.flock import Flock
from tests.tasks.training.adapters import publish, spoil

WHY = Why("operator", "it is the best one")
NOWHERE = "redis://127.0.0.1:1/0"


class Told(list[Notice]):
    """Who is told of it."""

    def __call__(self, notice: Notice) -> None:
        self.append(notice)


@pytest.fixture
def told() -> Told:
    """Nobody was told anything yet."""
    return Told()


@pytest.fixture
def serving(registry: AdapterRegistry, flock: Flock, told: Told) -> Serving:
    """Nothing is served but the base."""
    return Serving(registry, flock.store, told)


@pytest.fixture
def versions(registry: AdapterRegistry, tmp_path: Path) -> list[str]:
    """Three versions of the pirate."""
    return [publish(registry, tmp_path, day) for day in range(3)]


def test_what_is_promoted_stands_in_the_registry_and_in_the_ledger(
    serving: Serving, registry: AdapterRegistry, flock: Flock, versions: list[str], told: Told
) -> None:
    changed = serving.promote("pirate", versions[0], WHY)
    assert changed.served == Served(serial=1, current=versions[0])
    assert registry.served("pirate") == flock.store.run(adapters.of("pirate")) == changed.served
    (card,) = (card for card in flock.store.run(learned.adapters())["pirate"] if card.promoted_ms)
    assert card.version == versions[0]  # pages show it at once
    (notice,) = told
    assert (notice.title, notice.level) == ("pirate has learned, and every reply shows it", "success")
    assert f"pirate@{versions[0]} answers now, for operator" in notice.words


def test_promoting_what_answers_everybody_changes_nothing(
    serving: Serving, registry: AdapterRegistry, versions: list[str], told: Told
) -> None:
    for _ in range(2):
        serving.promote("pirate", versions[0], WHY)
    assert registry.served("pirate").serial == len(told) == 1


def test_a_rollback_goes_back_once_however_often_it_is_said(
    serving: Serving, registry: AdapterRegistry, flock: Flock, versions: list[str]
) -> None:
    for version in versions[:2]:
        serving.promote("pirate", version, WHY)
    back = serving.roll_back("pirate", WHY)
    assert (back.before.current, back.served.current) == (versions[1], versions[0])
    again = serving.roll_back("pirate", WHY)
    assert (again.event, again.served) == (None, back.served)
    assert flock.store.run(adapters.of("pirate")) == registry.served("pirate") == back.served
    assert serving.roll_back("pirate", WHY, to="").served.current == ""
    assert serving.roll_back("pirate", WHY, to="").event is None


def test_a_rollback_takes_the_canary_first(serving: Serving, versions: list[str], told: Told) -> None:
    serving.promote("pirate", versions[0], WHY)
    serving.try_out("pirate", versions[1], 0.1, WHY, unrated=True)
    back = serving.roll_back("pirate", WHY)
    assert back.served == Served(serial=3, current=versions[0])
    assert back.event is not None
    assert back.event.version == versions[1]
    assert told[-1].words.splitlines()[0] == f"pirate@{versions[1]}: it is the best one"


def test_the_first_adapter_of_a_persona_goes_back_to_the_base(serving: Serving, versions: list[str]) -> None:
    serving.promote("pirate", versions[0], WHY)
    assert serving.roll_back("pirate", WHY).served == Served(serial=2)
    assert serving.roll_back("pirate", WHY).event is None
    assert serving.roll_back("nobody", WHY).event is None


def test_a_canary_is_tried_and_taken_away(serving: Serving, flock: Flock, versions: list[str], told: Told) -> None:
    serving.promote("pirate", versions[0], WHY)
    tried = serving.try_out("pirate", versions[1], 0.1, WHY, unrated=True).served
    assert tried == Served(serial=2, current=versions[0], canary=versions[1], share=0.1, unrated=True)
    assert serving.try_out("pirate", versions[1], 0.1, WHY, unrated=True).event is None
    figures = {"replies": 80.0, "ratings": 9.0, "reactions": 0.5, "reactions_before": 0.1}
    assert serving.demote("pirate", versions[2], Why("beat")).event is None  # it is not on trial
    gone = serving.demote("pirate", versions[1], Why("beat", "people disliked it", figures))
    assert gone.served == Served(serial=3, current=versions[0])
    assert flock.store.run(adapters.of("pirate")) == gone.served
    assert told[-1].level == "warning"
    assert "80 replies of it, 9 judged by people\ndisliked: 50.0%, before 10.0%" in told[-1].words


def test_a_damaged_version_is_never_served(serving: Serving, registry: AdapterRegistry, versions: list[str]) -> None:
    serving.promote("pirate", versions[0], WHY)
    serving.promote("pirate", versions[1], WHY)
    for version in (versions[0], versions[2]):
        spoil(registry, f"{layout.version('pirate', version)}/{WEIGHTS}")
    with pytest.raises(AdapterDamaged):
        serving.promote("pirate", versions[2], WHY)
    with pytest.raises(AdapterDamaged):
        serving.try_out("pirate", versions[2], 0.1, WHY, unrated=False)
    with pytest.raises(AdapterDamaged):
        serving.roll_back("pirate", WHY)
    with pytest.raises(UnknownThing):
        serving.promote("pirate", "20261122-00000000", WHY)
    assert registry.served("pirate").current == versions[1]
    assert serving.roll_back("pirate", WHY, to="").served.current == ""  # the base is never damaged


def test_of_two_at_once_one_is_told_so(
    serving: Serving, registry: AdapterRegistry, flock: Flock, versions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = registry.check

    def slow(persona: str, version: str) -> object:
        monkeypatch.setattr(registry, "check", read)
        Serving(registry, flock.store).promote("pirate", versions[1], WHY)
        return read(persona, version)

    monkeypatch.setattr(registry, "check", slow)
    with pytest.raises(JobMoved, match="somebody else has just changed what is served of pirate") as told:
        serving.promote("pirate", versions[0], WHY)
    assert "rookery train list" in told.value.next_step
    assert registry.served("pirate") == flock.store.run(adapters.of("pirate")) == Served(serial=1, current=versions[1])


def test_without_redis_it_is_changed_all_the_same_and_workers_hear_of_it_later(
    registry: AdapterRegistry, flock: Flock, versions: list[str]
) -> None:
    away = Store.open(NOWHERE)

    def lost(_notice: Notice) -> None:
        raise StoreUnavailable("Redis did not answer")

    changed = Serving(registry, away, lost).promote("pirate", versions[0], WHY)
    assert not changed.heard
    assert registry.current("pirate") == versions[0]
    assert flock.store.run(adapters.every()) == {}
    serving = Serving(registry, flock.store)
    assert serving.reconcile() == 1
    assert flock.store.run(adapters.of("pirate")) == changed.served
    assert serving.reconcile() == 0


def test_a_registry_that_was_put_back_to_an_earlier_day_is_believed(
    serving: Serving, registry: AdapterRegistry, flock: Flock, versions: list[str]
) -> None:
    serving.promote("pirate", versions[0], WHY)
    flock.store.run(adapters.put("pirate", Served(serial=9, current=versions[1])))
    flock.store.run(adapters.put("gone", Served(serial=4, current=versions[1])))
    assert serving.reconcile() == 2
    assert flock.store.run(adapters.every()) == {"pirate": registry.served("pirate")}


def test_all_that_happened_can_be_read(serving: Serving, registry: AdapterRegistry, versions: list[str]) -> None:
    serving.promote("pirate", versions[0], WHY)
    serving.try_out("pirate", versions[1], 0.1, WHY, unrated=False)
    serving.demote("pirate", versions[1], Why("beat", "people disliked it"))
    serving.roll_back("pirate", WHY)
    kinds = [event.kind for event in registry.history("pirate") if event.served]
    assert kinds == [Kind.PROMOTED, Kind.CANARY, Kind.DEMOTED, Kind.ROLLED_BACK]
