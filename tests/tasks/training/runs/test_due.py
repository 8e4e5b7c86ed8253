"""When runs are due, what they are called, and what they are told."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime

import pytest

from tasks.contracts.errors import ConfigurationError, UnknownPersona
from tasks.contracts.fleet import Fleet, parse
from tasks.training.runs import due
from tests.tasks.training.runs.paces import learning_fleet


def ms(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * due.MS)  # type: ignore[misc,arg-type]


def fleet(persona: str, sections: str = "") -> Fleet:
    return parse(
        tomllib.loads(f'{sections}\n[[model]]\nname = "demo"\nbuiltin = "demo"\n[[persona]]\n{persona}'), "test"
    )


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (ms(2026, 11, 22, 2, 0), ms(2026, 11, 22, 2, 0)),
        (ms(2026, 11, 22, 1, 59, 59), ms(2026, 11, 21, 2, 0)),
        (ms(2026, 11, 22, 23, 59), ms(2026, 11, 22, 2, 0)),
        (ms(2027, 1, 1, 0, 0), ms(2026, 12, 31, 2, 0)),
    ],
)
def test_the_last_night_is_the_last_two_oclock(now: int, night: int) -> None:
    assert due.night_ms(now) == night


@pytest.mark.parametrize("name", ["pirate", "Pirate", "pi-rate", "Käpt'n", "海盗", "x" * 200, "../../etc", ".", ""])
def test_a_run_is_called_so_that_a_folder_may_be_and_no_two_personas_share_one(name: str) -> None:
    made = due.run_name(name, ms(2026, 11, 22, 2, 0))
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,120}", made)
    assert made.startswith("20261122-0200-")
    assert made not in {due.run_name(other, ms(2026, 11, 22, 2, 0)) for other in ("pirate2", "PIRATE", "captain")}


def test_what_somebody_asks_for_twice_in_a_minute_is_two_runs() -> None:
    moments = (ms(2026, 11, 22, 15, 30, 1), ms(2026, 11, 22, 15, 30, 2))
    assert len({due.run_name("pirate", moment, by="operator") for moment in moments}) == 2


def test_one_that_leaves_its_model_to_others_is_not_trained_at_night_and_told_why_by_day() -> None:
    routed = fleet('name = "pirate"\nlearns = "liked"\n', '[routing]\nprimary = "demo"\n')
    assert due.learning(routed) == ()
    with pytest.raises(ConfigurationError, match=r"leaves its model to \[routing\]"):
        due.spec(routed, "pirate", 1)


@pytest.mark.parametrize(
    ("persona", "sections", "mend"),
    [
        ("", "", 'learns = "liked"'),
        ('learns = "liked"', "[training]\nenabled = false", "[training]"),
        ('learns = "liked"', "[transcript]\nenabled = false", "[transcript]"),
    ],
)
def test_what_keeps_a_persona_from_learning_is_told(persona: str, sections: str, mend: str) -> None:
    with pytest.raises(ConfigurationError, match="learns nothing") as told:
        due.spec(fleet(f'name = "pirate"\nmodel = "demo"\n{persona}\n', sections), "pirate", 1)
    assert mend in told.value.next_step


def test_nobody_of_that_name() -> None:
    with pytest.raises(UnknownPersona):
        due.spec(learning_fleet(), "wren", 1)


def test_what_was_forgotten_is_told_to_the_run() -> None:
    assert due.spec(learning_fleet(), "pirate", 1, without=("a", "b")).without == ("a", "b")
