from __future__ import annotations

from typing import Any

import pytest

from bots.delivery import pages
from bots.delivery.pages import Page, Piece, Setting, ending, stopped, waiting, writing
from bots.lookout import UNKNOWN, Prospect
from bots.platform import Button
from bots.replies import NO_HOST, NOTHING_SAID
from bots.words import Blocklist
from tasks.contracts.jobs import Cause, JobState, JobView, Mark, Outcome, notice_of

PLAIN = Setting(chars=2000, length=len, words=lambda text, final: text, buttons=False)
LONG = "Some words of an answer. " * 100


def job(**fields: Any) -> JobView:
    return JobView(**{"job": "j", "state": JobState.DELIVERING, "fence": 1, "model": "crow", "session": "s", **fields})


def reply(text: str, **fields: Any) -> JobView:
    return job(outcome=Outcome.REPLY, text=text, **fields)


def queued(**fields: Any) -> JobView:
    return job(state=JobState.QUEUED, **fields)


def test_who_waits_long_is_told_how_many_are_before_them():
    page = waiting(queued(ahead=3, eta_s=20.0), UNKNOWN, PLAIN)
    assert page.pieces == (Piece("0", "Queued, 3 before you, about 20 s."),)
    assert not page.whole


def test_who_waits_for_a_load_is_told_so():
    assert waiting(queued(), Prospect(loading="anvil"), PLAIN).pieces[0].text == "Anvil is loading crow."


def test_who_waits_for_a_host_is_told_that_the_message_is_kept():
    mark = Mark(at_ms=1, state=JobState.RECEIVED, why=NO_HOST)
    said = waiting(queued(marks=(mark,)), UNKNOWN, PLAIN).pieces[0].text
    assert said == "Waiting for a host that has crow. Your message is kept."


@pytest.mark.parametrize("view", [queued(), job(state=JobState.CLAIMED), job(state=JobState.GENERATING)])
def test_nothing_is_said_where_there_is_nothing_to_tell(view: JobView):
    assert waiting(view, UNKNOWN, PLAIN) == Page("reply")


def test_the_first_words_are_shown_once_they_are_worth_a_message():
    assert writing("j", "Well", PLAIN).pieces == ()
    assert writing("j", "Well, let me see.", PLAIN).pieces == (Piece("0", "Well, let me see."),)


def test_of_a_stream_all_messages_but_the_last_one_are_as_they_will_be():
    page = writing("j", LONG, PLAIN)
    assert [piece.final for piece in page.pieces] == [True, False]


def test_a_stream_stops_where_a_preview_does():
    assert len(writing("j", LONG * 10, PLAIN).pieces) == pages.PREVIEW


def test_a_tail_that_may_become_a_blocked_word_is_held_back():
    held = Setting(chars=2000, length=len, words=lambda text, final: text if final else text[:-4], buttons=False)
    assert writing("j", "This is what such a foul", held).pieces[0].text == "This is what such a"
    assert ending(reply("This is what such a foul"), "", held).pieces[0].text == "This is what such a foul"


def test_a_reply_is_what_the_model_said_made_harmless():
    page = ending(reply("hello\N{RIGHT-TO-LEFT OVERRIDE} there"), "", PLAIN)
    assert page == Page("reply", (Piece("0", "hello there", final=True),), whole=True)


def test_a_reply_may_have_small_print():
    assert ending(reply("hello"), "the demo model", PLAIN).pieces[0].text == "hello\n\nthe demo model"


@pytest.mark.parametrize("text", ["", "   ", "\N{ZERO WIDTH SPACE}"])
def test_an_empty_answer_says_that_it_is_empty(text: str):
    assert ending(reply(text), "", PLAIN).pieces[0].text == NOTHING_SAID


def test_an_answer_of_a_few_messages_is_sent_in_messages():
    page = ending(reply(LONG * 3), "", PLAIN)
    assert [piece.chunk for piece in page.pieces] == ["0", "1", "2", "3"]
    assert all(piece.final and piece.file is None for piece in page.pieces)


def test_a_very_long_answer_is_a_preview_and_a_file():
    page = ending(reply(LONG * 10), "", PLAIN)
    assert len(page.pieces) == pages.MOST_PIECES
    assert page.pieces[-1].text == pages.IN_THE_FILE
    assert page.pieces[-1].file == (pages.FILE_NAME, (LONG * 10).strip().encode())
    assert page.pieces[:-1] == tuple(
        Piece(piece.chunk, piece.text, final=True) for piece in writing("j", LONG * 10, PLAIN).pieces
    )


def test_a_notice_is_of_its_own_kind():
    view = job(outcome=Outcome.NOTICE, cause=Cause.EXPIRED, text=notice_of(Cause.EXPIRED, "crow"))
    assert ending(view, "small print", PLAIN) == Page("notice", (Piece("0", view.text, final=True),), whole=True)


def test_a_notice_in_the_place_of_streamed_words_is_of_their_kind():
    view = job(outcome=Outcome.NOTICE, cause=Cause.FAILED, text="sorry", first_token_ms=7)
    assert ending(view, "", PLAIN).kind == "reply"


def test_what_was_taken_back_keeps_what_was_said():
    view = job(state=JobState.WITHDRAWN)
    assert stopped(view, "half of it", PLAIN).pieces[0].text == "half of it\n\n(stopped)"
    assert stopped(view, "", PLAIN).pieces[0].text == "(stopped)"


def test_buttons_are_below_the_last_message():
    setting = Setting(chars=2000, length=len, words=lambda text, final: text)
    stop, again = Button("stop", "j", "Stop"), Button("regenerate", "j", "Again")
    assert [piece.buttons for piece in writing("j", LONG, setting).pieces] == [(), (stop,)]
    assert [piece.buttons for piece in ending(reply(LONG), "", setting).pieces] == [(), (again,)]
    assert waiting(queued(ahead=1), UNKNOWN, setting).pieces[0].buttons == (stop,)


@pytest.mark.parametrize("unseen", ["\u3164", "\u115f", "\x07", "\u200b", "\u034f"])
def test_a_blocked_word_is_found_also_where_what_is_taken_out_parts_its_letters(unseen: str):
    blocked = Blocklist.of(["forbidden"])
    setting = Setting(chars=2000, length=len, words=blocked.shown, buttons=False)
    text = f"This is the for{unseen}bidden word, and more."
    shown = "This is the […] word, and more."
    assert [piece.text for piece in ending(reply(text), "", setting).pieces] == [shown]
    assert writing("j", text, setting).pieces[0].text == shown.removesuffix(".")
    assert stopped(job(), text, setting).pieces[0].text.startswith(shown)


def test_what_nobody_asked_for_cannot_be_asked_anew():
    offering = Setting(chars=2000, length=len, words=lambda text, final: text)
    assert ending(reply("Host a is gone."), "", offering).pieces[0].buttons
    assert not ending(reply("Host a is gone.", flags=("unasked",)), "", offering).pieces[0].buttons
