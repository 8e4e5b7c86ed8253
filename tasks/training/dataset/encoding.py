"""Samples as tokens and labels: a chat as the base's own template writes it, of which the answer alone is learned.

Whoever trains calls `template_of` of `tasks.training.dataset.families` once, then `encoded`. Whoever judges uses
`tasks.training.dataset.chat.Chat`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.learning import Sample
from tasks.training.dataset.chat import Chat
from tasks.training.dataset.families import Template
from tasks.training.dataset.masking import labels_of

if TYPE_CHECKING:  # seconds, for whoever trains alone
    import datasets

COLUMNS = ("input_ids", "labels", "attention_mask")
logger = logging.getLogger(__name__)


def encoded(samples: Sequence[Sample], tokenizer: Any, template: Template, max_tokens: int) -> datasets.Dataset:
    """Return `input_ids`, `labels` (-100 where nothing is learned) and `attention_mask` of these samples, in order.

    A sample of more than `max_tokens` loses its oldest turns. One whose answer does not even fit with its question is
    left out, and so is one with a special token of the base in it, which somebody put there.

    Raises:
        ConfigurationError: the base would be asked otherwise than it learned, no token would be learned, or no sample
            is left.
    """
    chat = Chat(tokenizer, template, max_tokens)
    plain = [sample for sample in samples if not chat.is_marked(sample)]
    made = (chat.answered(sample) for sample in plain)
    rows = [
        {"input_ids": ids, "labels": labels_of(ids, mask), "attention_mask": [1] * len(ids)}
        for ids, mask in made
        if len(ids) <= max_tokens
    ]
    if len(rows) < len(samples):
        told = {"with_special_tokens": len(samples) - len(plain), "too_long": len(plain) - len(rows)}
        logger.info("samples were left out", extra=told)
    if not rows:
        raise ConfigurationError(
            f"none of {len(samples)} samples can be learned from: no answer fits into {max_tokens} tokens",
            next_step="raise `max_tokens` of [training]",
        )
    import datasets  # noqa: PLC0415

    return datasets.Dataset.from_list(rows)
