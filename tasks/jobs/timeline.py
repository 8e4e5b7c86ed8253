"""What became of a job, drawn over time: every step with when, how long, who and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from tasks.contracts.jobs import JobView, Mark
from tasks.jobs.durations import age
from tasks.jobs.showing import plain
from tasks.jobs.steps import NOT_KEPT, Step, choice, ending, remembered, steps_of

ROOMY_COLUMNS = 72  # narrower terminals get no bars
REST_COLUMNS = 64  # what everything but the bars would like to have
LEAST_BAR, MOST_BAR = 14, 30


def bar(from_ms: int, to_ms: int, whole_ms: int, columns: int) -> str:
    """Return a stretch of time as a bar on an axis of `whole_ms` that is `columns` wide, one of them at least.

    >>> bar(0, 250, 1000, 8), bar(250, 1000, 1000, 8), bar(1000, 1000, 1000, 8)
    ('━━', '  ━━━━━━', '       ╸')
    """
    begin = min(round(from_ms / max(whole_ms, 1) * columns), columns - 1)
    end = round(to_ms / max(whole_ms, 1) * columns)
    return " " * begin + ("━" * (end - begin) if to_ms > from_ms and end > begin else "╸")


@dataclass(frozen=True)
class Timeline:
    """A job's steps for a terminal of any width."""

    view: JobView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the head, the steps and the end."""
        head = plain(f"{self.view.job} · {self.view.model} · {self.view.session}")
        head.stylize("bold")
        yield head
        if chosen := choice(self.view):
            yield plain(chosen)
        steps = steps_of(self.view)
        if steps:
            roomy = options.max_width >= ROOMY_COLUMNS
            columns = max(LEAST_BAR, min(options.max_width - REST_COLUMNS, MOST_BAR))
            yield self._roomy(steps, columns) if roomy else self._narrow(steps)
        else:
            yield Text(NOT_KEPT, style="dim")
        yield from map(plain, remembered(self.view))
        yield plain(ending(self.view))

    def _roomy(self, steps: list[Step], columns: int) -> Table:
        whole_ms = steps[-1].from_ms
        axis = f"0 {'─' * (columns - len(age(whole_ms)) - 3)} {age(whole_ms)}"
        table = Table("after", "took", axis, "state", "by", "what happened", box=None, header_style="bold")
        table.columns[0].justify = table.columns[1].justify = "right"
        table.columns[2].no_wrap = table.columns[3].no_wrap = True
        table.columns[4].overflow = table.columns[5].overflow = "fold"
        for step in steps:
            to_ms = step.from_ms if step.to_ms is None else step.to_ms
            stretch = Text(bar(step.from_ms, to_ms, whole_ms, columns), style=_colour(step.mark))
            who, why = plain(step.mark.who), plain(step.words)
            table.add_row(age(step.from_ms), step.took, stretch, step.mark.state.value, who, why)
        return table

    def _narrow(self, steps: list[Step]) -> Table:
        table = Table("after", "step", box=None, header_style="bold")
        table.columns[0].justify = "right"
        table.columns[0].no_wrap = True
        table.columns[1].overflow = "fold"
        for step in steps:
            table.add_row(age(step.from_ms), plain(" · ".join(_words(step))))
        return table


def _words(step: Step) -> Iterator[str]:
    yield step.mark.state.value
    yield from (words for words in (step.mark.who, step.took and f"took {step.took}", step.words) if words)


def _colour(mark: Mark) -> str:
    return {"claimed": "cyan", "generating": "green", "done": "green", "delivered": "green"}.get(
        mark.state.value, "dim"
    )
