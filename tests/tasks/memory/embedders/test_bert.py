from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tasks.memory.embedders.bert import Bert
from tests.tasks.memory import tiny_bert
from tests.tasks.memory.tiny_bert import SHAPE, plainly

TEXTS = [[2, 3], [2, 13, 3], [2, 5, 6, 7, 8, 9, 10, 11, 12, 18, 1, 14, 15, 16, 17, 3], [2, 14, 15, 3]]


@pytest.mark.parametrize("first_alone", [False, True])
def test_vectors_are_those_that_the_formulas_say(first_alone: bool):
    named = tiny_bert.weights()
    made = Bert(named, dataclasses.replace(SHAPE, first_alone=first_alone)).vectors(TEXTS)
    assert made == pytest.approx(np.array([plainly(text, named, first_alone=first_alone) for text in TEXTS]), abs=2e-6)


def test_a_text_comes_to_the_same_whatever_stands_beside_it():
    bert = Bert(tiny_bert.weights(2), SHAPE)
    alone = np.concatenate([bert.vectors([text]) for text in TEXTS])
    assert bert.vectors(TEXTS) == pytest.approx(alone, abs=1e-6)
    assert bert.vectors(TEXTS[::-1])[::-1] == pytest.approx(alone, abs=1e-6)


def test_the_names_of_a_checkpoint_may_have_the_name_of_the_model_before_them():
    named = tiny_bert.weights()
    prefixed = {f"bert.{name}": numbers for name, numbers in named.items()}
    assert np.array_equal(Bert(prefixed, SHAPE).vectors(TEXTS), Bert(named, SHAPE).vectors(TEXTS))


def test_weights_that_are_missing_are_named():
    named = tiny_bert.weights()
    del named["encoder.layer.1.output.dense.bias"]
    with pytest.raises(KeyError, match=r"encoder\.layer\.1\.output\.dense\.bias"):
        Bert(named, SHAPE)
