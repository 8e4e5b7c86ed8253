"""What Rookery adds to one answer: submit, bell, worker, record and watch, beside a direct call to the same llama.cpp.

One request at a time, one token each, over HTTP to the same server. *Added* is the time through Rookery minus the time
of the direct call in the same round. It is held against a *raw Redis list*: LPUSH to a process that brings the word
back, and BRPOP. With *AOF always* Redis has written to the disk before it answers, which is how Rookery runs it; *AOF
off* shows what is left when the disk costs nothing.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import requests

from benchmarks.figures import Chart, Figure, Findings, Goal, Spread, Tell, in_ms, interleaved, spread_figures
from benchmarks.raw_list import command, opened, round_trip
from benchmarks.stage import MODEL, Stage, stage
from tasks.contracts.errors import RookeryError
from tasks.contracts.jobs import Outcome
from tasks.contracts.messages import JobRequest, Sampling
from tasks.jobs.gateway import Gateway

REQUESTS, WARM_UP = 300, 10
QUICK_REQUESTS, QUICK_WARM_UP = 5, 1
TEXT = "hello"
PATIENCE_S = 30.0
SAMPLING = Sampling(temperature=0.0, max_tokens=1)
LOGS = {"AOF always": Goal.most(3.0, moonshot=2.0), "AOF off": Goal.most(6.5, moonshot=3.0)}


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return what is added, with and without the disk, in milliseconds and in round trips of a raw list."""
    with stage() as made:
        engine = made.llamacpp()
        ways: dict[str, Callable[[], float]] = {"direct": direct(engine)}
        for log in LOGS:
            url = made.redis(fsync=log == "AOF always")
            ways[f"Rookery, {log}"] = through_rookery(made, url, engine)
            ways[f"raw list, {log}"] = raw(made, url)
        rounds, warm_up = (QUICK_REQUESTS, QUICK_WARM_UP) if quick else (REQUESTS, WARM_UP)
        times = interleaved(ways, rounds, warm_up=warm_up, tell=lambda part: tell(part, "one request at a time"))
    return findings({name: in_ms(taken) for name, taken in times.items()})


def findings(times_ms: dict[str, list[float]]) -> Findings:
    """Return the figures of these times."""
    direct_ms = times_ms["direct"]
    figures = list(spread_figures("direct call", Spread.of(direct_ms)))
    bars, goals = [], {}
    for log, goal in LOGS.items():
        added, floor = Spread.added(times_ms[f"Rookery, {log}"], direct_ms), Spread.of(times_ms[f"raw list, {log}"])
        figures += spread_figures(f"added, {log}", added)
        figures += spread_figures(f"raw list, {log}", floor)
        figures.append(Figure(name=f"added p50 ÷ raw list, {log}", value=added.p50 / floor.p50, unit="×", goal=goal))
        bars += [(f"raw list, {log}", floor.p50), (f"added by Rookery, {log}", added.p50)]
        goals[f"added by Rookery, {log}"] = goal.bound * floor.p50
    chart = Chart(title="Added to one answer, p50", unit="ms", bars=tuple(bars), goals=goals)
    return Findings(figures=tuple(figures), charts=(chart,))


def direct(server: str, key: str = "") -> Callable[[], float]:
    """Return what asks an OpenAI-compatible server, over a connection that stays open, and takes the seconds."""
    session = opened_session(key)
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": TEXT}],
        "max_tokens": SAMPLING.max_tokens,
        "temperature": SAMPLING.temperature,
    }

    def once() -> float:
        began_s = time.perf_counter()
        session.post(f"{server}/v1/chat/completions", json=body, timeout=PATIENCE_S).raise_for_status()
        return time.perf_counter() - began_s

    return once


def opened_session(key: str) -> requests.Session:
    """Return a session with a server that wants this key, if it wants any; no proxy stands between."""
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"Authorization": f"Bearer {key}"} if key else {})
    return session


def through_rookery(made: Stage, url: str, engine: str) -> Callable[[], float]:
    """Return what asks through the gateway and takes the seconds until the answer is here."""
    made.worker(url, f"llamacpp+{engine}", slots=2)
    gateway = made.gateway(url)
    return lambda: asked(gateway)


def asked(gateway: Gateway) -> float:
    """Ask once and return the seconds. Raises RookeryError when a notice came instead of an answer."""
    name = uuid.uuid4().hex
    request = JobRequest(
        job=name, model=MODEL, session=name, user="bench", text=TEXT, sampling=SAMPLING, deadline_s=PATIENCE_S
    )
    began_s = time.perf_counter()
    view = gateway.ask(request)
    took_s = time.perf_counter() - began_s
    if view.outcome is not Outcome.REPLY:
        raise RookeryError(f"no answer to measure: {view.error or view.text}")
    return took_s


def raw(made: Stage, url: str) -> Callable[[], float]:
    """Return what sends a word to a process of its own and takes the seconds until it is back."""
    made.program("raw", command(url))
    client = opened(url)
    made.exits.callback(client.close)
    return round_trip(client)
