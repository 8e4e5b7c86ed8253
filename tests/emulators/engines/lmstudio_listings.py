"""How LM Studio lists a model, with its own words since 0.4 and as it did before."""

from __future__ import annotations

from typing import Any

from tests.emulators.engines.frame import GIB, Stock

DEFAULT_CONTEXT = 4096
MOST_CONTEXT = 16384
Copies = list[tuple[str, int]]  # of each copy in memory its name and its window


def v1_entry(stock: Stock, copies: Copies, parallel: int) -> dict[str, Any]:
    """Return a model as GET /api/v1/models lists it."""
    return {
        "type": "llm",
        "publisher": stock.name.partition("/")[0],
        "key": stock.name,
        "display_name": stock.name,
        "architecture": "llama",
        "quantization": {"name": "F32", "bits_per_weight": 32},
        "size_bytes": int(stock.size_gib * GIB),
        "params_string": "131K",
        "loaded_instances": [
            {"id": name, "config": {"context_length": window, "parallel": parallel}} for name, window in copies
        ],
        "max_context_length": MOST_CONTEXT,
        "format": "gguf",
        "capabilities": {"vision": False, "trained_for_tool_use": False},
    }


def v0_entry(stock: Stock, copies: Copies, _parallel: int) -> dict[str, Any]:
    """Return a model as GET /api/v0/models lists it."""
    return {
        "id": stock.name,
        "object": "model",
        "type": "llm",
        "arch": "llama",
        "compatibility_type": "gguf",
        "state": "loaded" if copies else "not-loaded",
        "max_context_length": MOST_CONTEXT,
    }
