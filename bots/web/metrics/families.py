"""From what the ledger says to metrics. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bots.web.metrics import names
from bots.web.metrics.exposition import Family, Labels, Number, Summed
from bots.web.metrics.names import Metric
from tasks.contracts.jobs import NOTICES
from tasks.jobs.archive import Owed
from tasks.jobs.fleet_values import FleetStats, Tally
from tasks.jobs.health import OPEN, PROBATION, TRUSTED, health_of
from tasks.jobs.measures import Measures, ModelMeasures
from tasks.jobs.values import Backlog, Status

MS = 1000
CAUSES = tuple(cause.value for cause in NOTICES)
BREAKER = {TRUSTED: 0, PROBATION: 1, OPEN: 2}
RESIDENCY: tuple[tuple[Metric, str], ...] = (
    (names.RESIDENT, "size_gib"),
    (names.SLOTS, "slots"),
    (names.BUSY, "busy"),
)
MEMORY: tuple[tuple[Metric, str], ...] = (
    (names.BUDGET, "total_gib"),
    (names.USED, "used_gib"),
    (names.FOREIGN, "foreign_gib"),
)
COUNTED: tuple[tuple[Metric, Callable[[Tally], int]], ...] = (
    (names.REPLIES, lambda tally: tally.served),
    (names.LOADS, lambda tally: tally.loads),
    (names.FAILED_LOADS, lambda tally: tally.failed_loads),
    (names.UNLOADS, lambda tally: tally.unloads),
    (names.SWAPS, lambda tally: tally.swaps),
    (names.FORCED, lambda tally: tally.forced),
)


@dataclass(frozen=True)
class Seen:
    """All that is looked at for one scrape."""

    status: Status
    stats: FleetStats
    measures: Measures
    owed: Owed
    catalogue: Collection[str]
    """The slugs of the models in the fleet file: each is told of, be it by nothing but zeros."""

    @property
    def slugs(self) -> list[str]:
        """The models that there is something to say about."""
        waiting = {backlog.slug for backlog in self.status.backlogs}
        return sorted({*self.catalogue, *waiting, *self.stats.models, *self.measures.by_model})


def of(seen: Seen | None) -> Iterator[Family]:
    """Yield all metrics; None: the ledger could not be asked."""
    yield Family(names.LEDGER_UP, {(): int(seen is not None)})
    if seen is not None:
        yield from _flock(seen.status, seen.owed)
        yield from _jobs(seen)
        yield from _queues(seen)
        yield from _durations(seen.measures)
        yield from _hosts(seen.status)
        yield from _places(seen.stats)


def _flock(status: Status, owed: Owed) -> Iterator[Family]:
    yield Family(names.JOBS_LIVE, {(): status.live})
    yield Family(names.JOBS_DEAD, {(): status.dead})
    yield Family(names.ARCHIVE_OWED, {(): owed.entries})
    if status.heartbeat_ms:
        yield Family(names.BEAT_AGE, {(): _age_s(status, status.heartbeat_ms)})


def _jobs(seen: Seen) -> Iterator[Family]:
    counted, measured = seen.stats.by_model(), seen.measures.by_model
    yield Family(names.SUBMITTED, {(slug,): counted.get(slug, Tally()).submitted for slug in seen.slugs})
    yield Family(names.HITS, {(slug,): counted.get(slug, Tally()).hits for slug in seen.slugs})
    yield Family(names.CACHED, {(slug,): each.cached for slug, each in measured.items()})
    yield Family(names.ERRORS, {(slug, why): _errors(measured, slug, why) for slug in seen.slugs for why in CAUSES})
    yield Family(names.RETRIES, _by(measured, _retries))
    ends = {(bot, state): number for (state, bot), number in seen.measures.deliveries.items()}
    yield Family(names.DELIVERIES, dict(sorted(ends.items())))


def _queues(seen: Seen) -> Iterator[Family]:
    waiting: dict[str, Backlog] = {backlog.slug: backlog for backlog in seen.status.backlogs}
    depths: dict[Labels, Number] = {(slug,): waiting[slug].waiting if slug in waiting else 0 for slug in seen.slugs}
    oldest: dict[Labels, Number] = {
        (slug,): _age_s(seen.status, waiting[slug].oldest_ms) if slug in waiting else 0 for slug in seen.slugs
    }
    yield Family(names.QUEUE_DEPTH, depths)
    yield Family(names.QUEUE_OLDEST, oldest)


def _durations(measures: Measures) -> Iterator[Family]:
    by_model = measures.by_model
    yield Family(
        names.RESPONSE,
        _by(by_model, lambda slug, each: {(slug, outcome): told for outcome, told in each.response.items()}),
    )
    yield Family(names.WAIT, {(slug,): each.wait for slug, each in by_model.items() if each.wait.count})
    yield Family(
        names.FIRST_TOKEN, {(slug,): each.first_token for slug, each in by_model.items() if each.first_token.count}
    )
    yield Family(names.LOAD_SECONDS, {(slug,): each.load for slug, each in by_model.items() if each.load.count})


def _hosts(status: Status) -> Iterator[Family]:
    health = health_of(status)
    live = [host for host in status.hosts if host.live]
    yield Family(names.HOST_UP, {(host.name,): int(host.live) for host in status.hosts})
    yield Family(names.HOST_TROUBLE, {(host.name,): int(bool(health[host.name].trouble)) for host in live})
    memory = {host.name: host.about.get("memory") or {} for host in live}
    for metric, field in MEMORY:
        yield Family(metric, {(name,): told[field] for name, told in memory.items() if told.get(field) is not None})
    residents = {(name, each["slug"]): each for name, told in memory.items() for each in told.get("residents", [])}
    for metric, field in RESIDENCY:
        yield Family(metric, _known(residents, field))
    models = {(host.name, model.slug): model for host in live for model in health[host.name].models}
    yield Family(names.BREAKER, {place: BREAKER[model.standing] for place, model in models.items()})
    paces = {place: model.decode_tokens_per_s for place, model in models.items()}
    yield Family(names.PACE, {place: pace for place, pace in paces.items() if pace is not None})


def _places(stats: FleetStats) -> Iterator[Family]:
    places: dict[Labels, Tally] = {
        (host, slug): tally for (slug, host), tally in sorted(stats.by_place.items()) if host
    }
    for metric, number in COUNTED:
        yield Family(metric, {place: number(tally) for place, tally in places.items()})
    tokens: dict[Labels, Number] = {}
    for place, tally in places.items():
        tokens |= {(*place, "prompt"): tally.prompt_tokens, (*place, "completion"): tally.completion_tokens}
    yield Family(names.TOKENS, tokens)
    swaps = {place: Summed(each.swapped, each.swap_ms / MS) for place, each in places.items() if each.swapped}
    yield Family(names.SWAP_SECONDS, swaps)


def _errors(measured: Mapping[str, ModelMeasures], slug: str, cause: str) -> int:
    """Return how many; also where there were none, so that the first one is seen as one more."""
    return measured[slug].errors.get(cause, 0) if slug in measured else 0


def _retries(slug: str, measured: ModelMeasures) -> dict[Labels, int]:
    return {(host, slug, error): number for (error, host), number in measured.tries.items()}


def _by(
    measured: Mapping[str, ModelMeasures], told: Callable[[str, ModelMeasures], Mapping[Labels, Any]]
) -> dict[Labels, Any]:
    """Return what is told of each model, together."""
    return dict(
        sorted((labels, value) for slug, each in measured.items() for labels, value in told(slug, each).items())
    )


def _known(residents: Mapping[tuple[str, str], Mapping[str, Any]], field: str) -> dict[Labels, Number]:
    return {place: each[field] for place, each in residents.items() if each.get(field) is not None}


def _age_s(status: Status, at_ms: int) -> float:
    """Return how long ago that was; clocks of Redis alone are compared."""
    return max(0, status.now_ms - at_ms) / MS
