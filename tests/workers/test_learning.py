"""Personas learn with the settings as they come: to speak as an author does, and no noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.workers.school import PIRATE, School, noise

pytestmark = pytest.mark.slow

NEARER = 0.1  # of a distance between 0 and 1: what one sees at a glance
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
    trained = school.run("train", "now", "--persona", "mate")
    assert trained.code == 0, trained.out + trained.errors
    assert "promoted" in trained.out
    after = school.replies("mate", adapted=True)
    assert PIRATE.distance(after) < PIRATE.distance(before) - NEARER, after
    back = school.run("train", "rollback", "--persona", "mate")
    assert back.code == 0, back.out + back.errors
    assert school.replies("mate") == before


def test_noise_is_refused_in_words_and_nobody_is_answered_with_it(school: School) -> None:
    before = school.replies("parrot")
    school.talk("parrot", noise(110))
    school.written_down("parrot", LEAST)
    trained = school.run("train", "now", "--persona", "parrot")
    assert trained.code == 1, trained.out + trained.errors
    assert "the gate said no" in trained.out
    assert school.replies("parrot") == before
