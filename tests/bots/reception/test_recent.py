from __future__ import annotations

from bots.platform import Place
from bots.reception.bounded import Bounded
from bots.reception.recent import CHATS, MESSAGES, TEXT_CHARS, Recent
from tasks.contracts.messages import JobRequest
from tests.bots.reception.counter import heard


def request(text: str = "hello", job: str = "j") -> JobRequest:
    return JobRequest(job=job, model="demo", session="s", user="discord:7", text=text, persona="Ada")


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    kept: Bounded[str, int] = Bounded(2)
    for name, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        kept.put(name, value)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (3, None, 4, 2)


def test_a_bot_that_runs_for_years_remembers_no_more_than_it_needs() -> None:
    recent = Recent()
    for chat in range(CHATS + 10):
        for message in range(MESSAGES + 5 if chat > CHATS else 1):
            recent.note(heard("x" * 10_000, str(message), chat=str(chat)))
    talks = recent.talks()
    assert len(talks) == CHATS
    assert max(map(len, talks)) == MESSAGES
    assert len(talks[-1][-1].text) == TEXT_CHARS


def test_a_message_that_comes_again_takes_the_place_of_what_it_was() -> None:
    recent = Recent()
    for text, message in (("one", "1"), ("two", "2"), ("uno", "1")):
        recent.note(heard(text, message))
    assert [said.text for said in recent.said(Place("10"))] == ["uno", "two"]


def test_topics_of_a_chat_are_conversations_of_their_own() -> None:
    recent = Recent()
    recent.note(heard(place=Place("10", topic="3")))
    assert recent.said(Place("10")) == ()
    assert len(recent.said(Place("10", topic="3"))) == 1


def test_of_a_long_question_the_end_is_remembered_and_who_answers_it_stands_behind_it() -> None:
    recent, said = Recent(), heard()
    recent.note(said)
    recent.answered(said, request("x" * 90_000 + "end"))
    known = recent.request(said)
    assert known is not None
    assert len(known.text) == TEXT_CHARS
    assert known.text.endswith("end")
    assert [each.author for each in recent.said(said.place)] == ["Ann", "Ada"]
    latest = recent.latest(said.place, "discord:7")
    assert latest is not None
    assert latest.job == "j"
