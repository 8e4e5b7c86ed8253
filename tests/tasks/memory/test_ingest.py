"""Every delivered exchange becomes memories, once, whatever dies in between."""

from __future__ import annotations

import threading

import pytest

from tasks.contracts.errors import MemoryUnavailable
from tasks.contracts.exchanged import Exchanged
from tasks.contracts.messages import Then
from tasks.jobs import bookmarks
from tasks.memory.ingest import BATCH, WHO, by_session, carried, memories_of
from tasks.memory.values import Memory, Role, Whole
from tests.tasks.memory.hall import Hall

SAID = Exchanged(
    number=1,
    first="j",
    tenant="discord:g",
    session="discord:wren:7",
    user="discord:5",
    persona="wren",
    channel="discord:7",
    direct=False,
    remembered=True,
    question="Ann: my dog is called Rex",
    reply="A fine name.",
    asked_ms=1,
    answered_ms=2,
)


def but(**fields: object) -> Exchanged:
    return Exchanged(**{**SAID.__dict__, **fields})


# ---------------------------------------------------------------- what becomes a memory
def test_question_and_reply_become_two_memories_with_who_where_and_when() -> None:
    asked, replied = memories_of(SAID)
    assert (asked.source, asked.text, asked.name, asked.author, asked.at_ms) == (
        *("j:0", "my dog is called Rex", "Ann", "discord:5"),
        1,
    )
    assert (replied.source, replied.text, replied.author, replied.role) == ("j:1", "A fine name.", "wren", Role.PERSONA)
    for memory in (asked, replied):
        assert (memory.tenant, memory.channel, memory.user, memory.persona) == (
            *("discord:g", "discord:7", "discord:5"),
            "wren",
        )
    assert asked.importance > replied.importance


def test_what_is_said_to_a_persona_alone_is_that_persons_in_every_session() -> None:
    first, second = (next(memories_of(but(direct=True, session=name, tenant=name))) for name in ("a", "b"))
    assert first.tenant == second.tenant == "discord:5"


def test_secrets_are_dropped_and_what_is_personal_is_masked() -> None:
    [reply] = memories_of(but(question="Ann: the password is hunter22!", reply="Write to ann@example.org."))
    assert reply.text == "Write to [email]."


def test_of_several_answers_to_a_message_the_last_one_counts_and_others_are_left_out() -> None:
    said = [SAID, but(number=2, reply="anew"), but(number=3, first="k", remembered=False)]
    assert [[one.reply for one in session] for session in by_session(said)] == [["anew"]]


def test_a_memory_that_is_made_again_keeps_what_it_has_become() -> None:
    known = Memory("s", "t", "1", "old", 1, importance=0.9, recalls=3, recalled_ms=7, pinned=True, tags=("x",))
    again = carried(Memory("s", "t", "1", "new", 1, importance=0.2), known)
    assert (again.text, again.importance, again.recalls, again.pinned, again.tags) == ("new", 0.9, 3, True, ("x",))


# ---------------------------------------------------------------- from the transcript
def test_an_exchange_is_remembered_once(hall: Hall) -> None:
    hall.tell("my dog is called Rex", reply="A fine name.")
    assert [memory.text for memory in hall.remember()] == ["my dog is called Rex", "A fine name."]
    assert not hall.ingester.ingest()
    assert len(hall.remembered()) == 2


def test_more_than_a_batch_is_remembered_whole_over_many_sessions(hall: Hall) -> None:
    for number in range(BATCH + 3):
        hall.tell(f"fact {number}", session=f"s{number % 3}", reply=f"noted {number}")
    assert {memory.text for memory in hall.remember()} == {
        text for number in range(BATCH + 3) for text in (f"fact {number}", f"noted {number}")
    }


def test_a_notice_a_job_taken_back_and_one_of_a_persona_without_memory_leave_none(hall: Hall) -> None:
    hall.flock.give_back(hall.ask("this fails", session="a"), "rejected")
    hall.flock.withdraw(hall.ask("this is taken back", session="b").job)
    claim = hall.ask("this is not to be remembered", session="c", recall=False)
    hall.flock.finish(claim)
    hall.archive()
    assert hall.remember() == []


def test_what_a_task_asks_of_a_model_is_not_remembered(hall: Hall) -> None:
    hall.flock.submit("sum this up", then=Then(task="generation.answer", queue="upkeep"), recall=False)
    claim = hall.flock.take(hall.host)
    hall.flock.finish(claim)
    hall.archive()
    assert hall.remember() == []


def test_what_was_recalled_is_not_remembered_as_said(hall: Hall) -> None:
    hall.tell("my dog is called Rex")
    hall.remember()
    claim = hall.ask("what is my dog called?", session="other")
    assert "Rex" in claim.recalled
    hall.flock.finish(claim, "You told me.")
    hall.archive()
    assert sum("Rex" in memory.text for memory in hall.remember()) == 1


def test_a_turn_is_found_by_what_came_after_it_too(hall: Hall) -> None:
    hall.tell("where do you keep the wine?", reply="In the cellar.")
    hall.remember()
    hall.tell("and the cheese?", reply="There, too.")
    around = {memory.text: memory.around for memory in hall.remember()}
    assert "cheese" in around["In the cellar."]
    assert "cellar" in around["and the cheese?"]
    assert "cheese" not in around["where do you keep the wine?"]


def test_what_was_forgotten_does_not_come_back_with_the_next_turn(hall: Hall) -> None:
    job = hall.tell("where do you keep the wine?", reply="In the cellar.")
    [_, reply] = hall.remember()
    assert reply.source == f"{job}:1"
    hall.store.delete(Whole(), ids=[reply.id])
    hall.tell("and the cheese?", reply="There, too.")
    assert "In the cellar." not in [memory.text for memory in hall.remember()]


def test_a_message_that_is_answered_anew_has_the_last_reply(hall: Hall) -> None:
    first = hall.tell("tell me a name", reply="Rex")
    hall.remember()
    hall.tell("tell me a name", reply="Bella", replaces=first)
    assert [memory.text for memory in hall.remember()] == ["tell me a name", "Bella"]


# ---------------------------------------------------------------- what goes wrong
def test_while_the_store_is_away_nothing_is_lost(hall: Hall) -> None:
    hall.tell("my dog is called Rex")
    hall.opened.close()
    opens, hall.opened._opens = hall.opened._opens, _away
    with pytest.raises(MemoryUnavailable):
        hall.ingester.ingest()
    hall.opened._opens = opens
    assert "my dog is called Rex" in [memory.text for memory in hall.remember()]


def _away() -> None:
    raise MemoryUnavailable("the store is away")


def test_what_was_kept_before_the_bookmark_moved_is_not_there_twice(hall: Hall) -> None:
    hall.tell("my dog is called Rex")
    before = hall.remember()
    hall.flock.store.run(bookmarks.forget(WHO, hall.opened.name))
    assert hall.remember() == before


def test_a_store_that_lost_everything_is_filled_again(hall: Hall) -> None:
    hall.tell("my dog is called Rex")
    hall.remember()
    hall.store.delete(Whole())
    hall.ingester = hall.anew()
    assert len(hall.remember()) == 2


def test_one_thread_at_a_time_remembers_and_the_others_go_on(hall: Hall) -> None:
    hall.tell("my dog is called Rex")
    inside, go_on = threading.Event(), threading.Event()
    opened = hall.opened.get()
    count = opened.count

    def slow(*args: object, **named: object) -> int:
        inside.set()
        assert go_on.wait(20)
        return count(*args, **named)

    hall.flock.store.run(bookmarks.put(WHO, hall.opened.name, 0))
    opened.put = lambda memories, put=opened.put: (slow(Whole()), put(memories))[1]  # type: ignore[method-assign]
    thread = threading.Thread(target=hall.ingester.ingest)
    thread.start()
    assert inside.wait(20)
    assert not hall.ingester.ingest()
    go_on.set()
    thread.join(20)
    assert len(hall.remembered()) == 2
