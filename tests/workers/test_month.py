"""Thirty days in minutes: by the real schedule what is said is remembered, learned at night, compressed on Sundays.

The clock is moved from bell to bell. All else is what people run: Redis, transcript, memories, the registry, the steps
of a run over a tiny model. What follows a month, evolution, is not there yet.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from celery.beat import ScheduleEntry

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts.learning import Course
from tasks.contracts.queues import MEMORY, TRAINING
from tasks.contracts.settings import load
from tasks.jobs import bell, consents
from tasks.jobs.store import Store
from tasks.jobs.values import Ways
from tasks.memory.tiers.steps import everything
from tasks.memory.tiers.writing import ALL
from tasks.services import Services
from tasks.training.registry.registry import AdapterRegistry
from tasks.training.runs import folder
from tasks.training.runs.room import Anywhere
from tasks.transcript.database import open_database
from tasks.transcript.keeping import write
from tests.tasks import ringing
from tests.tasks.jobs.flock import Flock
from tests.tasks.memory.directions import Directions
from tests.tasks.transcript.said import exchange
from tests.tiny_model import write_tiny_gguf
from workers import boot

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
DAYS, TICK = 30, timedelta(hours=2)
NIGHT, SUNDAY = 2, 6
A_DAY = 10  # things that somebody says
ADA = "web:ada"
FACT, QUESTION = "my dog is called Rex and he barks at gulls", "what is my dog called?"
WORDS = [
    "rum",
    "sea",
    "ship",
    "wind",
    "parrot",
    "gold",
    "map",
    "moon",
    "storm",
    "deck",
    "anchor",
    "crew",
    "sail",
    "gull",
]
SETTINGS = """
[redis]
url = "{redis}"
[data]
dir = "data"
[memory]
summaries = "extracts"
[[model]]
name = "tiny"
gguf = "tiny.gguf"
[[host]]
name = "home"
engine = "fake"
models = ["tiny"]
[[persona]]
name = "pirate"
model = "tiny"
memory = true
learns = "imitate"
imitates = ["web:ada"]
[training]
min_samples = 40
max_steps = 8
batch = 2
accumulate = 1
memory_gib = 0.1
learning_rate = 3e-4
canary_share = 0
least_order = 0  # a model of random weights learns no language
"""


class Month:
    """A flock whose time a test tells, from one look of beat to the next."""

    now = MONDAY

    def __init__(self, place: Path, redis_url: str) -> None:
        (place / "rookery.toml").write_text(SETTINGS.format(redis=redis_url))
        write_tiny_gguf(place / "tiny.gguf", 1)
        self.settings = load(place / "rookery.toml", {})
        self.settings.data_dir.mkdir()
        Month.now, self.happened = MONDAY, dict[str, datetime]()
        self.flock, self.random = Flock(redis_url, Ways(archive=True)), random.Random(7)
        self.said = open_database(self.settings.transcript_url)
        self.flock.store.run(consents.agree(ADA))
        memory = boot.memory_services(self.settings, Directions())
        training = boot.training_services(self.settings, lambda: self.settings, Event())
        training.training()._room = Anywhere()  # no host is up here that would give it memory
        self.services = Services(store=memory.store, recollection=memory.recollection, learner=training.learner)
        self.entries = [self._entry(name) for name in app.conf.beat_schedule]
        self.host = self.flock.host("home", "tiny")

    @classmethod
    def now_ms(cls) -> int:
        """Return what time it is, to whoever asks Redis for it."""
        return int(cls.now.timestamp() * 1000)

    def _entry(self, name: str) -> ScheduleEntry:
        entry = ScheduleEntry(name, app=app, last_run_at=self.now, **app.conf.beat_schedule[name])
        entry.schedule.nowfun = lambda: self.now
        return entry

    def say(self, text: str, reply: str) -> None:
        """Have somebody say something to the pirate, and be answered."""
        at_ms = self.now_ms() - self.random.randrange(1, 3_600_000)
        told = {"tenant": ADA, "direct": "1", "recall": "1", "session": f"web:pirate:{self.now:%m%d}"}
        job = f"job-{self.now:%m%d%H}-{self.random.random()}"
        write(self.said, [exchange(job, at_ms=at_ms, user=ADA, persona="pirate", text=text, reply=reply, **told)])

    def line(self) -> str:
        """Return something that this person would say, and never said."""
        return f"Arr, {' '.join(self.random.choices(WORDS, k=12))}, matey!"

    def tick(self) -> None:
        """Have beat look at its schedule once, and everybody hear what it rings."""
        for entry in self.entries:
            due, _ = entry.is_due()
            if due and (queue := entry.options.get("queue")) in (MEMORY, TRAINING):
                entry.last_run_at = self.now
                told = bell.message(entry.task, f"{entry.name}", queue, tuple(entry.args or ()))
                self.flock.client.lpush(queue, told)
        for queue in (MEMORY, TRAINING):
            while heard := self.flock.client.rpop(queue):
                message = json.loads(heard)
                is_coded = message["properties"].get("body_encoding") == "base64"  # Celery's own are, and ours are not
                body = json.loads(base64.b64decode(message["body"]) if is_coded else message["body"])
                app.tasks[message["headers"]["task"]](*body[0])

    def note(self, what: str) -> None:
        """Remember that something has happened."""
        self.happened.setdefault(what, self.now)

    def look(self) -> None:
        """Note what is there by now that was not."""
        store = self.services.memory()._opened.get()
        there = {(memory.kind.value, memory.tier.value) for memory in everything(store, ALL)}
        for kind, tier in sorted(there):
            self.note(f"{kind}, {tier}")
        for run in folder.names(self.settings.training_dir):
            ended = folder.facts(folder.find(self.settings.training_dir, run)).ended
            if ended is not None and ended.course is not Course.SKIPPED:
                self.note(f"learned: {ended.course.value}")

    def promoted(self) -> int:
        """Return how many runs ended with an adapter that answers."""
        runs = map(partial(folder.find, self.settings.training_dir), folder.names(self.settings.training_dir))
        return sum(folder.facts(run).promoted for run in runs)

    def recalled(self, question: str) -> str:
        """Ask in a new session, and return what the answer is told from memory."""
        asked = {"persona": "pirate", "model": "tiny", "user": ADA, "tenant": ADA, "direct": True, "recall": True}
        self.flock.submit(question, **asked)
        self.services.memory().recall()
        claim = self.flock.take(self.host, model="tiny")
        assert self.flock.finish(claim)
        self.note("asked")
        return claim.recalled


@pytest.fixture
def month(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Month]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(app.conf, "broker_url", redis_url)
    monkeypatch.setattr(Store, "now_ms", lambda _self: Month.now_ms())
    made = Month(tmp_path, redis_url)
    app.loader.import_default_modules()
    RookeryTask.supply(made.services)
    yield made
    RookeryTask.supplied = None
    made.services.memory().close()
    ringing.give_back()


@pytest.mark.slow
def test_in_a_month_what_is_said_is_remembered_learned_at_night_and_compressed_on_sundays(month: Month) -> None:
    month.say(FACT, "Good dog, arr.")
    for _ in range(DAYS * (timedelta(days=1) // TICK)):
        Month.now += TICK
        if month.now.hour == 20:
            for _ in range(A_DAY):
                month.say(month.line(), month.line())
        month.tick()
        if month.now.hour == 22 and month.now.day in (2, 29):
            assert "Rex" in month.recalled(QUESTION)
        month.look()
    assert list(month.happened) == [
        "turn, short",
        "asked",
        "digest, working",
        "learned: promoted",
        "digest, long",
    ]
    working, learned, known = (month.happened[what] for what in list(month.happened)[2:])
    assert {working.hour, learned.hour, known.hour} == {NIGHT}
    assert (known.weekday(), known - MONDAY < timedelta(days=7)) == (SUNDAY, True)
    assert month.promoted() >= 3, "every week there is enough to learn from again"
    assert AdapterRegistry.of(month.settings).current("pirate")
