from __future__ import annotations

import pytest

from bots import lessons
from bots.lessons import Decided, Decision
from tasks.jobs.consents import Consent, Standing


@pytest.mark.parametrize(
    ("args", "decided"),
    [
        ("on", Decided(Decision.ON)),
        (" Off ", Decided(Decision.OFF)),
        ("", Decided(Decision.STATUS)),
        ("here  off", Decided(Decision.OFF, here=True)),
        ("here", Decided(Decision.STATUS, here=True)),
        ("off here", None),
        ("on please", None),
    ],
)
def test_what_is_decided_is_told_from_other_words(args: str, decided: Decided | None) -> None:
    assert lessons.decided(args) == decided


def test_how_it_stands_names_the_way_out_and_the_channel() -> None:
    agreed = Consent("c", 1)
    assert lessons.standing(Standing(agreed, closed=False)).endswith("/learning off takes that back.")
    assert lessons.standing(Standing(None, closed=True)).endswith(lessons.CLOSED)
    assert lessons.thanks(Standing(agreed, closed=False)) == lessons.CORRECTED
    assert lessons.CLOSED in lessons.thanks(Standing(agreed, closed=True))
    assert "/learning on" in lessons.thanks(Standing(None, closed=True))
