"""A machine that joined follows the fleet file of its flock: what is published is kept here, if it can be here."""

from __future__ import annotations

import json
from collections.abc import Callable

import redis

from tasks.contracts import membership
from tasks.contracts.errors import ConfigurationError, StoreUnavailable
from tasks.contracts.fleet import parse
from tasks.contracts.membership import TOLD_FILE, Told, write_private
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_file
from tasks.jobs.store import Store


class Follower:
    """Keeps the copy on this machine's disk as the owner's is."""

    def __init__(self, settings: Settings, store: Store, *, tell: Callable[[str], None]) -> None:
        self._data_dir, self._store, self._tell = settings.data_dir, store, tell
        kept = membership.told(settings.data_dir)
        self._known = kept.digest if kept else ""

    def look(self) -> None:
        """Fetch what is news. Raises RookeryError while Redis is away; what was told last holds meanwhile.

        Raises ConfigurationError where this machine is let in no more.
        """
        try:
            published = self._store.run(fleet_file.read(self._known))
        except StoreUnavailable as exc:
            if isinstance(exc.__cause__, redis.AuthenticationError):
                raise ConfigurationError(
                    "the flock lets this machine in no more", next_step="join again with a new `rookery invite`"
                ) from exc
            raise
        if published is None or published.digest == self._known or not published.text:
            return
        self._known = published.digest  # also one that cannot be here is told of once
        try:
            parse(json.loads(published.text), f"the fleet file of {published.owner}")
        except ConfigurationError as exc:
            self._tell(
                f"version {published.version} of the fleet file cannot be read here, so the one before stays in force; "
                f"is Rookery as new here as there?\n{exc.message}"
            )
            return
        told = Told(version=published.version, digest=published.digest, text=published.text)
        write_private(self._data_dir / TOLD_FILE, told.model_dump_json())
        self._tell(f"took up version {published.version} of the fleet file")


def refuse_elsewhere(settings: Settings, name: str) -> None:
    """Return when the agent of a host belongs on this machine.

    Raises:
        ConfigurationError: it belongs on another one, which is named.
    """
    host = settings.fleet.host(name)
    if settings.belongs_here(host):
        return
    here = f"this machine is {settings.machine!r}" if settings.machine else "this machine has the fleet file"
    where = f"on the machine {host.agent!r}" if host.agent else "on the machine that has the fleet file"
    raise ConfigurationError(
        f"the agent of host {name!r} runs {where}, and {here}",
        next_step=f"run it there, or set `agent` of [[host]] {name!r} to the machine that shall run it",
    )
