from __future__ import annotations

import random

from workers.demo.slips import cased, typed

TEXT = "what is your favourite sentence about {name}"


def test_people_type_one_sentence_in_many_ways():
    rng = random.Random(1)
    ways = {typed(TEXT, rng) for _ in range(300)}
    assert len(ways) > 100
    assert TEXT in ways


def test_no_slip_goes_into_a_slot():
    rng = random.Random(1)
    assert all("{name}" in typed(TEXT, rng) for _ in range(1000))


def test_the_same_seed_types_the_same():
    assert [typed(TEXT, random.Random(7)) for _ in range(3)] == [typed(TEXT, random.Random(7)) for _ in range(3)]


def test_a_text_is_spoken_begun_with_a_capital_or_shouted():
    rng = random.Random(1)
    assert {cased("ok then", rng) for _ in range(50)} == {"ok then", "Ok then", "OK THEN"}
