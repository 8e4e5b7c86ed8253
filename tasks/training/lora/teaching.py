"""Trains an adapter with peft and transformers' Trainer. Killed at any time, it goes on to the same bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import transformers

from tasks.contracts.sections import Training
from tasks.training.lora import checkpoints, models
from tasks.training.lora.bases import Base, targets_of
from tasks.training.lora.board import FOLDER
from tasks.training.lora.checkpoints import Checkpoint, End
from tasks.training.lora.collator import Collator
from tasks.training.lora.device import Device, Kind
from tasks.training.lora.plan import Plan, lora_settings, plan, trainer_settings
from tasks.training.lora.watch import Looking, Watch
from tasks.training.runs.spec import Interrupted

CHECKPOINTS = "checkpoints"
CUDA_WIDTH = 8
MOST_JUDGED = 64  # samples that are looked at after each epoch; the evaluation looks at all

Encoded = Mapping[str, Sequence[int]]
"""`input_ids`, and `labels` with -100 where nothing is learned."""


@dataclass(frozen=True)
class Lesson:
    """What is trained on what, and where it is kept."""

    base: Base
    device: Device
    training: Training
    samples: Sequence[Encoded]
    held_out: Sequence[Encoded]
    pad: int
    out: Path
    """What an earlier try left there is gone on with."""

    @property
    def plan(self) -> Plan:
        """Return how long it is."""
        return plan(len(self.samples), self.training, self.base.parameters)


def teach(lesson: Lesson, looking: Looking) -> Checkpoint:
    """Return the checkpoint that a training ends with; one that has ended already is not begun again.

    Raises:
        Interrupted: it was told to end, and kept a checkpoint.
        OutOfMemory: the device has too little.
        ConfigurationError: the base cannot be loaded.
    """
    root = lesson.out / CHECKPOINTS
    root.mkdir(parents=True, exist_ok=True)
    last = checkpoints.latest(root)
    if last is None or last.seal.end is End.NOT:
        _train(lesson, looking, root, last)
        last = checkpoints.latest(root)
    if last is None or last.seal.end is End.NOT:
        raise Interrupted("the training goes on from its last checkpoint")
    return last


def _train(lesson: Lesson, looking: Looking, root: Path, last: Checkpoint | None) -> None:
    training, device = lesson.training, lesson.device
    models.repeatable(training.seed, device)
    model = models.load_base(lesson.base.folder, device)
    model = models.with_adapter(model, lora_settings(training, targets_of(lesson.base, training.targets)), device)
    learned, whole = models.trainable(model)
    looking.say(f"{learned:,} of {whole:,} numbers are trained: {learned / whole:.2%}", 0.0)
    settings = trainer_settings(lesson.plan, training, device, root, judged=bool(lesson.held_out))
    trainer = transformers.Trainer(
        model=model,
        args=transformers.TrainingArguments(**settings),
        data_collator=Collator(lesson.pad, CUDA_WIDTH if device.kind is Kind.CUDA else 1),
        train_dataset=list(lesson.samples),
        eval_dataset=list(lesson.held_out[:MOST_JUDGED]) or None,
        callbacks=[Watch(looking, root, lesson.out / FOLDER)],
    )
    trainer.remove_callback(transformers.PrinterCallback)
    with models.within_memory(lesson.base.folder):
        trainer.train(resume_from_checkpoint=str(last.folder) if last else None)
