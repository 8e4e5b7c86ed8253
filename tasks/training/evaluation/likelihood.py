"""How likely a model finds what somebody really said: nll, perplexity, bits per byte. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

HIGHEST = 700.0  # e to the power of more is no number of a computer's


@dataclass(frozen=True)
class Likelihood:
    """Of the answers of one sample or of many, given what was said before them."""

    nats: float
    """The negative log-likelihood (nll), summed over all tokens that were to be answered; never over padding."""
    tokens: int
    size: int
    """Of the answers, in bytes of UTF-8."""

    @property
    def nll(self) -> float:
        """Nats per token: the lower, the better. Compares models of one tokenizer."""
        return self.nats / self.tokens

    @property
    def perplexity(self) -> float:
        """How many tokens it was torn between, each time.

        >>> round(Likelihood(nats=2 * math.log(8), tokens=2, size=5).perplexity, 6)
        8.0
        """
        return math.exp(min(self.nll, HIGHEST))

    @property
    def bits_per_byte(self) -> float:
        """The same for each byte of text, which compares models of any tokenizers.

        >>> Likelihood(nats=8 * math.log(2), tokens=3, size=4).bits_per_byte
        2.0
        """
        return self.nats / math.log(2) / self.size


def together(many: Iterable[Likelihood]) -> Likelihood | None:
    """Return the likelihood of all of these, each token of which weighs the same; None of none."""
    found = [one for one in many if one.tokens]
    if not found:
        return None
    return Likelihood(sum(one.nats for one in found), sum(one.tokens for one in found), sum(one.size for one in found))
