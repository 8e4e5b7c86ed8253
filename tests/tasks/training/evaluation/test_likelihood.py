"""Nll, perplexity and bits per byte."""

from __future__ import annotations

import math

import pytest

from tasks.training.evaluation.likelihood import Likelihood, together


def test_perplexity_is_e_to_the_mean_nll() -> None:
    nats = [0.5, 2.25, 1.0]  # of three tokens
    one = Likelihood(sum(nats), 3, 9)
    assert one.perplexity == pytest.approx(math.exp(sum(nats) / 3), abs=1e-9)


def test_of_many_samples_each_token_weighs_the_same() -> None:
    whole = together([Likelihood(10.0, 1, 4), Likelihood(9.0, 9, 36)])
    assert whole == Likelihood(19.0, 10, 40)
    assert whole.nll == pytest.approx(1.9)


def test_bits_per_byte_count_bytes_and_not_letters() -> None:
    text = "船长"
    assert Likelihood(6 * math.log(2), 2, len(text.encode())).bits_per_byte == pytest.approx(1.0)


def test_nothing_has_no_likelihood() -> None:
    assert together([]) is None
    assert together([Likelihood(0.0, 0, 3)]) is None


def test_what_is_hopeless_has_a_perplexity_all_the_same() -> None:
    assert math.isfinite(Likelihood(1e9, 1, 1).perplexity)
