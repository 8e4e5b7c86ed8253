"""`make bench` and `make bench-peers`: run measurements, show them, and write docs/benchmarks.md with its plots."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil
import redis
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from benchmarks import results
from benchmarks.environments import pinned_version, python_of
from benchmarks.figures import Findings
from benchmarks.page import PLOTS, page, plots
from benchmarks.plots import shown
from benchmarks.results import Section
from benchmarks.table import BENCHMARKS, Benchmark, findings_of
from tasks.contracts.errors import RookeryError

DOCS = Path(__file__).parents[1] / "docs"
PAGE, DATA = "benchmarks.md", "benchmarks.json"
FAILED = 1
#: What a benchmark may fail with, so that the others are run all the same.
MISHAPS = (RookeryError, OSError, subprocess.SubprocessError, redis.RedisError, psutil.Error)


def main(words: Sequence[str] | None = None) -> int:
    """Run the benchmarks that were named, or all of one kind; return 0 when each of them worked."""
    options = _options(words)
    console = Console()
    sections = results.load(options.docs / DATA)  # what cannot be written to later is told now
    if options.draw:
        publish(options.docs, sections)
        return 0
    busy, failed = os.getloadavg()[0], []
    usual = [name for name, one in BENCHMARKS.items() if bool(one.peers) == options.peers and not one.by_name]
    for name in options.names or usual:
        found = run(console, name, quick=options.quick)
        if found is None:
            failed.append(name)
        elif not options.quick:
            write(options.docs, name, found, busy)
    if not options.quick:
        console.print(f"Written to {options.docs / PAGE}")
    if failed:
        console.print(f"[red]Failed: {', '.join(failed)}; the page keeps what it said of them before[/red]")
    return FAILED if failed else 0


def run(console: Console, name: str, *, quick: bool) -> Findings | None:
    """Run one benchmark under a progress bar and show what it found; None when it failed."""
    benchmark = BENCHMARKS[name]
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(benchmark.title, total=1.0)

        def tell(part: float, what: str) -> None:
            progress.update(bar, completed=part, description=f"{benchmark.title}: {what}")

        try:
            for peer in benchmark.peers:  # before the clock runs
                tell(0.0, f"{peer} is installed")
                python_of(peer)
            found = findings_of(benchmark, tell, quick=quick)
        except MISHAPS as exc:
            console.print(f"[red]{name}: {type(exc).__name__}: {exc}[/red]")
            return None
        progress.update(bar, completed=1.0, description=benchmark.title)
    console.print(table(benchmark, found))
    return found


def table(benchmark: Benchmark, found: Findings) -> Table:
    """Return the figures as a table for the terminal."""
    columns = ("figure", Column("measured", justify="right"), "goal", "")
    shape = Table(*columns, title=benchmark.title, title_justify="left", show_edge=False)
    for figure in found.figures:
        words = figure.goal.words() if figure.goal else ""
        verdict = figure.goal.verdict(figure.value) if figure.goal else ""
        colour = "green" if verdict.startswith("met") else "red"
        shape.add_row(
            figure.name, f"{shown(figure.value)} {figure.unit}", words, f"[{colour}]{verdict}[/]" if verdict else ""
        )
    return shape


def write(docs: Path, name: str, found: Findings, busy: float) -> None:
    """Put one benchmark's findings into the page; the others stay as they are. `busy` is the load before them all."""
    benchmark = BENCHMARKS[name]
    sections = results.load(docs / DATA)
    versions = {peer: pinned_version(peer) for peer in benchmark.peers}
    sections[name] = Section(
        title=benchmark.title,
        meaning=benchmark.module.__doc__ or "",
        findings=found,
        taken=results.taken_here(busy, versions),
    )
    sections = {known: sections[known] for known in BENCHMARKS if known in sections}
    results.save(docs / DATA, sections)
    publish(docs, sections)


def publish(docs: Path, sections: Mapping[str, Section]) -> None:
    """Write the page and its plots, and remove plots that it no longer shows."""
    (docs / PAGE).write_text(page(sections), encoding="utf-8")
    (docs / PLOTS).mkdir(parents=True, exist_ok=True)
    drawn = dict(plots(sections))
    for old in (docs / PLOTS).glob("*.svg"):
        if old.name not in drawn:
            old.unlink()
    for file, drawing in drawn.items():
        (docs / PLOTS / file).write_text(drawing, encoding="utf-8")


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Rookery.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run: {', '.join(BENCHMARKS)}")
    parser.add_argument("--peers", action="store_true", help="those with other software, instead of all others")
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works; nothing is written")
    parser.add_argument("--draw", action="store_true", help="write the page anew from its figures; measure nothing")
    parser.add_argument("--docs", type=Path, default=DOCS, help="the folder of the page")
    options = parser.parse_args(words)
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark is called {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}")
    return options


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RookeryError as exc:
        sys.exit(str(exc))
