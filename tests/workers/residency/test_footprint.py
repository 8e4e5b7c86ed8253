"""What a model takes: told, else measured, else estimated."""

from __future__ import annotations

import pytest

from workers.residency.footprint import (
    DEFAULT_GIB,
    GROWTH,
    NOTHING,
    Measured,
    Size,
    by_file,
    by_name,
    did_not_fit,
    load_s_of,
    loaded,
    size_of,
)


@pytest.mark.parametrize(
    ("name", "gib"),
    [
        ("Gemma 3 27B", 17.0),
        ("llama-3.1-70b-instruct", 40.0),
        ("mistral-7b", 4.0),
        ("highermind-29b", 29.0),
        ("highermind 29gb", 29.0),
        ("mixtral", None),
        ("b", None),
        ("web3 model", None),
    ],
)
def test_a_name_tells_what_a_model_usually_takes(name, gib):
    assert by_name(name) == gib


def test_sizes_that_are_not_in_the_table_grow_with_the_parameters():
    sizes = [size_of(name).gib for name in ("tiny-1.5b", "a-3b", "a-13b", "8x7b", "a-120b")]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == len(sizes)


def test_what_was_told_stands_over_what_was_measured_and_that_over_file_and_name():
    measured = loaded(NOTHING, "file 1", gib=5.0)
    assert size_of("a-70b", told_gib=3.0, measured=measured, file_gib=4.0) == Size(3.0, "told")
    assert size_of("a-70b", measured=measured, file_gib=4.0) == Size(5.0, "measured")
    assert size_of("a-70b", file_gib=4.0) == Size(4.0, "file")
    assert size_of("a-70b") == Size(40.0, "name")
    assert size_of("mixtral") == Size(DEFAULT_GIB, "guess")


def test_a_file_needs_more_the_longer_its_conversations_may_be():
    short, long, many = by_file(4.0, 4096, 1), by_file(4.0, 32_768, 1), by_file(4.0, 4096, 8)
    assert 4.0 < short < long
    assert long == many


def test_the_most_that_a_model_ever_took_counts():
    known = loaded(loaded(NOTHING, "f", gib=5.0), "f", gib=4.0)
    assert known.gib == 5.0
    assert loaded(known, "f", gib=None).gib == 5.0


def test_what_was_learned_of_another_file_is_forgotten():
    known = loaded(NOTHING, "old", gib=5.0, load_s=9.0)
    assert loaded(known, "new", gib=1.0, load_s=2.0) == Measured("new", 1.0, 2.0)


def test_load_times_are_a_moving_average_and_before_the_first_an_estimate():
    known = loaded(NOTHING, "f", gib=1.0, load_s=10.0)
    assert load_s_of(1.0, known) == 10.0
    faster = loaded(known, "f", gib=1.0, load_s=2.0)
    assert 2.0 < load_s_of(1.0, faster) < 10.0
    assert load_s_of(40.0) > load_s_of(4.0) > 0


def test_a_model_that_did_not_fit_is_taken_to_need_more_whatever_the_file_says():
    known = did_not_fit(NOTHING, "f", 8.0)
    assert size_of("m", told_gib=8.0, measured=known).gib == 8.0 * GROWTH
    again = did_not_fit(known, "f", 8.0 * GROWTH)
    assert size_of("m", told_gib=8.0, measured=again).gib > 8.0 * GROWTH
    assert size_of("m", told_gib=8.0, measured=loaded(again, "f", gib=8.0)).gib == 8.0, "it fitted after all"
