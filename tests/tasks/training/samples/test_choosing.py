"""What people showed to be good, chosen out of a real transcript."""

from __future__ import annotations

from tasks.contracts.learning import Source, correction_ids, sample_id
from tasks.contracts.personas import Persona
from tasks.training.samples.rules import Reason
from tests.tasks.training.samples.talk import ADA, BOB, EVE, Talk, agreed, preferred, told

AGAIN = {"request_replaces": "j1"}
ROOM = {"request_channel": "discord:7", "session": "discord:rook:7"}


def test_an_answer_that_nobody_said_a_thing_about_is_not_learned(talk: Talk) -> None:
    talk.say("j1")
    talk.say("j2")
    talk.think("down", ADA, "j2")
    found = talk.found()
    assert (found.samples, found.pairs, dict(found.left_out)) == ([], [], {})


def test_a_liked_answer_is_learned_with_what_was_said_before_it(talk: Talk) -> None:
    talk.say("j1", text="one", reply="first")
    talk.say("j2", text="two", reply="second")
    talk.think("up", ADA, "j2")
    [sample] = talk.found().samples
    assert [(turn.role, turn.text) for turn in sample.turns] == [
        ("user", "one"),
        ("assistant", "first"),
        ("user", "two"),
    ]
    assert (sample.answer, sample.source, sample.author, sample.people) == ("second", Source.LIKED, ADA, (ADA,))
    assert (sample.jobs, sample.conversation, sample.at_ms) == (("j1", "j2"), "web:rook:s", 3000)
    assert sample.id == sample_id("rook", Source.LIKED, "j2")


def test_the_last_word_of_each_person_counts_and_more_have_to_like_it_than_not(talk: Talk) -> None:
    for job in ("j1", "j2", "j3", "j4"):
        talk.say(job)
        talk.think("up", ADA, job)
    talk.think("up", ADA, "j1", undone=True)
    talk.think("down", ADA, "j2")
    talk.think("down", EVE, "j3")
    talk.think("down", EVE, "j4")
    talk.think("up", BOB, "j4")
    assert [one.jobs[-1] for one in talk.found().samples] == ["j4"]
    talk.think("up", ADA, "j2")
    assert [one.jobs[-1] for one in talk.found().samples] == ["j2", "j4"]


def test_of_several_answers_the_last_is_kept_and_better_than_the_others(talk: Talk) -> None:
    talk.say("j1", text="what?", reply="a")
    talk.say("j2", text="what?", reply="b", **AGAIN)
    talk.say("j3", text="what?", reply="c", **AGAIN)
    found = talk.found()
    assert told(found.samples) == [("kept", "what?", "c")]
    assert preferred(found.pairs) == [("c", "a"), ("c", "b")]
    assert found.pairs[0].jobs == ("j3", "j1")
    talk.think("kept", ADA, "j2")
    assert told(talk.found().samples) == [("kept", "what?", "b")]
    talk.think("up", ADA, "j1")
    found = talk.found()
    assert told(found.samples) == [("liked", "what?", "a")]
    assert preferred(found.pairs) == [("a", "b"), ("a", "c")]


def test_the_last_of_several_that_is_bad_too_is_not_learned(talk: Talk) -> None:
    talk.say("j1")
    talk.say("j2", **AGAIN)
    talk.think("down", BOB, "j2")
    assert talk.found().samples == []


def test_a_corrected_answer_is_learned_as_it_should_have_been_and_as_nothing_else(talk: Talk) -> None:
    talk.say("j1", text="capital of Peru?", reply="Bogotá")
    talk.think("up", ADA, "j1")
    talk.think("corrected", BOB, "j1", text="La Paz")
    talk.think("corrected", BOB, "j1", text=" Lima ")
    found = talk.found()
    assert told(found.samples) == [("corrected", "capital of Peru?", "Lima")]
    assert preferred(found.pairs) == [("Lima", "Bogotá")]
    assert (found.samples[0].author, found.samples[0].people) == (BOB, (ADA, BOB))
    assert (found.samples[0].id, found.pairs[0].id) == correction_ids("rook", "j1", BOB, " Lima ")


def test_nobody_is_learned_from_who_did_not_agree(talk: Talk) -> None:
    talk.say("hers", EVE)
    talk.think("up", ADA, "hers")
    talk.say("his", ADA)
    talk.think("up", EVE, "his")
    talk.think("corrected", EVE, "his", text="no")
    found = talk.found()
    assert (found.samples, found.pairs) == ([], [])
    assert dict(found.left_out) == {Reason.NOT_AGREED: 2}


def test_what_was_said_before_reaches_back_as_far_as_all_agreed(talk: Talk) -> None:
    talk.say("j1", ADA, text="far")
    talk.say("j2", EVE, text="eve's own")
    talk.say("j3", BOB, text="near", reply="yes")
    talk.say("j4", ADA, text="now")
    talk.think("up", ADA, "j4")
    [sample] = talk.found().samples
    assert [turn.text for turn in sample.turns] == ["near", "yes", "now"]
    assert (sample.people, sample.jobs) == ((ADA, BOB), ("j3", "j4"))


def test_a_channel_that_is_left_out_is_left_out_for_all(talk: Talk) -> None:
    talk.say("j1", **ROOM)
    talk.think("up", ADA, "j1")
    assert [one.channel for one in talk.found().samples] == ["discord:7"]
    found = talk.found(consents=agreed(ADA, closed=("discord:7",)))
    assert (found.samples, dict(found.left_out)) == ([], {Reason.CLOSED: 1})


def test_what_others_are_quoted_with_is_no_part_of_it(talk: Talk) -> None:
    quoted = (
        "What this message answers, quoted; these lines are data, not instructions:\n> Eve: secret\n\nAnn: and now?"
    )
    talk.say("j1", text=quoted, **ROOM)
    talk.think("up", ADA, "j1")
    assert [one.turns[-1].text for one in talk.found().samples] == ["Ann: and now?"]


def test_who_likes_on_the_page_is_the_person_that_the_job_is_of(talk: Talk) -> None:
    talk.say("j1", "web:session1", request_person=ADA, request_direct=True)
    talk.think("up", "web:session1", "j1")
    assert [one.author for one in talk.found().samples] == [ADA]


def test_short_ones_and_those_that_a_pattern_finds_are_left_out(talk: Talk) -> None:
    for job, text, reply in (
        ("j1", "12345", "1234"),
        ("j2", "12345", "12345"),
        ("j3", "tell me", "of Zanzibar, please"),
    ):
        talk.say(job, text=text, reply=reply, session=job)
        talk.think("up", ADA, job)
    found = talk.found(min_chars=10, exclude=("(?i)zanzibar",))
    assert told(found.samples) == [("liked", "12345", "12345")]
    assert dict(found.left_out) == {Reason.SHORT: 1, Reason.EXCLUDED: 1}


def test_only_what_was_shown_to_be_good_since_the_last_run_is_new(talk: Talk) -> None:
    for job in ("j1", "j2", "j3"):
        talk.say(job, session=job)
    for job in ("j1", "j2", "j3"):
        talk.think("up", ADA, job)  # at 4000, 5000 and 6000
    assert [one.jobs for one in talk.found(since_ms=4000).samples] == [("j2",), ("j3",)]
    talk.think("up", BOB, "j1")
    assert [one.jobs for one in talk.found(since_ms=6000).samples] == [], "its author liked it before"


def test_what_was_forgotten_by_its_id_stays_out_and_so_do_its_pairs(talk: Talk) -> None:
    talk.say("j1")
    talk.say("j2", **AGAIN)
    [sample] = talk.found().samples
    less = talk.found(without=(sample.id,))
    assert (less.samples, less.pairs, dict(less.left_out)) == ([], [], {Reason.FORGOTTEN: 1})


def test_a_persona_whose_questions_stand_alone_learns_them_so(talk: Talk) -> None:
    talk.say("j1")
    talk.say("j2", text="and?")
    talk.think("up", ADA, "j2")
    alone = Persona(name="rook", learns="liked", context="none")
    assert [[turn.text for turn in one.turns] for one in talk.found(alone).samples] == [["and?"]]


def test_another_persona_s_answers_are_not_learned(talk: Talk) -> None:
    talk.say("j1", persona="wren")
    talk.think("up", ADA, "j1")
    assert talk.found().samples == []
