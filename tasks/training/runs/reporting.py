"""What is shown of a run on pages and commands of any machine: read from its folder, told to the ledger."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import RookeryError
from tasks.contracts.learned import MOST_POINTS, MOST_SAMPLES, MOST_WORDS_CHARS, Point, RunCard, RunReport, SideBySide
from tasks.contracts.learning import StepName
from tasks.contracts.shortening import shortened
from tasks.jobs import learned
from tasks.jobs.store import Store
from tasks.training.runs import folder
from tasks.training.runs.showing import Seen, see

EVERY_S = 2.0  # as often as a page looks
MS = 1000
logger = logging.getLogger(__name__)


class Reporter:
    """Tells the ledger how far one run is. That Redis does not answer ends nothing: the folder is the truth."""

    def __init__(self, store: Store, place: Path, clock: Clock | None = None) -> None:
        self._store, self._place, self._clock = store, place, clock or SystemClock()
        self._told_s: float | None = None

    def tell(self, *, now: bool = False) -> None:
        """Tell it, unless that was done a moment ago and need not be now."""
        now_s = self._clock.monotonic_s()
        if not now and self._told_s is not None and now_s - self._told_s < EVERY_S:
            return
        self._told_s = now_s
        try:
            self._store.run(learned.tell_run(report(self._place)))
        except (RookeryError, OSError, ValueError, KeyError, TypeError) as exc:  # a file may not be what it was
            logger.info("a run is not shown", extra={"run": self._place.name, "error": type(exc).__name__})


def report(place: Path) -> RunReport:
    """Return all that is shown of a run, as far as it has come to that. Raises RookeryError where it is none."""
    seen = see(place)
    verdict = seen.verdict
    return RunReport(
        card=_card(seen, place),
        sources=_counts(_json(place, StepName.EXPORT, "counts.json").get("sources")),
        dropped=dict(_dropped(place)),
        loss=tuple(_thinned(list(_losses(place)))),
        metrics=seen.metrics,
        objections=verdict.objections if verdict else (),
        unrated=bool(verdict and verdict.unrated),
        samples=tuple(_samples(place))[:MOST_SAMPLES],
        took_s={step.value: took for step, took in seen.took_s},
    )


def _card(seen: Seen, place: Path) -> RunCard:
    ended, now = seen.facts.ended, seen.progress
    at = (ended.step if ended else None) or (now.step if now else None)
    return RunCard(
        run=seen.spec.run,
        persona=seen.spec.persona.name,
        model=seen.spec.model,
        course=seen.course,
        step=at or StepName.WINDOW,
        share=now.share if now else 0.0,
        words=_cut(seen.words),
        by=seen.spec.by,
        began_ms=int((place / folder.SPEC_FILE).stat().st_mtime * MS),
        ended_ms=ended.at_ms if ended else 0,
        version=str(_json(place, StepName.PUBLISH, "published.json").get("version", "")),
    )


def _dropped(place: Path) -> Iterator[tuple[str, int]]:
    """Yield how much was left out in each step, and why."""
    scrubbed = _json(place, StepName.SCRUB, "counts.json").get("samples")
    figures = _json(place, StepName.DATASET, "figures.json")
    for counts in (
        _json(place, StepName.EXPORT, "counts.json").get("left_out"),
        scrubbed.get("dropped") if isinstance(scrubbed, dict) else None,
        figures.get("left_out"),
    ):
        yield from ((why.replace("_", " "), count) for why, count in _counts(counts).items() if count)


def _losses(place: Path) -> Iterator[Point]:
    """Yield the losses of a training; while it goes on, those until now."""
    over = _json(place, StepName.TRAIN, "figures.json").get("curve")
    now = _read(place / StepName.TRAIN.value / folder.CHECKPOINTS / folder.CURVE_FILE) if over is None else over
    for point in _list(now):
        if isinstance(point, dict) and isinstance(point.get("loss"), (int, float)):
            yield Point(step=int(point["step"]), value=float(point["loss"]))


def _samples(place: Path) -> Iterator[SideBySide]:
    for one in _list(_read(place / StepName.EVALUATE.value / "samples.json")):
        yield SideBySide(
            prompt=_cut(one["prompt"]),
            base=_cut(one["base"]["text"]),
            served=_cut((one.get("served") or {}).get("text", "")),
            candidate=_cut(one["candidate"]["text"]),
            wanted=_cut(one.get("wanted", "")),
        )


def _thinned(points: list[Point]) -> list[Point]:
    """Return so many points as are shown at most, evenly chosen."""
    every = -(-len(points) // MOST_POINTS) or 1
    return points[::every]


def _counts(told: object) -> dict[str, int]:
    return (
        {str(name): count for name, count in told.items() if isinstance(count, int)} if isinstance(told, dict) else {}
    )


def _list(told: object) -> list[Any]:
    return told if isinstance(told, list) else []


def _json(place: Path, step: StepName, name: str) -> Mapping[str, Any]:
    """Return what a step wrote; nothing where it has not come to that."""
    told = _read(place / step.value / name)
    return told if isinstance(told, dict) else {}


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _cut(text: str) -> str:
    return shortened(text, MOST_WORDS_CHARS)
