"""What the glass box tells, as JSON: the shapes that the page draws and programs may rely on. Jobs are in `job_shapes`.

Names that end in `_ms` are moments, in milliseconds since 1970 by the clock of Redis, and `now_ms` is what that clock
shows; in a step and for `whole_ms` they count from the receipt of the job. `model` is a slug, as queues and counts have
it; `name` is how the fleet file calls it. Nothing here holds an address or a secret.

GET /api/fleet            → FleetShape          who there is to talk to, hosts as cards, what waits
GET /api/jobs             → JobsShape           ?state=&model=&session=&persona=&text=&before=&limit=
GET /api/explain/{job}    → ExplainShape        one job as a timeline
POST /api/jobs/{job}/retry→ RetriedShape        asks once more what ended in a notice
GET /api/timeline         → TimelineShape       ?before=&limit=     loads, evictions, hosts, breakers; the latest first
GET /api/history          → HistoryShape        ?minutes=           the last hour as columns, for plots
GET /api/settings         → SettingsShape       what was configured, secrets masked

GET /api/events (SSE, `id:` on each, Last-Event-ID resumes): at most one of each a second
  event: start   {"resumed": bool}     first of all; not resumed: what came meanwhile is lost, so ask anew for the lists
  event: fleet   FleetShape            on connect where nothing was resumed, then whenever it changed
  event: job     MovesShape            which jobs moved
  event: load    TimelineShape         what was added to the timeline, the latest first; `next` is null
"""

from __future__ import annotations

from typing import Any, Literal

from tasks.contracts.jobs import JobState
from tasks.contracts.messages import Value


class PersonaShape(Value):
    """Somebody to talk to."""

    name: str
    model: str
    demo: bool
    away: str | None = None
    """Why they take no messages just now."""


class ModelShape(Value):
    """A model of the catalogue, and where it stands."""

    name: str
    model: str
    demo: bool
    ready_on: tuple[str, ...]
    loading_on: tuple[str, ...]
    waiting: int


class ResidentShape(Value):
    """A model that takes memory on a host."""

    name: str
    model: str
    state: str
    """ready, loading, starting, draining or paused."""
    gib: float | None
    gib_is: str
    """Where the figure comes from: told, measured, file, name or guess."""
    busy: int
    slots: int
    pinned: bool
    demo: bool
    standing: str
    """trusted; probation: it gets one job at a time; open: its breaker is, and it gets none."""
    trouble: str
    """The kind of the last failure; empty after an answer."""
    first_token_s: float | None
    tokens_per_s: float | None
    used_ms: int | None
    """When it was last in use."""


class LoadShape(Value):
    """A load that is under way."""

    model: str
    stage: str
    """claimed, draining, loading or starting."""
    since_ms: int
    ready_ms: int | None
    """When it is likely to be ready."""
    awaits: tuple[str, ...]
    """What has to go first."""
    why: str


class ForeignShape(Value):
    """What somebody else loaded on the same machine."""

    name: str
    gib: float | None


class MemoryShape(Value):
    """The memory that a host may use: `used_gib` by our models, `foreign_gib` by others. None: there is no bound."""

    total_gib: float | None
    used_gib: float
    free_gib: float | None
    foreign_gib: float
    foreign: tuple[ForeignShape, ...]


class HostShape(Value):
    """A host as a card."""

    name: str
    live: bool
    state: Literal["up", "paused", "draining", "gone"]
    doing: str
    """available, busy, loading or offline."""
    words: str
    """What it is doing, in a few words for people."""
    engine: str
    cloud: bool
    labels: tuple[str, ...]
    seen_ms: int
    """When it last said that it lives; 0: never."""
    memory: MemoryShape | None
    residents: tuple[ResidentShape, ...]
    loads: tuple[LoadShape, ...]
    troubles: tuple[str, ...]
    """What somebody should know, a sentence each."""


class QueueShape(Value):
    """What waits for one model."""

    model: str
    name: str
    waiting: int
    people: int
    """Of these, those that a person waits for; the rest is ambient or batch work."""
    oldest_s: float
    oldest_ms: int
    turn_ms: int | None
    """When its demand began or one of its jobs was last begun."""
    slots: int
    """Answers that the hosts which hold it can be at together; 0: nobody holds it."""
    loading: str
    """The host that loads it now."""
    eta_s: float | None
    """How long who asks now would wait for the whole answer."""


class StatusShape(Value):
    """How the flock stands."""

    now_ms: int
    beat_ms: int | None
    """When a worker last heard beat."""
    live: int
    """Jobs that are not over."""
    dead: int
    """Jobs whose every try failed, kept for two weeks."""
    waiting: int
    hosts: tuple[HostShape, ...]
    backlogs: tuple[QueueShape, ...]


class FleetShape(Value):
    """The flock at a glance."""

    now_ms: int | None
    """None while Redis is away."""
    personas: tuple[PersonaShape, ...]
    models: tuple[ModelShape, ...]
    status: StatusShape | None
    """None while Redis is away."""


class MoveShape(Value):
    """One job went into one state."""

    job: str
    state: JobState
    model: str
    who: str


class MovesShape(Value):
    """What moved since the last such event, in order."""

    moves: tuple[MoveShape, ...]
    left_out: int
    """Moves beyond what one event tells."""


class TimelineEntry(Value):
    """One thing that happened to a host."""

    id: str
    at_ms: int
    kind: Literal[
        "loading", "loaded", "load_failed", "ready", "evicted", "kept",
        "joined", "left", "lost", "back",
        "breaker_open", "probation", "mended",
        "paused", "draining", "resumed",
    ]  # fmt: skip
    host: str
    model: str
    """Empty where it is about the host itself."""
    words: str
    """What the host did, as a sentence that begins after its name."""
    took_s: float | None = None
    gib: float | None = None
    for_model: str = ""
    """Whom an eviction made room for; empty: nobody in particular."""


class TimelineShape(Value):
    """What happened to hosts, the latest first."""

    entries: tuple[TimelineEntry, ...]
    next: str | None
    """What `before` takes to see older ones; None where there are none."""


class ModelHistory(Value):
    """One model over time."""

    tokens_per_s: tuple[float | None, ...]
    waiting: tuple[int | None, ...]


class HostHistory(Value):
    """One host over time."""

    used_gib: tuple[float | None, ...]
    """None where it was not there."""
    total_gib: float | None


class HistoryShape(Value):
    """The flock over time: columns of the same length, one value for each moment of `at_ms`; None: nothing is known."""

    every_s: float
    now_ms: int
    at_ms: tuple[int, ...]
    """The end of each stretch, the oldest first."""
    answers_per_min: tuple[float | None, ...]
    notices_per_min: tuple[float | None, ...]
    tokens_per_s: tuple[float | None, ...]
    waiting: tuple[int | None, ...]
    """Jobs in queues, all models together."""
    wait_p50_s: tuple[float | None, ...]
    """From receipt to claim; None where nobody waited in that stretch."""
    wait_p95_s: tuple[float | None, ...]
    answer_p50_s: tuple[float | None, ...]
    """From receipt to the whole answer."""
    answer_p95_s: tuple[float | None, ...]
    models: dict[str, ModelHistory]
    """Those that were in use, by slug."""
    hosts: dict[str, HostHistory]


class SettingShape(Value):
    """One setting that holds."""

    key: str
    path: str
    """As programs call it: `jobs.lease_s`, `model[0].slots`."""
    value: Any
    written: str
    """As one would write it into the file; empty where it is not set."""
    origin: str
    """A variable, the name of a file, or `default`."""
    changed: bool
    """Whether somebody said it; else it is the default."""


class TableShape(Value):
    """The settings below one heading."""

    table: str
    """`[jobs]`, `[[model]]`."""
    name: str
    """Which of several: what the entry is called."""
    settings: tuple[SettingShape, ...]


class SettingsShape(Value):
    """What was configured. Secrets are `***`."""

    source: str
    """The file, or that there is none."""
    environment: str
    switches: tuple[str, ...]
    """What variables say that stands for no key of the file."""
    tables: tuple[TableShape, ...]
    cautions: tuple[str, ...]
    """What to look after."""
