"""What whoever looks after the flock is told of a run, in words and figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.contracts.called import called
from tasks.contracts.learning import Course, Metric
from tasks.contracts.notices import Level, Notice
from tasks.training.notices import notice
from tasks.training.runs.record import Ended
from tasks.training.runs.spec import RunSpec

_TITLES: dict[Course, tuple[str, Level]] = {
    Course.PROMOTED: ("{} has learned, and every reply shows it", "success"),
    Course.CANARY: ("{} has learned, and some of its replies show it", "success"),
    Course.REFUSED: ("{} stays as it is: what it learned was refused", "warning"),
    Course.FAILED: ("{} has not learned: its training failed", "warning"),
}


def of_run(spec: RunSpec, ended: Ended, metrics: Sequence[Metric] = ()) -> Notice | None:
    """Return what is told of the end of a run; None where nothing is: there was too little to learn from."""
    if ended.course not in _TITLES:
        return None
    title, level = _TITLES[ended.course]
    lines = [
        f"{_where(ended)}{ended.words}",
        *map(figure, metrics),
        ended.next_step or f"`rookery train runs {spec.run}` says more",
    ]
    return notice(f"training:{spec.run}:{ended.course.value}", title.format(spec.persona.name), lines, level)


def figure(metric: Metric) -> str:
    """Return one figure in words.

    >>> figure(Metric(name="perplexity", candidate=12.34, served=None, base=15.0, better="lower"))
    'perplexity on new conversations 12.34, of the base 15 (lower is better)'
    """
    unit = f" {metric.unit}" if metric.unit else ""
    served = "" if metric.served is None else f", of the one before {metric.served:.4g}{unit}"
    return (
        f"{called(metric.name)} {metric.candidate:.4g}{unit}{served}, of the base {metric.base:.4g}{unit} "
        f"({metric.better} is better)"
    )


def _where(ended: Ended) -> str:
    return f"at {ended.step.value}: " if ended.step else ""
