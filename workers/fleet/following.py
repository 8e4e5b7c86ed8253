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
from tasks.jobs.fleet_file import Published
from tasks.jobs.store import Store
from workers.fleet import acl, seals


class Follower:
    """Keeps the copy on this machine's disk as the owner's is."""

    def __init__(self, settings: Settings, store: Store, *, tell: Callable[[str], None]) -> None:
        self._data_dir, self._store, self._tell = settings.data_dir, store, tell
        kept = membership.told(settings.data_dir)
        self._known, self._serial = (kept.digest, kept.serial) if kept else ("", 0)
        self._refused = ""
        given = membership.joined(settings.data_dir)
        self._machine, self._password = (given.machine, acl.hashed(given.secret)) if given else ("", "")

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
        if published is None or not published.text or fleet_file.digest_of(published.text) == self._known:
            return
        serial = self._serial_of(published)
        if serial is None:
            return
        self._known = fleet_file.digest_of(published.text)  # also one that cannot be here is told of once
        self._serial = serial
        try:
            parse(json.loads(published.text), f"the fleet file of {published.owner}")
        except ConfigurationError as exc:
            self._tell(
                f"version {published.version} of the fleet file cannot be read here, so the one before stays in force; "
                f"is Rookery as new here as there?\n{exc.message}"
            )
            return
        told = Told(version=published.version, digest=self._known, text=published.text, serial=serial)
        write_private(self._data_dir / TOLD_FILE, told.model_dump_json())
        self._tell(f"took up version {published.version} of the fleet file")

    def _serial_of(self, published: Published) -> int | None:
        """Return the number that the owner gave this file; None, and a word, where it is not to be followed."""
        serial = seals.serial_of(published.text, published.seals, self._machine, self._password)
        if serial is not None and serial >= self._serial:
            return serial
        why = "its owner did not seal it for this machine" if serial is None else "it is an older one, brought back"
        if self._refused != published.text:  # once for each
            self._refused = published.text
            self._tell(
                f"WARNING: what is published as version {published.version} of the fleet file is not followed: {why}. "
                "The one before stays in force. Where the owner runs the same version of Rookery as this machine, "
                "another machine of the flock has written it"
            )
        return None


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
