"""A base answers with each adapter and without, and tells how likely what was really said is."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tasks.training.evaluation.likelihood import together
from tasks.training.evaluation.voices import Voice
from tests.tasks.training.evaluation.conftest import Small


def by_hand(small: Small, question: str, answer: str) -> tuple[float, int]:
    """Return the nll of an answer alone, from the plainest forward there is: one sample, no padding, no mask."""
    import torch

    from tests.tasks.training.evaluation.small import base, sample

    ids, mask = small.chat.answered(sample(question, answer))
    with torch.inference_mode():
        likely = base()(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
    places = [place for place, counts in enumerate(mask) if counts]
    return -sum(float(likely[place - 1, ids[place]]) for place in places), len(places)


def test_perplexity_is_what_is_computed_by_hand_however_much_padding_there_is(small: Small) -> None:
    from tests.tasks.training.evaluation.small import sample

    said = [("hi", "arr"), ("how are you", "fine, matey, and how are ye this morning?"), ("¿qué?", "nada, 船长 ⚓")]
    found = small.answering.nll([sample(*one) for one in said], Voice.BASE)
    expected = [by_hand(small, *one) for one in said]
    for one, (nats, tokens) in zip(found, expected, strict=True):
        assert (one.tokens, one.nats) == (tokens, pytest.approx(nats, abs=1e-3))
    whole = together(found)
    assert whole is not None
    by_tokens = sum(nats for nats, _ in expected) / sum(tokens for _, tokens in expected)
    assert whole.perplexity == pytest.approx(math.exp(by_tokens), abs=1e-3)
    assert whole.size == sum(len(answer.encode()) for _, answer in said)


def test_the_base_is_exactly_itself_while_adapters_lie_on_it(small: Small) -> None:
    from tests.tasks.training.evaluation.small import TAUGHT

    before = small.answering.nll(TAUGHT, Voice.BASE)
    small.answering.nll(TAUGHT, Voice.CANDIDATE)
    assert small.answering.nll(TAUGHT, Voice.BASE) == before


def test_each_adapter_speaks_with_its_own_voice(small: Small) -> None:
    from tests.tasks.training.evaluation.small import TAUGHT

    likely = {voice: together(small.answering.nll(TAUGHT, voice)) for voice in small.answering.voices}
    base, served, candidate = (likely[voice] for voice in (Voice.BASE, Voice.SERVED, Voice.CANDIDATE))
    assert base is not None
    assert served is not None
    assert candidate is not None
    assert candidate.nll < base.nll < served.nll


def test_answers_come_in_the_order_of_the_prompts_and_are_no_longer_than_allowed(small: Small) -> None:
    from tests.tasks.training.evaluation.small import TAUGHT

    prompts: list[Any] = [sample.turns for sample in TAUGHT]
    together_ = small.answering.answers(prompts, Voice.CANDIDATE, max_tokens=8)
    alone = [small.answering.answers([one], Voice.CANDIDATE, max_tokens=8)[0] for one in prompts]
    assert together_ == alone
    assert all(len(answer) <= 8 for answer in together_)
    assert small.answering.answers([], Voice.BASE) == []


def test_whoever_is_to_end_can_do_so_before_each_batch(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.tasks.training.evaluation.small import TAUGHT

    class Ending(Exception):
        pass

    def end() -> None:
        raise Ending

    monkeypatch.setattr(small.answering, "_pause", end)
    with pytest.raises(Ending):
        small.answering.nll(TAUGHT, Voice.BASE)
    with pytest.raises(Ending):
        small.answering.answers([TAUGHT[0].turns], Voice.BASE)


def test_rows_of_like_length_are_computed_together() -> None:
    from tasks.training.evaluation.answering import BATCH_ROWS, batches

    assert list(batches([3_000, 10, 3_000, 11])) == [[1, 3], [0], [2]]
    assert [len(batch) for batch in batches([5] * (BATCH_ROWS + 1))] == [BATCH_ROWS, 1]
    assert list(batches([])) == []
