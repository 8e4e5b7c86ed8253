"""Exports a Llama checkpoint folder to one GGUF file, which llama.cpp and all that build on it can run."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from math import prod
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from tasks.contracts.atomic import sync, sync_folder
from tasks.contracts.errors import ConfigurationError
from tasks.evolution import checkpoint
from tasks.evolution.checkpoint import LlamaConfig, TokenKind

#: Numbers of a row that q8_0 scales together.
BLOCK = 32
READABLE_DTYPES = ("F32", "F16")
#: Tensors that old checkpoints hold and that are computed anew.
DERIVED = "rotary_emb.inv_freq"

_TOKEN_TYPES = {
    TokenKind.ORDINARY: gguf.TokenType.NORMAL,
    TokenKind.CONTROL: gguf.TokenType.CONTROL,
    TokenKind.ADDED: gguf.TokenType.USER_DEFINED,
    TokenKind.UNUSED: gguf.TokenType.UNUSED,
}


class Precision(Enum):
    """How the matrices are stored; vectors stay f32."""

    F32 = "f32"
    Q8_0 = "q8_0"


@dataclass(frozen=True, slots=True)
class _Tensor:
    """One tensor: its name there and here, its shape, and the heads whose rows are put in another order."""

    source: str
    name: str
    shape: tuple[int, ...]
    heads: int = 0


def export_gguf(folder: Path, target: Path, *, precision: Precision = Precision.F32, name: str = "") -> Path:
    """Write the Llama checkpoint in `folder` to `target` and return it; `target` is there whole or not at all.

    Raises ConfigurationError when `folder` holds no Llama checkpoint that can be exported, or `target` no room.
    """
    config = checkpoint.read_config(folder)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    writer = gguf.GGUFWriter(str(partial), "llama")
    writer.add_name(name or folder.name)
    _add_shape(writer, config, precision)
    _add_tokenizer(writer, config, folder)
    with _weights(folder) as weights:
        tensors = _tensors(config)
        _check(weights, tensors, folder, tied=config.tie_word_embeddings)
        try:
            _write(writer, weights, tensors, precision)
            _publish(partial, target)
        except OSError as exc:
            raise ConfigurationError(
                f"{target} could not be written: {exc.strerror}", next_step="free some space or name another folder"
            ) from exc
        finally:
            writer.close()
            partial.unlink(missing_ok=True)
    return target


def _add_shape(writer: gguf.GGUFWriter, config: LlamaConfig, precision: Precision) -> None:
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_parameters.rope_theta)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    whole = precision is Precision.F32
    writer.add_file_type(gguf.LlamaFileType.ALL_F32 if whole else gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _add_tokenizer(writer: gguf.GGUFWriter, config: LlamaConfig, folder: Path) -> None:
    vocabulary = checkpoint.read_vocabulary(folder, config.vocab_size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types([_TOKEN_TYPES[kind] for kind in vocabulary.kinds])
    writer.add_token_merges(vocabulary.merges)
    if config.bos_token_id is not None:
        writer.add_bos_token_id(config.bos_token_id)
    if config.end_tokens:
        writer.add_eos_token_id(config.end_tokens[0])
    writer.add_add_bos_token(checkpoint.starts_with_bos(folder))
    if template := checkpoint.read_chat_template(folder):
        writer.add_chat_template(template)
    if (temperature := checkpoint.read_temperature(folder)) is not None:
        writer.add_float32(gguf.Keys.General.SAMPLING_TEMP, temperature)


def _tensors(config: LlamaConfig) -> list[_Tensor]:
    """Return every tensor that a Llama of this shape has."""
    hidden = config.hidden_size
    found = [
        _Tensor("model.embed_tokens.weight", "token_embd.weight", (config.vocab_size, hidden)),
        _Tensor("model.norm.weight", "output_norm.weight", (hidden,)),
    ]
    if not config.tie_word_embeddings:
        found.append(_Tensor("lm_head.weight", "output.weight", (config.vocab_size, hidden)))
    for layer in range(config.num_hidden_layers):
        found += _layer(config, layer)
    return found


def _layer(config: LlamaConfig, layer: int) -> Iterator[_Tensor]:
    hidden, inner = config.hidden_size, config.intermediate_size
    heads, shared = config.num_attention_heads, config.num_key_value_heads
    queries, keys = heads * config.head_dim, shared * config.head_dim
    for source, name, shape, order in (
        ("input_layernorm", "attn_norm", (hidden,), 0),
        ("self_attn.q_proj", "attn_q", (queries, hidden), heads),
        ("self_attn.k_proj", "attn_k", (keys, hidden), shared),
        ("self_attn.v_proj", "attn_v", (keys, hidden), 0),
        ("self_attn.o_proj", "attn_output", (hidden, queries), 0),
        ("post_attention_layernorm", "ffn_norm", (hidden,), 0),
        ("mlp.gate_proj", "ffn_gate", (inner, hidden), 0),
        ("mlp.up_proj", "ffn_up", (inner, hidden), 0),
        ("mlp.down_proj", "ffn_down", (hidden, inner), 0),
    ):
        yield _Tensor(f"model.layers.{layer}.{source}.weight", f"blk.{layer}.{name}.weight", shape, order)


@contextlib.contextmanager
def _weights(folder: Path) -> Iterator[Any]:
    path = folder / checkpoint.WEIGHTS
    try:
        opened = safe_open(path, framework="numpy")
    except (OSError, SafetensorError) as exc:
        raise ConfigurationError(
            f"{path} could not be read: {exc}",
            next_step=f"save the checkpoint as one {checkpoint.WEIGHTS}, not in shards",
        ) from exc
    with opened as weights:
        yield weights


def _check(weights: Any, tensors: list[_Tensor], folder: Path, *, tied: bool) -> None:
    """Raise ConfigurationError unless the file holds these tensors and no others."""
    path = folder / checkpoint.WEIGHTS
    held = {name for name in weights.keys() if not name.endswith(DERIVED)}  # noqa: SIM118 -- not a mapping
    if tied:
        held.discard("lm_head.weight")
    wanted = {tensor.source: tensor for tensor in tensors}
    if wrong := sorted(held ^ wanted.keys()):
        what = "is missing" if wrong[0] in wanted else "has no place in a Llama"
        raise ConfigurationError(f"{path}: {wrong[0]} {what}", next_step=f"check it against {checkpoint.CONFIG}")
    for tensor in tensors:
        part = weights.get_slice(tensor.source)
        shape, dtype = tuple(part.get_shape()), part.get_dtype()
        if shape != tensor.shape:
            raise ConfigurationError(f"{path}: {tensor.source} is {shape}, {checkpoint.CONFIG} wants {tensor.shape}")
        if dtype not in READABLE_DTYPES:
            raise ConfigurationError(
                f"{path}: {tensor.source} is {dtype}", next_step="save the checkpoint as float16 or float32"
            )


def _write(writer: gguf.GGUFWriter, weights: Any, tensors: list[_Tensor], precision: Precision) -> None:
    """Write the file, one tensor in memory at a time."""
    for tensor in tensors:
        kind = _storage(tensor, precision)
        block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        size = prod(tensor.shape) // block * block_bytes
        writer.add_tensor_info(tensor.name, tensor.shape, np.dtype(np.float32), size, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in tensors:
        values = weights.get_tensor(tensor.source).astype(np.float32)
        if tensor.heads:
            values = interleave(values, tensor.heads)
        writer.write_tensor_data(gguf.quants.quantize(values, _storage(tensor, precision)))


def interleave(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Return the rows of each head with its second half between its first: how llama.cpp pairs them to turn them."""
    pairs = rows.shape[0] // heads // 2
    return np.ascontiguousarray(rows.reshape(heads, 2, pairs, -1).swapaxes(1, 2).reshape(rows.shape))


def _storage(tensor: _Tensor, precision: Precision) -> gguf.GGMLQuantizationType:
    small = len(tensor.shape) == 1 or tensor.shape[-1] % BLOCK
    return gguf.GGMLQuantizationType.F32 if small or precision is Precision.F32 else gguf.GGMLQuantizationType.Q8_0


def _publish(partial: Path, target: Path) -> None:
    """Put the file in its place once it is on the disk."""
    sync(partial)
    partial.replace(target)
    sync_folder(target.parent)
