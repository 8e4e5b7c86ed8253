"""What a person wants forgotten is gone: from every tier, the transcript, Redis and the disk, and it stays so."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.canary import Served
from tasks.contracts.jobs import JobState
from tasks.contracts.learning import correction_ids
from tasks.contracts.messages import JobClass, Then, Turn
from tasks.jobs import adapters, bookmarks, feedback, unlearning
from tasks.jobs.feedback import Opinion
from tasks.jobs.forgetting import WHO, Tombstones, keep_answer
from tasks.jobs.ingesting import Notes, ingest
from tasks.jobs.sessions import summing
from tasks.memory.rights import forgetting, telling
from tasks.memory.rights.debris import PROMPTS
from tasks.memory.rights.scouring import SCOURED, TO_SCOUR
from tasks.memory.stores.edge import EdgeStore
from tasks.memory.tiers.asking import USER
from tasks.memory.values import Kind, Memory, Role, Tier, Whole
from tasks.transcript.reading import Scope, window
from tests.tasks.memory.conftest import DIMENSION, keep
from tests.tasks.memory.people import ADA, BOB, GUILD, Rights

REX = "my dog is called Rex"
STEPS = (forgetting.CHOSEN, forgetting.BURIED, forgetting.CLEARED, forgetting.DELETED, forgetting.ERASED)


class Died(BaseException):
    """A process that is killed."""


@pytest.fixture
def die(monkeypatch: pytest.MonkeyPatch) -> Any:
    def at(step: str) -> None:
        def reached(point: str) -> None:
            if point == step:
                raise Died

        monkeypatch.setattr(forgetting, "reach", reached)

    return at


def said(hall: Rights) -> list[str]:
    return [text for one in hall.transcript.after(0, 1000) for text in (one.question, one.reply) if text]


def in_redis(hall: Rights, needle: str) -> list[str]:
    return [name for name, (_, value, _) in hall.flock.dump().items() if needle in str(value)]


# ---------------------------------------------------------------- what goes
def test_words_take_along_what_holds_all_of_them_and_nothing_else(hall: Rights) -> None:
    hall.told(REX, "my cat is called Tom", "Rex likes my hat")
    gone = hall.wish("forget", "Rex dogs")
    assert (gone.forgotten, gone.turns) == (1, 1)
    assert REX not in hall.texts()
    assert {"my cat is called Tom", "Rex likes my hat"} <= set(hall.texts())
    assert REX not in said(hall)
    assert "Rex" not in gone.words


def test_ids_take_along_just_those(hall: Rights) -> None:
    first = hall.told(REX, "I like tea")[0]
    gone = hall.wish("forget", ids=(first.id,))
    assert (gone.forgotten, gone.turns, hall.texts()) == (1, 1, ["I see.", "I like tea", "I see."])


@pytest.mark.parametrize("about", ["Rex", ""])
def test_whoever_trains_finds_which_jobs_that_were(hall: Rights, about: str) -> None:
    first = hall.told(REX)[0]
    job = hall.transcript.after(0, 1000)[0].first
    assert first.text == REX
    hall.wish("forget", about)
    assert hall.flock.store.run(unlearning.pending()) == {job}


def test_so_does_it_what_answers_to_others_they_had_put_right(hall: Rights) -> None:
    theirs, other = hall.tell("who was it?", user=BOB), hall.tell("and why?", user=BOB, session="t")
    hall.flock.store.run(feedback.of_job(theirs, ADA, Opinion.CORRECTED, "It was Rex."))
    hall.flock.store.run(feedback.of_job(other, ADA, Opinion.UP))
    hall.archive()
    assert hall.transcript.corrected(ADA, 0) == set()
    hall.wish("forget")
    ids = correction_ids("wren", theirs, ADA, "It was Rex.")
    assert hall.flock.store.run(unlearning.pending()) == set(ids)
    assert hall.transcript.corrected(ADA, hall.flock.store.now_ms()) == set()


def test_where_a_persona_has_learned_the_report_says_that_it_may_know_it(hall: Rights) -> None:
    hall.flock.store.run(adapters.put("rook", Served(serial=1, current="20261122-ab12cd34")))
    hall.told(REX)
    assert telling.ADAPTERS in hall.wish("forget", "Rex").flagged


def test_everything_leaves_nothing_of_that_person_and_all_of_others(hall: Rights) -> None:
    hall.told(REX, session="a")
    hall.told("Ada: I like tea", session="g", **GUILD)
    hall.wish("remember", "I am allergic to nuts")
    hall.told("Bob: I like beer", session="g", **{**GUILD, "user": BOB})
    gone = hall.wish("forget")
    assert (gone.forgotten, gone.turns) == (5, 4)
    assert hall.texts() == ["I like beer", "I see."]
    assert said(hall) == ["Bob: I like beer", "I see."]
    assert {one.user for one in hall.transcript.after(0, 100)} == {"", BOB}
    assert hall.wish("list").memories == ()


def test_what_was_said_just_before_or_after_knows_nothing_of_it_any_more(hall: Rights) -> None:
    hall.told("Ada: " + REX, session="g", **GUILD)
    hall.told("Bob: I like beer", session="g", **{**GUILD, "user": BOB})
    assert any("Rex" in memory.around for memory in hall.remembered() if memory.user == BOB or memory.role == "persona")
    hall.wish("forget", "Rex", **GUILD)
    assert not [memory for memory in hall.remembered() if "Rex" in f"{memory.text} {memory.around}"]
    assert any("beer" in memory.around for memory in hall.remembered())


def test_a_digest_that_tells_of_it_goes_and_what_else_it_told_is_remembered_word_by_word(hall: Rights) -> None:
    turns = hall.told(REX, "I like tea")
    digest = replace(
        turns[0],
        source="digest:x:0",
        text="user: my dog is called Rex; user: I like tea",
        kind=Kind.DIGEST,
        tier=Tier.WORKING,
        role=Role.PERSONA,
        sources=tuple(turn.id for turn in turns),
        around="",
    )
    keep(hall.store, digest)
    hall.store.delete(Whole(), ids=[turn.id for turn in turns])
    gone = hall.wish("forget", "Rex")
    assert hall.texts() == ["I see.", "I like tea", "I see."]
    assert (gone.turns, said(hall)) == (1, ["I see.", "I like tea", "I see."])


def test_a_summary_made_of_it_goes_although_it_does_not_say_it(hall: Rights) -> None:
    turns = hall.told(REX)
    summary = replace(
        turns[0], source="digest:y:0", text="She has a pet.", kind=Kind.DIGEST, sources=(turns[0].id,), around=""
    )
    keep(hall.store, summary)
    gone = hall.wish("forget", "Rex")
    assert (gone.forgotten, hall.texts()) == (2, ["I see."])
    assert "1 summary that told of it went as well" in gone.words


def test_words_that_say_nothing_take_nothing_along(hall: Rights) -> None:
    hall.told(REX)
    assert hall.wish("forget", "it").forgotten == 0
    assert len(hall.remembered()) == 2


def test_what_is_said_after_the_wish_stays(hall: Rights) -> None:
    hall.told(REX)
    job = hall.submit_wish("forget")
    hall.flock.client.hset(f"rookery:job:{job}", "received_ms", hall.remembered()[-1].at_ms)
    hall.told("I like tea")
    hall.granter.serve()
    assert hall.texts() == ["I like tea", "I see."]
    assert hall.told("I like milk")[-2].text == "I like milk"


# ---------------------------------------------------------------- where else it was
def test_the_window_of_a_session_the_texts_of_jobs_and_answers_for_a_second_time_go(hall: Rights) -> None:
    hall.told(REX, session="s", cache_s=60.0)
    hall.flock.store.run(keep_answer("x", f'["{REX}"]', 60_000))
    hall.flock.client.set("rookery:condensed:s", f'{{"text": "{REX}"}}')
    hall.told("I like tea", session="s")
    hall.wish("forget", "dog Rex")
    assert in_redis(hall, "Rex") == []
    claim = hall.ask("what do I like?", session="s")
    assert [turn.text for turn in claim.window] == ["I like tea", "I see."]
    hall.forget_in_redis("s")
    assert "" not in [turn.text for turn in window(hall.keeper.engine, Scope(session="s"), 10)]


def test_in_a_group_others_keep_their_turns(hall: Rights) -> None:
    hall.told("Ada: " + REX, session="g", **GUILD)
    hall.told("Bob: I like beer", session="g", **{**GUILD, "user": BOB})
    hall.wish("forget", **GUILD)
    claim = hall.ask("Bob: and now?", session="g", **{**GUILD, "user": BOB})
    assert [turn.text for turn in claim.window] == ["Bob: I like beer", "I see."]


def test_what_a_model_was_asked_to_sum_up_of_it_is_taken_back(hall: Rights) -> None:
    turns = hall.told(REX)
    asked = {"user": USER, "job_class": JobClass.BATCH, "recall": False, "session": "memory:x", "history": ()}
    other = hall.flock.submit("sum up: tea", then=Then(task="t", queue="memory", args=("m9",)), **asked)
    job = hall.flock.submit(REX, then=Then(task="t", queue="memory", args=(turns[0].id,)), **{**asked, "session": "y"})
    then = Then(task="t", queue="memory", args=("s",))
    of_session = hall.flock.submit(REX, then=then, **{**asked, "user": "condense:web:ada", "session": summing("s")})
    hall.wish("forget", "Rex")
    states = [hall.flock.state(name) for name in (job, of_session, other)]
    assert states == [JobState.WITHDRAWN, JobState.WITHDRAWN, JobState.QUEUED]
    assert in_redis(hall, "Rex") == []


def test_what_is_written_down_only_later_is_erased_then(hall: Rights) -> None:
    claim = hall.ask(REX)
    hall.wish("forget")
    hall.flock.finish(claim, "Rex is a fine name.")
    hall.archive()
    assert hall.remember() == []
    assert said(hall) == []
    assert in_redis(hall, "Rex") == []


def test_who_remembers_and_is_told_meanwhile_takes_it_back(hall: Rights, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.tell(REX)
    put = hall.store.put

    def forgotten_meanwhile(memories: Any) -> None:
        hall.wish("forget")
        put(memories)

    monkeypatch.setattr(hall.store, "put", forgotten_meanwhile)
    assert hall.remember() == []


NOTES = Notes(person=ADA, persona="wren")


def bring(hall: Rights, text: str) -> None:
    note = Turn(role="user", author=ADA, text=text, job=text.replace(" ", "-"))
    hall.flock.store.run(ingest("openclaw:wren", "openclaw:wren", 20, [(note, 1_000)], NOTES))
    hall.archive()


def test_old_notes_that_are_brought_in_after_everything_was_forgotten_are_kept(hall: Rights) -> None:
    bring(hall, "my horse is called Tea")
    hall.told(REX)
    hall.wish("forget")
    hall.flock.client.execute_command("DEBUG", "SLEEP", "0.002")
    bring(hall, "my dog is called Max")
    bring(hall, "my boat is called Sue")
    assert {memory.text for memory in hall.remember()} == {"my dog is called Max", "my boat is called Sue"}
    assert said(hall) == ["my dog is called Max", "my boat is called Sue"]


def test_notes_that_come_while_a_wish_waits_are_not_what_was_meant_by_it(hall: Rights) -> None:
    hall.told(REX)
    job = hall.submit_wish("forget")
    hall.flock.client.execute_command("DEBUG", "SLEEP", "0.002")
    bring(hall, "my boat is called Sue")
    hall.remember()
    hall.granter.serve()
    assert '"forgotten":2' in hall.flock.view(job).text
    assert hall.texts() == ["my boat is called Sue"]
    assert [memory.text for memory in hall.remember()] == ["my boat is called Sue"]


# ---------------------------------------------------------------- and stays gone
@pytest.mark.parametrize("about", ["", "Rex"])
def test_a_store_that_is_filled_anew_from_the_transcript_has_nothing_of_it(hall: Rights, about: str) -> None:
    hall.told(REX)
    hall.wish("forget", about)
    hall.store.delete(Whole())
    for name in hall.flock.store.run(bookmarks.get_many("memory")):
        hall.flock.store.run(bookmarks.forget("memory", name))
    hall.ingester = hall.anew()
    assert "Rex" not in str(hall.remember())


def test_a_tombstone_stops_what_the_transcript_still_had(hall: Rights) -> None:
    job = hall.tell(REX)
    exchange = hall.transcript.after(0, 1)[0]
    memory = Memory(f"{job}:0", exchange.user, ADA, REX, 1)
    Tombstones(hall.flock.store).bury([memory.id], 1)
    assert [memory.text for memory in hall.remember()] == ["I see."]


def test_tombstones_say_nothing_to_who_reads_them(hall: Rights) -> None:
    first = hall.told(REX)[0]
    hall.wish("forget", ids=(first.id,))
    hall.wish("forget")
    kept = hall.flock.client.hgetall(f"rookery:bookmark:{WHO}")
    assert len(kept) == 4  # two tombstones, the salt, and when something was to leave the disk
    assert not [value for value in (first.id, ADA, "Rex") if value in str(kept)]


# ---------------------------------------------------------------- whatever dies
# A whole worker is killed at each of them, for everything too, in tests/workers/test_memory_wishes.py.
@pytest.mark.parametrize(("step", "about"), [*((step, "Rex") for step in STEPS), (forgetting.DELETED, "")])
def test_killed_after_any_step_it_is_done_by_the_next_one_with_nothing_more_taken(
    hall: Rights, die: Any, step: str, about: str
) -> None:
    hall.told("Ada: " + REX, "Ada: Tom is a cat", session="g", **GUILD)
    hall.told("Bob: I like beer", session="g", **{**GUILD, "user": BOB})
    job = hall.submit_wish("forget", about, **GUILD)
    die(step)
    with pytest.raises(Died):
        hall.granter.serve()
    die("nowhere")
    hall.tell("Ada: Rex is back", session="new", **{"user": ADA, **GUILD})
    hall.flock.past(job)
    hall.flock.sweep()
    hall.another().serve()
    view = hall.flock.view(job)
    assert view.state is JobState.DELIVERED
    assert f'"forgotten":{1 if about else 4}' in view.text
    hall.remember()
    left = [memory for memory in hall.remembered() if "dog" in f"{memory.text} {memory.around}"]
    assert left == []
    assert REX not in str(said(hall))
    assert {"I like beer", "Rex is back"} <= set(hall.texts())
    assert ("Tom is a cat" in hall.texts()) is bool(about)


# ---------------------------------------------------------------- on the disk
def files_with(needles: tuple[str, ...], *folders: Path) -> list[tuple[str, str]]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [
        (needle, str(path))
        for path in files
        for said in [path.read_bytes()]
        for needle in needles
        if needle.encode() in said
    ]


def log_written(hall: Rights) -> None:
    while any(hall.flock.client.info("persistence")[f"aof_rewrite_{what}"] for what in ("in_progress", "scheduled")):
        threading.Event().wait(0.02)


def test_no_byte_of_it_is_left_on_any_disk(redis_url: str, tmp_path: Path) -> None:
    hall = Rights(redis_url, tmp_path, lambda: EdgeStore(tmp_path / "memories", DIMENSION))
    try:
        folders = (tmp_path, Path(hall.flock.client.config_get("dir")["dir"]))
        hall.told("my dog is from zanzibar", session="a", reply="zanzibar is far")
        hall.wish("remember", "zanzibar is home")
        hall.told("I live in carthage", session="b", reply="carthage is old", user="web:cid")
        hall.told("I like tea", session="c", user=BOB)
        hall.prompts.mkdir()
        (hall.prompts / PROMPTS.replace("*", "j.1")).write_text("zanzibar")
        assert len(files_with(("zanzibar", "carthage"), *folders)) >= 6
        told = hall.view("forget", "zanzibar").text + hall.view("forget", person="web:cid").text
        assert ("zanzibar" in told, "carthage" in told) == (False, False)
        hall.granter.scour()
        log_written(hall)
        assert files_with(("zanzibar", "carthage"), *folders) == []
        assert "I like tea" in hall.texts()
        marks = hall.flock.store.run(bookmarks.get_many(WHO, TO_SCOUR, SCOURED))
        assert marks[TO_SCOUR] == marks[SCOURED]
    finally:
        hall.close()
