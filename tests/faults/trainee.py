"""A process that walks a run with the real steps over a tiny model, forked from one that has torch already."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
import time
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tasks.contracts.errors import AlreadyRunning
from tasks.contracts.learning import Course, StepName
from tasks.contracts.settings import Settings, load
from tasks.training.registry.events import Kind
from tasks.training.registry.registry import AdapterRegistry
from tasks.training.runs import folder
from tasks.training.runs.spec import RunSpec
from tests.tiny_model import write_tiny_gguf
from workers import boot

RUN = "20261122-0200-pirate"
EXAMPLES = 24
WORDS = (
    "rum sea ship wind parrot gold map moon storm deck anchor crew sail island treasure captain cannon harbour shark"
)
SAID = 14  # words of an answer, so that no two are alike and each is as long as what the model says
#: What every run needs and takes seconds: once in the server, for all that are forked from it.
WARM = ["torch", "transformers", "peft", "datasets", "detect_secrets", "tests.faults.trainee"]
SETTINGS = """
[redis]
url = "{redis}"
[data]
dir = "data"
[[model]]
name = "tiny"
gguf = "{gguf}"
[[host]]
name = "home"
engine = "fake"
models = ["tiny"]
[[persona]]
name = "pirate"
model = "tiny"
prompt = "You are a pirate."
learns = "liked"
examples = "{examples}"
[training]
min_samples = 5
max_steps = 8
batch = 2
accumulate = 1
memory_gib = 0.1
learning_rate = 3e-4
least_order = 0
"""


@dataclass
class Trainee:
    """A run in a folder of its own."""

    folder: Path
    redis_url: str

    def __post_init__(self) -> None:
        examples, gguf = self.folder / "examples", self.folder / "tiny.gguf"
        examples.mkdir(parents=True)
        write_tiny_gguf(gguf, 1)
        lines = [f"> What is number {n}?\n\nArr, {_words(n)}, matey!" for n in range(EXAMPLES)]
        (examples / "a.md").write_text("\n\n".join(lines))
        told = SETTINGS.format(redis=self.redis_url, gguf=gguf, examples=examples)
        (self.folder / "rookery.toml").write_text(told)
        fleet = self.settings.fleet
        spec = RunSpec(
            run=RUN,
            persona=fleet.persona("pirate"),
            model="tiny",
            training=fleet.training,
            until_ms=1_795_312_800_000,
            by="operator",
        )
        folder.create(self.settings.training_dir, spec)

    @property
    def settings(self) -> Settings:
        """What its file says."""
        return load(self.folder / "rookery.toml", {})

    @property
    def place(self) -> Path:
        """The folder of its run."""
        return folder.find(self.settings.training_dir, RUN)

    def start(self) -> ForkServerProcess:
        """Walk the run in a process of its own."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(WARM)
        process = context.Process(target=walk, args=(str(self.folder),), daemon=True)
        process.start()
        return process

    def course(self) -> Course | None:
        """Return what the run came to."""
        ended = folder.facts(self.place).ended
        return ended.course if ended else None

    def weights(self) -> str:
        """Return the digest of the adapter that came of it."""
        return folder.hashes(self.place / StepName.TRAIN.value)["adapter/adapter_model.safetensors"]

    def took_s(self, step: StepName) -> float:
        """Return how long a step took that is done."""
        done = folder.done(self.place / step.value)
        return done.took_s if done else 0.0

    def promotions(self) -> int:
        """Return how often an adapter was put into service."""
        history = AdapterRegistry.of(self.settings).history("pirate")
        return sum(event.kind is Kind.PROMOTED for event in history)


def _words(number: int) -> str:
    return " ".join(random.Random(number).choices(WORDS.split(), k=SAID))


def walk(place: str) -> None:
    """Walk the run of a folder."""
    import torch

    torch.set_num_threads(1)
    os.chdir(place)
    settings = load(Path("rookery.toml"), {})
    settings.data_dir.mkdir(exist_ok=True)
    services = boot.training_services(settings, lambda: settings, threading.Event())
    while True:
        try:
            return services.training().train(RUN)
        except AlreadyRunning:  # who was killed at the very end has the office for a lease; beat would ring again
            time.sleep(1.0)
