from __future__ import annotations

from benchmarks.month.life import DAYS, EXCHANGES, SESSIONS_A_DAY, month
from benchmarks.month.planted import TEMPLATES
from tasks.memory.importance import says_nothing
from tasks.memory.tiers.statements import stated


def test_a_month_is_the_same_each_time_and_another_with_another_seed() -> None:
    assert month(2, 5) == month(2, 5) != month(2, 5, seed=8)


def test_every_day_has_its_sessions_and_everything_that_is_asked_for_was_told() -> None:
    made = month(2)
    assert made.conversations == 2 * DAYS * SESSIONS_A_DAY
    said = [one for day in made.days for session in day for one in session]
    assert len(said) == made.conversations * EXCHANGES == len({one.first for one in said})
    assert len(made.planted) == 2 * len(TEMPLATES)
    for asked in made.planted:
        assert any(asked.answer in one.question for one in said if one.user == asked.user), asked


def test_some_of_it_changes_and_says_so() -> None:
    changed = [one for one in month(2).planted if one.before]
    assert len(changed) >= 4
    assert all(one.before != one.answer for one in changed)
    assert all(stated(one.again.replace("{}", "Ghent")) for one in TEMPLATES if one.again)


def test_there_is_small_talk_and_models_that_tell_back_what_they_were_told() -> None:
    said = [one for day in month(3).days for session in day for one in session]
    assert 0.1 < sum(says_nothing(one.question) for one in said) / len(said) < 0.25
    assert any(one.reply.startswith("1. [3 days ago] user:") for one in said)
