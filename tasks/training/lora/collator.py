"""Puts samples of several lengths into one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

IGNORED = -100  # a label that is not learned


@dataclass(frozen=True)
class Collator:
    """Pads on the right, where a causal model does not look, and learns nothing of it."""

    pad: int
    multiple: int = 1
    """Of a batch's width; 8 is quicker where matrices are multiplied by special hardware."""

    def __call__(self, samples: Sequence[Mapping[str, Sequence[int]]]) -> dict[str, torch.Tensor]:
        """Return the batch: ids, what of them counts, and what is learned."""
        longest = max(len(sample["input_ids"]) for sample in samples)
        width = -(-longest // self.multiple) * self.multiple
        rows = {"input_ids": self.pad, "attention_mask": 0, "labels": IGNORED}
        batch: dict[str, list[list[int]]] = {name: [] for name in rows}
        for sample in samples:
            ids = list(sample["input_ids"])
            whole = {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": list(sample["labels"])}
            for name, filler in rows.items():
                batch[name].append(whole[name] + [filler] * (width - len(ids)))
        return {name: torch.tensor(values) for name, values in batch.items()}
