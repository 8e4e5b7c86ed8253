"""Personas learn with the settings as they come: to speak as an author does, or as people put it right; no noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.workers.school import PIRATE, School, noise

pytestmark = pytest.mark.slow

NEARER = 0.2  # of a distance between 0 and 1: what one sees at a glance
IN_STYLE = 5  # of eight replies, that begin or end as the author's lines do
LEAST = 60  # samples


@pytest.fixture
def school(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[School]:
    """A flock that is up, and somebody who agreed that is learned from what they say."""
    with School(tmp_path, free_port).up() as made:
        yield made


def test_a_persona_learns_to_speak_as_an_author_does_and_unlearns_it_by_one_command(school: School) -> None:
    before = school.replies("mate")
    school.talk("mate", PIRATE.lines(110, seed=1))
    school.written_down("mate", LEAST)
    learns_and_unlearns(school, "mate", before)


def test_a_persona_learns_what_people_corrected_beside_what_they_liked_and_unlearns_it(school: School) -> None:
    before = school.replies("tutor")
    school.teach("tutor", PIRATE.lines(111, seed=1))
    school.written_down("tutor", LEAST)
    learns_and_unlearns(school, "tutor", before)


def learns_and_unlearns(school: School, persona: str, before: list[str]) -> None:
    """Have a persona trained: its replies to what it was never taught are in the style, until that is taken back."""
    trained = school.run("train", "now", "--persona", persona)
    assert trained.code == 0, trained.out + trained.errors
    assert "promoted" in trained.out
    after = school.replies(persona, adapted=True)
    assert PIRATE.distance(after) < PIRATE.distance(before) - NEARER, after
    assert sum(map(PIRATE.shows, after)) >= IN_STYLE, after
    back = school.run("train", "rollback", "--persona", persona)
    assert back.code == 0, back.out + back.errors
    assert school.replies(persona) == before


def test_noise_is_refused_in_words_and_nobody_is_answered_with_it(school: School) -> None:
    before = school.replies("parrot")
    school.talk("parrot", noise(110))
    school.written_down("parrot", LEAST)
    trained = school.run("train", "now", "--persona", "parrot")
    assert trained.code == 1, trained.out + trained.errors
    assert "the gate said no" in trained.out
    assert "what it learned from is not language" in trained.out, trained.out
    assert school.replies("parrot") == before
