"""What is let into a registry: weights as safetensors and text beside them, and no more than an adapter has."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from safetensors import SafetensorError, safe_open

from tasks.contracts.errors import BadInput
from tasks.training.registry.manifest import ALLOWED, CONFIG, NEEDED, WEIGHTS

MOST_BYTES = {WEIGHTS: 4 << 30}
MOST_TEXT_BYTES = 64 << 20
PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"})


def files_of(folder: Path) -> dict[str, Path]:
    """Return the files of an adapter that was trained, by name.

    Raises:
        BadInput: something is there that does not belong into an adapter, or something is missing.
    """
    try:
        found = {path.name: path for path in sorted(folder.iterdir())}
    except OSError as exc:
        raise _refused(folder, f"it cannot be read: {exc.strerror}") from exc
    for name, path in found.items():
        if why := _objection(name, path):
            raise _refused(folder, why)
    if missing := sorted(NEEDED - set(found)):
        raise _refused(folder, f"{' and '.join(missing)} is missing")
    _read_weights(folder, found[WEIGHTS])
    _read_config(folder, found[CONFIG])
    return found


def _objection(name: str, path: Path) -> str:
    """Return why a file is not let in; empty: it is."""
    about = path.lstat()
    if path.suffix in PICKLES:
        return f"{name} may be a pickle, and to read one is to run it; weights are taken as safetensors only"
    if name not in ALLOWED:
        return f"{name} is no part of an adapter"
    if not stat.S_ISREG(about.st_mode):
        return f"{name} is no file of its own"
    most = MOST_BYTES.get(name, MOST_TEXT_BYTES)
    return f"{name} has {about.st_size} bytes where {most} are the most" if about.st_size > most else ""


def _read_weights(folder: Path, path: Path) -> None:
    try:
        with safe_open(path, framework="numpy") as tensors:
            names = list(tensors.keys())
    except (SafetensorError, OSError) as exc:
        raise _refused(folder, f"{WEIGHTS} is not what its name says: {exc}") from exc
    if not names:
        raise _refused(folder, f"{WEIGHTS} holds no weights")


def _read_config(folder: Path, path: Path) -> None:
    try:
        config = json.loads(path.read_bytes())
    except ValueError as exc:
        raise _refused(folder, f"{CONFIG} is no JSON: {exc}") from exc
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise _refused(folder, f"{CONFIG} does not say that this is a LoRA adapter")


def _refused(folder: Path, why: str) -> BadInput:
    return BadInput(
        f"what is in {folder} is not published: {why}",
        next_step="have it trained anew, or take away what does not belong there",
    )
