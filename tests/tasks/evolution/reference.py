"""A Llama as numpy alone computes it, from the tensors of a checkpoint: what an export is measured against."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LLAMA: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_theta": 500.0, "rope_type": "default"},
    "hidden_act": "silu",
    "tie_word_embeddings": False,
}
"""A small one, as its config.json says it, without its tokens."""
LINEAR = {
    "self_attn.q_proj": (64, 64),
    "self_attn.k_proj": (32, 64),
    "self_attn.v_proj": (32, 64),
    "self_attn.o_proj": (64, 64),
    "mlp.gate_proj": (96, 64),
    "mlp.up_proj": (96, 64),
    "mlp.down_proj": (64, 96),
}
"""The shapes of its weights in a layer, but for its norms."""


def greedy(config: dict[str, Any], tensors: dict[str, NDArray[Any]], prompt: list[int], count: int) -> list[int]:
    """Return the `count` likeliest tokens after `prompt`."""
    ids = list(prompt)
    for _ in range(count):
        ids.append(int(np.argmax(_logits(config, tensors, ids))))
    return ids[len(prompt) :]


def _logits(config: dict[str, Any], tensors: dict[str, NDArray[Any]], ids: list[int]) -> Array:
    weights = {name: value.astype(np.float64) for name, value in tensors.items()}
    embedding = weights["model.embed_tokens.weight"]
    state = embedding[ids]
    for layer in range(config["num_hidden_layers"]):
        block = f"model.layers.{layer}."
        seen = _norm(state, weights[block + "input_layernorm.weight"], config)
        state = state + _attention(config, weights, block + "self_attn.", seen)
        seen = _norm(state, weights[block + "post_attention_layernorm.weight"], config)
        gate = seen @ weights[block + "mlp.gate_proj.weight"].T
        gated = gate / (1 + np.exp(-gate)) * (seen @ weights[block + "mlp.up_proj.weight"].T)
        state = state + gated @ weights[block + "mlp.down_proj.weight"].T
    last = _norm(state, weights["model.norm.weight"], config)[-1]
    return weights.get("lm_head.weight", embedding) @ last


def _norm(state: Array, weight: Array, config: dict[str, Any]) -> Array:
    return state / np.sqrt((state**2).mean(-1, keepdims=True) + config["rms_norm_eps"]) * weight


def _attention(config: dict[str, Any], weights: dict[str, Array], block: str, seen: Array) -> Array:
    heads, shared = config["num_attention_heads"], config["num_key_value_heads"]
    length, width = len(seen), config["hidden_size"] // heads
    theta = config["rope_parameters"]["rope_theta"]
    queries = _turned((seen @ weights[block + "q_proj.weight"].T).reshape(length, heads, width), theta)
    keys = _turned((seen @ weights[block + "k_proj.weight"].T).reshape(length, shared, width), theta)
    values = (seen @ weights[block + "v_proj.weight"].T).reshape(length, shared, width)
    keys, values = (part.repeat(heads // shared, axis=1) for part in (keys, values))
    scores = np.einsum("qhd,khd->hqk", queries, keys) / np.sqrt(width)
    scores[:, ~np.tri(length, dtype=bool)] = -np.inf
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    return np.einsum("hqk,khd->qhd", shares, values).reshape(length, -1) @ weights[block + "o_proj.weight"].T


def _turned(parts: Array, theta: float) -> Array:
    """Turn each pair (first half, second half) by its angle, as transformers pairs them."""
    length, _, width = parts.shape
    angles = np.arange(length)[:, None] * theta ** (-np.arange(0, width, 2) / width)
    cos, sin = np.cos(angles)[:, None, :], np.sin(angles)[:, None, :]
    first, second = parts[..., : width // 2], parts[..., width // 2 :]
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)
