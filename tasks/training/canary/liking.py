"""What people think of each adapter that answered them, for whoever looks at the adapters of a persona."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tasks.contracts.errors import TranscriptUnavailable
from tasks.training.canary.serving import Serving
from tasks.training.evaluation import rating
from tasks.training.evaluation.people import Rating, is_pending, score
from tasks.training.registry.cards import Liking
from tasks.training.runs.spec import Workshop
from tasks.transcript import liked
from tasks.transcript.database import Database, opened_to_read


def show(workshop: Workshop, serving: Serving, persona: str) -> None:
    """Have pages show the adapters of a persona, with what people think of them. Raises RetryableError."""
    least, now_ms = workshop.settings().fleet.training.min_ratings, workshop.store.now_ms()
    try:
        with opened_to_read(workshop.transcript_url) as transcript:
            found = likings(transcript, persona, now_ms, least)
    except TranscriptUnavailable:  # none is kept, or none yet: what was known before is shown
        serving.show(persona)
    else:
        serving.show(persona, found)


def likings(transcript: Database, persona: str, until_ms: int, min_ratings: int) -> Mapping[str, Liking]:
    """Return how much each adapter of a persona answered, and how well people liked that, by its name.

    Raises TranscriptUnavailable.
    """
    ratings: dict[str, list[Rating]] = defaultdict(list)
    for one in rating.rated(transcript, liked.judged(transcript, persona), until_ms):
        ratings[one.adapter].append(one)
    scores = {adapter: score(those) for adapter, those in ratings.items()}
    return {
        adapter: Liking(
            replies=count,
            score=found.stars if (found := scores.get(adapter)) and not is_pending(found, min_ratings) else None,
        )
        for adapter, count in liked.replies(transcript, persona).items()
    }
