"""A chat as a base reads it: the tokens of a question, and of a sample with what of it is to be learned."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.learning import Sample
from tasks.contracts.messages import Turn
from tasks.training.dataset.families import Template
from tasks.training.dataset.masking import Message, masked, rendered, tokens_of

SPOKEN = ("user", "assistant")
Encoding = tuple[list[int], list[int]]


class Chat:
    """Shows a base what was said, as its template has it. Of answers only the last one is ever learned.

    What a sample holds beyond `max_tokens` is left out, the oldest turns first; never the answer, and never what it
    answers. 0 is no bound.
    """

    def __init__(self, tokenizer: Any, template: Template, max_tokens: int = 0) -> None:
        self._tokenizer, self._template, self._max_tokens = tokenizer, template, max_tokens
        added = tokenizer.added_tokens_decoder.values()
        self._special = tuple(sorted(str(token.content) for token in added if token.special))

    def asked(self, turns: Sequence[Turn]) -> list[int]:
        """Return the tokens of these turns, up to where the answer begins."""
        return tokens_of(self._tokenizer, self._prompt(_said(turns)))

    def answered(self, sample: Sample) -> Encoding:
        """Return the tokens of a sample, and beside each whether it is of the answer (1) or not (0).

        It is longer than `max_tokens` only where the answer and what it answers are.

        Raises:
            ConfigurationError: no token of it would be learned, or the base would be asked otherwise than it learned.
        """
        said = _said(sample.turns)
        starts = [number for number, each in enumerate(said) if each["role"] == "user"]
        # Whatever fits also fits with less before it.
        fewest = bisect_left(starts[:-1], True, key=lambda start: self._fits(said[start:], sample.answer))
        return self._written(said[starts[fewest] :], sample.answer) or self._unfit()

    def is_marked(self, sample: Sample) -> bool:
        """Return whether somebody wrote a token into it by which the base tells who speaks."""
        texts = (sample.answer, *(turn.text for turn in sample.turns))
        return any(token in text for text in texts for token in self._special)

    def _fits(self, said: Sequence[Message], answer: str) -> bool:
        found = self._written(said, answer)
        return found is not None and (not self._max_tokens or len(found[0]) <= self._max_tokens)

    def _written(self, said: Sequence[Message], answer: str) -> Encoding | None:
        """Return the tokens of a chat; None: so much of it would be asked otherwise than it is learned."""
        whole = [*said, {"role": "assistant", "content": answer.strip()}]
        text, blocks = rendered(self._tokenizer, self._template.text, self._template.messages(whole))
        prompt = self._prompt(said)
        if not text.startswith(prompt) or not blocks or blocks[-1][0] < len(prompt):
            return None
        return masked(self._tokenizer, text, blocks[-1])

    def _prompt(self, said: Sequence[Message]) -> str:
        form = self._template
        return rendered(self._tokenizer, form.asking, form.messages(said), asks=True)[0]

    def _unfit(self) -> Encoding:
        raise ConfigurationError(
            f"the chat template {self._template.name!r} asks for an answer otherwise than it would be learned",
            next_step="name the checkpoint of another base, or mend its chat template",
        )


def _said(turns: Sequence[Turn]) -> list[Message]:
    """Return what was said as messages, from the first question on."""
    *before, last = turns
    said = [{"role": turn.role, "content": turn.text.strip()} for turn in before if turn.role in SPOKEN]
    while said and said[0]["role"] != "user":
        said = said[1:]
    return [*said, {"role": "user", "content": last.text.strip()}]
