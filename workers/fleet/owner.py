"""The owner of the fleet file: takes up its changes, publishes it, and lets in the machines that were invited."""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tasks.contracts import membership
from tasks.contracts.errors import ConfigurationError, RookeryError
from tasks.contracts.fleetwatch import FleetWatch
from tasks.contracts.membership import TOLD_FILE, Told, write_private
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_file, moves
from tasks.jobs.fleet_file import Machine
from tasks.jobs.store import Store
from workers.fleet import seals, users
from workers.supervision.regularly import regularly

LOOK_EVERY_S = 0.5
MS = 1000
MAX_TOLD_CHARS = 500


class Owner:
    """Looks at the file and at the door."""

    def __init__(
        self,
        settings: Settings,
        watch: FleetWatch,
        store: Store,
        *,
        tell: Callable[[str], None],
        heed: Callable[[Settings], None] = lambda _settings: None,
    ) -> None:
        self._data_dir, self._watch, self._store = settings.data_dir, watch, store
        self._own_redis, self._tell, self._heed = settings.own_redis, tell, heed
        self._who = f"{platform.node()}, {settings.data_dir} ({os.getpid()})"
        self._kept = self._problem = self._text = ""
        self._published: Settings | None = None
        self._troubles: tuple[str, ...] = ()
        self._serial = 0
        self._leads: bool | None = None

    def look(self) -> None:
        """Look once, and do what is to be done. Raises RookeryError while Redis is away."""
        settings = self._watch.current()
        self._tell_problem()
        self._tell_troubles(settings)
        if settings is not self._published:
            self._take(settings)
        leads = self._store.run(moves.lead(fleet_file.OFFICE, self._who, fleet_file.OWNER_LEASE_MS))
        if leads:
            self._publish()
        elif self._leads is not False:
            self._tell("another `rookery up` on this Redis has the fleet file; this one's is not published")
        self._leads = leads
        if self._own_redis and self._mind_the_door() and leads:
            self._publish()  # sealed for who has just come in

    def _publish(self) -> None:
        """Publish the file, sealed for each machine that is let in; where Redis is not ours, none is."""
        machines = users.passwords(self._store) if self._own_redis else {}
        sealed = seals.sealed(self._text, self._serial, machines)
        problem = self._watch.problem[:MAX_TOLD_CHARS]
        if not self._store.run(fleet_file.publish("", self._kept, self._who, problem, sealed)):
            self._store.run(fleet_file.publish(self._text, self._kept, self._who, problem, sealed))

    def _take(self, settings: Settings) -> None:
        """Make what others are to be told of these settings."""
        self._text = membership.published(settings.tables)
        mark = fleet_file.digest_of(self._text)
        if mark != self._kept:
            self._keep(settings, mark)
            self._heed(settings)
        self._published = settings

    def _keep(self, settings: Settings, mark: str) -> None:
        """Write down what last was good, for processes that start while the file is not."""
        if self._kept:
            self._tell(f"took up {settings.source}: {mark}")
        self._serial = self._serial_of(mark)
        good = Told(version=0, digest=mark, text=membership.whole(settings.tables), serial=self._serial)
        write_private(self._data_dir / TOLD_FILE, good.model_dump_json())
        self._kept = mark

    def _serial_of(self, mark: str) -> int:
        """Return the number of this file: more than any before it, whatever Redis and the clock forgot."""
        before = None
        with contextlib.suppress(ConfigurationError):  # unreadable, and written anew in a moment
            before = membership.told(self._data_dir)
        if before and before.digest == mark and before.serial:
            return before.serial
        return max(int(time.time() * MS), before.serial + 1 if before else 0)

    def _tell_problem(self) -> None:
        problem = self._watch.problem
        if problem and problem != self._problem:
            self._tell(f"the fleet file cannot be, so the last good one stays in force:\n{problem}")
        elif self._problem and not problem:
            self._tell("the fleet file is good again")
        self._problem = problem

    def _tell_troubles(self, settings: Settings) -> None:
        """Say what is wrong with single personas, which keeps nothing else out; at the start that was said already."""
        for line in settings.troubles:
            if self._published and line not in self._troubles:
                self._tell(f"{line}; the rest holds")
        self._troubles = settings.troubles

    def _mind_the_door(self) -> bool:
        """Let in who was invited and asks, and return whether anybody came in."""
        came_in = False
        for machine in self._store.run(fleet_file.machines()):
            asks = machine.asks and not machine.joined_ms
            # What asks is in the ledger, where every machine may write.
            digest = users.asked_for(self._store, machine.name, machine.asks, machine.proof) if asks else ""
            if digest:
                came_in |= self._let_in(machine, digest)
            elif machine.lapsed:
                users.dismiss(self._store, machine.name)
                self._store.run(fleet_file.note_gone(machine.name))
                self._tell(f"the invitation of {machine.name} is over; nobody used it")
        return came_in

    def _let_in(self, machine: Machine, digest: str) -> bool:
        users.admit(self._store, machine.name, digest)
        if self._store.run(fleet_file.note_joined(machine.name, machine.asks)):
            self._tell(f"{machine.name} has joined")
            return True
        users.dismiss(self._store, machine.name)  # it was revoked at this very moment
        return False


@contextmanager
def looking(look: Callable[[], None], tell: Callable[[str], None], every_s: float = LOOK_EVERY_S) -> Iterator[None]:
    """Call `look` again and again in a thread of its own while the block runs; what keeps it from that is told once."""
    trouble = ""

    def look_and_tell() -> None:
        nonlocal trouble
        before, trouble = trouble, ""
        try:
            look()
        except (RookeryError, OSError) as exc:
            trouble = str(exc)
        if trouble and not before:
            tell(f"the fleet file cannot be looked after: {trouble}")
        elif before and not trouble:
            tell("the fleet file is looked after again")

    with regularly(look_and_tell, every_s, "fleet-file"):
        yield
