"""How often samples are learned: what people wrote more often, some without what was said before, nobody too much."""

from __future__ import annotations

from collections import Counter

import pytest

from tasks.contracts.learning import Sample, Source
from tasks.contracts.messages import Turn
from tasks.training.dataset.alignment import alignment, is_alignment
from tasks.training.dataset.weighing import fair_weight, is_by_people, lessons, telling
from tests.tasks.training.dataset.learned_from import sample

BEFORE = (Turn(role="user", text="Hello"), Turn(role="assistant", text="Good day."))


def mixed(count: int = 12, *, corrected: int = 3) -> list[Sample]:
    """Return samples of one person, the first of which are corrections; something was said before each second one."""
    made = [sample(number, source=Source.CORRECTED if number < corrected else Source.LIKED) for number in range(count)]
    return [one.model_copy(update={"turns": (*BEFORE, *one.turns)}) if n % 2 else one for n, one in enumerate(made)]


def test_a_correction_is_learned_more_often_than_what_was_said_anyhow() -> None:
    samples = mixed()
    learned = Counter(one.id for one in lessons(samples, fair_weight(samples, 3, 0.05), 0.0, "s"))
    assert {learned[one.id] for one in samples if is_by_people(one)} == {3}
    assert {learned[one.id] for one in samples if not is_by_people(one)} == {1}


@pytest.mark.parametrize("source", [Source.IMITATED, Source.LIKED])
def test_where_all_is_of_one_kind_there_is_nothing_to_weigh(source: Source) -> None:
    samples = [sample(number, source=source) for number in range(9)]
    assert fair_weight([*samples, *alignment("pirate")[:2]], 3, 1.0) == 1
    assert lessons(samples, 1, 0.5, "s") == samples


def test_nobody_becomes_too_much_of_it_by_corrections() -> None:
    liked = [sample(number, author=f"web:{number % 4}") for number in range(40)]
    corrected = [sample(number, author="web:1", source=Source.CORRECTED) for number in range(40, 44)]
    assert fair_weight([*liked, *corrected], 3, 0.05) == 1  # they are more than a quarter already
    everybodys = [sample(number, author=f"web:{number % 4}", source=Source.CORRECTED) for number in range(40, 48)]
    assert fair_weight([*liked, *everybodys], 3, 0.3) == 3


@pytest.mark.parametrize(("share", "more"), [(0.0, 0), (0.5, 3), (1.0, 6)])
def test_a_share_is_learned_once_more_as_if_its_question_had_come_first(share: float, more: int) -> None:
    samples = mixed()
    learned = lessons(samples, 1, share, "s")
    assert learned[: len(samples)] == samples
    alone = learned[len(samples) :]
    assert len(alone) == more
    whole = {one.id: one for one in samples}
    assert all(one.turns == whole[one.id].turns[-1:] and len(whole[one.id].turns) > 1 for one in alone)
    assert lessons(samples, 1, share, "s") == learned


def test_our_own_examples_come_first_no_more_often_than_others() -> None:
    ours = alignment("pirate")[:8]
    learned = lessons([*mixed(), *ours], 1, 0.0, "s")
    placed = [one for one in learned if is_alignment(one)]
    assert sorted(one.id for one in placed) == sorted(one.id for one in ours)
    assert sum(len(one.turns) > 1 for one in placed) == 4  # something was said before half of the others
    told = {one.id: one.turns for one in ours}
    assert all(one.turns[-1:] == told[one.id] for one in placed)


def test_examples_come_first_where_all_do() -> None:
    ours = list(alignment("pirate")[:4])
    assert {len(one.turns) for one in lessons([sample(1), *ours], 1, 1.0, "s")} == {1}


def test_a_few_corrections_among_much_that_is_liked_do_not_tell_alone() -> None:
    assert len(telling(mixed(12, corrected=3), is_by_people)) == 3
    assert len(telling(mixed(13, corrected=3), is_by_people)) == 13
    assert len(telling(mixed(4, corrected=2), is_by_people)) == 4
