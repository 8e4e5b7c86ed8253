"""What is still known of a month after its nights, and how much room that takes.

Made-up people talk to a persona for thirty days, twice a day, and tell it things among chatter; some of that changes
later. Both stores hear the same: one keeps every turn, over the other the nights pass, by the product's own steps, with
people's own words as digests, since no model sums up. At the end each is asked for everything; a question counts where
the answer stands in the first three memories as a prompt would hold them. *Bytes* are those of vectors, words and
what is known of each memory; *on the disk* is with what the embedded store adds for its log and its indexes. *Junk*
says nothing, says what another one says, or is what was recalled, told back by a model.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from benchmarks.environments import python_of
from benchmarks.figures import Chart, Figure, Findings, Goal, Tell
from benchmarks.recalling.rates import ENVIRONMENT, LAST_WORDS_CHARS
from benchmarks.stage import ROOT
from tasks.contracts.errors import ProcessFailed

PEOPLE, DAYS, QUICK_PEOPLE, QUICK_DAYS = 5, 30, 1, 4
LIMIT_S = 1_500.0
MB, THOUSAND, PERCENT = 1_000_000, 1_000, 100
BEFORE, AFTER = Goal.least(90.0), Goal.least(85.0)
ROOM, JUNK, NONE = Goal.most(40.0), Goal.most(5.0), Goal.most(0.0)


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return what is known before and after compression, and what it takes."""
    people, days = (QUICK_PEOPLE, QUICK_DAYS) if quick else (PEOPLE, DAYS)
    tell(0.05, "thirty days")
    words = ["--people", str(people), "--days", str(days)]
    command = [python_of(ENVIRONMENT), "-m", "benchmarks.month.living", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode:
        raise ProcessFailed(f"living failed: {done.stderr.strip()[-LAST_WORDS_CHARS:]}")
    return findings(json.loads(done.stdout))


def findings(found: Mapping[str, Any]) -> Findings:
    """Return the figures of a month."""
    before, after = found["before"], found["after"]
    scale = THOUSAND / found["conversations"]
    size = {when: state["bytes"] / MB * scale for when, state in _states(found)}
    share = {when: PERCENT * state["answered"] / max(1, found["questions"]) for when, state in _states(found)}
    disk = tuple(
        Figure(name=f"1000 conversations on the disk, {what}", value=found["disk"][when] / MB * scale, unit="MB")
        for when, what in (("before", "every turn kept"), ("after", "after the nights"))
        if "disk" in found
    )
    figures = (
        Figure(name="conversations", value=found["conversations"]),
        Figure(name="questions", value=found["questions"]),
        Figure(name="answered from the first 3, every turn kept", value=share["before"], unit="%", goal=BEFORE),
        Figure(name="answered from the first 3, after the nights", value=share["after"], unit="%", goal=AFTER),
        Figure(name="memories, every turn kept", value=before["memories"]),
        Figure(name="memories, after the nights", value=after["memories"]),
        Figure(name="bytes left", value=PERCENT * after["bytes"] / before["bytes"], unit="%", goal=ROOM),
        Figure(name="1000 conversations, every turn kept", value=size["before"], unit="MB"),
        Figure(name="1000 conversations, after the nights", value=size["after"], unit="MB"),
        *disk,
        Figure(name="junk, every turn kept", value=_junk(before), unit="%"),
        Figure(name="junk, after the nights", value=_junk(after), unit="%", goal=JUNK),
        Figure(name="said twice, after the nights", value=after["duplicates"], goal=NONE),
        Figure(name="recalled and remembered again, after the nights", value=after["recalled"], goal=NONE),
        Figure(name="outdated answers told, every turn kept", value=_outdated(before), unit="%"),
        Figure(name="outdated answers told, after the nights", value=_outdated(after), unit="%"),
        Figure(name="the longest night", value=max(found["nights_s"]), unit="s"),
    )
    bars = (("every turn kept", size["before"]), ("after the nights", size["after"]))
    return Findings(figures=figures, charts=(Chart(title="1000 conversations", unit="MB", bars=bars),))


def _states(found: Mapping[str, Any]) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    return tuple((when, found[when]) for when in ("before", "after"))


def _junk(state: Mapping[str, float]) -> float:
    return PERCENT * state["junk"] / max(1, state["memories"])


def _outdated(state: Mapping[str, float]) -> float:
    return PERCENT * state["outdated"] / max(1, state["changed"])
