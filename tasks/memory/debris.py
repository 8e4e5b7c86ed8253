"""What else holds words that were forgotten, beside memories and transcript: jobs of ours, prompts on the disk."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from tasks.contracts.errors import UnknownJob
from tasks.contracts.jobs import ENDED
from tasks.jobs import forgetting, moves, retrying, searching
from tasks.jobs.store import Store
from tasks.memory.tiers.asking import USER

PROMPTS = "*.prompt.json"
A_PAGE = 200


def drop_prompts(folder: Path) -> None:
    """Take away the prompts that were written down to find a mistake: any of them may hold what was forgotten."""
    for path in folder.glob(PROMPTS):
        path.unlink(missing_ok=True)


def take_back_summaries(ledger: Store, ids: Collection[str]) -> None:
    """Take back what models were asked to sum up of these memories, with its words; a night asks anew for the rest.

    Raises:
        StoreUnavailable: some of it may be there still.
    """
    gone, before = set(ids), ""
    while True:
        page = ledger.run(searching.search(searching.Query(user=USER), A_PAGE, before))
        for found in page.found:
            _take_back(ledger, found.view.job, gone)
        if not page.next:
            return
        before = page.next


def _take_back(ledger: Store, job: str, gone: set[str]) -> None:
    try:
        left = ledger.run(retrying.kept(job))
        asked = left.request
        if asked is None or asked.then is None or gone.isdisjoint(asked.then.args):
            return
        if left.view.state not in ENDED:
            ledger.run(moves.withdraw(job, "memory"))
        ledger.run(forgetting.hush([job]))
    except UnknownJob:
        return  # nothing is left of it
