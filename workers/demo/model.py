"""Turns the packaged weights of the demo model into the GGUF file that an engine loads."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tasks.contracts.errors import ConfigurationError
from tasks.evolution.gguf import Precision, export_gguf
from workers.demo import DEMO_LABEL, DEMO_MODEL

WEIGHTS = Path(__file__).with_name("weights")
#: At this size f32 is faster than q8_0, and exact.
PRECISION = Precision.F32
#: Counted up when the exporter writes the same weights differently: files of older versions are then left alone.
EXPORT_VERSION = 1
HASH_CHARS = 12


def demo_gguf(cache_dir: Path) -> Path:
    """Return the demo model as a GGUF file in `cache_dir`, written there at the first call.

    The name holds a hash of what went in. Processes that call this at once each get the whole file.
    Raises ConfigurationError when `cache_dir` cannot be written.
    """
    target = cache_dir / f"{DEMO_MODEL}-{_content_hash()}.gguf"
    if target.is_file():
        return target
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigurationError(
            f"{cache_dir} could not be made: {exc.strerror}", next_step="name a folder that can be written"
        ) from exc
    return export_gguf(WEIGHTS, target, precision=PRECISION, name=f"Rookery {DEMO_LABEL}")


def _content_hash() -> str:
    digest = hashlib.sha256(f"{EXPORT_VERSION} {PRECISION.value}".encode())
    for path in sorted(WEIGHTS.iterdir()):
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:HASH_CHARS]
