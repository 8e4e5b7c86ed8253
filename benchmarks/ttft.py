"""How much later the first words of a streamed answer come through Rookery than from the same llama.cpp directly.

One request at a time, about twenty tokens each. Directly: the first piece of the event stream with text in it. Through
Rookery: the first `TextAdded` that a watcher of the gateway is told, which is what every bot shows.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence

from benchmarks.figures import Chart, Findings, Spread, Tell, in_ms, interleaved, spread_figures
from benchmarks.overhead import PATIENCE_S, opened_session
from benchmarks.stage import MODEL, stage
from tasks.contracts.errors import EngineTruncated
from tasks.contracts.messages import JobRequest, Sampling
from tasks.jobs.gateway import Gateway
from tasks.jobs.watching import Answered, TextAdded

REQUESTS, QUICK_REQUESTS, WARM_UP = 200, 3, 5
TEXT = "Tell me about the weather, please."
SAMPLING = Sampling(temperature=0.0, max_tokens=20)
CONTENT = b"data: {"


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the time to the first words, directly and through Rookery, in milliseconds."""
    with stage() as made:
        engine, url = made.llamacpp(), made.redis(fsync=True)
        made.worker(url, f"llamacpp+{engine}", slots=2)
        gateway = made.gateway(url)
        ways = {"direct": direct(engine), "Rookery": lambda: streamed(gateway)}
        rounds = QUICK_REQUESTS if quick else REQUESTS
        times = interleaved(ways, rounds, warm_up=WARM_UP, tell=lambda part: tell(part, "one request at a time"))
    return findings({name: in_ms(taken) for name, taken in times.items()})


def findings(times_ms: Mapping[str, Sequence[float]]) -> Findings:
    """Return the figures of these times."""
    figures = [
        *spread_figures("direct, first words", Spread.of(times_ms["direct"])),
        *spread_figures("Rookery, first words", Spread.of(times_ms["Rookery"])),
        *spread_figures("added by Rookery", Spread.added(times_ms["Rookery"], times_ms["direct"])),
    ]
    bars = tuple((name, Spread.of(times).p50) for name, times in times_ms.items())
    return Findings(figures=tuple(figures), charts=(Chart(title="Time to the first words, p50", unit="ms", bars=bars),))


def direct(server: str, key: str = "") -> Callable[[], float]:
    """Return what streams from an OpenAI-compatible server and takes the seconds to the first text."""
    session = opened_session(key)
    session.headers["Connection"] = "close"  # llama.cpp does so after every stream, whether it was asked to or not
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": TEXT}],
        "stream": True,
        "max_tokens": SAMPLING.max_tokens,
        "temperature": SAMPLING.temperature,
    }

    def once() -> float:
        began_s, first_s = time.perf_counter(), 0.0
        with session.post(f"{server}/v1/chat/completions", json=body, timeout=PATIENCE_S, stream=True) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines(chunk_size=1):
                if not first_s and has_text(line):
                    first_s = time.perf_counter() - began_s
        if not first_s:
            raise EngineTruncated(f"{server} streamed no text")
        return first_s

    return once


def has_text(line: bytes) -> bool:
    """Return whether a line of an event stream holds some of the answer.

    >>> has_text(b'data: {"choices": [{"delta": {"content": "hi"}}]}'), has_text(b"data: [DONE]"), has_text(b"")
    (True, False, False)
    """
    if not line.startswith(CONTENT):
        return False
    choices = json.loads(line.removeprefix(b"data: ")).get("choices")
    return bool(choices and choices[0].get("delta", {}).get("content"))


def streamed(gateway: Gateway) -> float:
    """Ask once, follow the answer to its end, and return the seconds to its first words."""
    name = uuid.uuid4().hex
    request = JobRequest(
        job=name, model=MODEL, session=name, user="bench", text=TEXT, sampling=SAMPLING, deadline_s=PATIENCE_S
    )
    began_s, first_s = time.perf_counter(), 0.0
    for event in gateway.converse(request):
        if isinstance(event, (TextAdded, Answered)) and not first_s:
            first_s = time.perf_counter() - began_s
    return first_s
