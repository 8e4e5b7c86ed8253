"""Other adapters for a model that people ask all the time: two real agents, each with a llama.cpp of its own.

Ten questions a second to a persona on the demo model, half of a minute with one adapter; then another one is served in
its place, then the first one again. Each adapter is random weights that are heard in every word, and each answer is
greedy: so the words tell who said them. *Mixed* is an answer that is none of the three that there are, or that was said
by another adapter than it says. Added is what the slowest hundredth waited longer while adapters changed than before.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from benchmarks.agents import Fleet, fleet
from benchmarks.figures import MS, Chart, Figure, Findings, Goal, Spread, Tell
from benchmarks.stage import DEMO_CACHE, MODEL
from tasks.contracts.canary import Served
from tasks.contracts.jobs import JobView, Outcome
from tasks.contracts.learning import adapter_name
from tasks.contracts.messages import JobRequest, Sampling
from tasks.contracts.settings import load
from tasks.jobs import adapters
from tasks.training.registry.manifest import CONFIG, WEIGHTS, Origin
from tasks.training.registry.registry import AdapterRegistry
from workers.demo.model import demo_gguf
from workers.engines.gguf_header import read_head

HOSTS = ("one", "two")
PERSONA = "rook"
PER_S = 10.0
BEFORE, QUICK_BEFORE = 300, 30
AFTER_S = 3.0  # questions go on for so long after a change, as what it left behind would show then
QUESTION = "Tell me about your day."
GREEDY = Sampling(temperature=0.0, max_tokens=12)
RANK, STD = 8, 0.2
SETTINGS = f"""
[[model]]
name = "{MODEL}"
builtin = "demo"
slots = 2
[[persona]]
name = "{PERSONA}"
model = "{MODEL}"
learns = "liked"
""" + "".join(f'[[host]]\nname = "{host}"\nmodels = ["{MODEL}"]\n' for host in HOSTS)
NONE, ADDED, ROLLED_BACK = Goal.most(0.0), Goal.most(2_000.0, moonshot=100.0), Goal.most(5.0, moonshot=1.5)


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return how long a change takes, and what it costs those who ask meanwhile."""
    with fleet([], more=SETTINGS) as made:
        registry = AdapterRegistry.of(load(made.folder / "rookery.toml", {}))
        first, second = (publish(registry, made.folder / f"learned-{seed}", seed) for seed in (1, 2))
        serve(made, first)
        made.start(*HOSTS)
        crowd = Crowd(made)
        tell(0.1, "the first adapter comes")
        crowd.until_answered_by(first)
        tell(0.2, "questions to one adapter")
        before = crowd.ask(QUICK_BEFORE if quick else BEFORE)
        tell(0.6, "another adapter")
        serve(made, second, previous=first)
        change_s, asked = crowd.until_answered_by(second)
        asked += crowd.ask(int(AFTER_S * PER_S))
        tell(0.8, "the first one again")
        serve(made, first, previous=second)
        back_s, more = crowd.until_answered_by(first)
        asked += more + crowd.ask(int(AFTER_S * PER_S))
        return findings(made.answered(before), made.answered(asked), change_s, back_s)


def findings(before: Sequence[JobView], amid: Sequence[JobView], change_s: float, back_s: float) -> Findings:
    """Return the figures of answers before and amid changes."""
    views = [*before, *amid]
    calm, changing = Spread.of(list(map(took_ms, before))), Spread.of(list(map(took_ms, amid)))
    return Findings(
        figures=(
            Figure(name="failed", value=sum(view.outcome is not Outcome.REPLY for view in views), goal=NONE),
            Figure(name="mixed", value=mixed(views), goal=NONE),
            Figure(name="added p99", value=max(0.0, changing.p99 - calm.p99), unit="ms", goal=ADDED),
            Figure(name="p99 before", value=calm.p99, unit="ms"),
            Figure(name="p99 while they change", value=changing.p99, unit="ms"),
            Figure(name="another adapter on both hosts", value=change_s, unit="s"),
            Figure(name="rolled back on both hosts", value=back_s, unit="s", goal=ROLLED_BACK),
            Figure(name="answered by the base meanwhile", value=sum("no adapter" in view.flags for view in amid)),
            Figure(name="tried more than once", value=sum(view.attempts > 1 for view in views)),
        ),
        charts=(
            Chart(title="Time to an answer, p99", unit="ms", bars=(("before", calm.p99), ("changing", changing.p99))),
        ),
    )


class Crowd:
    """Asks one question a tenth of a second, and looks who answers."""

    def __init__(self, made: Fleet) -> None:
        self._made, self._next_s = made, time.monotonic()

    def ask(self, count: int) -> list[str]:
        """Ask so often, at the pace, and return the jobs."""
        return [self._ask() for _ in range(count)]

    def until_answered_by(self, version: str) -> tuple[float, list[str]]:
        """Ask until each host has answered with a version; return the seconds until then, and the jobs."""
        began_s, jobs, hosts = time.monotonic(), list[str](), set[str]()
        name = adapter_name(PERSONA, version)
        while hosts != set(HOSTS):
            jobs.append(self._ask())
            views = [self._made.gateway.job(job) for job in jobs]
            hosts = {view.host for view in views if view.ended and view.adapter == name}
        return time.monotonic() - began_s, jobs

    def _ask(self) -> str:
        time.sleep(max(0.0, self._next_s - time.monotonic()))
        self._next_s = max(self._next_s, time.monotonic() - 1.0) + 1.0 / PER_S
        job = uuid.uuid4().hex
        request = JobRequest(
            job=job, model=MODEL, session=job, user=job, text=QUESTION, persona=PERSONA, sampling=GREEDY
        )
        self._made.gateway.submit(request)
        return job


def mixed(views: Sequence[JobView]) -> int:
    """Return how many answers are not in the words of most with their adapter, or are in those of another one."""
    said: dict[str, list[str]] = {}
    for view in views:
        if view.outcome is Outcome.REPLY:
            said.setdefault(view.adapter, []).append(view.text)
    usual = {adapter: max(set(texts), key=texts.count) for adapter, texts in said.items()}
    strange = sum(text != usual[adapter] for adapter, texts in said.items() for text in texts)
    return strange + len(usual) - len(set(usual.values()))


def took_ms(view: JobView) -> float:
    """Return the time from a question to its answer."""
    return float(view.ended_ms - view.received_ms)


def serve(made: Fleet, current: str, previous: str = "") -> None:
    """Have the ledger say what is served."""
    serial = made.store.run(adapters.of(PERSONA)).serial + 1
    made.store.run(adapters.put(PERSONA, Served(serial=serial, current=current, previous=previous)))


def publish(registry: AdapterRegistry, folder: Path, seed: int) -> str:
    """Publish random weights that are loud enough to change every word, and return their version."""
    head = read_head(demo_gguf(DEMO_CACHE))
    hidden, layers = int(head["llama.embedding_length"]), int(head["llama.block_count"])
    rng = np.random.default_rng(seed)
    parts = [f"layers.{layer}.self_attn.{part}_proj" for layer in range(layers) for part in "qkvo"]
    shapes = {"lora_A": (RANK, hidden), "lora_B": (hidden, RANK)}
    tensors = {
        f"base_model.model.model.{part}.{side}.weight": rng.normal(0, STD, shape).astype(np.float32)
        for part in parts
        for side, shape in shapes.items()
    }
    folder.mkdir()
    save_file(tensors, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps({"peft_type": "LORA", "r": RANK, "lora_alpha": 2 * RANK}))
    return registry.publish(folder, Origin(persona=PERSONA, model=MODEL, created_ms=int(time.time() * MS)))
