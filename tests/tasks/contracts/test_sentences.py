"""Where one sentence ends and the next begins."""

from __future__ import annotations

from tasks.contracts.sentences import sentences


def test_a_text_falls_into_sentences_and_a_price_does_not() -> None:
    assert sentences("It costs 3.50. Really?\n\nYes!") == ["It costs 3.50.", "Really?", "Yes!"]
    assert sentences("好的。谢谢。") == ["好的。", "谢谢。"]
    assert sentences(" \n ") == []


def test_a_quotation_ends_with_its_sentence() -> None:
    assert sentences("“Is it far?” Not at all.") == ["“Is it far?", "Not at all."]
