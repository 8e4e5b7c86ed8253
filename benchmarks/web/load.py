"""How many requests a second the API answers, and what its process weighs, beside the LiteLLM proxy.

32 clients, each asking again as soon as it has its answer, in front of one inference server without a model that
answers at once: directly, through Rookery, through LiteLLM, some seconds each in turns. All of it shares the cores of
one machine, the clients and the server included.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from statistics import median

from benchmarks.environments import python_of
from benchmarks.figures import Chart, Figure, Findings, Goal, Tell, interleaved
from benchmarks.proxy import LITELLM, litellm
from benchmarks.stage import Stage, stage
from benchmarks.web.clients import Server, rate
from benchmarks.web.serving import rss_mb, web
from workers.supervision.ports import free_port, http_status

CLIENTS, QUICK_CLIENTS = 32, 4
TURN_S, QUICK_TURN_S = 6.0, 0.5
ROUNDS, QUICK_ROUNDS, WARM_UP = 5, 1, 1
RATIO = Goal.least(3.0)
MEMORY = Goal.most(100.0)
DIRECT, OURS, THEIRS = "direct", "Rookery's API", "LiteLLM"


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return requests a second and megabytes."""
    program = str(Path(python_of(LITELLM)).parent / "litellm")
    clients, turn_s = (QUICK_CLIENTS, QUICK_TURN_S) if quick else (CLIENTS, TURN_S)
    with stage() as made:
        engine, redis, key = dummy(made), made.redis(fsync=True), f"sk-{secrets.token_urlsafe(24)}"
        made.worker(redis, engine, slots=clients)
        api, pid = web(made, redis)
        tell(0.05, "LiteLLM starts")
        proxy = litellm(made, program, engine, key)
        servers = {DIRECT: Server(engine), OURS: Server(api), THEIRS: Server(proxy, key)}
        ways = {name: partial(rate, server, clients, turn_s) for name, server in servers.items()}
        rounds = QUICK_ROUNDS if quick else ROUNDS
        rates = interleaved(ways, rounds, warm_up=WARM_UP, tell=lambda part: tell(0.1 + 0.9 * part, "in turns"))
        return findings(rates, rss_mb(pid))


def findings(rates: Mapping[str, Sequence[float]], api_mb: float) -> Findings:
    """Return the figures of these rates."""
    middle = {name: median(found) for name, found in rates.items()}
    ratio = middle[OURS] / middle[THEIRS]
    figures = [
        Figure(name=f"{CLIENTS} clients: {name}", value=found, unit="requests/s") for name, found in middle.items()
    ]
    figures.append(Figure(name=f"{CLIENTS} clients: Rookery ÷ LiteLLM", value=ratio, unit="×", goal=RATIO))
    figures.append(Figure(name="memory of the API's process after it", value=api_mb, unit="MB", goal=MEMORY))
    bars = tuple((name, middle[name]) for name in (OURS, THEIRS))
    wanted = {OURS: RATIO.bound * middle[THEIRS]}
    chart = Chart(title=f"Answers a second to {CLIENTS} clients", unit="requests/s", bars=bars, goals=wanted)
    return Findings(figures=tuple(figures), charts=(chart,))


def dummy(made: Stage) -> str:
    """Start the server without a model and return its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    ready = f"{url}/v1/models"
    program = [sys.executable, "-P", str(Path(__file__).parent / "dummy.py"), str(port)]
    made.program("dummy", program, ready=lambda: http_status(ready) == HTTPStatus.OK)
    return url
