"""What Redis holds of words that are to be forgotten: windows of sessions, texts of jobs, answers for a second time.

And which memories were forgotten, by digests that say nothing to who does not know the ids: whoever is to remember asks
here first.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Collection, Iterable, Iterator

from redis.exceptions import NoPermissionError, ResponseError

from tasks.jobs import bookmarks
from tasks.jobs.sessions import summing
from tasks.jobs.store import Store, translated
from tasks.jobs.values import Move

AT_ONCE = 500  # ids in one call, so that none keeps others from Redis for long
WHO = "forgotten"  # whose bookmarks these are
SALT = "salt"
DIGEST_CHARS = 40
logger = logging.getLogger(__name__)
BEGUN = "in progress"  # what Redis says where its log is being written anew already


def unsay(session: str, firsts: Collection[str]) -> Move[int]:
    """Take what came of these messages out of a session's window; returns how many turns that were."""
    return Move("unsay", (session, summing(session), *firsts), int)


def hush(jobs: Collection[str]) -> Move[int]:
    """Take the words of these jobs away, unless they live; returns how many had any."""
    return Move("hush", tuple(jobs), int, rings=False)


def keep_answer(digest: str, answer: str, life_ms: int) -> Move[bool]:
    """Keep an answer that may be given again to the same question."""
    return Move("keep_answer", (digest, answer, life_ms), bool, rings=False)


def drop_answers() -> Move[int]:
    """Have no answer given a second time, as any of them may hold what is to be forgotten; returns how many went."""
    return Move("drop_answers", (), int, rings=False)


def unsay_all(ledger: Store, said: Iterable[tuple[str, str, str]]) -> None:
    """Take messages out of Redis, of which (job, first job of the message, session) are told.

    Raises:
        StoreUnavailable: some of it may be there still.
    """
    sessions: dict[str, set[str]] = {}
    jobs: set[str] = set()
    for job, first, session in said:
        sessions.setdefault(session, set()).add(first)
        jobs |= {job, first}
    for session, firsts in sessions.items():
        for part in parts(firsts):
            ledger.run(unsay(session, part))
    for part in parts(jobs):
        ledger.run(hush(part))


def rewrite_log(ledger: Store) -> bool:
    """Have Redis write its log anew, without what is gone; False: it is at that already, so it is to be asked again.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    with translated():
        try:
            ledger.client.bgrewriteaof()
        except NoPermissionError as exc:
            logger.warning(
                "what was forgotten stays in the log of Redis until it is rewritten", extra={"error": str(exc)}
            )
        except ResponseError as exc:
            return BEGUN not in str(exc)
    return True


class Tombstones:
    """What was forgotten, and until when it had been said: later words are heard again."""

    def __init__(self, ledger: Store) -> None:
        self._ledger, self._salt = ledger, b""

    def bury(self, ids: Iterable[str], at_ms: int) -> None:
        """Note that these memories were forgotten. Raises StoreUnavailable."""
        for part in parts(set(ids)):
            self._ledger.run(bookmarks.put_many(WHO, {self._name("memory", id_): at_ms for id_ in part}))

    def bury_person(self, person: str, at_ms: int) -> None:
        """Note that all was forgotten that is of a person until then. Raises StoreUnavailable."""
        self._ledger.run(bookmarks.put(WHO, self._name("person", person), at_ms))

    def buried(self, ids: Iterable[str]) -> set[str]:
        """Return which of these memories were forgotten. Raises StoreUnavailable."""
        names = {self._name("memory", id_): id_ for id_ in ids}
        return {names[name] for name in self._found(names)}

    def silent_until_ms(self, persons: Iterable[str]) -> dict[str, int]:
        """Return until when nothing is to be remembered, of those who wanted everything forgotten.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        names = {self._name("person", person): person for person in persons}
        return {names[name]: int(at_ms) for name, at_ms in self._found(names).items()}

    def _found(self, names: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in parts(names):
            there: dict[str, str] = self._ledger.run(bookmarks.get_many(WHO, *part))
            found |= there
        return found

    def _name(self, kind: str, value: str) -> str:
        said = f"{kind}\x1f{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._salted(), said, hashlib.sha256).hexdigest()[:DIGEST_CHARS]

    def _salted(self) -> bytes:
        if not self._salt:
            name = self._ledger.key("bookmark", WHO)
            with translated():
                self._ledger.client.hsetnx(name, SALT, secrets.token_hex(16))
                self._salt = str(self._ledger.client.hget(name, SALT)).encode()
        return self._salt


def parts(names: Iterable[str], size: int = AT_ONCE) -> Iterator[list[str]]:
    """Yield so many names at a time.

    >>> list(parts("abc", 2))
    [['a', 'b'], ['c']]
    """
    found = list(names)
    for at in range(0, len(found), size):
        yield found[at : at + size]
