"""From what people say to a ledger, through its archive, to what is learned of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.personas import Persona
from tasks.jobs import consents, feedback
from tasks.jobs.feedback import Opinion
from tasks.training.samples import finding
from tasks.training.samples.rules import Rules
from tasks.transcript.forgetting import Eraser
from tests.tasks.jobs.flock import Flock
from tests.tasks.training.samples.talk import spec, told
from tests.tasks.transcript.ledger import Ledger

ANN, EVE = "discord:5", "discord:9"
GUILD = {"tenant": "discord:g", "channel": "discord:7", "persona": "rook", "session": "discord:rook:7"}


class Heard(Ledger):
    """A ledger of which a test asks what is learned."""

    def think(self, what: Opinion, who: str, job: str, text: str = "") -> None:
        """Have somebody think something of an answer."""
        self.flock.store.run(feedback.of_job(job, who, what, text))

    def learned(self, persona: Persona) -> list[tuple[str, str, str]]:
        """Return what is learned now."""
        self.archive()
        store = self.flock.store
        now = spec(persona).model_copy(update={"until_ms": store.now_ms()})
        rules = Rules.of(now, 0, store.run(consents.every()))
        return told([one for part in finding.found(self.keeper.engine, persona, rules) for one in part.samples])


@pytest.fixture
def heard(redis_url: str, tmp_path: Path) -> Iterator[Heard]:
    made = Heard(Flock(redis_url), f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    made.flock.store.run(consents.agree(ANN))
    yield made
    made.close()


def test_what_people_show_to_be_good_in_a_chat_is_what_is_learned(heard: Heard) -> None:
    rook = Persona(name="rook", learns="liked")
    first = heard.say("Ann: a joke?", reply="no", user=ANN, **GUILD)
    anew = heard.say("Ann: a joke?", reply="two ravens", user=ANN, replaces=first, **GUILD)
    other = heard.say("Eve: and I?", user=EVE, **GUILD)
    for job in (first, other):
        heard.think(Opinion.UP, EVE, job)
    assert heard.learned(rook) == [("kept", "Ann: a joke?", "two ravens")]
    heard.think(Opinion.CORRECTED, ANN, anew, "three ravens")
    assert heard.learned(rook) == [("corrected", "Ann: a joke?", "three ravens")]
    heard.flock.store.run(consents.close("discord:7", "an admin"))
    assert heard.learned(rook) == []
    heard.flock.store.run(consents.reopen("discord:7"))
    heard.flock.store.run(consents.withdraw(ANN))
    assert heard.learned(rook) == []


def test_an_author_who_wants_everything_forgotten_is_imitated_no_more(heard: Heard) -> None:
    rook = Persona(name="rook", learns="imitate", imitates=(ANN,))
    for text in ("ahoy", "arr", "rum"):
        heard.say(text, reply=f"what of {text}?", user="key:1", person=ANN, direct=True, **GUILD)
    assert [answer for _, _, answer in heard.learned(rook)] == ["arr", "rum"]
    eraser = Eraser(heard.url)
    eraser.erase_person(ANN, 2**52)
    eraser.close()
    assert heard.learned(rook) == []
