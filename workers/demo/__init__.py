"""The demo model: tiny, honest about it, and there so that a fresh machine answers at all."""

from __future__ import annotations

from tasks.contracts.entries import DEMO_LABEL

__all__ = ["DEMO_LABEL", "DEMO_MODEL"]

#: The name by which the fleet file may ask for it. It never stands in for a model that is missing.
DEMO_MODEL = "demo"
