"""Looking for jobs."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.jobs import moves, searching
from tasks.jobs.searching import LOOK_AT, Page, Query
from tests.tasks.jobs.flock import MODEL, Flock


def look(flock: Flock, at_most: int = 50, before: str = "", **wanted: Any) -> Page:
    return flock.store.run(searching.search(Query(**wanted), at_most, before))


def ids(page: Page) -> list[str]:
    return [each.view.job for each in page.found]


def test_the_latest_come_first_whatever_became_of_them(flock: Flock) -> None:
    host = flock.host()
    answered = flock.submit()
    flock.serve(host)
    taken_back, waits = flock.submit(), flock.submit()
    flock.withdraw(taken_back)
    assert ids(look(flock)) == [waits, taken_back, answered]
    assert [each.view.state.value for each in look(flock).found] == ["queued", "withdrawn", "delivered"]


def test_an_event_that_comes_twice_is_found_once(flock: Flock) -> None:
    request = flock.request()
    flock.accept(request)
    flock.accept(request)
    assert ids(look(flock)) == [request.job]


@pytest.mark.parametrize(
    "wanted",
    [
        {"states": ("queued",)},
        {"models": ("other", "crow")},
        {"session": "web:rook:s7"},
        {"persona": "wren"},
        {"user": "ben"},
        {"text": "needle"},
        {"text": "NEEDLE", "persona": "wren"},
        {"text": "rook:S7"},
        {"text": "ben"},
        {"text": "job2"},
    ],
)
def test_it_is_found_by_what_it_is(flock: Flock, wanted: dict[str, Any]) -> None:
    host = flock.host()
    flock.submit("hay")
    flock.serve(host)
    job = flock.submit("a Needle in it", model="crow", session="web:rook:s7", persona="wren", user="ben")
    assert ids(look(flock, **wanted)) == [job]


def test_nothing_is_found_that_is_otherwise_in_one_thing(flock: Flock) -> None:
    flock.submit("needle", persona="wren")
    assert ids(look(flock, text="needle", persona="rook")) == []


@pytest.mark.parametrize("text", ["Über", 'she said "no"', "back\\slash", "two\nlines", "%d", "[a-z]+", "🦉"])
def test_words_are_found_as_they_stand(flock: Flock, text: str) -> None:
    job = flock.submit(f"well, {text} it is")
    flock.submit("something else")
    assert ids(look(flock, text=text)) == [job]


def test_words_of_the_answer_are_found_and_those_of_the_prompt_are_not(flock: Flock) -> None:
    host = flock.host()
    job = flock.submit("a question", system_prompt="You are a kestrel.")
    flock.finish(flock.take(host), "Owls do.")
    assert ids(look(flock, text="owls")) == [job]
    assert ids(look(flock, text="kestrel")) == []


def test_words_that_were_streamed_so_far_and_words_as_they_were_edited_are_found(flock: Flock) -> None:
    host = flock.host()
    request = flock.request("first words")
    flock.accept(request)
    flock.store.run(moves.edit(request.model_copy(update={"text": "second words"})))
    assert ids(look(flock, text="first")) == []
    assert look(flock, text="second").found[0].asked == "second words"
    flock.delta(flock.take(host), 0, "half an ans")
    assert ids(look(flock, text="half an")) == [request.job]


def test_pages_follow_each_other_without_a_gap(flock: Flock) -> None:
    jobs = [flock.submit() for _ in range(7)]
    found, before = [], ""
    for _ in range(4):
        page = look(flock, 2, before)
        found += ids(page)
        before = page.next
    assert found == jobs[::-1]
    assert before == ""


def test_a_look_is_bounded_and_says_where_to_go_on(flock: Flock) -> None:
    jobs = flock.store.key("jobs")
    flock.client.eval("for i = 1, 700 do redis.call('XADD', KEYS[1], '*', 'job', 'gone' .. i) end", 1, jobs)
    page = look(flock)
    assert (page.found, page.looked_at) == ((), LOOK_AT)
    assert look(flock, before=look(flock, before=page.next).next).next == ""


def test_a_long_text_is_neither_searched_nor_shown_in_halves(flock: Flock) -> None:
    flock.submit("é" * 40_000 + "needle")
    (found,) = look(flock).found
    assert found.asked == ""
    assert ids(look(flock, text="needle")) == []
    short = flock.submit("é" * 2_000)
    found = look(flock).found[0]
    assert (found.view.job, set(found.asked)) == (short, {"é"})
    assert 200 < len(found.asked) <= 300


def test_the_dead_are_found_by_themselves(flock: Flock) -> None:
    host = flock.host()
    flock.submit()
    flock.serve(host)
    dead = [flock.submit() for _ in range(3)]
    for _ in dead:
        while flock.give_back(flock.take(host)) == "queued":
            pass
    first = look(flock, 2, dead=True)
    rest = look(flock, 2, first.next, dead=True)
    assert sorted(ids(first) + ids(rest)) == sorted(dead)
    assert rest.next == ""


def test_a_word_in_no_record_leaves_nothing_to_trip_over(flock: Flock) -> None:
    job = flock.submit()
    flock.client.delete(flock.store.key("text", job))
    flock.client.hset(flock.store.key("text", flock.submit()), "request", "{broken")
    assert ids(look(flock, text="needle")) == []
    assert {each.asked for each in look(flock).found} == {""}
    assert look(flock, models=(MODEL,)).looked_at == 2
