"""A data set is made of samples: nothing leaks, nobody is too much of it, and it is the same each time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from tasks.contracts.errors import TrainingSkipped
from tasks.contracts.learning import Sample
from tasks.contracts.messages import Turn
from tasks.training.dataset.alignment import SHARE, alignment
from tasks.training.dataset.making import Made, Material, Wishes, make
from tasks.training.dataset.shares import load_of
from tasks.training.dataset.splitting import Unit
from tasks.training.dataset.texts import text_hash
from tests.tasks.training.dataset.learned_from import sample, samples, talk

WISHES = Wishes("pirate", "0:20261122-0200-pirate", min_samples=20)
OURS = alignment("pirate")


def ids(some: tuple[Sample, ...] | list[Sample]) -> set[str]:
    return {one.id for one in some}


def texts(some: tuple[Sample, ...]) -> set[str]:
    return {text_hash(text) for one in some for text in (one.answer, *(turn.text for turn in one.turns))}


def answers(some: tuple[Sample, ...]) -> set[str]:
    return {text_hash(one.answer) for one in some}


def renamed(some: list[Sample], prefix: str) -> list[Sample]:
    return [one.model_copy(update={"id": f"{prefix}-{one.id}"}) for one in some]


def test_a_night_is_divided_and_ours_is_mixed_in() -> None:
    made = make(Material(talk(40), alignment=OURS), WISHES)
    assert len(made.new) + len(made.held_out_new) == 40
    assert len(made.held_out_new) == 6
    assert len(made.alignment) == 3
    assert made.train == tuple(sorted(made.train, key=lambda one: (one.at_ms, one.id)))
    assert not made.replay
    assert not made.held_out_old


def test_the_same_samples_make_the_same_data_set_in_whatever_order_they_come() -> None:
    new, learned, frozen = talk(60), talk(60, first=1000), talk(10, first=2000)
    one = make(Material(new, frozen, learned, OURS), WISHES)
    assert make(Material(new[::-1], frozen[::-1], learned[::-1], OURS[::-1]), WISHES) == one
    assert make(Material(new, frozen, learned, OURS), replace(WISHES, seed="1:another")).replay != one.replay


def test_one_sample_too_few_is_skipped_and_that_many_are_not() -> None:
    with pytest.raises(TrainingSkipped, match="19 new samples left to learn from, and 20 are wanted"):
        make(Material(talk(19), alignment=OURS), WISHES)
    assert make(Material(talk(20), alignment=OURS), WISHES).new


def test_doubles_do_not_count() -> None:
    twice = [*talk(15), *renamed(talk(15), "again")]
    with pytest.raises(TrainingSkipped, match=r"15 new samples .*left out: 15 exact doubles"):
        make(Material(twice, alignment=OURS), WISHES)


def test_nothing_at_all_is_skipped() -> None:
    with pytest.raises(TrainingSkipped, match=r"0 new samples .*3 forgotten"):
        make(Material((), forgotten=3), WISHES)


def test_what_was_learned_before_does_not_count_as_new() -> None:
    written = talk(30)
    with pytest.raises(TrainingSkipped, match="10 new samples"):
        make(Material(written, learned=written[:20], alignment=OURS), WISHES)


def test_some_of_what_was_learned_before_is_replayed() -> None:
    made = make(Material(talk(40), learned=talk(100, first=1000), alignment=OURS), WISHES)
    assert len(made.replay) / len(made.train) == pytest.approx(0.3, abs=0.02)
    assert len(made.replay) <= 0.3 * len(made.train)
    assert ids(made.replay) <= ids(talk(100, first=1000))


def test_what_was_held_out_once_is_never_learned_whatever_comes_later() -> None:
    first = make(Material(talk(40), alignment=OURS), WISHES)
    again = renamed(list(first.held_out_new), "said again in another conversation")
    elsewhere = [one.model_copy(update={"conversation": f"other-{one.id}"}) for one in again]
    later = make(Material([*talk(40, first=500), *elsewhere], first.held_out_new, first.new, OURS), WISHES)
    assert answers(first.held_out_new).isdisjoint(answers(later.train))
    assert later.held_out_old == first.held_out_new


def test_a_run_after_one_that_was_refused_holds_out_the_same_and_what_is_new() -> None:
    first = make(Material(talk(40), alignment=OURS), WISHES)
    later = make(Material(talk(60), first.held_out_new, (), OURS), WISHES)
    assert ids(first.held_out_new) <= ids(later.held_out_new)
    assert not later.held_out_old
    assert len(later.held_out_new) == 10


def test_one_who_floods_is_no_more_than_a_part_of_it() -> None:
    honest = [sample(n, author=f"web:{n % 5}", conversation=f"h{n % 10}") for n in range(60)]
    flood = [sample(1000 + n, author="web:loud", conversation=f"f{n // 20}", at_ms=n) for n in range(500)]
    made = make(Material([*honest, *flood], alignment=OURS), WISHES)
    loud = load_of(one for one in made.train if one.author == "web:loud")
    total = load_of(made.train)
    assert 0 < loud.samples / total.samples <= 1 / 6
    assert loud.chars / total.chars <= 1 / 6
    assert made.left_out.beyond_share > 400
    assert len(made.held_out_new) < 20


def test_who_floods_with_one_text_has_said_it_once() -> None:
    flood = [sample(1000 + n, author="web:loud", answer="Buy my rum!", turns=talk(1)[0].turns) for n in range(500)]
    made = make(Material([*talk(30, authors=3), *flood], alignment=OURS), WISHES)
    assert made.left_out.exact_doubles == 499


def test_probes_are_questions_that_nothing_was_trained_on() -> None:
    common = (Turn(role="user", text="How are you?"),)
    made = make(
        Material([one.model_copy(update={"turns": common}) if n % 2 else one for n, one in enumerate(talk(60))]), WISHES
    )
    asked = {text_hash(one.turns[-1].text) for one in made.train}
    assert made.probes
    assert asked.isdisjoint(text_hash(one.turns[-1].text) for one in made.probes)
    assert ids(made.probes) <= ids(made.held_out_new)


def made_of(new: list[Sample], old: list[Sample], learned: list[Sample], least: int) -> Made | None:
    material = Material(new, renamed(old, "old"), renamed(learned, "learned"), OURS)
    try:
        return make(material, replace(WISHES, min_samples=least))
    except TrainingSkipped:
        return None


@settings(max_examples=40, deadline=None)
@given(samples(most=50), samples(most=10), samples(most=20))
def test_whatever_is_given_what_is_judged_by_stands_nowhere_in_what_is_learned(
    new: list[Sample], old: list[Sample], learned: list[Sample]
) -> None:
    made = made_of(new, old, learned, 2)
    if made is None:
        return
    held = (*made.held_out_new, *made.held_out_old)
    assert answers(held).isdisjoint(texts(made.train))
    assert ids(held).isdisjoint(ids(made.train))
    if made.unit is Unit.CONVERSATION:
        said_in = {one.conversation for one in (*held, *renamed(old, "old"))}
        assert said_in.isdisjoint(one.conversation for one in made.train)
    total = load_of(made.train)
    for author in {one.author for one in made.train} - {""}:
        theirs = load_of(one for one in made.train if one.author == author)
        assert theirs.samples <= made.limit * total.samples
        assert theirs.chars <= made.limit * total.chars
    assert len(made.alignment) <= SHARE * total.samples
    assert len(made.replay) <= 0.3 * total.samples
    assert len(ids(made.train)) == total.samples
