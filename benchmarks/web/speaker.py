"""A host that speaks many answers at once, a word of each at its pace, in one thread: hundreds of them cost it little.

Run as a program, with the URL of a ledger, how many answers, how many words each, and the seconds between words: it
ends when it has spoken them all.
"""

from __future__ import annotations

import heapq
import sys
import time
from dataclasses import dataclass, field

from benchmarks.stage import HOST, MODEL, PRESENCE_MS, join
from tasks.contracts.messages import Usage
from tasks.jobs import moves
from tasks.jobs.scripts import script
from tasks.jobs.store import Store, arguments
from tasks.jobs.values import Claim, HostCard

LOOK_S = 0.02  # between two looks for somebody who wants an answer
WORD = "word "


@dataclass(order=True)
class Speech:
    """An answer, and when its next word is due."""

    due_s: float
    claim: Claim = field(compare=False)
    words: int = field(default=0, compare=False)


class Speaker:
    """Claims jobs and speaks."""

    def __init__(self, store: Store, answers: int, words: int, pace_s: float) -> None:
        self._store, self._words, self._pace_s = store, words, pace_s
        self._card = HostCard(name=HOST, fence=join(store, [MODEL]), slots=answers)
        self._left = answers
        store.client.script_load(script("delta").source)
        self._speeches: list[Speech] = []

    def speak(self) -> None:
        """Speak until every answer was spoken."""
        while self._left or self._speeches:
            now_s = time.monotonic()
            while self._left and self._begin(now_s):
                self._left -= 1
            due = []
            while self._speeches and self._speeches[0].due_s <= now_s:
                due.append(heapq.heappop(self._speeches))
            self._go_on([speech for speech in due if speech.words < self._words])
            for speech in due:
                if speech.words >= self._words:
                    self._end(speech)
            time.sleep(LOOK_S)

    def _begin(self, now_s: float) -> bool:
        claim = self._store.run(moves.claim(self._card, MODEL, "speaker", PRESENCE_MS))
        if isinstance(claim, Claim):
            heapq.heappush(self._speeches, Speech(now_s + self._pace_s, claim))
        return isinstance(claim, Claim)

    def _go_on(self, speeches: list[Speech]) -> None:
        """Say one word of each, all in one way to Redis: else the speaker would be what is measured."""
        ways = self._store.client.pipeline(transaction=False)
        for speech in speeches:
            said = WORD * speech.words
            move = moves.delta(speech.claim.job, speech.claim.fence, len(said), WORD)
            ways.execute_command("EVALSHA", script(move.script).sha, 0, *arguments(self._store.key.namespace, move))
            heapq.heappush(self._speeches, Speech(speech.due_s + self._pace_s, speech.claim, speech.words + 1))
        ways.execute()

    def _end(self, speech: Speech) -> None:
        usage = Usage(completion_tokens=self._words)
        self._store.run(moves.finish(speech.claim, WORD * self._words, {"finish_reason": "stop"}, usage))


if __name__ == "__main__":
    Speaker(Store.open(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])).speak()
