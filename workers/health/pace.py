"""How fast one model on one host reads and writes, learned from its answers; and whether it has come to a crawl. Pure.

Tokens are counted as the server counts them, when an answer is whole. While one streams nobody counts tokens, so a
crawl is told by its letters: the same model writes about as many of them per second from answer to answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.contracts.errors import EngineWedged
from tasks.contracts.messages import Usage

SHARE = 1 / 8  # what one answer counts for in a running estimate
KNOWN_AFTER = 3  # answers
LEAST_PROMPT_TOKENS = 64  # the first token of less says more about the way to the server than about its reading
LEAST_TOKENS = 8  # and so does an answer of less about its writing
LEAST_S = 0.001
STILL_FINE_PER_S = 4.0  # letters, about a token: slow, but a person can wait for it, however fast the model was before
PREFILL_SLACK = 4.0  # how much slower than usual a prompt may be read: others are read at the same time
ABSENT_S = 5.0  # whoever looks at a stream less often was away himself, and the engine is not to blame


@dataclass(frozen=True, slots=True)
class Lap:
    """One whole answer in figures; times are of one clock."""

    usage: Usage
    letters: int
    began_s: float
    first_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Running estimates; 0 for what is not known yet."""

    answers: int = 0
    first_token_s: float = 0.0
    prefill_tokens_per_s: float = 0.0
    decode_tokens_per_s: float = 0.0
    letters_per_s: float = 0.0

    def after(self, lap: Lap) -> Pace:
        """Return the estimates with one more answer in them."""
        read = lap.usage.prompt_tokens - lap.usage.cached_tokens
        reading_s, writing_s = lap.first_s - lap.began_s, lap.ended_s - lap.first_s
        told = writing_s >= LEAST_S and lap.usage.completion_tokens >= LEAST_TOKENS
        return Pace(
            answers=self.answers + told,
            first_token_s=_mixed(self.first_token_s, reading_s),
            prefill_tokens_per_s=(
                _mixed(self.prefill_tokens_per_s, read / max(reading_s, LEAST_S))
                if read >= LEAST_PROMPT_TOKENS
                else self.prefill_tokens_per_s
            ),
            decode_tokens_per_s=(
                _mixed(self.decode_tokens_per_s, (lap.usage.completion_tokens - 1) / writing_s)
                if told
                else self.decode_tokens_per_s
            ),
            letters_per_s=_mixed(self.letters_per_s, lap.letters / writing_s) if told else self.letters_per_s,
        )

    def prefill_s(self, prompt_tokens: int, assumed_s: float) -> float:
        """Return how long a prompt may take to be read, as measured here, else as assumed."""
        measured = self.prefill_tokens_per_s
        return prompt_tokens / measured * PREFILL_SLACK if measured else assumed_s

    @property
    def usual_letters_per_s(self) -> float:
        """What a crawl is measured against; 0 until enough answers have been seen."""
        return self.letters_per_s if self.answers >= KNOWN_AFTER else 0.0


class Stride:
    """The pace of one answer while it streams, judged once in a window of time."""

    def __init__(self, usual_letters_per_s: float, share: float, window_s: float) -> None:
        self._least_per_s = min(usual_letters_per_s * share, STILL_FINE_PER_S)
        self._window_s = window_s
        self._since_s = self._seen_s = 0.0
        self._letters = 0
        self._began = False

    def saw(self, letters: int, now_s: float) -> None:
        """Note that so many letters came, or none.

        Raises:
            EngineWedged: over a whole window they came too slowly.
        """
        if not self._began or now_s - self._seen_s > ABSENT_S:
            self._began = self._began or letters > 0
            self._restart(now_s)
            return
        self._seen_s = now_s
        self._letters += letters
        took_s = now_s - self._since_s
        if took_s < self._window_s:
            return
        if self._letters < self._least_per_s * took_s:
            raise EngineWedged(
                f"{self._letters} letters in {took_s:.0f} s, where {self._least_per_s:.1f} a second would be slow",
                next_step="restart the model or its server; look into its log",
            )
        self._restart(now_s)

    def _restart(self, now_s: float) -> None:
        self._since_s = self._seen_s = now_s
        self._letters = 0


def _mixed(before: float, now: float) -> float:
    return now if before == 0 else before + (now - before) * SHARE
