"""What a run that began now would learn from, without one: for who looks after the flock."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tasks.contracts.learning import Sample, StepName
from tasks.contracts.notices import Notice
from tasks.contracts.settings import Settings
from tasks.jobs.showing import plain
from tasks.jobs.store import Store
from tasks.training.abilities import Registry
from tasks.training.runs.spec import Run, RunSpec, Workshop
from tasks.training.samples.step import COUNTS_FILE, SAMPLES_FILE, WINDOW_FILE, Counts, Export, Span, Window
from tasks.training.scrub.step import Scrub
from tasks.transcript.showing import when

SHOWN_CHARS = 300  # of one text


@dataclass(frozen=True)
class Preview:
    """What the first steps of a run came to."""

    span: Span
    counts: Counts
    wanted: int
    """Samples below which a run is skipped."""
    clean: Path
    """Of what was exported, what is left without secrets."""

    def samples(self) -> Iterator[Sample]:
        """Yield what would be learned, the oldest first."""
        with self.clean.open(encoding="utf-8") as lines:
            for line in lines:
                yield Sample.model_validate_json(line)


@contextmanager
def previewed(spec: RunSpec, settings: Settings, store: Store, registry: Registry) -> Iterator[Preview]:
    """Walk the first steps of a run in a folder that is gone afterwards. Raises as these steps do."""
    with tempfile.TemporaryDirectory(prefix="rookery-") as folder:
        run = Run(spec, Path(folder), _workshop(settings, store, registry))
        for step in (Window(), Export(skips=False), Scrub()):
            run.of(step.name).mkdir()
            step.work(run, run.of(step.name))
        exported = run.of(StepName.EXPORT)
        yield Preview(
            span=Span.model_validate_json((run.of(StepName.WINDOW) / WINDOW_FILE).read_text(encoding="utf-8")),
            counts=Counts.model_validate_json((exported / COUNTS_FILE).read_text(encoding="utf-8")),
            wanted=spec.training.min_samples,
            clean=run.of(StepName.SCRUB) / SAMPLES_FILE,
        )


def shown(preview: Preview, at_most: int) -> RenderableType:
    """Return it as it looks in a terminal, with so many of the samples."""
    span, counts = preview.span, preview.counts
    since = _since(span)
    table = Table(box=None, show_header=False, pad_edge=False)
    for source, count in counts.sources.items():
        table.add_row(f"{source.value}", f"{count:,}")
    for reason, count in counts.left_out.items():
        table.add_row(Text(f"left out: {reason.value}", style="dim"), Text(f"{count:,}", style="dim"))
    enough = "enough for a run" if counts.new >= preview.wanted else f"a run wants {preview.wanted}"
    if span.afresh:
        enough = "what earlier runs learned is learned anew beside them, but for what may not be known any more"
    said = f"{counts.new:,} new sample{'' if counts.new == 1 else 's'}, {since}; {enough}"
    parts: list[RenderableType] = [Text(said, style="bold"), table]
    for sample in islice(preview.samples(), at_most):
        parts += [Text(), *_lines(sample)]
    return Group(*parts)


def _since(span: Span) -> str:
    """Return since when that is, and why since then."""
    if span.served:
        return f"since {when(span.from_ms)}, the end of what {span.served} learned"
    return f"since {when(span.from_ms)}, for what is served is to be replaced" if span.afresh else "and no run before"


def _lines(sample: Sample) -> Iterator[Text]:
    by = f" · {sample.author}" if sample.author else ""
    yield Text(f"{sample.source.value} · {when(sample.at_ms)}{by}", style="dim")
    yield Text.assemble(("  asked   ", "dim"), plain(_short(sample.turns[-1].text)))
    yield Text.assemble(("  answer  ", "dim"), plain(_short(sample.answer)))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else f"{line[:SHOWN_CHARS]}…"


def _workshop(settings: Settings, store: Store, registry: Registry) -> Workshop:
    return Workshop(
        settings=lambda: settings,
        store=store,
        transcript_url=settings.transcript_url,
        registry=registry,
        notify=_nothing,
        say=_nothing,
        ending=threading.Event(),
    )


def _nothing(*_: Notice | str | float) -> None:
    """Tell nobody: there is no run."""
