"""The demo model: tiny, honest about it, and there so that a fresh machine answers at all."""

from __future__ import annotations

#: The name by which the fleet file may ask for it. It never stands in for a model that is missing.
DEMO_MODEL = "demo"
#: What is written beside every answer that it gives.
DEMO_LABEL = "demo model"
