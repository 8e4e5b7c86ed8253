"""Who asks over HTTP, what they may do, and which jobs and sessions are theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bots import conversation
from tasks.contracts.jobs import JobView
from tasks.jobs import keys, moves
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.keys import EVERY_SCOPE, UNLIMITED, Key, Limits, Scope
from tasks.jobs.quotas import Charge

API = "api"  # where the sessions of programs are; those of the page are conversation.WEB
PLATFORMS = (conversation.WEB, API)
LOCAL, KEYS = "local", "key"
OWN = "own"
DIGEST_CHARS = 32
_JOB = re.compile(r"[\w.:-]{1,200}", re.ASCII)


@dataclass(frozen=True)
class Visitor:
    """Who asks."""

    name: str
    scopes: frozenset[Scope]
    key_id: str = ""
    """Empty: somebody at this machine, without a key."""
    limits: Limits = UNLIMITED

    @property
    def user(self) -> str:
        """Whose jobs these are, to the ledger."""
        return f"{KEYS}:{self.key_id}" if self.key_id else LOCAL

    @property
    def person(self) -> str:
        """Who they are to what remembers: without keys one person in every session, as only this machine is served."""
        return self.user if self.key_id else f"{conversation.WEB}:{self.user}"

    def may(self, scope: Scope) -> bool:
        """Return whether the visitor may do what needs this."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def sees(self, view: JobView) -> bool:
        """Return whether a job may be told to them: their own, or with `read` any that came over HTTP."""
        ours = any(conversation.is_of(platform, view.session) for platform in PLATFORMS)
        return ours and (view.user == self.user or self.may(Scope.READ))

    def chat(self, named: str) -> str:
        """Return what a session that they name is called in the ledger: nobody goes on with that of another key.

        Raises:
            BadInput: that cannot be a name.
        """
        named = conversation.label(named, "session")
        if not self.key_id:
            return named
        own = f"{self.key_id}.{named}"
        fits = len(own) <= conversation.MAX_LABEL_CHARS
        return own if fits else f"{self.key_id}.{keys.digest(named)[:DIGEST_CHARS]}"

    def charges(self) -> Iterator[Charge]:
        """Yield what a job of theirs counts against."""
        limits = self.limits
        if self.key_id and (limits.minute or limits.hour or limits.day):
            yield Charge(self.user, limits.minute, limits.hour, limits.day)


HERE = Visitor(LOCAL, EVERY_SCOPE)
"""Whoever sits at a machine whose page listens to nobody else."""
OWNER = Visitor(OWN, EVERY_SCOPE, OWN)
"""Whoever has the key that the web bot itself was given."""


def visitor_of(key: Key) -> Visitor:
    """Return who comes with a key."""
    return Visitor(key.name, key.scopes, key.key_id, key.limits)


async def own_job(gateway: AsyncGateway, asker: Visitor, job: str) -> JobView:
    """Return a job that a visitor may see. Raises UnknownJob: there is none, or it is somebody else's."""
    if not _JOB.fullmatch(job):
        raise moves.unknown_job(job)
    view = await gateway.job(job)
    if not asker.sees(view):
        raise moves.unknown_job(job)
    return view
