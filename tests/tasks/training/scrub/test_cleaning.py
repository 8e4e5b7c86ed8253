from __future__ import annotations

from tasks.contracts.learning import Pair, Sample, Source
from tasks.contracts.messages import ToolCall, Turn
from tasks.training.scrub.cleaning import BARE, SECRET, SUSPECTED, Sieve

TOKEN = "ghp_" + "a1B2" * 9
SENDGRID = "SG." + "a1" * 11 + "." + "b2" * 21 + "c"


def sample(answer: str, *asked: str, **more: object) -> Sample:
    turns = tuple(Turn(role="user", text=text) for text in asked or ("how are you?",))
    told = {"id": "s1", "persona": "pirate", "conversation": "c1", "at_ms": 1, "source": Source.LIKED}
    return Sample.model_validate({**told, "turns": turns, "answer": answer, **more})


def pair(chosen: str, rejected: str) -> Pair:
    turns = (Turn(role="user", text="how are you?"),)
    told = {"id": "p1", "persona": "pirate", "author": "ann", "conversation": "c1", "at_ms": 1, "turns": turns}
    return Pair.model_validate({**told, "chosen": chosen, "rejected": rejected})


def test_what_is_harmless_is_kept_as_it_is() -> None:
    sieve, one = Sieve(), sample("fine, and you?")
    assert sieve.sample(one) is not None
    assert sieve.sample(one) == one
    assert (sieve.kept, sieve.masked, sieve.dropped) == (2, 0, {})


def test_what_people_gave_away_is_masked_in_every_turn_and_in_the_answer() -> None:
    sieve = Sieve()
    kept = sieve.sample(sample("I wrote to ann@example.org", "call me: +49 170 1234567", "born on May 3, 1990, am I?"))
    assert kept is not None
    assert kept.answer == "I wrote to [email]"
    assert [turn.text for turn in kept.turns] == ["call me: [phone]", "born on [birth date], am I?"]
    assert (sieve.kept, sieve.masked) == (1, 1)
    assert sieve.found == {"email": 1, "phone": 1, "birth date": 1}


def test_a_secret_in_any_turn_takes_the_whole_sample_along() -> None:
    sieve = Sieve()
    assert sieve.sample(sample("use it well", f"my token is {TOKEN}", "thanks")) is None
    assert sieve.dropped == {SECRET: 1}
    assert sieve.found == {"GitHub token": 1}


def test_a_secret_in_what_a_tool_was_asked_does_so_too() -> None:
    call = ToolCall(id="1", name="fetch", arguments=f'{{"key": "{TOKEN}"}}')
    turns = (Turn(role="assistant", text="", calls=(call,)), Turn(role="user", text="and?"))
    assert Sieve().sample(sample("done", turns=turns)) is None


def test_what_only_the_second_opinion_takes_for_a_secret_is_dropped_and_counted_as_such() -> None:
    sieve = Sieve()
    assert sieve.sample(sample(f"it is {SENDGRID}")) is None
    assert sieve.dropped == {SUSPECTED: 1}
    assert sieve.suspected == {"SendGrid API Key": 1}


def test_an_answer_of_masks_alone_teaches_nothing() -> None:
    sieve = Sieve()
    assert sieve.sample(sample("ann@example.org!")) is None
    assert sieve.dropped == {BARE: 1}


def test_a_pair_is_kept_only_if_both_answers_may_be() -> None:
    sieve = Sieve()
    kept = sieve.pair(pair("write to ann@example.org", "no idea"))
    assert kept is not None
    assert kept.chosen == "write to [email]"
    assert sieve.pair(pair("fine", f"it is {TOKEN}")) is None
    assert (sieve.kept, sieve.masked, sieve.dropped) == (1, 1, {SECRET: 1})


def test_no_word_of_what_was_found_is_kept() -> None:
    sieve = Sieve()
    sieve.sample(sample(f"it is {TOKEN} of ann@example.org"))
    assert TOKEN not in repr(sieve)
    assert "example.org" not in repr(sieve)


def test_a_sample_is_as_clean_the_second_time() -> None:
    sieve = Sieve()
    once = sieve.sample(sample("I wrote to ann@example.org", "call me: +49 170 1234567"))
    assert once is not None
    assert sieve.sample(once) == once
