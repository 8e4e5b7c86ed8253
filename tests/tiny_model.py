"""Writes a tiny random Llama as GGUF: what a real engine holds in tests. No torch, nothing committed, milliseconds."""

from __future__ import annotations

import os
import string
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

HIDDEN = 64
LAYERS = 2
HEAD = 16
CONTEXT_TOKENS = 4096
#: Wide enough that models of two seeds answer differently, and that the prompt matters.
INITIAL_STD = 0.2

END, CALL = "<|im_end|>", "<tool_call>"
SPECIALS = ("<|im_start|>", END)
SPECIALS_OF_CALLS = (CALL, "</tool_call>")
#: How loudly one that calls says so: above all words.
EAGERNESS = 1_000.0
#: One that tells of its tools and of calls as many models do; llama.cpp finds out by itself how.
CHAT_TEMPLATE = (
    "{% if tools %}{{ '<|im_start|>system\n# Tools\n<tools>' }}"
    "{% for tool in tools %}{{ '\n' + (tool | tojson) }}{% endfor %}{{ '\n</tools><|im_end|>\n' }}{% endif %}"
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['content'] %}{{ message['content'] }}{% endif %}"
    "{% for call in message['tool_calls'] or [] %}"
    """{{ '<tool_call>{"name": "' + call['function']['name'] + '", "arguments": ' }}"""
    "{{ (call['function']['arguments'] | tojson) + '}</tool_call>' }}"
    "{% endfor %}"
    "{{ '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

Matrix = NDArray[np.float32]


class Habit(StrEnum):
    """What a model is made for."""

    TALKS = "talks"
    CALLS = "calls"
    """It calls a tool where it must, once, and says nothing else."""
    EMBEDS = "embeds"


def write_tiny_gguf(
    path: Path, seed: int, *, hidden: int = HIDDEN, layers: int = LAYERS, habit: Habit = Habit.TALKS
) -> Path:
    """Write a random Llama of about 130,000 parameters to `path` and return it; a larger one takes its time to answer.

    Equal seeds write equal bytes. Different seeds answer the same prompt differently at temperature 0. A greedy answer
    is printable ASCII nonsense and never ends by itself: it is as long as `max_tokens`.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    writer = gguf.GGUFWriter(str(partial), "llama")
    _add_shape(writer, f"tiny-{seed}", hidden, layers)
    if habit is Habit.EMBEDS:
        writer.add_pooling_type(gguf.PoolingType.MEAN)
    tokens = _add_tokenizer(writer, SPECIALS_OF_CALLS if habit is Habit.CALLS else ())
    tensors = _random_tensors(np.random.default_rng(seed), tokens, hidden, layers)
    if habit is Habit.CALLS:
        _make_eager(tensors, [tokens.index(each) for each in (END, *SPECIALS_OF_CALLS)], layers)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(path)
    return path


def _add_shape(writer: gguf.GGUFWriter, name: str, hidden: int, layers: int) -> None:
    writer.add_name(name)
    writer.add_context_length(CONTEXT_TOKENS)
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(2 * hidden)
    writer.add_head_count(hidden // HEAD)
    writer.add_head_count_kv(hidden // HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def _add_tokenizer(writer: gguf.GGUFWriter, further: Sequence[str] = ()) -> list[str]:
    pairs = [("Ġ", letter) for letter in string.ascii_lowercase]
    pairs += [(first, vowel) for first in string.ascii_lowercase if first not in "aeiou" for vowel in "aeiou"]
    ordinary = [*_byte_alphabet(), *(left + right for left, right in pairs)]
    specials = (*SPECIALS, *further)
    tokens = [*ordinary, *specials]
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * len(ordinary) + [gguf.TokenType.CONTROL] * len(specials))
    writer.add_token_merges([f"{left} {right}" for left, right in pairs])
    writer.add_bos_token_id(tokens.index(END))
    writer.add_eos_token_id(tokens.index(END))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)
    return tokens


def _make_eager(tensors: dict[str, Matrix], wanted: Sequence[int], layers: int) -> None:
    """Have the first of these tokens said that may be: by a part of what goes through that nothing else writes."""
    tensors["token_embd.weight"][:, 0] = 1.0
    for layer in range(layers):
        tensors[f"blk.{layer}.attn_output.weight"][0] = 0.0
        tensors[f"blk.{layer}.ffn_down.weight"][0] = 0.0
    for place, token in enumerate(wanted, start=1):
        tensors["output.weight"][token] = 0.0
        tensors["output.weight"][token, 0] = EAGERNESS / place


def _byte_alphabet() -> list[str]:
    """Return the 256 characters that stand for the 256 bytes in GPT-2's vocabulary."""
    visible = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    stand_ins = iter(range(256, 512))
    return [chr(byte) if byte in visible else chr(next(stand_ins)) for byte in range(256)]


def _random_tensors(rng: np.random.Generator, tokens: list[str], hidden: int, layers: int) -> dict[str, Matrix]:
    def matrix(rows: int, columns: int) -> Matrix:
        return rng.normal(0.0, INITIAL_STD, (rows, columns)).astype(np.float32)

    ones = np.ones(hidden, dtype=np.float32)
    readable = np.array([set(token) <= {"Ġ", *string.ascii_letters} for token in tokens], dtype=np.float32)
    tensors = {
        "token_embd.weight": matrix(len(tokens), hidden),
        "output_norm.weight": ones,
        "output.weight": matrix(len(tokens), hidden) * readable[:, None],
    }
    for layer in range(layers):
        block = f"blk.{layer}."
        tensors[block + "attn_norm.weight"] = ones
        tensors[block + "ffn_norm.weight"] = ones
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensors[f"{block}{part}.weight"] = matrix(hidden, hidden)
        tensors[block + "ffn_gate.weight"] = matrix(2 * hidden, hidden)
        tensors[block + "ffn_up.weight"] = matrix(2 * hidden, hidden)
        tensors[block + "ffn_down.weight"] = matrix(hidden, 2 * hidden)
    return tensors
