"""The worker that remembers, as a process: told in one session, known in another; killed, and nothing is lost."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from tasks.contracts import names, wanted
from tasks.contracts.errors import ConfigurationError, MemoryLocked
from tasks.contracts.jobs import JobView
from tasks.contracts.queues import MEMORY, RECALL
from tasks.contracts.settings import load
from tasks.jobs import bell, bookmarks, remembering
from tasks.jobs.values import Ways
from tasks.memory.ingest import KEPT, MARKED, WHO
from tasks.memory.opening import memories_of
from tasks.memory.values import Whole
from tasks.transcript.keeping import Keeper
from tasks.transcript.tables import Exchange, TurnRow
from tests.tasks.memory.hall import ADA, Directions
from tests.workers.household import MODEL, Worker, until
from workers import boot, launch

REX = "my dog is called Rex"
EXCHANGES = 24
DAY_MS = 86_400_000
CONFIGURATION = 2


class Remembering(Worker):
    """A worker of a model, whose host a test plays, and the worker that remembers."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        super().__init__(folder, redis_url)
        self.house.command.environment["DEBUG_PROMPTS"] = "true"
        self.flock.ways = Ways(archive=True, recall_ms=60_000)
        self.flock.remembers = False  # but for the process
        self.settings = self.house.settings
        self.keeper = Keeper(self.flock.store, self.settings.transcript_url)
        self.settings.data_dir.mkdir(exist_ok=True)
        self.memory: subprocess.Popen[bytes] | None = None
        self.said = folder / "memory.log"

    def start_memory(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start who remembers."""
        told = {
            **self.house.command.environ(),
            **environment,
            "ROOKERY_CONFIG": str(self.house.folder / "rookery.toml"),
        }
        with self.said.open("ab") as log:
            self.memory = subprocess.Popen(
                [sys.executable, "-P", "-m", "tests.workers.memory_worker"],
                cwd=self.house.folder,
                env=told,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self.memory

    def ended(self) -> int:
        """Wait for the end of who remembers, and return its code."""
        assert self.memory is not None
        until(lambda: self.memory is None or self.memory.poll() is not None, "its end")
        return int(self.memory.returncode)

    def ask(self, text: str, session: str, **fields: Any) -> JobView:
        """Ask, and return the answered job."""
        job = self.house.submit(text, **{"session": session, "recall": True, **ADA, **fields})
        return self.house.answered(job)

    def archive(self) -> None:
        """Have what ended written down, and who remembers told of it."""
        while self.keeper.archive():
            pass
        self.flock.client.lpush(MEMORY, bell.message(names.INGEST, "ring", MEMORY, ()))

    def a_day_passes(self) -> None:
        """Have everything that was written down so far said a day earlier."""
        with self.keeper.engine.begin() as connection:
            for moment in (Exchange.received_ms, Exchange.answered_ms, Exchange.ended_ms, TurnRow.at_ms):
                connection.execute(update(moment.class_).values({moment.key: moment - DAY_MS}))

    def end_memory(self) -> None:
        """Tell who remembers to end, and wait for it."""
        assert self.memory is not None
        self.memory.terminate()
        assert self.ended() == 0

    def is_remembering(self) -> bool:
        """Return whether who remembers says so."""
        return self.flock.store.run(remembering.somebody())

    def mark(self) -> int:
        """Return how far it has come with the transcript."""
        marks = self.flock.store.run(bookmarks.get_many(WHO))
        return max(map(int, marks.values()), default=0)

    def prompt(self, job: str) -> str:
        """Return all that the model was given to read."""
        [file] = self.settings.debug_dir.glob(f"{job}.*")
        return "\n".join(turn["text"] for turn in json.loads(file.read_text())["turns"])

    def remembered(self) -> list[str]:
        """Return what is remembered, once nobody else is at it."""
        made = Directions()
        store = memories_of(self.settings, made.model, made.dimension).get()
        try:
            return sorted(memory.text for memory in store.page(Whole(), limit=1000).memories)
        finally:
            store.close()

    def kill(self) -> None:
        """Kill who remembers, as the kernel would."""
        assert self.memory is not None
        self.memory.send_signal(signal.SIGKILL)
        self.memory.wait()

    def close(self) -> None:
        """End everything."""
        if self.memory is not None:
            self.kill()
        self.keeper.close()
        super().close()


@pytest.fixture
def room(tmp_path: Path, redis_url: str) -> Iterator[Remembering]:
    """Two worker processes, and a test between them."""
    made = Remembering(tmp_path, redis_url)
    yield made
    made.close()


# ---------------------------------------------------------------- end to end
def test_what_is_told_in_one_session_stands_in_the_prompt_of_another(room: Remembering) -> None:
    room.start()
    room.start_memory()
    until(room.is_remembering, "who remembers")
    told = room.ask(REX, "one")
    assert (told.flags, told.memories) == ((), ())
    room.archive()
    until(lambda: room.mark() == 1, f"the memory of it: {room.said.read_text()}")
    asked = room.ask("what is my dog called?", "two")
    assert f'[today] user: "{REX}"' in room.prompt(asked.job)
    assert len(asked.memories) == 2  # what was said, and what was answered: its engine says what it was told
    explained = room.house.command.invoke("job", "explain", asked.job).out
    assert "2 memories in the prompt" in explained
    assert REX in explained
    others = room.ask("what is my dog called?", "three", user="web:bob")
    assert "Rex" not in room.prompt(others.job)
    room.end_memory()
    assert not room.is_remembering(), "who was told to end has said so"


def test_what_was_told_a_day_ago_stands_in_the_prompt_of_another_session(room: Remembering) -> None:
    room.start()
    room.ask(REX, "one")
    room.archive()
    room.a_day_passes()
    room.start_memory()
    until(lambda: room.is_remembering() and room.mark() == 1, f"the memory of it: {room.said.read_text()}")
    asked = room.ask("what is my dog called?", "two")
    told = f'[1 day ago] user: "{REX}"'
    assert told in room.prompt(asked.job)
    assert told in room.house.command.invoke("job", "explain", asked.job).out


def test_without_who_remembers_answers_go_out_and_say_so(room: Remembering) -> None:
    room.start()
    job = room.house.submit("what is my dog called?", session="one", recall=True, **ADA)
    view = room.house.answered(job)
    assert (view.flags, view.outcome and view.outcome.value) == (("no memory",), "reply")
    assert "answered without memories" in room.house.command.invoke("job", "explain", job).out


@pytest.mark.slow
def test_killed_wherever_it_is_it_loses_nothing_and_doubles_nothing(room: Remembering, tmp_path: Path) -> None:
    room.flock.ways = Ways(archive=True, recall_ms=0)  # nobody waits for memories, and all are to become some
    for number in range(EXCHANGES):
        job = room.flock.submit(f"fact {number:02}", model=MODEL, session=f"s{number % 3}", **ADA, recall=True)
        claim = room.flock.take(room.card, model=room.post.model_slug)
        assert claim.job == job
        room.flock.finish(claim, f"noted {number:02}")
    room.archive()
    points = tmp_path / "points"
    points.mkdir()
    for point in (KEPT, MARKED, KEPT):
        (points / point).touch()
        room.start_memory(ROOKERY_CRASH_AT=str(points))
        assert room.ended() == 137, room.said.read_text()
    room.start_memory()
    until(lambda: room.mark() > 8, "some of it")
    room.kill()
    room.start_memory()
    until(lambda: room.mark() == EXCHANGES, f"all of it: {room.said.read_text()}")
    room.kill()
    everything = [f"{what} {number:02}" for what in ("fact", "noted") for number in range(EXCHANGES)]
    assert room.remembered() == everything


# ---------------------------------------------------------------- what it needs is away
def answered_without(room: Remembering) -> None:
    """Have a question answered, and see that it says that nothing was recalled."""
    view = room.house.answered(room.house.submit("what is my dog called?", session="one", recall=True, **ADA))
    assert (view.flags, view.outcome and view.outcome.value) == (("no memory",), "reply")


@pytest.mark.slow
def test_a_server_that_is_away_keeps_no_answer_back_and_is_told_of(
    room: Remembering,
) -> None:
    room.flock.ways = Ways(archive=True, recall_ms=1_000)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        settings = room.house.folder / "rookery.toml"
        settings.write_text(f'{settings.read_text()}\n[memory]\nurl = "http://127.0.0.1:{server.getsockname()[1]}"\n')
        room.start()
        room.start_memory()
        until(room.is_remembering, f"who remembers: {room.said.read_text()}")
        answered_without(room)
        room.archive()
        until(lambda: "MemoryUnavailable" in room.said.read_text(), "what it says of that")
        assert room.memory is not None
        assert room.memory.poll() is None
        assert room.mark() == 0  # it stays to be remembered


@pytest.mark.slow
def test_a_disk_that_is_full_keeps_no_answer_back_and_what_was_said_is_remembered_later(room: Remembering) -> None:
    room.start()
    room.start_memory(ROOKERY_TEST_LEAST_FREE=str(1 << 60))
    until(room.is_remembering, f"who remembers: {room.said.read_text()}")
    told = room.ask(REX, "one")
    assert told.flags == ()  # recall goes on
    room.archive()
    until(lambda: "MemoryFull" in room.said.read_text(), "what it says of that")
    assert room.mark() == 0
    room.kill()
    room.start_memory()
    room.archive()
    until(lambda: room.mark() == 1, f"the memory of it: {room.said.read_text()}")


@pytest.mark.slow
def test_memories_that_somebody_else_owns_keep_no_answer_back(room: Remembering) -> None:
    made = Directions()
    owner = memories_of(room.settings, made.model, made.dimension)
    assert owner.get().count(Whole()) == 0
    room.start_memory()
    assert room.ended() != 0
    assert "belong to another process" in room.said.read_text()
    room.start()
    answered_without(room)
    owner.close()


@pytest.mark.slow
def test_a_model_of_vectors_that_is_not_there_is_told_of_and_keeps_no_answer_back(room: Remembering) -> None:
    settings = room.house.folder / "rookery.toml"
    settings.write_text(settings.read_text() + '\n[memory]\nmodel = "no-such-model"\n')
    ended = room.house.command.run("run", "memory")
    assert ended.code == CONFIGURATION
    assert "'no-such-model' is not on this machine" in ended.errors
    assert "replies go out without memory until then" in ended.errors
    room.start()
    answered_without(room)


# ---------------------------------------------------------------- how it is started
def test_three_of_four_threads_are_always_free_for_who_waits() -> None:
    assert launch.MEMORY_WORKER["queues"] == [RECALL, MEMORY]
    assert launch.MEMORY_WORKER["concurrency"] == 1 + launch.RECALLING_THREADS
    assert launch.RECALLING_THREADS >= 2


def test_a_folder_that_another_process_owns_is_told_of_at_the_start(room: Remembering) -> None:
    first = boot.memory_services(room.settings, Directions())
    assert first.memory() is not None
    with pytest.raises(MemoryLocked):
        boot.memory_services(room.settings, Directions())
    first.recollection.close()  # type: ignore[union-attr]


def test_a_server_that_is_away_is_waited_for(tmp_path: Path, redis_url: str) -> None:
    (tmp_path / "rookery.toml").write_text(
        f'[redis]\nurl = "{redis_url}"\n[memory]\nurl = "http://127.0.0.1:1"\n', encoding="utf-8"
    )
    assert boot.memory_services(load(tmp_path / "rookery.toml", {}), Directions()).memory() is not None


@pytest.mark.parametrize("section", ["memory", "transcript"])
def test_where_nothing_is_to_be_remembered_it_says_so(section: str, tmp_path: Path) -> None:
    (tmp_path / "rookery.toml").write_text(f"[{section}]\nenabled = false\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="nothing is to be remembered"):
        boot.memory_services(load(tmp_path / "rookery.toml", {}), Directions())


def test_without_its_packages_it_says_which_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wanted, "FOR_MEMORY", ("Stemmer", "no_such_package"))
    (tmp_path / "rookery.toml").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"not installed: no_such_package →.*\[memory\]"):
        boot.memory_services(load(tmp_path / "rookery.toml", {}))
