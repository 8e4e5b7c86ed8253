"""What the page weighs, and how soon a browser shows it: headless Chromium on the same machine, nothing cached.

The weight is that of every file of the page, as they lie in the package, nothing packed. *First paint* is what the
browser itself says of its first contentful paint, from the start of the navigation.
"""

from __future__ import annotations

import statistics
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

import bots.web
from benchmarks.figures import Figure, Findings, Goal, Tell
from benchmarks.stage import stage
from benchmarks.web.serving import web
from tasks.contracts.errors import ProcessFailed

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
PAGE = Path(bots.web.__file__).parent / "page"
LOOKS, QUICK_LOOKS = 11, 2
KB = 1000
PATIENCE_MS = 30_000
WEIGHT, PAINT = Goal.most(200.0), Goal.most(1000.0)
FIRST_PAINT = """() => new Promise(resolve => {
  new PerformanceObserver(seen => {
    const paint = seen.getEntriesByName('first-contentful-paint')[0];
    if (paint) resolve(paint.startTime);
  }).observe({type: 'paint', buffered: true});
})"""


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return kilobytes and milliseconds."""
    if not CHROMIUM.exists():
        raise ProcessFailed(f"no {CHROMIUM}", next_step="install the package chromium")
    looks = QUICK_LOOKS if quick else LOOKS
    with stage() as made, sync_playwright() as playwright:
        url, _ = web(made, made.redis(fsync=True))
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        paints_ms = []
        for look in range(looks + 1):
            paints_ms.append(first_paint_ms(browser, url))
            tell((look + 1) / (looks + 1), "looks at the page")
        browser.close()
    return findings(weight_bytes(), paints_ms[1:])  # the first one starts the browser


def first_paint_ms(browser: Browser, url: str) -> float:
    """Return how long a browser that was never there takes to show something."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    painted_ms = float(page.evaluate(FIRST_PAINT))
    context.close()
    return painted_ms


def weight_bytes(folder: Path = PAGE) -> int:
    """Return what the files of the page weigh together."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def findings(weight: int, paints_ms: list[float]) -> Findings:
    """Return the figures of these."""
    return Findings(
        figures=(
            Figure(name="weight of the page", value=weight / KB, unit="kB", goal=WEIGHT),
            Figure(name="first paint, p50", value=statistics.median(paints_ms), unit="ms", goal=PAINT),
            Figure(name="first paint, slowest", value=max(paints_ms), unit="ms"),
        )
    )
