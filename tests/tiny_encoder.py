"""Writes a tiny random BERT as GGUF: a model that reads and never writes, as those for vectors are."""

from __future__ import annotations

import string
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

HIDDEN, LAYERS, HEADS, CONTEXT_TOKENS = 32, 2, 2, 128
SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORD = "\u2581"  # how a word begins
Matrix = NDArray[np.float32]


def write_tiny_encoder(path: Path, seed: int) -> Path:
    """Write a random BERT of about 25,000 parameters to `path` and return it. It reads letters and digits."""
    writer = gguf.GGUFWriter(str(path), "bert")
    _add_shape(writer)
    tokens = _add_tokenizer(writer)
    for name, tensor in _random_tensors(np.random.default_rng(seed), tokens).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_shape(writer: gguf.GGUFWriter) -> None:
    writer.add_context_length(CONTEXT_TOKENS)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(2 * HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def _add_tokenizer(writer: gguf.GGUFWriter) -> int:
    letters = string.ascii_lowercase + string.digits
    tokens = [*SPECIALS, *(WORD + letter for letter in letters), *letters]
    writer.add_tokenizer_model("bert")
    writer.add_token_list(tokens)
    ordinary = len(tokens) - len(SPECIALS)
    writer.add_token_types([gguf.TokenType.CONTROL] * len(SPECIALS) + [gguf.TokenType.NORMAL] * ordinary)
    writer.add_token_type_count(2)
    writer.add_pad_token_id(SPECIALS.index("[PAD]"))
    writer.add_unk_token_id(SPECIALS.index("[UNK]"))
    writer.add_bos_token_id(SPECIALS.index("[CLS]"))
    writer.add_eos_token_id(SPECIALS.index("[SEP]"))
    writer.add_sep_token_id(SPECIALS.index("[SEP]"))
    writer.add_mask_token_id(SPECIALS.index("[MASK]"))
    return len(tokens)


def _random_tensors(rng: np.random.Generator, tokens: int) -> dict[str, Matrix]:
    def random(*shape: int) -> Matrix:
        return rng.normal(0.0, 0.2, shape).astype(np.float32)

    shapes = {"token_embd": (tokens, HIDDEN), "token_types": (2, HIDDEN), "position_embd": (CONTEXT_TOKENS, HIDDEN)}
    tensors = {f"{name}.weight": random(*shape) for name, shape in shapes.items()}
    norms = ["token_embd_norm"]
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        norms += [block + "attn_output_norm", block + "layer_output_norm"]
        parts = dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), (HIDDEN, HIDDEN))
        for part, shape in {**parts, "ffn_up": (2 * HIDDEN, HIDDEN), "ffn_down": (HIDDEN, 2 * HIDDEN)}.items():
            tensors |= {f"{block}{part}.weight": random(*shape), f"{block}{part}.bias": random(shape[0])}
    for norm in norms:
        tensors |= {f"{norm}.weight": np.ones(HIDDEN, np.float32), f"{norm}.bias": np.zeros(HIDDEN, np.float32)}
    return tensors
