"""The card that lies beside an adapter: what it is, what it was made of, and what it is not. Pure."""

from __future__ import annotations

from tasks.training.lora.checkpoints import End
from tasks.training.lora.figures import Figures

ENDS = {
    End.DONE: "all of its steps",
    End.BUDGET: "until its time was up",
    End.NOT: "not to its end",
}


def card(persona: str, figures: Figures, rank: int, alpha: float) -> str:
    """Return the card of an adapter, as Markdown with the header that model hubs read."""
    losses = [point.loss for point in figures.curve if point.loss is not None]
    course = f"{losses[0]:.3f} → {losses[-1]:.3f}" if losses else "unknown"
    return f"""---
library_name: peft
pipeline_tag: text-generation
tags:
- lora
- rookery
---

# {persona}, on {figures.model}

An adapter (LoRA, rank {rank}, alpha {alpha:g}) that changes how one base answers. Rookery trained it by itself, on
what people who agreed to that had shown to be good in their conversations with one persona. It is no model: it fits the
base named here and no other. How it was judged, and by what, stands in the manifest beside it. It may repeat what it
learned from, which are words of people: keep it as private as those.

| | |
| --- | --- |
| base, sha256 of its weights | `{figures.base_sha256}` |
| samples, sha256 of their file | `{figures.data_sha256}` |
| adapter, sha256 of its weights | `{figures.adapter_sha256}` |
| samples | {figures.samples:,} |
| steps | {figures.steps:,} of {figures.planned_steps:,}: {ENDS[figures.end]} |
| tokens read | {figures.tokens:,} |
| trained | {figures.trainable:,} of {figures.parameters + figures.trainable:,} numbers ({figures.share:.2%}) |
| loss, first and last | {course} |
| time | {figures.seconds:,.0f} s on {figures.device.name}, base in {figures.device.weights} |
| made with | {", ".join(f"{name} {version}" for name, version in sorted(figures.versions.items()))} |
"""
