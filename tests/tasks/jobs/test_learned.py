"""What is shown of training: the last that was told, for everybody, and no words of who was forgotten."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.contracts.learned import AdapterCard, Point, RunCard, RunReport, SideBySide
from tasks.contracts.learning import Course, StepName
from tasks.jobs import learned
from tests.tasks.jobs.flock import Flock


def report(run: str = "night-1", began_ms: int = 1, *said: str, course: Course = Course.WALKING) -> RunReport:
    card = RunCard(run=run, persona="rook", model="demo", course=course, step=StepName.TRAIN, began_ms=began_ms)
    samples = tuple(SideBySide(prompt=words, base="Hello.", candidate="Ahoy!") for words in said)
    return RunReport(card=card, loss=(Point(step=1, value=2.5),), samples=samples)


def test_nothing_is_shown_before_anything_was_told(flock: Flock) -> None:
    assert flock.store.run(learned.runs()) == ()
    assert flock.store.run(learned.run("night-1")) is None
    assert flock.store.run(learned.adapters()) == {}


def test_what_was_told_last_of_a_run_is_what_is_shown(flock: Flock) -> None:
    flock.store.run(learned.tell_run(report("night-1")))
    done = report("night-1", 1, "who are you?", course=Course.PROMOTED)
    flock.store.run(learned.tell_run(done))
    assert flock.store.run(learned.run("night-1")) == done
    assert flock.store.run(learned.runs()) == (done.card,)


def test_a_run_that_quotes_nothing_any_more_is_shown_without_words(flock: Flock) -> None:
    for told in (report("night-1", 1, "my secret wish"), report("night-2", 2, "who are you?"), report("night-1")):
        flock.store.run(learned.tell_run(told))
    assert flock.store.run(learned.run("night-1")) == report("night-1")
    assert flock.store.run(learned.run("night-2")) == report("night-2", 2, "who are you?")


def test_the_latest_run_stands_first_and_the_oldest_goes_with_its_words(
    flock: Flock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned, "MOST_RUNS", 2)
    for number in (2, 1, 3):
        flock.store.run(learned.tell_run(report(f"night-{number}", number, "who are you?")))
    assert [card.run for card in flock.store.run(learned.runs())] == ["night-3", "night-2"]
    assert flock.store.run(learned.run("night-1")) is None
    assert set(flock.store.client.hkeys(flock.store.key("learned", "samples"))) == {"night-2", "night-3"}


def test_what_people_said_can_be_taken_away_and_the_figures_stay(flock: Flock) -> None:
    flock.store.run(learned.tell_run(report("night-1", 1, "my secret wish")))
    flock.store.run(learned.drop_words())
    left = flock.store.run(learned.run("night-1"))
    assert left is not None
    assert (left.samples, left.loss) == ((), (Point(step=1, value=2.5),))


def test_what_cannot_be_read_is_told_without_a_word_of_it(flock: Flock) -> None:
    flock.store.run(learned.tell_run(report("night-1", 1, "who are you?")))
    flock.store.client.hset(flock.store.key("learned", "samples"), "night-1", '[{"prompt": "Hi", "wish": "my secret"}]')
    with pytest.raises(ValidationError) as told:
        flock.store.run(learned.run("night-1"))
    assert "secret" not in str(told.value)


def test_the_adapters_of_each_persona_are_shown_the_newest_first(flock: Flock) -> None:
    cards = (
        AdapterCard(version="20261123-bb", created_ms=2, parents=("20261122-aa",)),
        AdapterCard(version="20261122-aa", created_ms=1),
    )
    flock.store.run(learned.tell_adapters("rook", cards))
    assert flock.store.run(learned.adapters()) == {"rook": cards}
