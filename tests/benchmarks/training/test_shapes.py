from __future__ import annotations

import pytest

from benchmarks.training.shapes import SHAPES, Case, Laid, Outcome, cases, lengths, utilisation


@pytest.mark.parametrize(("size", "billions"), [("1B", 1.24), ("3B", 3.21), ("8B", 7.5)])
def test_shapes_are_those_of_the_models_that_people_know(size: str, billions: float) -> None:
    assert SHAPES[size].multiplied / 1e9 == pytest.approx(billions, rel=0.01)


def test_utilisation_counts_four_operations_and_six_where_layers_are_computed_twice() -> None:
    plain, twice = Case("8B", "bfloat16", 512), Case("8B", "bfloat16", 512, saving=True)
    pace = 10_000.0
    share = utilisation(Outcome(plain, pace), 989.0)
    assert share == pytest.approx(4 * 7.504e9 * pace / 989e12, rel=0.001)
    assert utilisation(Outcome(twice, pace), 989.0) == pytest.approx(1.5 * share)


@pytest.mark.parametrize(("pace", "peak"), [(0.0, 989.0), (1_000.0, None)])
def test_utilisation_is_not_made_up(pace: float, peak: float | None) -> None:
    assert utilisation(Outcome(Case("1B", "nf4", 512), pace), peak) is None


def test_of_each_size_both_precisions_and_lengths_are_measured_and_of_the_largest_a_card_of_32_gib() -> None:
    found = list(cases(("1B", "8B")))
    assert {(case.weights, case.tokens) for case in found if case.size == "1B"} == {
        (weights, tokens) for weights in ("bfloat16", "nf4") for tokens in (512, 2048)
    }
    assert {case.weights for case in found if case.cap_gib == 32} == {"bfloat16", "nf4"}
    assert len({case.words for case in found}) == len(found)


def test_chats_differ_in_length_and_are_the_same_each_time() -> None:
    padded = Case("1B", "bfloat16", 1024, laid=Laid.PADDED)
    assert lengths(padded, 50) == lengths(padded, 50)
    assert len(set(lengths(padded, 50))) > 20
    assert set(lengths(Case("1B", "bfloat16", 1024, laid=Laid.PACKED), 50)) == {1024}
