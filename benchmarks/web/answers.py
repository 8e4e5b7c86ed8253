"""What the API adds to an answer beside what the LiteLLM proxy adds, over HTTP, in front of the same llama.cpp server.

One request at a time, in turns: directly, through `/v1/chat/completions` of the web bot, through LiteLLM; once for one
token in one piece, once for the first words of a stream. LiteLLM runs as its documentation starts it, one worker, with
a master key. It passes a request on and keeps nothing; Rookery has it on the disk twice before the answer is here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import overhead, ttft
from benchmarks.environments import python_of
from benchmarks.figures import Findings, Goal, Tell, in_ms, interleaved
from benchmarks.proxy import LITELLM, QUICK_REQUESTS, REQUESTS, WARM_UP, litellm
from benchmarks.proxy import findings as figures_beside
from benchmarks.stage import stage
from benchmarks.web.serving import web

GOAL = Goal.most(0.5, moonshot=0.1)
WHATS = ("answer", "first words")


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return what each adds to an answer and to the time to the first words, in milliseconds."""
    program = str(Path(python_of(LITELLM)).parent / "litellm")
    with stage() as made:
        engine, redis, key = made.llamacpp(), made.redis(fsync=True), f"sk-{secrets.token_urlsafe(24)}"
        made.worker(redis, f"llamacpp+{engine}", slots=2)
        api, _ = web(made, redis)
        tell(0.05, "LiteLLM starts")
        proxy = litellm(made, program, engine, key)
        ways: dict[str, Callable[[], float]] = {
            "direct, answer": overhead.direct(engine),
            "Rookery, answer": overhead.direct(api),
            "LiteLLM, answer": overhead.direct(proxy, key=key),
            "direct, first words": ttft.direct(engine),
            "Rookery, first words": ttft.direct(api),
            "LiteLLM, first words": ttft.direct(proxy, key=key),
        }
        rounds = QUICK_REQUESTS if quick else REQUESTS
        times = interleaved(ways, rounds, warm_up=WARM_UP, tell=lambda part: tell(0.1 + 0.9 * part, "in turns"))
    return findings({name: in_ms(taken) for name, taken in times.items()})


def findings(times_ms: Mapping[str, Sequence[float]]) -> Findings:
    """Return the figures of these times."""
    return figures_beside(times_ms, dict.fromkeys(WHATS, GOAL), ours_is="Rookery's API", how=" over HTTP")
