"""Which runs are due: one each night for every persona that learns, also where nobody was up at that hour. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet
from tasks.contracts.personas import AUTO, Persona
from tasks.contracts.queues import slug
from tasks.training.runs.spec import BEAT, RunSpec

MS = 1000
HOUR = 2  # at 02:00 UTC
NIGHT, MOMENT = "%Y%m%d-%H%M", "%Y%m%d-%H%M%S"
MOST_NAME_CHARS, DIGEST_CHARS = 60, 8


def night_ms(now_ms: int) -> int:
    """Return when it was night last.

    >>> one_at_night = int(datetime(2026, 11, 23, 1, 0, tzinfo=UTC).timestamp() * MS)
    >>> datetime.fromtimestamp(night_ms(one_at_night) / MS, UTC).isoformat()
    '2026-11-22T02:00:00+00:00'
    """
    now = datetime.fromtimestamp(now_ms / MS, UTC)
    due = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return int((due if due <= now else due - timedelta(days=1)).timestamp() * MS)


def run_name(persona: str, at_ms: int, by: str = BEAT) -> str:
    """Return the name of a run: of one night and one persona there is one, however often it is asked for.

    >>> run_name("pirate", night_ms(1_795_320_000_000))
    '20261122-0200-pirate'
    """
    moment = datetime.fromtimestamp(at_ms / MS, UTC).strftime(NIGHT if by == BEAT else MOMENT)
    return f"{moment}-{_folded(persona)}"


def learning(fleet: Fleet) -> tuple[Persona, ...]:
    """Return the personas that learn."""
    return tuple(
        persona for persona in fleet.personas if persona.enabled and fleet.learns(persona) and persona.model != AUTO
    )


def no_more(fleet: Fleet, spec: RunSpec) -> str:
    """Return why a run that was made is not walked any more; empty: it is, also where nobody may talk to it just now.

    An adapter for a model that the persona had before would answer nobody.
    """
    name = spec.persona.name
    now = next((found for found in fleet.personas if found.name == name and fleet.learns(found)), None)
    if now is None:
        return f"{name} learns no more"
    return "" if now.model == spec.model else f"{name} has another model by now, {now.model}"


def since(known: Mapping[str, int], personas: Sequence[str], now_ms: int) -> dict[str, int]:
    """Return since when each persona learns: who is new learns from now on, who learns no more is left out.

    Nobody learns since later than now: a clock that was ahead for a moment keeps nobody from learning for years.

    >>> since({"rook": 1, "wren": 2}, ["rook", "pirate"], 9)
    {'rook': 1, 'pirate': 9}
    """
    return {persona: min(known.get(persona, now_ms), now_ms) for persona in personas}


def due(learn_since: Mapping[str, int], now_ms: int, runs: Collection[str]) -> dict[str, int]:
    """Return the personas whose run of last night is still to be made, each with the moment that it learns up to.

    Of nights before that none is made up for: the run of the last one learns from all that they would have.
    """
    night = night_ms(now_ms)
    return {
        persona: night
        for persona, from_ms in learn_since.items()
        if from_ms <= night and run_name(persona, night) not in runs
    }


def spec(fleet: Fleet, persona: str, until_ms: int, *, by: str = BEAT, without: tuple[str, ...] = ()) -> RunSpec:
    """Return what a run is told.

    Raises:
        UnknownPersona: there is none of that name.
        ConfigurationError: it does not learn, or has no model of its own.
    """
    found = fleet.persona(persona)
    if not fleet.learns(found):
        raise ConfigurationError(f"persona {persona!r} learns nothing", next_step=_what_is_missing(fleet, found))
    if found.model == AUTO:
        raise ConfigurationError(
            f"persona {persona!r} leaves its model to [routing], and an adapter is of one model",
            next_step=f"give it a `model` in rookery.toml, such as {fleet.models[0].name!r}"
            if fleet.models
            else "add a [[model]] and name it in `model` of the persona",
        )
    return RunSpec(
        run=run_name(persona, until_ms, by),
        persona=found,
        model=fleet.model(found.model).name,
        training=fleet.training,
        until_ms=until_ms,
        by=by,
        without=without,
    )


def _what_is_missing(fleet: Fleet, persona: Persona) -> str:
    if persona.learns == "nothing":
        return 'set `learns = "liked"` or `learns = "imitate"` for it in rookery.toml'
    section = "training" if not fleet.training.enabled else "transcript"
    return f"`enabled` is false in [{section}] of rookery.toml"


def _folded(persona: str) -> str:
    """Return a persona's name as the name of a folder may have it, and no other persona's is."""
    short = slug(persona)[:MOST_NAME_CHARS]
    if short == persona:
        return short
    digest = hashlib.sha256(persona.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARS]
    return f"{short}-{digest}" if short else digest
