"""Exports a LoRA adapter, as PEFT writes it, to the GGUF file that llama.cpp puts on a base of the same shape.

llama.cpp takes alpha / rank for the strength of an adapter, and turns pairs of numbers that stand side by side, where a
Llama checkpoint has them half a head apart: so the rows of what is added to queries and keys are put in its order.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize

from tasks.contracts.atomic import sync, sync_folder
from tasks.contracts.errors import ConfigurationError
from tasks.evolution.gguf import interleave

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
#: Bases whose parts are called as below. Of these, llama.cpp has the rows of queries and keys in an order of its own.
TURNED = frozenset({"llama"})
ARCHITECTURES = TURNED | {"qwen2", "qwen3"}
TARGETS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
TASK_NAME = "adapter.lora.task_name"  # what llama.cpp lists beside the path
QUERIES, KEYS = "attn_q", "attn_k"
SIDES = {"A": "lora_a", "B": "lora_b"}
#: What a configuration may say of these, and nothing else: anything else changes what an adapter adds.
PLAIN: Mapping[str, tuple[Any, ...]] = {
    "peft_type": ("LORA",),
    "use_dora": (None, False),
    "bias": (None, "none"),
    "fan_in_fan_out": (None, False),
    "modules_to_save": (None, [], ()),
    "alpha_pattern": (None, {}),
    "rank_pattern": (None, {}),
    "lora_bias": (None, False),
    "trainable_token_indices": (None, [], {}),
}
_NAME = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.([\w.]+)\.lora_([AB])\.weight")
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Base:
    """What an adapter is put on, as far as it matters: the head of its GGUF file says so."""

    architecture: str
    heads: int
    shared_heads: int
    """Heads of keys, which several heads of queries share."""


def base_of(head: Mapping[str, str | int]) -> Base:
    """Return the base whose GGUF file begins with `head`. Raises ConfigurationError where no adapter fits it."""
    architecture = str(head.get("general.architecture", ""))
    if architecture not in ARCHITECTURES:
        raise ConfigurationError(
            f"no adapter can be exported for a base of the kind {architecture!r}",
            next_step=f"learn on a base of one of these kinds: {', '.join(sorted(ARCHITECTURES))}",
        )
    heads = int(head.get(f"{architecture}.attention.head_count", 0))
    return Base(architecture, heads, int(head.get(f"{architecture}.attention.head_count_kv", heads)))


def export_lora(folder: Path, target: Path, base: Base, *, name: str = "") -> Path:
    """Write the adapter in `folder` to `target` and return it; `target` is there whole or not at all.

    Whoever asks llama.cpp for its adapters is told `name`.

    Raises ConfigurationError when `folder` holds no adapter that llama.cpp could put on `base`, or `target` no room.
    """
    alpha = _alpha(_config(folder), folder)
    tensors = dict(_renamed(_weights(folder), base, folder))
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    writer = gguf.GGUFWriter(str(partial), base.architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
    if name:
        writer.add_string(TASK_NAME, name)
    for name in sorted(tensors):
        writer.add_tensor(name, tensors[name])
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        sync(partial)
        partial.replace(target)
        sync_folder(target.parent)
    except OSError as exc:
        raise ConfigurationError(
            f"{target} could not be written: {exc.strerror}", next_step="free some space or name another folder"
        ) from exc
    finally:
        partial.unlink(missing_ok=True)
    return target


def _config(folder: Path) -> Mapping[str, Any]:
    path = folder / CONFIG
    try:
        said = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise _refused(path, f"could not be read: {exc}") from exc
    if not isinstance(said, dict):
        raise _refused(path, "is no JSON object")
    for key, allowed in PLAIN.items():
        if (value := said.get(key)) not in allowed:
            raise _refused(path, f"{key} = {value!r:.80} cannot be told to llama.cpp")
    return said


def _alpha(config: Mapping[str, Any], folder: Path) -> float:
    """Return the alpha by which llama.cpp adds as much as PEFT does.

    PEFT divides it by the rank, or, stabilised (`use_rslora`), by its root; llama.cpp always divides by the rank.
    """
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if not (isinstance(rank, int) and rank > 0 and isinstance(alpha, int | float) and not isinstance(alpha, bool)):
        raise _refused(folder / CONFIG, f"r = {rank!r:.80} and lora_alpha = {alpha!r:.80} are not numbers to scale by")
    return float(alpha) * (rank**0.5 if config.get("use_rslora") else 1.0)


def _weights(folder: Path) -> dict[str, Matrix]:
    path = folder / WEIGHTS
    try:
        held = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except (OSError, SafetensorError) as exc:
        raise _refused(path, f"could not be read: {exc}") from exc
    return {name: _matrix(path, name, told) for name, told in held}


def _matrix(path: Path, name: str, told: Mapping[str, Any]) -> Matrix:
    dtype, data = told["dtype"], told["data"]
    if dtype == "BF16":  # the upper half of a float32, which numpy has no name for
        values = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    elif dtype in ("F32", "F16"):
        values = np.frombuffer(data, "<f4" if dtype == "F32" else "<f2").astype(np.float32)
    else:
        raise _refused(path, f"{name} is {dtype}")
    return values.reshape(told["shape"])


def _renamed(weights: Mapping[str, Matrix], base: Base, folder: Path) -> Iterator[tuple[str, Matrix]]:
    """Yield every tensor under llama.cpp's name for it, its rows in that order."""
    path = folder / WEIGHTS
    for name, matrix in weights.items():
        found = _NAME.fullmatch(name)
        part = TARGETS.get(found[2]) if found else None
        if found is None or part is None:
            raise _refused(path, f"{name} is none of {', '.join(sorted(TARGETS))}")
        turned = base.architecture in TURNED and found[3] == "B" and part in (QUERIES, KEYS)
        heads = base.heads if part == QUERIES else base.shared_heads
        if turned and (matrix.ndim != 2 or heads < 1 or matrix.shape[0] % (2 * heads)):
            raise _refused(path, f"{name} is {matrix.shape}, which {heads} heads cannot share")
        yield f"blk.{found[1]}.{part}.weight.{SIDES[found[3]]}", interleave(matrix, heads) if turned else matrix
    if lonely := sorted(_without_other_side(weights)):
        raise _refused(path, f"{lonely[0]} has no other side")
    if not weights:
        raise _refused(path, "is empty")


def _without_other_side(names: Iterable[str]) -> set[str]:
    held = set(names)
    other = {".lora_A.": ".lora_B.", ".lora_B.": ".lora_A."}
    return {name for name in held for side in other if side in name and name.replace(side, other[side]) not in held}


def _refused(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: {what}", next_step="train the adapter as plain LoRA on the attention and MLP of its base"
    )
