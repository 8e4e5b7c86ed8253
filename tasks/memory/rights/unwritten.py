"""What a person said that is not written down yet: forgetting by words sees only what is, so it waits for the rest.

That takes seconds. An archive that is stuck keeps nobody from forgetting what can be found.
"""

from __future__ import annotations

import json
import logging
from enum import Enum

from tasks.contracts import names
from tasks.contracts.queues import UPKEEP
from tasks.contracts.wishes import Wish
from tasks.jobs import bell, pockets
from tasks.jobs.archive import ADVICE, ArchiveStream, Entry
from tasks.jobs.granting import Wished
from tasks.jobs.store import Store, translated

AGAIN_MS = 1_000  # until it is looked for once more
PATIENCE_MS = 20_000  # the archive writes every five seconds: who waited for so long waits in vain
MOST_LOOKED_AT = 2_000  # entries; where more is owed, it is taken for owed without a look at them
KNOWN_S = 3_600.0  # for which it is known since when a wish has waited
WHY = "what was said just before is not written down yet"
logger = logging.getLogger(__name__)


class Waits(Enum):
    """Whether a wish waits for what is not written down."""

    NO = "no"
    YES = "yes"
    IN_VAIN = "in vain"
    """It has waited for long enough, and is carried out without."""


class Unwritten:
    """Looks into what the archive owes."""

    def __init__(self, ledger: Store) -> None:
        self._ledger, self._owed = ledger, ArchiveStream(ledger)

    def waits(self, wished: Wished, wish: Wish, person: str) -> Waits:
        """Return whether a wish waits; the first time, whoever archives is told to do so now.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        if wish.kind != "forget" or not wish.about or not self._is_owed(person, wished.received_ms):
            return Waits.NO
        now_ms, note = self._ledger.now_ms(), f"unwritten:{wished.job}"
        since_ms = self._ledger.run(pockets.get(note))
        if not since_ms:
            self._ledger.run(pockets.put(note, str(now_ms), KNOWN_S))
            with translated():
                rung = bell.message(names.ARCHIVE, f"archive-{wished.job}", UPKEEP, ())
                self._ledger.client.lpush(UPKEEP, rung)
            return Waits.YES
        if now_ms - int(since_ms) < PATIENCE_MS:
            return Waits.YES
        logger.warning(
            "forgetting by words misses what was said just before: it is not written down",
            extra={"job": wished.job, "error": ADVICE},
        )
        return Waits.IN_VAIN

    def _is_owed(self, person: str, until_ms: int) -> bool:
        looked_at = enumerate(self._owed.back_from(until_ms))
        return any(number >= MOST_LOOKED_AT or is_said_by(person, entry) for number, entry in looked_at)


def is_said_by(person: str, entry: Entry) -> bool:
    """Return whether an entry holds what a person said, or was told. Wishes never stand there."""
    try:
        if entry.kind == "job":
            asked = json.loads(entry.fields["request"])
            return bool((asked.get("person") or asked.get("user")) == person)
        if entry.kind == "ingest":
            place, turn = entry.fields.get("place"), json.loads(entry.fields["turn"])
            return person in {json.loads(place).get("person") if place else "", turn.get("author")}
    except (LookupError, ValueError, AttributeError):
        return False  # what cannot be read becomes no exchange either
    return False
