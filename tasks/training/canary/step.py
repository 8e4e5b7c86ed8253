"""The last step of a run: its adapter answers a part of the persona's jobs, or, for an operator, all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tasks.contracts.atomic import write_json
from tasks.contracts.canary import Served
from tasks.contracts.errors import JobMoved, RookeryError
from tasks.contracts.learning import StepName, Verdict
from tasks.training.canary.serving import Serving, Why
from tasks.training.registry import lineage
from tasks.training.registry import step as publishing
from tasks.training.registry.events import Event
from tasks.training.registry.rivals import rival
from tasks.training.runs.spec import OPERATOR, UNLEARNING, Run

FILE = "canary.json"


class Canary:
    """Has the adapter of a run served; walked again it changes nothing."""

    name = StepName.CANARY
    resumes = False

    def work(self, run: Run, out: Path) -> None:
        """Write `canary.json`: the version, its share of the jobs (0: it answers all), and the serial of that change.

        Raises:
            AdapterDamaged: one of its files is not what it was.
            RetryableError: Redis or the registry does not answer.
            RookeryError: something else is served by now than it was judged against.
        """
        told = json.loads((run.of(StepName.PUBLISH) / publishing.PUBLISHED).read_bytes())
        version, share = str(told["version"]), share_of(run)
        run.workshop.say(f"{share:.0%} of the jobs" if share else "all jobs", 0.0)
        share, serial = _serve(run, version, share)
        collected = run.workshop.registry.collect(
            run.spec.persona.name, run.spec.training.keep, run.workshop.store.now_ms()
        )
        said = {"version": version, "share": share, "serial": serial, "collected": list(collected)}
        write_json(out / FILE, said)


def share_of(run: Run) -> float:
    """Return how much of the jobs the adapter of a run answers first; 0: all of them at once.

    Beside it would answer what is served: nothing that knows what it may not is to be compared with.
    """
    registry, persona = run.workshop.registry, run.spec.persona.name
    at_once = run.spec.by in (OPERATOR, UNLEARNING) or lineage.begins_afresh(registry, persona)
    return 0.0 if at_once else run.spec.training.canary_share


def _serve(run: Run, version: str, share: float) -> tuple[float, int]:
    """Have it served, and return its share and the serial of that; the flock is told of it at the end of the run."""
    persona, shop = run.spec.persona.name, run.workshop
    serving = Serving(shop.registry, shop.store)
    why = Why(run.spec.by, f"the gate let it pass, of {run.spec.run}")
    if before := _served_before(shop.registry.history(persona), version, why):
        serving.tell(persona)
        return before.share if before.canary == version else 0.0, before.serial
    served = shop.registry.served(persona)
    if version not in (served.current, served.canary):
        _refuse_another(run, version)
    verdict = Verdict.model_validate_json((run.of(StepName.GATE) / publishing.VERDICT).read_bytes())
    try:
        if share:
            return share, serving.try_out(persona, version, share, why, unrated=verdict.unrated).served.serial
        return share, serving.promote(persona, version, why).served.serial
    except JobMoved as exc:
        raise _another(run, exc.message) from exc


def _served_before(history: Iterable[Event], version: str, why: Why) -> Served | None:
    """Return what was served by the change that a killed try of this very run has made; None: it made none.

    Somebody may have taken it back since, and that is not undone.
    """
    made = (event for event in history if (event.version, event.by, event.words) == (version, why.by, why.words))
    return next((event.served for event in made if event.served), None)


def _refuse_another(run: Run, version: str) -> None:
    registry, persona = run.workshop.registry, run.spec.persona.name
    now = rival(registry, persona, run.spec.model, registry.manifest(persona, version).origin.base)
    if publishing.judged_against(run) not in (now, registry.current(persona)):
        raise _another(run, f"{now or 'the base'} is served by now, and it was judged against something else")


def _another(run: Run, why: str) -> RookeryError:
    return RookeryError(why, next_step=f"`rookery train now --persona {run.spec.persona.name}` judges it anew")
