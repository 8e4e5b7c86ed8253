"""A channel that was summed up because somebody asked: kept beside what it is made of, which it names. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.contracts.scrubbing import scrub
from tasks.memory.importance import importance
from tasks.memory.tiers.digests import NOTES, SUMMARY
from tasks.memory.values import Kind, Memory, Role, Tier, Trust, id_of

FIRST_TURN = 0  # of what a message becomes when it is remembered


def summary_of(job: str, channel: str, persona: str, text: str, at_ms: int, messages: Sequence[str]) -> Memory | None:
    """Return what is kept of a channel's summary, by the ids of the messages that it was made of.

    None where nothing may be kept of it: it is empty, or holds a secret.
    """
    scrubbed = scrub(text)
    if scrubbed.dropped or not scrubbed.text.strip():
        return None
    return Memory(
        source=f"summary:{job}",
        tenant=channel,
        author=persona,
        text=scrubbed.text.strip(),
        at_ms=at_ms,
        name=NOTES,
        role=Role.PERSONA,
        channel=channel,
        tier=Tier.WORKING,
        kind=Kind.DIGEST,
        trust=Trust.MADE,
        importance=max(importance(line) for line in scrubbed.text.strip().splitlines()),
        sources=tuple(source_of(channel, message) for message in messages),
        tags=(SUMMARY,),
    )


def source_of(channel: str, message: str) -> str:
    """Return the id of the memory that a message of a channel becomes."""
    return id_of(channel, f"{message}:{FIRST_TURN}")
