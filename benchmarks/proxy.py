"""What Rookery adds to an answer, beside what the LiteLLM proxy adds in front of the same llama.cpp server.

One request at a time, in turns: directly, through Rookery, through LiteLLM; once for one token in one piece, once for
the first words of a stream. LiteLLM runs as its documentation starts it, one worker, with a master key. It passes a
request on and keeps nothing; Rookery has it on the disk twice before the answer is here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from benchmarks import overhead, ttft
from benchmarks.environments import python_of
from benchmarks.figures import Chart, Figure, Findings, Goal, Spread, Tell, in_ms, interleaved, spread_figures
from benchmarks.stage import MODEL, Stage, stage
from workers.supervision.ports import free_port, http_status

REQUESTS, QUICK_REQUESTS, WARM_UP = 150, 3, 5
LITELLM = "litellm"
READY_S = 150.0
GOALS = {"answer": Goal.most(0.2, moonshot=0.1), "first words": Goal.most(0.3, moonshot=0.1)}
CONFIG = """\
model_list:
  - model_name: {model}
    litellm_params:
      model: openai/{model}
      api_base: {engine}/v1
      api_key: none
litellm_settings:
  telemetry: false
"""


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return what each adds to an answer and to the time to the first words, in milliseconds."""
    program = str(Path(python_of(LITELLM)).parent / "litellm")
    with stage() as made:
        engine, url, key = made.llamacpp(), made.redis(fsync=True), f"sk-{secrets.token_urlsafe(24)}"
        made.worker(url, f"llamacpp+{engine}", slots=2)
        gateway = made.gateway(url)
        tell(0.05, "LiteLLM starts")
        proxy = litellm(made, program, engine, key)
        ways: dict[str, Callable[[], float]] = {
            "direct, answer": overhead.direct(engine),
            "Rookery, answer": lambda: overhead.asked(gateway),
            "LiteLLM, answer": overhead.direct(proxy, key=key),
            "direct, first words": ttft.direct(engine),
            "Rookery, first words": lambda: ttft.streamed(gateway),
            "LiteLLM, first words": ttft.direct(proxy, key=key),
        }
        rounds = QUICK_REQUESTS if quick else REQUESTS
        times = interleaved(ways, rounds, warm_up=WARM_UP, tell=lambda part: tell(0.1 + 0.9 * part, "in turns"))
    return findings({name: in_ms(taken) for name, taken in times.items()})


def findings(
    times_ms: Mapping[str, Sequence[float]], goals: Mapping[str, Goal] = GOALS, ours_is: str = "Rookery", how: str = ""
) -> Findings:
    """Return the figures of these times; `ours_is` is what of ours was asked, and `how` the words for the way to it."""
    added = f"added by {ours_is}"
    figures: list[Figure] = []
    charts = []
    for what, goal in goals.items():
        direct_ms = times_ms[f"direct, {what}"]
        ours, theirs = (Spread.added(times_ms[f"{name}, {what}"], direct_ms) for name in ("Rookery", "LiteLLM"))
        figures += spread_figures(f"{what}: direct", Spread.of(direct_ms))
        figures += spread_figures(f"{what}: {added}", ours)
        figures += spread_figures(f"{what}: added by LiteLLM", theirs)
        figures.append(Figure(name=f"{what}: Rookery ÷ LiteLLM, p50", value=ours.p50 / theirs.p50, unit="×", goal=goal))
        figures.append(Figure(name=f"{what}: Rookery ÷ LiteLLM, p99", value=ours.p99 / theirs.p99, unit="×"))
        bars = ((added, ours.p50), ("added by LiteLLM", theirs.p50))
        wanted = {added: goal.bound * theirs.p50}
        charts.append(Chart(title=f"Added to the {what}{how}, p50", unit="ms", bars=bars, goals=wanted))
    return Findings(figures=tuple(figures), charts=tuple(charts))


def litellm(made: Stage, program: str, engine: str, key: str) -> str:
    """Start the proxy in front of `engine` and return its address."""
    port, config = free_port(), made.folder / "litellm.yaml"
    config.write_text(CONFIG.format(model=MODEL, engine=engine))
    url = f"http://127.0.0.1:{port}"
    made.program(
        LITELLM,
        [program, "--config", str(config), "--host", "127.0.0.1", "--port", str(port)],
        # Its list of prices is in the package too: nothing is fetched.
        env={"LITELLM_MASTER_KEY": key, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONPATH": ""},
        cwd=made.folder,
        ready=lambda: http_status(f"{url}/health/liveliness") == HTTPStatus.OK,
        ready_timeout_s=READY_S,
    )
    return url
