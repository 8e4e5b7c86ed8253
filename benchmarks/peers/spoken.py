"""How the benchmark and a peer's program talk: one order a line on stdin, one JSON object a line on stdout.

`enqueue N` puts N jobs on the queue, one after the other; `ask N` puts one there and waits for its result, N times.
Both answer with the seconds that passed and the CPU seconds that this process used. Only the standard library is used:
each peer has an environment of its own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable


def answer_orders(enqueue: Callable[[], object], ask: Callable[[], object]) -> None:
    """Take orders until stdin ends."""
    verbs = {"enqueue": enqueue, "ask": ask}
    for line in sys.stdin:
        order, count = line.split()
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        for _ in range(int(count)):
            verbs[order]()
        said = {"wall_s": time.perf_counter() - wall_s, "cpu_s": time.process_time() - cpu_s}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
