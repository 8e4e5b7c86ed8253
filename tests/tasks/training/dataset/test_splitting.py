"""What is learned, and what is held back to judge by."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings

from tasks.contracts.errors import TrainingSkipped
from tasks.contracts.learning import Sample, Source
from tasks.training.dataset.splitting import MOST_HELD_OUT, SILENCE_MS, Split, Unit, split
from tests.tasks.training.dataset.learned_from import HOUR_MS, sample, samples, talk


def ids(some: tuple[Sample, ...]) -> list[str]:
    return [one.id for one in some]


def test_the_latest_whole_conversations_are_held_out() -> None:
    found = split(talk(20, of_one=2), [], [], 0.15)
    assert ids(found.held_out) == [f"s{number:05d}" for number in (16, 17, 18, 19)]
    assert len(found.train) == 16
    assert found.unit is Unit.CONVERSATION


def test_a_conversation_that_is_most_of_it_is_learned_and_an_earlier_one_held_out() -> None:
    found = split([*talk(4, of_one=4), *(sample(n, conversation="long") for n in range(10, 26))], [], [], 0.15)
    assert {one.conversation for one in found.held_out} == {"c0"}


def test_a_channel_that_never_ends_is_divided_where_nobody_spoke_for_long() -> None:
    days = [sample(n, conversation="channel", at_ms=n // 4 * 24 * HOUR_MS + n * 1000) for n in range(20)]
    found = split(days, [], [], 0.15)
    assert found.unit is Unit.STRETCH
    assert ids(found.held_out) == [f"s{number:05d}" for number in (16, 17, 18, 19)]


def test_one_conversation_without_a_pause_cannot_be_divided() -> None:
    with pytest.raises(TrainingSkipped, match="20 new samples cannot be divided") as raised:
        split([sample(n, conversation="one", at_ms=n * 1000) for n in range(20)], [], [], 0.15)
    assert "/reset" in raised.value.next_step


def test_whatever_belongs_to_what_was_held_out_before_is_held_out_too() -> None:
    before = [sample(900, conversation="c3", at_ms=0)]
    found = split(talk(20), before, [], 0.05)
    assert {one.conversation for one in found.held_out} == {"c3"}


def test_what_a_refused_run_held_out_counts_and_no_more_is_held_out_night_after_night() -> None:
    new = talk(20)
    first = split(new, [], [], 0.15)
    later = split(new, first.held_out, [], 0.15)
    assert later.held_out == first.held_out


def test_nothing_is_replayed_of_a_conversation_that_is_held_out() -> None:
    learned = [sample(800, conversation="c9", at_ms=0), sample(801, conversation="c1", at_ms=0)]
    found = split(talk(20), [], learned, 0.05)
    assert {one.conversation for one in found.held_out} == {"c9"}
    assert ids(found.replayable) == ["s00801"]


def test_examples_written_by_hand_are_learned_however_late_they_were_written() -> None:
    written = [sample(n, source=Source.WRITTEN, author="", at_ms=10**13 + n) for n in range(100, 110)]
    found = split([*talk(20), *written], [], [], 0.15)
    assert all(one.source is Source.LIKED for one in found.held_out)


def test_where_there_are_only_examples_written_by_hand_some_are_held_out() -> None:
    found = split([sample(n, source=Source.WRITTEN, author="") for n in range(20)], [], [], 0.15)
    assert len(found.held_out) == 3


def stretches(some: list[Sample]) -> dict[str, tuple[str, int]]:
    """Say by id to which stretch of its conversation each belongs: written otherwise than what is tried."""
    found = {}
    for one in some:
        times = sorted({other.at_ms for other in some if other.conversation == one.conversation})
        gaps = [b for a, b in pairwise(times) if b - a > SILENCE_MS and b <= one.at_ms]
        found[one.id] = (one.conversation, len(gaps))
    return found


def sides_of(new: list[Sample], frozen: list[Sample], found: Split) -> tuple[set[object], set[object]]:
    parts = stretches([*new, *frozen])
    whole = found.unit is Unit.CONVERSATION
    name = {id_: key[0] if whole else key for id_, key in parts.items()}
    return {name[one.id] for one in found.train}, {name[one.id] for one in (*found.held_out, *frozen)}


@settings(max_examples=40, deadline=None)
@given(samples(), samples(most=8))
def test_no_conversation_is_ever_on_both_sides_and_none_is_lost(new: list[Sample], old: list[Sample]) -> None:
    frozen = [one.model_copy(update={"id": f"old-{one.id}"}) for one in old]
    try:
        found = split(new, frozen, [], 0.15)
    except TrainingSkipped:
        return
    train, held = sides_of(new, frozen, found)
    assert not train & held
    assert sorted(ids((*found.train, *found.held_out))) == sorted(one.id for one in new)
    assert 0 < len(found.held_out) <= MOST_HELD_OUT * len(new)
