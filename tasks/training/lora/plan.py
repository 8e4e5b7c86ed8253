"""How many steps a training takes, and what the Trainer is told. Pure."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from pydantic import Field

from tasks.contracts.messages import Value
from tasks.contracts.sections import Training
from tasks.training.lora.device import Device, Kind

LOGGING_STEPS = 10
LOGGED_AT_LEAST = 10  # points of a curve, where there are as many steps
CHECKPOINTS = 20  # of one training: what a kill costs is a twentieth of it
WARMUP_SHARE = 0.25  # the most of a short training
MOST_LONGER = 2.0  # times the epochs that are set: a few samples that are seen ever again are learned by heart
SCHEDULE = "cosine"
#: What is usual for adapters of rank 16 on models of some billion numbers. With it the demo model, of three million,
#: learned next to nothing in 21 steps; with 5e-3 and 112 steps, all of a style. Between the two the rate grows evenly
#: with each halving of the base: what is narrow has to be moved further for its answers to change.
LARGE, LARGE_RATE = 1e9, 3e-4
SMALL, SMALL_RATE = 1e7, 5e-3


class Plan(Value):
    """How long a training is, in steps of the optimizer, and how large these are."""

    steps: int = Field(ge=1)
    epoch_steps: int = Field(ge=1)
    accumulate: int = Field(ge=1)
    """Batches of a step."""
    learning_rate: float = Field(gt=0)
    logging_steps: int = Field(ge=1)
    checkpoint_steps: int = Field(ge=1)
    warmup_steps: int = Field(ge=0)


def plan(samples: int, training: Training, parameters: int) -> Plan:
    """Return how long a training of a base of so many parameters is, over so many samples.

    Where there are few, a step is of fewer batches, until there are `min_steps`; then there are more epochs, up to
    twice as many.

    >>> [plan(count, Training(), 10**9).steps for count in (20, 110, 303, 3_000)]
    [30, 168, 228, 564]
    """
    batches = max(1, math.ceil(samples / training.batch))
    wanted = min(training.min_steps, training.max_steps or training.min_steps)
    accumulate = max(1, min(training.accumulate, int(training.epochs * batches) // max(1, wanted)))
    epoch_steps = math.ceil(batches / accumulate)
    steps = max(1, math.ceil(training.epochs * epoch_steps))
    steps = max(steps, min(wanted, math.ceil(MOST_LONGER * training.epochs * epoch_steps)))
    if training.max_steps:
        steps = min(steps, training.max_steps)
    return Plan(
        steps=steps,
        epoch_steps=epoch_steps,
        accumulate=accumulate,
        learning_rate=training.learning_rate or learning_rate(parameters),
        logging_steps=max(1, min(LOGGING_STEPS, steps // LOGGED_AT_LEAST)),
        checkpoint_steps=max(1, steps // CHECKPOINTS),
        warmup_steps=min(training.warmup_steps, int(steps * WARMUP_SHARE)),
    )


def learning_rate(parameters: int) -> float:
    """Return the rate for a base of so many parameters, where the settings leave it open.

    >>> [round(learning_rate(parameters), 5) for parameters in (3_000_000, 100_000_000, 8_000_000_000)]
    [0.005, 0.00122, 0.0003]
    """
    smaller = math.log(LARGE / parameters) / math.log(LARGE / SMALL)
    return float(LARGE_RATE * (SMALL_RATE / LARGE_RATE) ** min(1.0, max(0.0, smaller)))


def lora_settings(training: Training, targets: tuple[str, ...]) -> dict[str, Any]:
    """Return what peft's LoraConfig is told."""
    return {
        "r": training.rank,
        "lora_alpha": training.alpha,
        "lora_dropout": training.dropout,
        "target_modules": list(targets),
        "bias": "none",
        "task_type": "CAUSAL_LM",
    }


def trainer_settings(plan: Plan, training: Training, device: Device, folder: Path, *, judged: bool) -> dict[str, Any]:
    """Return what transformers' TrainingArguments are told; `judged`: there are samples to look at after each epoch."""
    mixed = device.kind is Kind.CUDA  # elsewhere what is computed in is what the weights are in
    return {
        "output_dir": str(folder),
        "per_device_train_batch_size": training.batch,
        "per_device_eval_batch_size": training.batch,
        "gradient_accumulation_steps": plan.accumulate,
        "learning_rate": plan.learning_rate,
        "lr_scheduler_type": SCHEDULE,
        "warmup_steps": plan.warmup_steps,
        "max_steps": plan.steps,
        "logging_strategy": "steps",
        "logging_steps": plan.logging_steps,
        "save_strategy": "steps",
        "save_steps": plan.checkpoint_steps,
        "save_total_limit": None,  # old ones go once a new one is sealed, and not before
        "eval_strategy": "steps" if judged else "no",
        "eval_steps": plan.epoch_steps,
        "optim": device.optimizer,
        "bf16": mixed and device.compute == "bfloat16",
        "fp16": mixed and device.compute == "float16",
        "activation_checkpointing": device.checkpointing,
        "activation_checkpointing_kwargs": {"use_reentrant": False} if device.checkpointing else None,
        "use_cpu": device.kind is Kind.CPU,
        "seed": training.seed,
        "data_seed": training.seed,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": device.kind is Kind.CUDA,
        "remove_unused_columns": False,
        "include_num_input_tokens_seen": "non_padding",
        "report_to": "none",  # the board is our own: one file, also after a kill
        "disable_tqdm": True,
    }
