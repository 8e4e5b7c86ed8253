"""A small machine: one `rookery up` with memories in a folder, no graphics card, no torch, no network.

Memory is proportional (PSS): what several processes share counts once. The process that holds the language model's
weights is as large as the model, so the goal is without it; the one that remembers counts, with an embedding model of
the shape of all-MiniLM-L6-v2. Weighed once something that was told in one session has been asked for in another, and
stood in the prompt. Flower is off, as in `infra/docker/edge.toml`; it would take about 50 MB more.
"""

from __future__ import annotations

import json
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from benchmarks.figures import Chart, Figure, Findings, Goal, Tell
from benchmarks.house import House, house, wait_until_up
from benchmarks.memory import HOLDS_THE_MODEL, MB, weighed
from tasks.contracts import names
from tasks.contracts.errors import ProcessFailed
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import JobRequest
from tasks.contracts.queues import MEMORY, UPKEEP
from tasks.jobs import bell, remembering
from tasks.jobs.gateway import Gateway
from tasks.jobs.values import Ways

SETTINGS = """
[memory]
model = "{model}"
[[persona]]
name = "wren"
model = "demo"
memory = true
max_tokens = 24
"""
TOLD, ASKED = "My dog is called Rex.", "What is my dog called?"
THINGS, QUICK_THINGS, NOTE_WORDS = 30, 1, 100
PATIENCE_S, LOOK_EVERY_S, SETTLE_S = 60.0, 0.2, 3.0
GOAL = Goal.most(500.0)
REMEMBERS = "run memory"
WORDS, LONGEST, WIDTH, WIDE, LAYERS, HEADS = 30_522, 512, 384, 1_536, 6, 12  # of all-MiniLM-L6-v2
QUICK_WORDS = 200


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the memory of everything that runs, in MB, and how soon something is told again."""
    with tempfile.TemporaryDirectory(prefix="rookery-edge-") as folder:
        model = embedding_model(Path(folder) / "embedding", QUICK_WORDS if quick else WORDS)
        with house(Path(folder), SETTINGS.format(model=model), flower=False) as made:
            wait_until_up(made)
            gateway = Gateway(made.gateway.store, Ways(archive=True))
            tell(0.3, "who remembers")
            _until(made, lambda: gateway.store.run(remembering.somebody()), "who remembers")
            for number in range(QUICK_THINGS if quick else THINGS):
                ask(gateway, note(number), f"note-{number}")
            ask(gateway, TOLD, "told")
            tell(0.6, "told, and asked for")
            _until(made, lambda: bool(ask(gateway, ASKED, uuid.uuid4().hex).memories), "a memory in a prompt")
            time.sleep(0 if quick else SETTLE_S)
            return findings(weighed(made))


def findings(sizes: Mapping[str, float]) -> Findings:
    """Return the figures of these processes, in bytes."""
    lean = {name: size / MB for name, size in sizes.items() if HOLDS_THE_MODEL not in name}
    remembers = sum(size for name, size in lean.items() if REMEMBERS in name)
    figures = (
        Figure(name="everything but the language model", value=sum(lean.values()), unit="MB", goal=GOAL),
        Figure(name="the process that remembers, embedding model included", value=remembers, unit="MB"),
    )
    bars = tuple(sorted(lean.items(), key=lambda bar: -bar[1]))
    return Findings(figures=figures, charts=(Chart(title="Memory on a small machine", unit="MB", bars=bars),))


def note(number: int) -> str:
    """Return a text whose words no other one has, so that much of the embedding model is looked at."""
    return " ".join(f"word{number * NOTE_WORDS + at}" for at in range(NOTE_WORDS))


def ask(gateway: Gateway, text: str, session: str) -> JobView:
    """Ask as one person, and return the answered job; what was said before is written down meanwhile."""
    request = JobRequest(
        job=uuid.uuid4().hex,
        model="demo",
        persona="wren",
        session=f"edge:{session}",
        user="edge:ada",
        text=text,
        direct=True,
        recall=True,
    )
    view = gateway.ask(request)
    for task, queue in ((names.ARCHIVE, UPKEEP), (names.INGEST, MEMORY)):  # not to wait for beat
        gateway.store.client.lpush(queue, bell.message(task, uuid.uuid4().hex, queue, ()))
    return view


def embedding_model(folder: Path, words: int) -> Path:
    """Write down an embedding model of the usual one's shape whose weights are chance; words find what is told."""
    folder.mkdir()
    chance = np.random.default_rng(1)
    sizes: dict[str, tuple[int, ...]] = {"embeddings.LayerNorm": (WIDTH,)}
    for layer in range(LAYERS):
        of = f"encoder.layer.{layer}"
        sizes |= {f"{of}.attention.self.{what}": (WIDTH, WIDTH) for what in ("query", "key", "value")}
        sizes |= {f"{of}.attention.output.dense": (WIDTH, WIDTH), f"{of}.attention.output.LayerNorm": (WIDTH,)}
        sizes |= {f"{of}.intermediate.dense": (WIDE, WIDTH), f"{of}.output.dense": (WIDTH, WIDE)}
        sizes |= {f"{of}.output.LayerNorm": (WIDTH,)}
    tables = {"word": words, "position": LONGEST, "token_type": 2}
    weights: dict[str, tuple[int, ...]] = {
        f"embeddings.{name}_embeddings.weight": (rows, WIDTH) for name, rows in tables.items()
    }
    weights |= {f"{name}.weight": size for name, size in sizes.items()}
    weights |= {f"{name}.bias": size[:1] for name, size in sizes.items()}
    save_file(
        {name: chance.random(size, np.float32) - 0.5 for name, size in weights.items()}, folder / "model.safetensors"
    )
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps(config))
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz0123456789.,:?'"]
    tokens += [f"##{token}" for token in tokens[5:]]
    tokens += [f"word{number}" for number in range(words - len(tokens))]
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n")
    return folder


def _until(made: House, holds: Callable[[], bool], what: str) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > give_up_s or made.process.poll() is not None:
            raise ProcessFailed(f"waited in vain for {what}; `rookery up` said:\n{made.said()[-2_000:]}")
        time.sleep(LOOK_EVERY_S)
