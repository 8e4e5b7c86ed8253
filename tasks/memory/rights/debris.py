"""What else holds words that were forgotten, beside memories and transcript: jobs of ours, prompts on the disk."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from tasks.contracts.errors import UnknownJob
from tasks.contracts.jobs import ENDED, JobView
from tasks.contracts.wishes import session_of
from tasks.jobs import forgetting, moves, retrying, searching
from tasks.jobs.sessions import summing
from tasks.jobs.store import Store
from tasks.memory.tiers.asking import USER

PROMPTS = "*.prompt.json"
A_PAGE = 300


def drop_prompts(folder: Path) -> None:
    """Take away the prompts that were written down to find a mistake: any of them may hold what was forgotten."""
    for path in folder.glob(PROMPTS):
        path.unlink(missing_ok=True)


def take_back(ledger: Store, person: str, ids: Collection[str], sessions: Collection[str]) -> None:
    """Take the words of jobs away that are no exchanges: what a person wanted of their memories, what is summed up.

    What a model is still to sum up of these memories or sessions is taken back; it is asked anew for the rest.

    Raises:
        StoreUnavailable: some of it may be there still.
    """
    gone, condensing = set(ids), {summing(session) for session in sessions}
    hushed = []
    for view in _listed(ledger):
        if view.session in condensing or (view.user == USER and _cites(ledger, view.job, gone)):
            if view.state not in ENDED:
                ledger.run(moves.withdraw(view.job, USER))
            hushed.append(view.job)
        elif view.session == session_of(person):
            hushed.append(view.job)
    for part in forgetting.parts(hushed):
        ledger.run(forgetting.hush(part))


def _listed(ledger: Store) -> Iterator[JobView]:
    """Yield the jobs that the ledger lists, which are more than those whose words it has."""
    before = ""
    while True:
        page = ledger.run(searching.search(searching.Query(), A_PAGE, before))
        yield from (found.view for found in page.found)
        if not page.next:
            return
        before = page.next


def _cites(ledger: Store, job: str, ids: set[str]) -> bool:
    try:
        asked = ledger.run(retrying.kept(job)).request
    except UnknownJob:
        return False
    return asked is not None and asked.then is not None and not ids.isdisjoint(asked.then.args)
