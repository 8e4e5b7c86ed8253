"""A root with all that a backup takes: settings, personas, what was said, what is remembered, and its ledger."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tasks.backup import memories
from tasks.backup.archive import opened
from tasks.backup.making import Making, Wishes
from tasks.backup.manifest import Manifest
from tasks.backup.restoring import Restored, Restoring, Ways
from tasks.contracts.settings import Settings, load
from tasks.jobs import bookmarks, keys, roster, sessions
from tasks.jobs.store import Store
from tasks.memory.stores.edge import EdgeStore
from tasks.memory.values import EVERYTHING, Memory, Scope
from tests.tasks.jobs.flock import Flock
from tests.tasks.memory.conftest import DIMENSION, keep, question
from tests.tasks.transcript.ledger import Ledger

STORE = f"directions-{DIMENSION}"
ADA = Scope(tenant="web:ada", persona="wren", user="web:ada", direct=True)
TOLD = ("my dog is called Rex", "I like tea with milk", "my sister lives in Oslo", "I work at the harbour")
ALL_SAID = [*TOLD, "this one waits to be written down"]
SECRET = "swordfish"
TOML = """
[[model]]
name = "demo"
builtin = "demo"
[[host]]
name = "here"
models = ["demo"]
[redis]
url = "{redis_url}"
[jobs]
deadline_s = 77
[[persona]]
name = "Wren"
model = "demo"
adapter = "wren-3"
prompt = "You are a small bird."
workspace = "{workspace}"
"""


class Roost:
    """A root, and the flock in it."""

    def __init__(self, root: Path, redis_url: str) -> None:
        self.root, self.workspace = root, root.parent / f"workspace of {root.name}"
        self.workspace.mkdir()
        root.mkdir()
        (self.workspace / "SOUL.md").write_text("Quick and shy.", encoding="utf-8")
        toml = TOML.format(redis_url=redis_url, workspace=self.workspace)
        (root / "rookery.toml").write_text(toml, encoding="utf-8")
        self.data = root / "data"
        self.write("personalities/owl.toml", 'model = "demo"\nprompt = "You are an owl."\n')
        self.write("discord/settings.json", json.dumps({"default": {"language": "French"}}))
        self.write("adapters/wren/current.json", '{"adapter": "wren-3"}')
        self.write("flower.password", SECRET)
        self.write("up.json", "{}")
        self.ledger = Ledger(Flock(redis_url), f"sqlite:///{self.data / 'transcript.sqlite3'}")

    @property
    def settings(self) -> Settings:
        """What holds here."""
        return load(self.root / "rookery.toml", {})

    @property
    def store(self) -> Store:
        """The ledger's."""
        return self.ledger.flock.store

    def write(self, name: str, text: str) -> None:
        """Write a file in the data folder."""
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def live(self) -> None:
        """Have a few things happen, of every sort that is kept in the ledger."""
        for number, text in enumerate(TOLD):
            self.ledger.say(text, session=f"web:wren:{number % 2}", reply=f"noted: {text}")
        self.ledger.archive()
        self.ledger.say(ALL_SAID[-1], session="web:wren:0")
        self.store.run(bookmarks.put("memory", STORE, 4))
        self.store.run(keys.add(keys.Key("k1", "prometheus", frozenset({keys.Scope.READ})), "rk_secret", 3600.0))
        self.store.run(roster.disable("owl", "it sleeps by day", "ada"))
        self.store.run(sessions.reset("web:wren"))

    def remember(self) -> None:
        """Remember what was told."""
        with self.memories() as store:
            keep(store, *(remembered(number, text) for number, text in enumerate(TOLD)))

    def memories(self) -> contextlib.AbstractContextManager[EdgeStore]:
        """Open the memories."""
        return memories_of(self.settings)

    def backup(self, target: Path, *, secrets: bool = False, **wishes: Any) -> Manifest:
        """Make a backup."""
        return Making(self.settings, self.store, Wishes(secrets=secrets, **wishes)).write(target)

    def close(self) -> None:
        """Give everything back."""
        self.ledger.close()


def remembered(number: int, text: str) -> Memory:
    """Return a memory of Ada's."""
    return Memory(
        f"job{number}:0",
        "web:ada",
        "web:ada",
        text,
        1_700_000_000_000 + number,
        user="web:ada",
        persona="wren",
        direct=True,
    )


@contextlib.contextmanager
def memories_of(settings: Settings) -> Iterator[EdgeStore]:
    """Open the memories of a root."""
    store = EdgeStore(settings.memory_dir / STORE, DIMENSION)
    try:
        yield store
    finally:
        store.close()


def found(settings: Settings) -> dict[str, list[tuple[str, float]]]:
    """Return what a few questions bring back, each with how near it is."""
    with memories_of(settings) as store:
        near = {asked: store.search(question(asked), ADA, EVERYTHING) for asked in ("dog", "tea", "oslo sister")}
    return {
        asked: sorted((memory.text, one.parts[name].meaning) for name, memory in one.memories.items())
        for asked, one in near.items()
    }


@contextlib.contextmanager
def ledger_of(settings: Settings) -> Iterator[Store]:
    """Open the ledger that settings name."""
    store = Store.open(settings.redis_url, settings.namespace)
    yield store
    store.close()


def counted(_settings: Settings, folder: Path) -> int:
    """Put memories nowhere: most tests are about everything else."""
    return len((folder / STORE / "memories.jsonl").read_text(encoding="utf-8").splitlines())


def ways(remember: Callable[[Settings, Path], int] = counted) -> Ways:
    """Return how a test restores: with the Redis that the settings name."""
    return Ways(ledger_of, memories.are_in_use, remember, lambda _folder: contextlib.nullcontext(), {})


def restore(source: Path, root: Path, remember: Callable[[Settings, Path], int] = counted) -> Restored:
    """Restore a backup."""
    with opened(source) as archive:
        return Restoring(archive, root, ways(remember)).restore()
