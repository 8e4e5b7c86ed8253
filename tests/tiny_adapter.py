"""Writes a LoRA adapter of random weights for a tiny model, as PEFT writes one: its words prove that it answered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tests.tiny_model import HIDDEN, LAYERS

RANK, ALPHA = 8, 16
#: Loud enough that every greedy answer is another one than the base's.
STD = 0.3
PARTS = ("q_proj", "k_proj", "v_proj", "o_proj")


def write_tiny_adapter(folder: Path, seed: int, *, hidden: int = HIDDEN, layers: int = LAYERS) -> Path:
    """Write an adapter for `write_tiny_gguf`'s models of this shape into `folder`, and return that."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    names = [f"base_model.model.model.layers.{layer}.self_attn.{part}" for layer in range(layers) for part in PARTS]
    tensors = {f"{name}.lora_A.weight": rng.normal(0, STD, (RANK, hidden)).astype(np.float32) for name in names}
    tensors |= {f"{name}.lora_B.weight": rng.normal(0, STD, (hidden, RANK)).astype(np.float32) for name in names}
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "bias": "none", "target_modules": PARTS}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder
