"""A tiny random Llama that can learn, and lessons on it. Who imports it waits for torch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers

from tasks.contracts.sections import Training
from tasks.training.lora.bases import Base, read_base
from tasks.training.lora.checkpoints import Checkpoint
from tasks.training.lora.collator import Collator
from tasks.training.lora.device import Device, Kind
from tasks.training.lora.models import load_base
from tasks.training.lora.offline import stay_offline
from tasks.training.lora.teaching import Lesson, teach
from tasks.training.lora.watch import Looking

CPU = Device(kind=Kind.CPU, name="CPU", weights="float32", compute="float32")
#: Wide enough that what attention alone can change changes what is said.
INITIAL_STD = 0.1
PATTERN = [3, 7, 11] * 3
TRAINING = Training(
    rank=8, batch=4, accumulate=2, epochs=3, min_steps=0, learning_rate=2e-2, warmup_steps=2, time_budget_s=900.0
)


def write_base(folder: Path) -> Base:
    """Write a model of about 20,000 numbers and return it as a base."""
    stay_offline()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=32,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=0,
        initializer_range=INITIAL_STD,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    return read_base("tiny", folder)


def samples(count: int) -> list[dict[str, list[int]]]:
    """Return samples of several lengths: a first token that is not learned, and a pattern that is."""
    lengths = [3 + number % len(PATTERN) for number in range(count)]
    return [
        {"input_ids": [number % 32, *PATTERN[:length]], "labels": [-100, *PATTERN[:length]]}
        for number, length in enumerate(lengths)
    ]


def lesson(base: Base, out: Path, training: Training = TRAINING, *, count: int = 28, device: Device = CPU) -> Lesson:
    """Return a lesson of twelve steps."""
    return Lesson(base, device, training, samples(count), samples(4), pad=0, out=out)


def taught(lesson: Lesson, say: Callable[[str, float], None] = lambda *_: None, **looking: Any) -> Checkpoint:
    """Teach it to its end."""
    known = {"ending": threading.Event(), "budget_s": lesson.training.time_budget_s, **looking}
    return teach(lesson, Looking(say, **known))


def untaught_loss(base: Base) -> float:
    """Return the loss of the base alone, on what is judged by."""
    model = load_base(base.folder, CPU).eval()
    with torch.inference_mode():
        return float(model(**Collator(pad=0)(samples(4))).loss)
