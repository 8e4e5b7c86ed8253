"""Builds what keeps the models of one host, for one stay of its agent under its name."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tasks.contracts.clock import Clock
from tasks.contracts.entries import EVERY_MODEL
from tasks.contracts.fleet import Fleet, Host
from tasks.contracts.queues import slug
from tasks.contracts.settings import Settings
from tasks.jobs.store import Store
from tasks.jobs.values import HostCard
from workers.adapters import assembling
from workers.adapters.assembling import Riders
from workers.children import host_folder
from workers.residency.anticipating import Anticipation, clocks, option
from workers.residency.budget import total_gib
from workers.residency.catalogue import Catalogue
from workers.residency.crew import Crew
from workers.residency.diary import Diary
from workers.residency.idle import kept_for_s
from workers.residency.keeper import Habits, Keeper
from workers.residency.loading import Loading
from workers.residency.machine import memory_gib
from workers.residency.measures import Measures
from workers.residency.memory import Memory
from workers.residency.mover import Mover
from workers.residency.own import OwnMemory
from workers.residency.presence import Presence
from workers.residency.quiet import QuietLedger
from workers.residency.served import ServerMemory
from workers.residency.servers import server_of
from workers.residency.strategies import following
from workers.supervision.supervise import Supervisor

#: Answers in hand have their own deadlines; a worker that is still there after so long is killed.
DRAIN_LEAST_S, DRAIN_MORE_S = 600.0, 30.0
#: A server that is late with a load is given this long to say so itself: it may know why.
ENGINE_SAYS_S = 5.0


@dataclass(frozen=True, slots=True)
class Assembly:
    """What keeps the models of a host."""

    catalogue: Catalogue
    memory: Memory
    mover: Mover
    presence: Presence
    keeper: Keeper
    riders: Riders

    def step(self) -> None:
        """Go on with what was begun; call it often."""
        self.keeper.step()
        self.riders.step()

    def close(self) -> None:
        """End what goes on beside the agent's own steps."""
        self.riders.close()
        self.memory.close()


def assemble(
    settings: Settings,
    host: Host,
    fence: int,
    store: Store,
    supervisor: Supervisor,
    clock: Clock,
    *,
    tell: Callable[[str], None],
    woken: Callable[[], None],
    fleet: Callable[[], Fleet],
) -> Assembly:
    """Return what keeps the models of `host`. `woken` is called, from any thread, when there is something to look at.

    `fleet` is the fleet file as it is now: what it says of residency takes effect at once.

    Raises ConfigurationError where weights are not there, or the server wants a key that is not.
    """
    jobs = settings.fleet.jobs
    most_gib = total_gib(host.memory_gib, memory_gib(host))
    catalogue = Catalogue(settings, host, fence, Measures(host_folder(settings, host)), most_gib)
    memory = _memory(settings, host, catalogue, supervisor, clock, woken)

    def ended(load: Loading) -> None:
        keeper.ended(load)

    mover = Mover(
        catalogue,
        memory,
        Crew(supervisor, max(DRAIN_LEAST_S, jobs.deadline_s) + DRAIN_MORE_S),
        total_gib=most_gib,
        clock=clock,
        load_timeout_s=jobs.load_timeout_s + (ENGINE_SAYS_S if host.remote else 0.0),
        attempts=jobs.load_attempts,
        ended=ended,
        tell=tell,
    )
    wanted = _wanted(host, catalogue)
    presence = Presence(catalogue, memory, mover, wanted=wanted, max_models=host.max_models, clock=clock, tell=tell)
    slots = max((catalogue.slots(name) for name in catalogue.slugs), default=1)
    card = HostCard(name=host.name, fence=fence, slots=slots, labels=host.labels, cloud=host.cloud)
    ahead = _ahead(settings, host, catalogue, mover, clock, fleet)
    keeper = Keeper(
        host.name,
        catalogue,
        mover,
        presence,
        QuietLedger(store, card, host.quiet_hours),
        ahead,
        habits=_habits(host, jobs.deadline_s, wanted, fleet, ahead),
        clock=clock,
        chance=random.SystemRandom().random,
    )
    riders = assembling.riders(
        settings, host, fence, store, supervisor, clock, catalogue, mover, fleet=fleet, tell=tell, wake=keeper.wake
    )
    return Assembly(catalogue, memory, mover, presence, keeper, riders)


def _memory(
    settings: Settings,
    host: Host,
    catalogue: Catalogue,
    supervisor: Supervisor,
    clock: Clock,
    woken: Callable[[], None],
) -> Memory:
    if not host.remote:
        return OwnMemory(supervisor, clock, catalogue.weights_gib)
    return ServerMemory(server_of(settings, host, catalogue), clock, cloud=host.cloud, woken=woken)


def _wanted(host: Host, catalogue: Catalogue) -> list[str]:
    named = {slug(name) for name in host.preload}
    return [name for name in catalogue.slugs if EVERY_MODEL in host.preload or name in named]


def _ahead(
    settings: Settings, host: Host, catalogue: Catalogue, mover: Mover, clock: Clock, fleet: Callable[[], Fleet]
) -> Anticipation:
    return Anticipation(
        following(fleet),
        Diary(host_folder(settings, host)),
        slugs=catalogue.slugs,
        option=lambda name: option(catalogue, mover, name, clock.monotonic_s()),
        active=lambda: fleet().residency.predict,
        now=clocks,
    )


def _habits(
    host: Host, deadline_s: float, wanted: Sequence[str], fleet: Callable[[], Fleet], ahead: Anticipation
) -> Habits:
    keep_s = host.unload_after_s
    if keep_s is None and host.keep is not None:
        keep_s = kept_for_s(host.keep)
    return Habits(
        max_models=host.max_models,
        keep_s=keep_s,
        wanted=frozenset(wanted),
        guest_s=lambda: fleet().residency.unload_after_s,
        soon=ahead.soon,
        reserve_s=deadline_s,
    )
