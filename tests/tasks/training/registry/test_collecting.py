from __future__ import annotations

from pathlib import Path

from tasks.contracts.canary import Served
from tasks.training.registry import layout
from tasks.training.registry.collecting import superfluous
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.manifest import MANIFEST, Manifest
from tasks.training.registry.registry import AdapterRegistry
from tests.tasks.training.adapters import DAY_MS, FIRST_MS, origin, publish

KEEP = 7


def known(**parents: tuple[str, ...]) -> dict[str, Manifest]:
    """Make nine versions, one a day: `v1` to `v9`."""
    days = range(1, 10)
    names = {f"v{day}": f"202611{day:02d}-0000000{day}" for day in days}
    return {
        names[f"v{day}"]: Manifest.model_construct(
            origin=origin(day=day, parents=tuple(names[parent] for parent in parents.get(f"v{day}", ()))), files={}
        )
        for day in days
    }


def names(*days: int) -> tuple[str, ...]:
    return tuple(f"202611{day:02d}-0000000{day}" for day in days)


def promoted(*days: int) -> list[Event]:
    return [Event(kind=Kind.PROMOTED, version=version, at_ms=1) for version in names(*days)]


def test_of_nine_the_last_seven_stay() -> None:
    assert superfluous(known(), Served(), (), KEEP) == names(1, 2)


def test_what_was_ever_promoted_stays() -> None:
    assert superfluous(known(), Served(), promoted(1), KEEP) == names(2)


def test_what_is_served_was_served_or_is_tried_stays() -> None:
    now, before, tried = names(1, 2, 3)
    served = Served(serial=3, current=now, previous=before, canary=tried, share=0.1)
    assert superfluous(known(), served, (), 2) == names(4, 5, 6, 7)


def test_what_these_descend_from_stays() -> None:
    served = Served(serial=1, current=names(9)[0])
    made = known(v9=("v5",), v5=("v2",), v4=("v1",))
    assert superfluous(made, served, (), 1) == names(1, 3, 4, 6, 7, 8)


def test_nine_runs_leave_seven_folders_and_never_take_what_is_served(registry: AdapterRegistry, tmp_path: Path) -> None:
    versions = [publish(registry, tmp_path, day) for day in range(9)]
    served = Served(serial=1, current=versions[-1], previous=versions[-2])
    registry.change("pirate", Event(kind=Kind.PROMOTED, version=versions[-1], at_ms=FIRST_MS, served=served))
    gone = registry.collect("pirate", KEEP, FIRST_MS + 9 * DAY_MS)
    assert gone == tuple(versions[:2])
    assert registry.versions("pirate") == tuple(sorted(versions[2:]))
    assert registry.shelf.names(layout.versions("pirate")) == sorted(versions[2:])
    for version in registry.versions("pirate"):
        registry.check("pirate", version)
    assert [event.version for event in registry.history("pirate") if event.kind is Kind.COLLECTED] == versions[:2]
    assert registry.collect("pirate", KEEP, FIRST_MS + 9 * DAY_MS) == ()


def test_the_oldest_stays_while_it_is_served(registry: AdapterRegistry, tmp_path: Path) -> None:
    versions = [publish(registry, tmp_path, day) for day in range(9)]
    served = Served(serial=1, current=versions[0])
    registry.change("pirate", Event(kind=Kind.ROLLED_BACK, version=versions[0], at_ms=FIRST_MS, served=served))
    assert registry.collect("pirate", KEEP, FIRST_MS) == (versions[1],)


def test_what_nobody_can_read_is_not_taken_away_unasked(registry: AdapterRegistry, tmp_path: Path) -> None:
    versions = [publish(registry, tmp_path, day) for day in range(3)]
    registry.shelf.write(f"{layout.version('pirate', versions[0])}/{MANIFEST}", b"{")
    assert registry.collect("pirate", 1, FIRST_MS) == (versions[1],)
    assert registry.versions("pirate") == (versions[0], versions[2])
