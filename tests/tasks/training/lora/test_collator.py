"""Samples of several lengths in one batch: what fills it is not looked at and not learned."""

from __future__ import annotations


def test_shorter_samples_are_filled_on_the_right_and_nothing_of_that_is_learned() -> None:
    from tasks.training.lora.collator import Collator

    batch = Collator(pad=9)([{"input_ids": [1, 2, 3], "labels": [-100, 2, 3]}, {"input_ids": [4], "labels": [4]}])
    assert batch["input_ids"].tolist() == [[1, 2, 3], [4, 9, 9]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch["labels"].tolist() == [[-100, 2, 3], [4, -100, -100]]


def test_a_batch_is_as_wide_as_the_hardware_likes() -> None:
    from tasks.training.lora.collator import Collator

    assert Collator(pad=0, multiple=8)([{"input_ids": [1] * 9, "labels": [1] * 9}])["labels"].shape == (1, 16)
