"""What people think of a reply is told to the archive."""

from __future__ import annotations

from tasks.contracts.messages import MAX_TEXT_CHARS
from tasks.jobs.feedback import Opinion, of_job, of_message
from tests.tasks.jobs.flock import Flock


def noted(flock: Flock) -> dict[str, str]:
    [(_, fields)] = flock.client.xrange("rookery:archive")
    return dict(fields)


def test_an_opinion_of_a_job_says_whose_it_is(flock: Flock):
    flock.store.run(of_job("job1", "discord:7", Opinion.UP))
    said = {"user": "discord:7", "opinion": "up", "text": "", "undone": "0"}
    assert noted(flock) == {"kind": "feedback", "job": "job1", **said}


def test_an_opinion_of_a_message_says_which_and_may_be_taken_back(flock: Flock):
    flock.store.run(of_message("heron", "42", "m1", "discord:7", Opinion.DOWN, undone=True))
    found = noted(flock)
    assert (found["bot"], found["chat"], found["message"], found["undone"]) == ("heron", "42", "m1", "1")
    assert "job" not in found


def test_a_correction_brings_words_and_not_without_end(flock: Flock):
    flock.store.run(of_job("job1", "discord:7", Opinion.CORRECTED, "x" * (MAX_TEXT_CHARS + 1)))
    assert len(noted(flock)["text"]) == MAX_TEXT_CHARS
