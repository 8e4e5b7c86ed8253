"""What many hosts cost the Redis that they share, and how soon a host decides and is given work beside them.

Each host holds three of a hundred models, and people wait for all of these. What the agents of the others send (looks,
beats, candidacies for the sweeper's office) is sent at the pace of real ones, and the answers are thrown away: each has
a machine of its own to read them. One host is whole: *a decision* is its look and what the shipped function makes of
that. *A dispatch* is a submit and its claim by a host that holds the model. *Operations* are what is sent to Redis.
"""

from __future__ import annotations

import heapq
import json
import multiprocessing
import random
import selectors
import socket
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any
from urllib.parse import urlsplit

from benchmarks.figures import MS, Figure, Findings, Goal, Spread, Tell
from benchmarks.stage import PRESENCE_MS, stage
from tasks.contracts.errors import ProcessFailed
from tasks.contracts.messages import JobRequest, Usage
from tasks.contracts.residency import Residency
from tasks.jobs import fleet_moves, moves, sweeper
from tasks.jobs.scripts import script
from tasks.jobs.store import Store, arguments
from tasks.jobs.values import Claim, HostCard, Move, Ways
from workers.host import BEAT_EVERY_S
from workers.residency.keeper import LOOK_EVERY_S
from workers.residency.ledger import Sight, StoreLedger
from workers.residency.strategies import chosen
from workers.residency.view import Candidate, HostView, Resident, ResidentState

HOSTS, QUICK_HOSTS = (2, 20, 200), (2, 4)
MODELS, QUICK_MODELS = 100, 12
HELD, SLOTS, JOBS_EACH = 3, 4, 5
SIZE_GIB, LOAD_S = 8.0, 7.0
TAKEN_S, QUICK_TAKEN_S = 6.0, 0.5
LEASE_MS, DEADLINE_S = 600_000, 3_600.0
READ_BYTES, BEGUN_S = 65_536, 30.0
OWN_OPERATIONS = 4  # a look, a submit, a claim, an end
OPERATIONS, DECISION, DISPATCH = Goal.most(20.0), Goal.most(20.0, moonshot=5.0), Goal.most(2.0, moonshot=1.2)


@dataclass(frozen=True)
class Inhabitant:
    """A host, and the models that it holds."""

    card: HostCard
    holds: Sequence[str]

    def moves(self) -> Iterator[tuple[Move[Any], float]]:
        """Yield what its agent sends again and again, and after how many seconds."""
        slots = dict.fromkeys(self.holds, SLOTS)
        yield fleet_moves.look(self.card, self.holds), LOOK_EVERY_S
        yield (
            fleet_moves.host_beat(self.card.name, self.card.fence, PRESENCE_MS, about(self.holds), slots),
            BEAT_EVERY_S,
        )
        yield moves.sweep(self.card.name, sweeper.LEAD_MS), sweeper.LOOK_EVERY_S


@dataclass(frozen=True)
class Life:
    """What was seen beside so many hosts."""

    operations: float
    """Per second and host."""
    cpu_share: float
    """Of Redis."""
    decision: Spread
    dispatch_p95_ms: float


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return what a host costs, and how quick one is, by how many there are."""
    counts, taken_s = (QUICK_HOSTS, QUICK_TAKEN_S) if quick else (HOSTS, TAKEN_S)
    models = QUICK_MODELS if quick else MODELS
    lives = {}
    with stage() as made:
        url = made.redis(fsync=False)
        store = made.store(url)
        for at, count in enumerate(counts):
            tell(at / len(counts), f"{count} hosts")
            lives[count] = lived(store, url, inhabited(store, count, models), taken_s)
    return findings(lives)


def findings(lives: dict[int, Life]) -> Findings:
    """Return the figures of what was seen, by the number of hosts."""
    few, many = min(lives), max(lives)
    figures = []
    for count, life in lives.items():
        last = count == many
        figures += [
            Figure(name=f"operations of a host, {count} hosts", value=life.operations, unit="/ s", goal=OPERATIONS),
            Figure(name=f"Redis busy, {count} hosts", value=100 * life.cpu_share, unit="%"),
            Figure(name=f"a decision, {count} hosts, p50", value=life.decision.p50, unit="ms"),
            Figure(
                name=f"a decision, {count} hosts, p99",
                value=life.decision.p99,
                unit="ms",
                goal=DECISION if last else None,
            ),
            Figure(name=f"a dispatch, {count} hosts, p95", value=life.dispatch_p95_ms, unit="ms"),
        ]
    growth = lives[many].dispatch_p95_ms / lives[few].dispatch_p95_ms
    figures.append(Figure(name=f"a dispatch, {many} hosts ÷ {few}", value=growth, unit="×", goal=DISPATCH))
    return Findings(figures=tuple(figures))


def inhabited(store: Store, count: int, models: int) -> list[Inhabitant]:
    """Have so many hosts in an empty ledger, and people waiting for each of so many models."""
    store.client.flushall()
    names, found = [f"model-{number}" for number in range(models)], []
    for number in range(count):
        name, holds = f"host-{number}", [names[(number * HELD + at) % models] for at in range(HELD)]
        fence, _ = store.run(fleet_moves.host_join(name, name, PRESENCE_MS))
        card = HostCard(name=name, fence=fence, slots=SLOTS)
        store.run(fleet_moves.host_beat(name, fence, PRESENCE_MS, about(holds), dict.fromkeys(holds, SLOTS)))
        store.run(fleet_moves.may_hold(name, fence, names))
        found.append(Inhabitant(card, holds))
    for name in names:
        for _ in range(JOBS_EACH):
            submit(store, name)
    return found


def lived(store: Store, url: str, hosts: Sequence[Inhabitant], taken_s: float) -> Life:
    """Let one host decide and dispatch while the others go about their lives."""
    whole, *others = hosts
    decide = chosen(Residency(), DEADLINE_S)
    ledger, decisions, dispatches = StoreLedger(store, whole.card), list[float](), list[float]()
    with beside(url, store.key.namespace, others):
        before, began_s = used(store), time.monotonic()
        own = 0
        while (spent_s := time.monotonic() - began_s) < taken_s:
            decisions.append(timed(lambda: decide(view(whole, ledger.look(whole.holds)))))
            dispatches.append(timed(lambda: dispatch(store, whole)))
            own += OWN_OPERATIONS
            time.sleep(LOOK_EVERY_S / 10)
        operations, cpu = (after - first for after, first in zip(used(store), before, strict=True))
    each = (operations - own) / spent_s / max(1, len(others))
    return Life(each, cpu / spent_s, Spread.of(decisions), p95(dispatches))


def p95(sample: Sequence[float]) -> float:
    """Return what all but a twentieth stay below."""
    return statistics.quantiles(sample, n=20, method="inclusive")[-1]


def view(host: Inhabitant, sight: Sight | None) -> HostView:
    """Return the host as its keeper sees it."""
    if sight is None:
        raise RuntimeError(f"{host.card.name} has been taken over")
    residents = tuple(
        Resident(
            slug=slug,
            size_gib=SIZE_GIB,
            load_s=LOAD_S,
            state=ResidentState.READY,
            busy=sight.busy.get(slug, 0),
            ready_for_s=LOAD_S,
            unused_for_s=sight.unused_s.get(slug, LOAD_S),
            copies=sight.copies.get(slug, 1),
            demand=sight.demands.get(slug),
        )
        for slug in host.holds
    )
    candidates = tuple(Candidate(demand, SIZE_GIB, LOAD_S) for demand in sight.candidates)
    return HostView(host.card.name, SIZE_GIB * HELD, 0.0, residents, candidates, loading=False)


def dispatch(store: Store, host: Inhabitant) -> None:
    """Put a job on the queue of a model that the host holds, and claim the best one there."""
    submit(store, host.holds[0])
    claim = store.run(moves.claim(host.card, host.holds[0], "bench", LEASE_MS))
    if isinstance(claim, Claim):
        store.run(moves.finish(claim, "hi", {"answered_by": host.holds[0]}, Usage(completion_tokens=1)))


def submit(store: Store, model: str) -> None:
    """Have a person wait for a model."""
    job = uuid.uuid4().hex
    store.run(
        moves.submit(
            JobRequest(job=job, model=model, session=job, user=job, text="hello", deadline_s=DEADLINE_S), Ways()
        )
    )


def about(holds: Sequence[str]) -> str:
    """Return what an agent says of itself."""
    return json.dumps({"engine": "fake", "models": [{"name": name, "slug": name, "state": "ready"} for name in holds]})


def timed(act: Callable[[], object]) -> float:
    """Return the milliseconds that something takes."""
    began_s = time.perf_counter()
    act()
    return (time.perf_counter() - began_s) * MS


def used(store: Store) -> tuple[float, float]:
    """Return the moves that Redis has made so far, and the seconds of CPU that it has used."""
    cpu = store.client.info("cpu")
    return store.client.info("commandstats")["cmdstat_evalsha"]["calls"], cpu["used_cpu_user"] + cpu["used_cpu_sys"]


@contextmanager
def beside(url: str, namespace: str, hosts: Sequence[Inhabitant]) -> Iterator[None]:
    """Have these hosts send what their agents send, from another process, while the block runs."""
    spawning = multiprocessing.get_context("spawn")
    begun = spawning.Event()
    lives = [
        [
            (packed("EVALSHA", script(move.script).sha, 0, *arguments(namespace, move)), every_s)
            for move, every_s in each
        ]
        for each in (host.moves() for host in hosts)
    ]
    sender = spawning.Process(target=send, args=(url, lives, begun), daemon=True)
    sender.start()
    try:
        if not begun.wait(BEGUN_S):
            raise ProcessFailed("the other hosts did not begin")
        yield
    finally:
        sender.terminate()
        sender.join()
        sender.close()


def send(url: str, lives: Sequence[Sequence[tuple[bytes, float]]], begun: Event) -> None:
    """Send each command of each life again and again after so many seconds, until this process is ended."""
    address, chance, now_s = urlsplit(url), random.Random(1), time.monotonic()
    due: list[tuple[float, int, float, bytes, socket.socket]] = []
    answers = selectors.DefaultSelector()
    for life in lives:
        line = socket.create_connection((address.hostname or "", address.port or 0))
        answers.register(line, selectors.EVENT_READ, line.recv)
        due += [
            (now_s + chance.random() * every_s, len(due) + at, every_s, message, line)
            for at, (message, every_s) in enumerate(life)
        ]
    heapq.heapify(due)
    begun.set()
    while True:
        at_s, number, every_s, message, line = due[0]
        for key, _ in answers.select(max(0.0, at_s - time.monotonic())):
            key.data(READ_BYTES)
        if time.monotonic() >= at_s:
            line.sendall(message)
            heapq.heapreplace(due, (at_s + every_s, number, every_s, message, line))


def packed(*words: object) -> bytes:
    r"""Return a command as Redis reads it.

    >>> packed("GET", "é")
    b'*2\\r\\n$3\\r\\nGET\\r\\n$2\\r\\n\\xc3\\xa9\\r\\n'
    """
    texts = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(texts) + b"".join(b"$%d\r\n%s\r\n" % (len(text), text) for text in texts)
