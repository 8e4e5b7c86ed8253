"""Whether personas that are to learn can: packages, a model of their own, weights to train, who does it."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.contracts import wanted
from tasks.contracts.errors import RookeryError
from tasks.contracts.personas import AUTO
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_moves, remembering, signs
from tasks.jobs.store import Store
from workers.doctor.findings import Finding, Level

CHECK = "training"


def look(settings: Settings) -> list[Finding]:
    """Return what there is to say of training; nothing where nobody is to learn."""
    who = [persona.name for persona in settings.fleet.personas if persona.enabled and persona.learns != "nothing"]
    if not who or settings.machine:
        return []
    names = ", ".join(who)
    if not wanted.trains_here(settings):
        return [Finding(CHECK, Level.OK, f"{names} may learn on other machines alone: hosts there are labelled for it")]
    return list(_findings(settings, names)) or [Finding(CHECK, Level.OK, f"{names} can learn")]


def _findings(settings: Settings, who: str) -> Iterator[Finding]:
    for section in ("training", "transcript"):
        if not getattr(settings.fleet, section).enabled:
            what = f"{who} cannot learn anything: `enabled` is false in [{section}]"
            yield Finding(CHECK, Level.WARNING, what, 'set it to true, or `learns` of the persona to "nothing"')
    if missing := wanted.missing_for_training():
        error = wanted.no_training(missing)
        yield Finding(CHECK, Level.PROBLEM, error.message, error.next_step)
    yield from _without_weights(settings)
    if wanted.learns(settings) and _is_missed(settings):
        yield Finding(CHECK, Level.WARNING, signs.UNTAUGHT, signs.ADVICE)


def _without_weights(settings: Settings) -> Iterator[Finding]:
    """Yield the personas whose model has no weights on this machine; who leaves the choice of it is told elsewhere."""
    for persona in settings.fleet.personas:
        if not (persona.enabled and settings.fleet.learns(persona)) or persona.model == AUTO:
            continue
        model = settings.fleet.model(persona.model)
        if not (model.checkpoint or model.gguf or model.builtin):
            what = f"{persona.name} cannot learn: nothing here has the weights of its model {model.name!r}"
            yield Finding(CHECK, Level.PROBLEM, what, "name the folder of its weights as `checkpoint` in rookery.toml")


def _is_missed(settings: Settings) -> bool:
    """Return whether a flock that runs has nobody who trains; that Redis does not answer, another check says."""
    store = Store.open(settings.redis_url, settings.namespace)
    try:
        seen, somebody_is_up = store.run(fleet_moves.status()), store.run(signs.TRAINING.somebody())
    except RookeryError:
        return False
    finally:
        store.close()
    return remembering.is_missed(seen, somebody_is_up=somebody_is_up)
