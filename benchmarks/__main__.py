"""`make bench`: run every measurement and write docs/benchmarks.md."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

from rich.console import Console

from benchmarks import first_answer, gap

PAGE = Path("docs/benchmarks.md")
MEASURES = {
    "Next start after an end, on a full worker with a backlog (ms)": gap,
    "From `rookery up` to the first answer, installed (s)": first_answer,
}
PACKAGES = ("celery", "kombu", "redis", "xllamacpp")


def main() -> None:
    """Measure, show, write."""
    console = Console()
    parts = [_head()]
    for title, module in MEASURES.items():
        with console.status(title):
            figures = module.measure()
        rows = "\n".join(f"| {name} | {value:,.1f} |" for name, value in figures.items())
        parts.append(f"## {title}\n\n{module.__doc__}\n\n| what | figure |\n| --- | --- |\n{rows}\n")
        console.print(f"[bold]{title}[/bold]", figures)
    PAGE.write_text("\n".join(parts))
    console.print(f"Written to {PAGE}")


def _head() -> str:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    return f"# Benchmarks\n\nMade by `make bench` on {machine}; {versions}.\n"


if __name__ == "__main__":
    main()
