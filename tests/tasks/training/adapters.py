"""Adapters as a training leaves them, small, and a registry to put them into."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from tasks.contracts.learning import Metric, Verdict
from tasks.training.registry.local import LocalShelf
from tasks.training.registry.manifest import CONFIG, WEIGHTS, Origin
from tasks.training.registry.registry import AdapterRegistry
from tasks.training.registry.remote import RemoteShelf

DAY_MS = 86_400_000
FIRST_MS = 1_795_305_600_000  # 22 November 2026
STORES = ("local", "memory")


def trained(folder: Path, seed: int = 0) -> Path:
    """Write the folder of an adapter; another seed has other weights."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = np.random.default_rng(seed).standard_normal((4, 8)).astype(np.float32)
    save_file({"base_model.model.layers.0.self_attn.q_proj.lora_A.weight": weights}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps({"peft_type": "LORA", "r": 4}), encoding="utf-8")
    (folder / "README.md").write_text("# an adapter\n", encoding="utf-8")
    return folder


def origin(persona: str = "pirate", day: int = 0, **more: Any) -> Origin:
    """Say what an adapter was made of."""
    told: dict[str, Any] = {
        "model": "demo",
        "run": f"run-{day}",
        "by": "beat",
        "samples": {f"sample-{day}": (f"job-{day}",)},
        "metrics": (Metric(name="nll", candidate=2.0 + day, served=2.5, base=3.0, better="lower"),),
        "verdict": Verdict(passed=True),
        "created_ms": FIRST_MS + day * DAY_MS,
    }
    return Origin.model_validate({"persona": persona, **told, **more})


def registry_on(store: str, folder: Path) -> AdapterRegistry:
    """Open an empty registry on one of STORES."""
    if store == "local":
        return AdapterRegistry(LocalShelf(folder / "adapters"), folder / "cache")
    return AdapterRegistry(RemoteShelf.at(f"memory://{secrets.token_hex(8)}"), folder / "cache")


def publish(registry: AdapterRegistry, folder: Path, day: int = 0, persona: str = "pirate", **more: Any) -> str:
    """Train and publish the adapter of a day, and return its version."""
    return registry.publish(trained(folder / f"trained-{persona}-{day}", day), origin(persona, day, **more))


def spoil(registry: AdapterRegistry, path: str, data: bytes | None = None) -> None:
    """Change one byte of a file in the registry, or put `data` in its place."""
    told = bytearray(registry.shelf.read(path))
    told[-1] ^= 1
    registry.shelf.write(path, bytes(told) if data is None else data)
