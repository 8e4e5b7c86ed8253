"""Real tokenizers, made of nothing in milliseconds: every byte is a token, and so is each special token named."""

from __future__ import annotations

from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers


def byte_tokenizer(template: str | None, specials: tuple[str, ...], *, end: str, begin: str = "") -> Any:
    """Return a tokenizer with a token for every byte and for each of `specials`."""
    from transformers import PreTrainedTokenizerFast

    letters = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=letters, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(specials))
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end, bos_token=begin or end, pad_token=end)
    made.chat_template = template
    return made
