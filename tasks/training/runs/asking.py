"""Has a persona learn now, for who looks after the flock, and follows how far it is."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from tasks.contracts import names, wanted
from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import BadInput, ProcessFailed, RetryableError
from tasks.contracts.queues import TRAINING
from tasks.contracts.settings import Settings
from tasks.jobs import bell, signs
from tasks.jobs.store import Store, translated
from tasks.training.runs import due, folder
from tasks.training.runs.showing import Seen, see
from tasks.training.runs.spec import OPERATOR, RunSpec

LOOK_EVERY_S = 0.2
PATIENCE_S = 3 * signs.LIFE_S  # a worker that was restarted is back before


def who(settings: Settings, persona: str) -> str:
    """Return who is to learn: who was named, or the only one who does. Raises BadInput."""
    if persona:
        return persona
    learning = [each.name for each in due.learning(settings.fleet)]
    if len(learning) == 1:
        return learning[0]
    raise BadInput(
        f"{' and '.join(learning)} learn" if learning else "no persona learns",
        next_step="name one of them with --persona" if learning else 'set `learns = "liked"` for one in rookery.toml',
    )


def begin(
    settings: Settings, store: Store, persona: str, without: Callable[[str], tuple[str, ...]] = lambda _: ()
) -> RunSpec:
    """Make a run and ring for it; `without` returns the samples of a persona that were forgotten.

    Raises:
        ConfigurationError: this persona does not learn, nobody does on this machine, or what trains is not installed.
        StoreUnavailable: Redis did not answer.
    """
    name = who(settings, persona)
    spec = due.spec(settings.fleet, name, store.now_ms(), by=OPERATOR, without=without(name))
    refuse_elsewhere(settings)
    if missing := wanted.missing_for_training():
        raise wanted.no_training(missing)
    folder.create(settings.training_dir, spec)
    ring(store, spec.run)
    return spec


def refuse_elsewhere(settings: Settings) -> None:
    """Return where samples may lie on this machine. Raises ConfigurationError."""
    if not wanted.trains_here(settings):
        raise wanted.not_trained_here(settings)


def is_anybody_up(settings: Settings, store: Store) -> bool:
    """Return whether somebody is up on this machine who trains: runs lie in its folder. Raises StoreUnavailable."""
    return store.run(signs.TRAINING.at(signs.here(settings)).somebody())


def why_it_waits(settings: Settings, store: Store) -> ProcessFailed | None:
    """Return why a run that is made here begins later, and what to do; None: it is next. Raises StoreUnavailable."""
    if is_anybody_up(settings, store):
        return None
    here, where = signs.here(settings), store.run(signs.TRAINING.where())
    if where and where != here:
        advice = f"say it on {where} instead, or start `rookery run training` on {here}"
        return ProcessFailed(f"{where} trains, and nobody is up on {here} who does", next_step=advice)
    return ProcessFailed(f"nobody is up who trains, here on {here} or elsewhere", next_step=signs.ADVICE)


def refuse_nobody(settings: Settings, store: Store) -> None:
    """Return where somebody is up on this machine who trains. Raises ProcessFailed."""
    if why := why_it_waits(settings, store):
        raise why


def ring(store: Store, run: str) -> None:
    """Have a run walked, or gone on with, by whoever trains."""
    with translated():
        told = bell.message(names.TRAIN, f"{names.TRAIN}-{secrets.token_hex(8)}", TRAINING, (run,))
        store.client.lpush(TRAINING, told)


def follow(
    settings: Settings,
    run: str,
    is_anybody_up: Callable[[], bool],
    clock: Clock | None = None,
    *,
    patience_s: float | None = None,
) -> Iterator[Seen]:
    """Yield how far a run is, again and again, and at last what it came to.

    Raises ProcessFailed: nobody has been up for `patience_s` who could go on with it; left out, for a while.
    """
    patience_s = PATIENCE_S if patience_s is None else patience_s
    clock, place = clock or SystemClock(), folder.find(settings.training_dir, run)
    heard_s = clock.monotonic_s()
    while True:
        seen = see(place)
        yield seen
        if seen.facts.ended is not None:
            return
        if _is_heard_of(is_anybody_up):
            heard_s = clock.monotonic_s()
        elif clock.monotonic_s() - heard_s > patience_s:
            raise ProcessFailed(
                f"nobody is up any more who trains; {run} is not lost, and goes on when somebody is",
                next_step=signs.ADVICE,
            )
        clock.sleep(LOOK_EVERY_S)


def _is_heard_of(is_anybody_up: Callable[[], bool]) -> bool:
    """Return whether somebody is up. While Redis is away for a moment a run goes on, and so does the looking."""
    try:
        return is_anybody_up()
    except RetryableError:
        return False
