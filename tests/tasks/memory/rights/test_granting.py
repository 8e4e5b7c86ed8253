"""What people want of their memories is done, for them alone."""

from __future__ import annotations

import json
import threading

from tasks.contracts.errors import MemoryUnavailable
from tasks.contracts.jobs import JobState
from tasks.contracts.messages import JobRequest
from tasks.contracts.wishes import Wish, request_for
from tasks.jobs import granting
from tasks.memory.rights.granting import AGAIN_MS
from tasks.memory.rights.telling import NOT_UNDERSTOOD
from tasks.memory.values import Kind, Tier, Trust
from tests.tasks.memory.people import ADA, BOB, GUILD, Rights


# ---------------------------------------------------------------- remember
def test_what_a_person_wants_remembered_is_a_fact_of_theirs_that_stays(hall: Rights) -> None:
    granted = hall.wish("remember", "I am allergic to nuts")
    assert granted.words == "I will remember that."
    [fact] = hall.remembered()
    assert (fact.text, fact.kind, fact.tier, fact.pinned, fact.importance, fact.trust) == (
        "I am allergic to nuts",
        *(Kind.FACT, Tier.LONG, True, 1.0),
        Trust.SAID,
    )
    assert (fact.tenant, fact.author, fact.user, fact.persona, fact.direct) == (ADA, ADA, ADA, "wren", True)
    assert "nuts" in hall.ask("what am I allergic to?", session="new").recalled


def test_what_is_wanted_twice_is_there_once(hall: Rights) -> None:
    for _ in range(2):
        hall.wish("remember", "I am allergic to nuts")
    assert len(hall.remembered()) == 1


def test_in_a_group_it_is_told_to_who_wanted_it_and_to_nobody_else(hall: Rights) -> None:
    hall.wish("remember", "I am allergic to nuts", **GUILD)
    [fact] = hall.remembered()
    assert (fact.tenant, fact.channel, fact.direct) == ("discord:g", "discord:7", False)
    asked = {**GUILD, "channel": "discord:8"}
    assert "nuts" in hall.ask("Ada: allergic to what?", session="a", **asked).recalled
    assert hall.ask("Bob: allergic to what?", session="b", **{**asked, "user": BOB}).recalled == ""


def test_a_secret_is_not_kept_and_what_is_personal_is_masked(hall: Rights) -> None:
    assert "secret" in hall.wish("remember", "the password is hunter22!").words
    assert hall.remembered() == []
    granted = hall.wish("remember", "write to ann@example.org")
    assert hall.texts() == ["write to [email]"]
    assert "left out" in granted.words


def test_nothing_is_nothing_to_remember(hall: Rights) -> None:
    assert hall.wish("remember", "  ").memories == ()
    assert hall.remembered() == []


# ---------------------------------------------------------------- list and export
def test_a_list_has_the_latest_first_a_page_at_a_time(hall: Rights) -> None:
    hall.told(*(f"fact number {number}" for number in range(3)))
    seen, after = [], ""
    for _ in range(6):
        page = hall.wish("list", limit=1, after=after)
        seen += [memory.text for memory in page.memories]
        after = page.after
    assert after == ""
    assert seen == ["I see.", "fact number 2", "I see.", "fact number 1", "I see.", "fact number 0"]


def test_a_list_of_words_shows_what_forgetting_them_would_take(hall: Rights) -> None:
    hall.told("my dogs are Rex and Ben", "I like tea")
    found = hall.wish("list", "dog")
    assert [(memory.text, memory.author, memory.kind, memory.tier) for memory in found.memories] == [
        ("my dogs are Rex and Ben", "you", "turn", "short")
    ]
    assert "you: my dogs are Rex and Ben" in found.words


def test_nobody_sees_what_is_another_persons(hall: Rights) -> None:
    hall.told("my dog is called Rex", **GUILD)
    for kind in ("list", "export"):
        assert "Rex" not in hall.wish(kind, person=BOB, **GUILD).words
    memory = hall.remembered()[0]
    hall.wish("forget", ids=(memory.id,), person=BOB)
    hall.wish("forget", "Rex", person=BOB)
    hall.wish("forget", person=BOB)
    assert len(hall.remembered()) == 2


def test_what_was_said_to_a_persona_alone_is_shown_where_nobody_else_reads_it(hall: Rights) -> None:
    hall.told("I am in love")
    assert hall.wish("list", **GUILD).memories == ()
    assert hall.wish("export", **GUILD).words == "I remember nothing of you."
    assert len(hall.wish("list", alone=True, **GUILD).memories) == 2
    assert hall.wish("forget", "love", **GUILD).forgotten == 0
    assert len(hall.remembered()) == 2


def test_an_export_is_a_line_of_json_for_each_memory_in_order(hall: Rights) -> None:
    hall.told("I like tea", "I like\ncoffee")
    lines = hall.view("export", as_json=False).text.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["I like tea", "I see.", "I like\ncoffee", "I see."]


def test_a_list_that_goes_on_from_nowhere_says_so(hall: Rights) -> None:
    assert "no such page" in hall.wish("list", after="somewhere").words


# ---------------------------------------------------------------- what may go wrong
def test_what_cannot_be_done_now_is_done_once_the_memories_are_back(hall: Rights) -> None:
    job = hall.submit_wish("remember", "I like tea")
    get = hall.opened.get

    def away() -> object:
        raise MemoryUnavailable("the disk is full")

    hall.opened.get = away  # type: ignore[assignment, method-assign]
    assert hall.granter.serve() == 1
    assert hall.flock.state(job) == "recalling"
    assert AGAIN_MS < granting.HOLD_MS
    hall.opened.get = get  # type: ignore[method-assign]
    assert hall.granter.serve() == 0
    hall.flock.past(job)
    hall.flock.sweep()
    hall.granter.serve()
    view = hall.flock.view(job)
    assert (view.state, view.error, view.marks[-3].why) == (
        JobState.DELIVERED,
        "",
        "MemoryUnavailable: the disk is full",
    )
    assert hall.texts() == ["I like tea"]


def test_one_who_dies_over_a_wish_is_followed_by_another_who_does_it_once(hall: Rights) -> None:
    job = hall.submit_wish("remember", "I like tea")
    hall.flock.store.run(granting.take())
    hall.flock.past(job)
    hall.flock.sweep()
    hall.another().serve()
    assert hall.flock.state(job) == "delivered"
    assert hall.texts() == ["I like tea"]


def test_what_is_no_wish_is_answered_too(hall: Rights) -> None:
    request = request_for(Wish(kind="list"), "odd", ADA)
    hall.flock.accept(JobRequest.model_validate({**request.model_dump(exclude_unset=True), "text": "hello"}))
    hall.granter.serve()
    assert hall.flock.view("odd").text == NOT_UNDERSTOOD


def test_a_wish_that_comes_while_another_one_is_seen_to_is_not_left(hall: Rights) -> None:
    first, busy, go = hall.submit_wish("list"), threading.Event(), threading.Event()
    get = hall.opened.get

    def slow() -> object:
        busy.set()
        go.wait(10)
        return get()

    hall.opened.get = slow  # type: ignore[assignment, method-assign]
    thread = threading.Thread(target=hall.granter.serve)
    thread.start()
    assert busy.wait(10)
    second = hall.submit_wish("list", person=BOB)
    assert hall.granter.serve() == 0
    go.set()
    thread.join()
    assert [hall.flock.state(job) for job in (first, second)] == ["delivered", "delivered"]
