"""Whether personas that are to remember can: packages, the embedding model, a server that answers, who does it."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.contracts import wanted
from tasks.contracts.errors import ConfigurationError, RookeryError
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_moves, remembering
from tasks.jobs.store import Store
from tasks.memory.embedders.embedding import way_of
from workers.doctor.findings import Finding, Level
from workers.supervision.ports import http_status

CHECK = "memory"
READY = "/readyz"
START_IT = "start it; what is to be remembered waits in the transcript, and replies go out without memories until then"


def look(settings: Settings) -> list[Finding]:
    """Return what there is to say of memory; nothing where nobody is to remember."""
    who = [persona.name for persona in settings.fleet.personas if persona.enabled and persona.memory]
    if not who or settings.machine:
        return []
    return list(_findings(settings, ", ".join(who))) or [Finding(CHECK, Level.OK, f"{', '.join(who)} can remember")]


def _findings(settings: Settings, who: str) -> Iterator[Finding]:
    for section in ("memory", "transcript"):
        if not getattr(settings.fleet, section).enabled:
            what = f"{who} cannot remember anything: `enabled` is false in [{section}]"
            yield Finding(CHECK, Level.WARNING, what, "set it to true, or `memory` of the persona to false")
    missing = wanted.missing_for_memory()
    if missing:
        error = wanted.no_memory(missing)
        yield Finding(CHECK, Level.PROBLEM, error.message, error.next_step)
    else:
        yield from _model(settings)
    url = settings.fleet.memory.url
    if url and http_status(url.rstrip("/") + READY) is None:
        yield Finding(CHECK, Level.PROBLEM, f"the Qdrant server at {url} does not answer", START_IT)
    if _is_missed(settings):
        yield Finding(CHECK, Level.WARNING, remembering.UNHEARD, remembering.ADVICE)


def _model(settings: Settings) -> Iterator[Finding]:
    try:
        way_of(settings.fleet.memory.model, settings.models_dir, settings.fleet.memory.embedder)
    except ConfigurationError as exc:
        yield Finding(CHECK, Level.PROBLEM, exc.message, exc.next_step)


def _is_missed(settings: Settings) -> bool:
    """Return whether a flock that runs has nobody who remembers; that Redis does not answer, another check says."""
    store = Store.open(settings.redis_url, settings.namespace)
    try:
        seen, somebody_is_up = store.run(fleet_moves.status()), store.run(remembering.somebody())
    except RookeryError:
        return False
    finally:
        store.close()
    return remembering.is_missed(seen, somebody_is_up=somebody_is_up)
