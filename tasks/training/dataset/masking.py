"""Which tokens of a chat are learned: those of its last answer, and of the mark that ends it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.contracts.errors import ConfigurationError

IGNORED = -100
"""The label of a token that is not learned."""
#: Some templates write today's date where they are not told one; then nothing could be made twice.
FIXED = {"date_string": "26 Jul 2024"}
_MARK = re.compile(r"\{%[-+]?\s*generation\s*[-+]?%\}")

Message = dict[str, str]


def marks_answers(template: str) -> bool:
    """Return whether a template says what of a chat its assistant said.

    >>> marks_answers("{%- generation -%}"), marks_answers("{% if add_generation_prompt %}")
    (True, False)
    """
    return _MARK.search(template) is not None


def rendered(
    tokenizer: Any, template: str, messages: Sequence[Message], *, asks: bool = False
) -> tuple[str, list[tuple[int, int]]]:
    """Return a chat as a template writes it, and where in that text its `{% generation %}` blocks lie.

    Args:
        tokenizer: says what its special tokens are called.
        template: the Jinja of the template.
        messages: what was said.
        asks: whether the text ends where an answer begins.

    Raises:
        jinja2.TemplateError: the template does not take such a chat.
    """
    from transformers.utils.chat_template_utils import render_jinja_template  # noqa: PLC0415  # seconds

    names: Mapping[str, Any] = tokenizer.special_tokens_map
    made: Any = render_jinja_template(
        conversations=[list(messages)],
        chat_template=template,
        return_assistant_tokens_mask=marks_answers(template),
        add_generation_prompt=asks,
        **{**FIXED, **names},
    )
    texts, blocks = made  # it says that it returns one text
    return texts[0], list(blocks[0]) if blocks else []


def tokens_of(tokenizer: Any, text: str) -> list[int]:
    """Return the tokens of what a template wrote, which has its special tokens in it."""
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def masked(tokenizer: Any, text: str, block: tuple[int, int]) -> tuple[list[int], list[int]]:
    """Return the tokens of a text, and beside each whether it is of that block (1) or not (0).

    Raises:
        ConfigurationError: none is. Nothing would be learned, and nobody would see why.
    """
    made = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    begin, end = block
    mask = [int(first < last and last > begin and first < end) for first, last in made["offset_mapping"]]
    if not any(mask):
        raise ConfigurationError(
            f"no token of an answer is marked to be learned ({len(mask)} tokens in all)",
            next_step="the tokenizer and the chat template of this base do not fit together; name another `checkpoint`",
        )
    return list(made["input_ids"]), mask


def labels_of(ids: Sequence[int], mask: Sequence[int]) -> list[int]:
    """Return what is to be learned of these tokens.

    >>> labels_of([7, 8, 9], [0, 1, 1])
    [-100, 8, 9]
    """
    return [token if learned else IGNORED for token, learned in zip(ids, mask, strict=True)]
