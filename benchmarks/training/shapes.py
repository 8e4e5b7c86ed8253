"""Llamas of known sizes, what of them is measured, and the arithmetic of it. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

TERA = 1e12
#: Dense bf16 as the maker states it, by a part of the device's name; the first that fits counts.
PEAK_TFLOPS = {
    "B200": 2250.0,
    "H200": 989.0,
    "H100 PCIe": 756.0,
    "H100": 989.0,
    "A100": 312.0,
    "L40S": 362.0,
    "L4": 121.0,
    "A10": 125.0,
    "RTX 5090": 210.0,
    "RTX 4090": 165.0,
    "RTX 3090": 71.0,
}
#: Operations for each number of a base and each token: there and back, without slopes of the base itself; and once more
#: there where layers are computed twice.
FLOPS, FLOPS_TWICE = 4, 6
CHAT_TOKENS, CHAT_SPREAD = 180, 0.8  # of a chat: the middle, and how widely they differ
SEED = 5


@dataclass(frozen=True)
class Shape:
    """A Llama: what it is made of."""

    hidden: int
    inner: int
    layers: int
    heads: int
    shared: int
    vocabulary: int
    tied: bool

    @property
    def multiplied(self) -> int:
        """Return how many of its numbers each token is multiplied with: all but a table that is only looked up."""
        head = self.hidden // self.heads
        attention = 2 * self.hidden * self.hidden + 2 * self.hidden * head * self.shared
        return self.layers * (attention + 3 * self.hidden * self.inner) + self.hidden * self.vocabulary


SHAPES = {
    "1B": Shape(2048, 8192, 16, 32, 8, 128_256, tied=True),
    "3B": Shape(3072, 8192, 28, 24, 8, 128_256, tied=True),
    "8B": Shape(4096, 14_336, 32, 32, 8, 128_256, tied=False),
    "tiny": Shape(64, 128, 2, 4, 2, 256, tied=True),
}


class Laid(StrEnum):
    """How samples lie in a batch."""

    FULL = "full"  # each as long as can be
    PADDED = "padded"  # chats of all lengths, the shorter ones filled up
    PACKED = "packed"  # the same, one after the other


@dataclass(frozen=True)
class Case:
    """One training that is measured."""

    size: str
    weights: Literal["float32", "bfloat16", "nf4"]
    tokens: int
    """Of one sample, at most."""
    batch: int = 4
    saving: bool = False
    """Whether layers are computed twice instead of being kept."""
    laid: Laid = Laid.FULL
    cap_gib: float = 0.0
    """What of the memory may be used; 0: all."""

    @property
    def words(self) -> str:
        """Return it in words."""
        cap = f", within {self.cap_gib:g} GiB" if self.cap_gib else ""
        saving = ", layers twice" if self.saving else ""
        return f"{self.size} {self.weights}, {self.batch} × {self.tokens} tokens {self.laid}{saving}{cap}"


@dataclass(frozen=True)
class Outcome:
    """What a case came to."""

    case: Case
    tokens_per_s: float = 0.0
    """Padding not counted; 0: it did not fit."""
    peak_gib: float = 0.0
    load_s: float = 0.0


def cases(sizes: Sequence[str]) -> Iterator[Case]:
    """Yield what is measured on a GPU; of the largest size more than of the others."""
    for size in sizes:
        for tokens in (512, 2048):
            for saving in (False, True):
                yield Case(size, "bfloat16", tokens, saving=saving)
            yield Case(size, "nf4", tokens, saving=True)
    largest = sizes[-1]
    for batch in (1, 8):
        yield Case(largest, "bfloat16", 2048, batch=batch, saving=True)
    for laid in (Laid.PADDED, Laid.PACKED):
        yield Case(largest, "bfloat16", 1024, batch=8, saving=True, laid=laid)
    yield Case(largest, "bfloat16", 512, saving=True, cap_gib=32.0)
    yield Case(largest, "nf4", 2048, saving=True, cap_gib=32.0)


def peak_tflops(name: str) -> float | None:
    """Return what a device can do at most; None: nobody has told.

    >>> peak_tflops("NVIDIA H100 80GB HBM3"), peak_tflops("NVIDIA L40S"), peak_tflops("CPU")
    (989.0, 362.0, None)
    """
    return next((peak for part, peak in PEAK_TFLOPS.items() if part in name), None)


def utilisation(outcome: Outcome, peak: float | None) -> float | None:
    """Return the share of the device's peak that went into the work, 0 to 1. Attention itself is not counted."""
    if not peak or not outcome.tokens_per_s:
        return None
    each = FLOPS_TWICE if outcome.case.saving else FLOPS
    return outcome.tokens_per_s * each * SHAPES[outcome.case.size].multiplied / (peak * TERA)


def lengths(case: Case, samples: int) -> list[int]:
    """Return how long the samples of a case are, padding not counted: always the same for the same case."""
    if case.laid is not Laid.PADDED:
        return [case.tokens] * samples
    dice = random.Random(SEED)
    drawn = (int(CHAT_TOKENS * dice.lognormvariate(0, CHAT_SPREAD)) for _ in range(samples))
    return [min(case.tokens, max(2, each)) for each in drawn]
