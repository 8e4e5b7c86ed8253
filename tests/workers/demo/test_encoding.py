from __future__ import annotations

from itertools import islice

from workers.demo.dialogues import Exchange
from workers.demo.encoding import ASSISTANT_ID, BATCH_TOKENS, END_ID, IGNORED, USER_ID, batches, encode, texts


def _tokenize(text: str) -> list[int]:
    return [10 + byte for byte in text.encode()]


def test_only_answers_are_learnt():
    said = Exchange("greeting", "  HI ", "Yo")
    encoded = encode((said, said), _tokenize)
    one = [USER_ID, *_tokenize("hi"), END_ID, ASSISTANT_ID, *_tokenize("Yo"), END_ID]
    assert encoded.ids == one * 2
    assert encoded.labels == ([IGNORED] * 5 + one[5:]) * 2


def test_a_batch_has_one_width_and_learns_nothing_from_its_padding():
    for batch in islice(batches(_tokenize, 1), 20):
        assert len({len(each.ids) for each in batch}) == 1
        assert len(batch) == 1 or len(batch) * len(batch[0].ids) <= BATCH_TOKENS
        for each in batch:
            learnt = [(token, label) for token, label in zip(each.ids, each.labels, strict=True) if label != IGNORED]
            assert all(token == label for token, label in learnt)
            assert learnt[-1] == (END_ID, END_ID)


def test_the_tokenizer_is_made_from_what_the_model_will_read():
    assert len(list(texts(1, 5))) >= 10
    assert all(text == text.strip() for text in texts(1, 50))
