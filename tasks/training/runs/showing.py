"""Runs as people read them in a terminal. Pure, but for what is read of their folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tasks.contracts.called import called
from tasks.contracts.errors import RookeryError
from tasks.contracts.learning import Course, Metric, StepName, Verdict
from tasks.jobs.durations import age
from tasks.training.runs import folder, progress, record
from tasks.training.runs.progress import Progress
from tasks.training.runs.record import Facts
from tasks.training.runs.spec import RunSpec

STYLES = {
    Course.WALKING: "cyan",
    Course.SKIPPED: "dim",
    Course.REFUSED: "yellow",
    Course.FAILED: "red",
    Course.CANARY: "green",
    Course.PROMOTED: "bold green",
}
MS = 1000


@dataclass(frozen=True)
class Seen:
    """A run, as its folder shows it."""

    spec: RunSpec
    facts: Facts
    progress: Progress | None = None
    metrics: tuple[Metric, ...] = ()
    verdict: Verdict | None = None
    took_s: tuple[tuple[StepName, float], ...] = ()

    @property
    def course(self) -> Course:
        """What it came to, or is at."""
        return record.course(self.facts)

    @property
    def words(self) -> str:
        """What it does, or why it ended."""
        if self.facts.ended is not None:
            return self.facts.ended.words
        if self.progress is None:
            return "waits for its turn"
        return f"{self.progress.step.value}: {self.progress.doing or 'at work'}"


def see(place: Path) -> Seen:
    """Return what the folder of a run shows. Raises RookeryError where it is none."""
    done = [(step, folder.done(place / step.value)) for step in StepName]
    return Seen(
        folder.read(place),
        folder.facts(place),
        progress.read(place),
        folder.metrics(place),
        folder.verdict_of(place),
        tuple((step, said.took_s) for step, said in done if said),
    )


def see_all(training_dir: Path) -> Iterator[Seen]:
    """Yield every run that can be read, the latest first."""
    for name in reversed(folder.names(training_dir)):
        try:
            yield see(folder.runs_of(training_dir) / name)
        except RookeryError:
            continue


def public(run: Seen) -> dict[str, object]:
    """Return a run for programs."""
    ended, now = run.facts.ended, run.progress
    return {
        "run": run.spec.run,
        "persona": run.spec.persona.name,
        "model": run.spec.model,
        "by": run.spec.by,
        "course": run.course.value,
        "words": run.words,
        "ended": ended.model_dump(mode="json") if ended else None,
        "progress": now.model_dump(mode="json") if now else None,
        "took_s": {step.value: took for step, took in run.took_s},
        "metrics": [metric.model_dump(mode="json") for metric in run.metrics],
        "verdict": run.verdict.model_dump(mode="json") if run.verdict else None,
    }


def table(runs: Sequence[Seen]) -> RenderableType:
    """Return all runs, a line each."""
    if not runs:
        return Text("no run yet: `rookery train now --persona NAME` begins one, and every night does", style="dim")
    made = Table(box=None, pad_edge=False)
    for column in ("run", "persona", "by", "came to", ""):
        made.add_column(column, overflow="fold", no_wrap=column == "run")
    for run in runs:
        course = Text(run.course.value, STYLES[run.course])
        made.add_row(run.spec.run, run.spec.persona.name, run.spec.by, course, Text(run.words))
    return made


def detail(run: Seen) -> RenderableType:
    """Return all that there is to say of a run."""
    head = Text.assemble((run.spec.run, "bold"), " · ", run.spec.persona.name, " · ", run.spec.model, " · ")
    head.append(run.course.value, STYLES[run.course])
    parts: list[RenderableType] = [head, Text(run.words)]
    ended = run.facts.ended
    if ended is not None and ended.next_step:
        parts.append(Text(f"→ {ended.next_step}"))
    if run.took_s:
        parts.append(Text(" · ".join(f"{step.value} {age(round(took * MS))}" for step, took in run.took_s), "dim"))
    if run.metrics:
        parts += [Text(""), figures(run.metrics)]
    if run.verdict is not None:
        parts += [Text(f"{called(each.metric)}: {each.words}", "yellow") for each in run.verdict.objections]
    return Group(*parts)


def figures(metrics: Sequence[Metric]) -> Table:
    """Return the figures of a run, beside those of what is served and of the base."""
    made = Table(box=None, pad_edge=False)
    made.add_column("figure")
    for column in ("this run", "served", "base"):
        made.add_column(column, justify="right")
    made.add_column("")
    for metric in metrics:
        served = "" if metric.served is None else f"{metric.served:.4g}"
        name = f"{called(metric.name)}{f' ({metric.unit})' if metric.unit else ''}"
        made.add_row(name, f"{metric.candidate:.4g}", served, f"{metric.base:.4g}", f"{metric.better} is better")
    return made
