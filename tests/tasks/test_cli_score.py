"""`rookery train score`: a person rates in a terminal, and the ledger, the transcript and the gate know of it."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import rookery
from tasks.contracts.learning import Course
from tasks.contracts.queues import TRAINING
from tasks.contracts.settings import Settings, load
from tasks.jobs import signs
from tasks.jobs.store import Store
from tasks.training.evaluation import people, rating, scoring
from tasks.training.runs import folder
from tasks.transcript.database import open_database
from tasks.transcript.keeping import Keeper
from tests.tasks.training.evaluation.test_scoring import answered, refused

LEARNS = '[[model]]\nname = "demo"\nbuiltin = "demo"\n[[persona]]\nname = "pirate"\nmodel = "demo"\nlearns = "liked"\n'


class Terminal:
    """A terminal, and somebody who writes down what was noted."""

    def __init__(self, settings: Settings, place: Path) -> None:
        self.settings, self.place = settings, place
        self.store = Store.open(settings.redis_url, settings.namespace)
        self.keeper = Keeper(self.store, settings.transcript_url)

    def type(self, *words: str, options: tuple[str, ...] = ()) -> Result:
        """Run the command and type these words, each on a line."""
        told = CliRunner().invoke(rookery.app, ["train", "score", *options], input="\n".join([*words, "q", ""]))
        self.keeper.archive()
        return told

    def ratings(self) -> list[people.Rating]:
        """Return what is written down."""
        found = scoring.candidate(self.settings.training_dir, "pirate")
        engine = open_database(self.settings.transcript_url)
        try:
            return rating.of_candidate(engine, found.spec.run, list(found.jobs), self.store.now_ms())
        finally:
            engine.dispose()

    def rung(self) -> list[str]:
        """Return the runs that were rung for."""
        return [json.loads(told)["body"] for told in self.store.client.lrange(TRAINING, 0, -1)]


@pytest.fixture
def terminal(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal in a folder with a run that was evaluated and refused, as nobody had rated it."""
    (tmp_path / "rookery.toml").write_text(f'[redis]\nurl = "{redis_url}"\n[training]\nmin_ratings = 3\n{LEARNS}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tasks.cli_score.PATIENCE_S", 0.0)  # nobody archives while the command looks
    settings = load(tmp_path / "rookery.toml", {})
    settings.training_dir.mkdir(parents=True)
    open_database(settings.transcript_url).dispose()
    place = answered(settings.training_dir, training=settings.fleet.training)
    refused(place, people.METRIC)
    made = Terminal(settings, place)
    made.store.run(signs.TRAINING.at(platform.node()).is_up(600))
    yield made
    made.keeper.close()
    made.store.close()


def test_ratings_are_shown_the_answers_and_are_written_down(terminal: Terminal) -> None:
    told = terminal.type("5", "", "2")
    assert told.exit_code == 0, told.output
    assert "Arr" in told.output
    assert sorted(rating.stars for rating in terminal.ratings()) == [2, 5]
    assert {rating.person for rating in terminal.ratings()} == {"terminal:operator"}


def test_another_person_can_be_named(terminal: Terminal) -> None:
    terminal.type("4", options=("--as", "discord:7"))
    assert [rating.person for rating in terminal.ratings()] == ["discord:7"]


def test_once_enough_have_rated_the_gate_is_asked_again(terminal: Terminal) -> None:
    terminal.type("5", "4")
    terminal.type()
    assert not terminal.rung()
    ended = folder.facts(terminal.place).ended
    assert ended is not None
    assert ended.course is Course.REFUSED
    terminal.type("5")
    told = terminal.type()
    assert "3 of 3 ratings" in told.output
    assert len(terminal.rung()) == 1
    assert folder.facts(terminal.place).ended is None


def test_an_operator_may_waive_it_and_says_why(terminal: Terminal) -> None:
    told = terminal.type(options=("--waive", "tried it for a week"))
    waiver = rating.waiver_of(terminal.place)
    assert waiver is not None
    assert waiver.words == "terminal:operator: tried it for a week"
    assert "the gate is asked again" in told.output
    assert len(terminal.rung()) == 1


def test_where_there_is_nothing_to_rate_that_is_said(terminal: Terminal) -> None:
    told = terminal.type(options=("--run", "20261122-0200-nobody"))
    assert told.exit_code != 0
