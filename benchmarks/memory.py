"""What Rookery takes up: memory of its processes, and bytes in Redis that a finished job leaves behind.

Memory is proportional (PSS): what several processes share counts once. *Everything of `rookery up`* is what one
command starts on one machine, Redis, beat, the page and Flower included; the process that holds the model's weights is
as large as the model, so the goal is without it. *A finished job* is weighed after its words have gone (an hour by
default); what is left recognises a late repetition of the same event for two days.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.figures import Chart, Figure, Findings, Goal, Tell
from benchmarks.house import House, house, name_of, wait_until_up
from benchmarks.stage import HOST, MODEL, ROOT, Stage, join, pss_bytes, stage
from tasks.contracts.errors import ProcessFailed
from tasks.contracts.messages import JobRequest, Usage, job_id
from tasks.jobs import moves
from tasks.jobs.store import Store
from tasks.jobs.values import Claim, HostCard, Ways

MB = 1_000_000
JOBS, QUICK_JOBS, SESSIONS = 2_000, 100, 20
TEXT_LIFE_S = 1
PATIENCE_S = 30.0
SETTLE_S = 3.0
LEASE_MS = 60_000
TEXT = "What do you think about the weather in the north of the country this week?"
REPLY = "I think that it will be rather cold, with some rain on most days, and you should take a coat. " * 3
GATEWAY, BOT, UP, JOB = Goal.most(60.0), Goal.most(80.0, moonshot=60.0), Goal.most(450.0), Goal.most(500.0)
HOLDS_THE_MODEL, WEB, WORKER = "llamacpp_server", "bot web", "workers.launch"  # in the names of processes


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the memory of processes in MB, and of a finished job in bytes."""
    with stage() as made:
        url = made.redis(fsync=False)
        left = bytes_per_job(made.store(url), QUICK_JOBS if quick else JOBS)
        tell(0.3, "one process of each kind")
        worker = one_worker(made, url)
        gateway = small_client(url)
    tell(0.6, "rookery up")
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), "") as whole:
        wait_until_up(whole)
        time.sleep(0 if quick else SETTLE_S)
        return findings(gateway, worker, weighed(whole), left)


def findings(gateway: float, worker: float, whole: Mapping[str, float], left: float) -> Findings:
    """Return the figures of these sizes, in bytes."""
    everything = sum(whole.values())
    lean = everything - _of(whole, HOLDS_THE_MODEL)
    figures = (
        Figure(name="a process that only uses the gateway", value=gateway / MB, unit="MB", goal=GATEWAY),
        Figure(name="the process of the web page", value=_of(whole, WEB) / MB, unit="MB", goal=BOT),
        Figure(name="the worker of one model, started alone", value=worker / MB, unit="MB"),
        Figure(name="the worker of one model, forked by its host", value=_of(whole, WORKER) / MB, unit="MB"),
        Figure(name="everything of `rookery up` but the model", value=lean / MB, unit="MB", goal=UP),
        Figure(name="everything of `rookery up`, with the demo model", value=everything / MB, unit="MB"),
        Figure(name="a finished job", value=left, unit="bytes", goal=JOB),
    )
    bars = tuple(sorted(((name, size / MB) for name, size in whole.items()), key=lambda bar: -bar[1]))
    return Findings(
        figures=figures, charts=(Chart(title="Memory of what one rookery up starts", unit="MB", bars=bars),)
    )


def _of(whole: Mapping[str, float], words: str) -> float:
    return sum(size for name, size in whole.items() if words in name)


def weighed(whole: House) -> dict[str, float]:
    """Return the bytes of each process of a Rookery by its name; equal names are added up."""
    sizes: dict[str, float] = {}
    for process in whole.processes():
        with suppress(psutil.NoSuchProcess):
            name = name_of(process.cmdline())
            sizes[name] = sizes.get(name, 0.0) + pss_bytes(process)
    return sizes


def one_worker(made: Stage, url: str) -> float:
    """Return the bytes of a worker that was started from its command line and has answered once."""
    pid = made.worker(url, "fake")
    gateway = made.gateway(url)
    gateway.ask(JobRequest(job="weighed", model=MODEL, session="bench", user="bench", text="hello"))
    return pss_bytes(psutil.Process(pid))


def small_client(url: str) -> float:
    """Return the bytes of a process that only uses the gateway."""
    command = [sys.executable, "-m", "benchmarks.small_client", url]
    said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True, cwd=ROOT)
    return float(said.stdout)


def bytes_per_job(store: Store, count: int) -> float:
    """Return how much larger Redis is for each finished job once its words have gone."""
    card = HostCard(name=HOST, fence=join(store, [MODEL]), slots=1)
    _finish(store, card, range(SESSIONS))  # sessions, scripts and indices are there from now on
    before = _used(store)
    _finish(store, card, range(SESSIONS, SESSIONS + count))
    return (_used(store) - before) / count


def _finish(store: Store, card: HostCard, messages: range) -> None:
    ways = Ways(text_life_s=TEXT_LIFE_S, window_turns=2)  # the window belongs to the session, so it must not grow
    for number in messages:
        session = f"discord:120000000000000000:{number % SESSIONS}"
        request = JobRequest(
            job=job_id("discord", "rookery", session, str(number)),
            model=MODEL,
            session=session,
            user=f"discord:34000000000000000{number % SESSIONS}",
            persona="rookery",
            text=TEXT,
        )
        store.run(moves.submit(request, ways))
        claim = store.run(moves.claim(card, MODEL, "bench", LEASE_MS))
        if not isinstance(claim, Claim):
            raise ProcessFailed(f"job {number} could not be claimed")
        store.run(
            moves.finish(claim, REPLY, {"answered_by": MODEL, "finish_reason": "stop"}, Usage(completion_tokens=60))
        )
        store.client.delete(f"model.{MODEL}")  # nobody hears the bells


def _used(store: Store) -> int:
    """Return the bytes that Redis uses once the words of all finished jobs have gone."""
    give_up_s = time.monotonic() + PATIENCE_S
    texts = store.key("text", "*")
    # A key that has lapsed is freed when it is looked at, at the latest.
    while any(store.client.exists(name) for name in store.client.scan_iter(texts, count=1000)):
        if time.monotonic() > give_up_s:
            raise ProcessFailed(f"{texts} did not lapse in {PATIENCE_S:g} s")
        time.sleep(0.1)
    return int(store.client.info("memory")["used_memory"])
