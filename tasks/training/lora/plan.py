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
SCHEDULE = "cosine"


class Plan(Value):
    """How long a training is, in steps of the optimizer."""

    steps: int = Field(ge=1)
    epoch_steps: int = Field(ge=1)
    logging_steps: int = Field(ge=1)
    checkpoint_steps: int = Field(ge=1)
    warmup_steps: int = Field(ge=0)


def plan(samples: int, training: Training) -> Plan:
    """Return how long a training over so many samples is.

    >>> plan(303, Training(epochs=3)).steps
    57
    """
    batches = math.ceil(samples / training.batch)
    epoch_steps = max(1, math.ceil(batches / training.accumulate))
    steps = max(1, math.ceil(training.epochs * epoch_steps))
    if training.max_steps:
        steps = min(steps, training.max_steps)
    return Plan(
        steps=steps,
        epoch_steps=epoch_steps,
        logging_steps=max(1, min(LOGGING_STEPS, steps // LOGGED_AT_LEAST)),
        checkpoint_steps=max(1, steps // CHECKPOINTS),
        warmup_steps=min(training.warmup_steps, int(steps * WARMUP_SHARE)),
    )


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
        "gradient_accumulation_steps": training.accumulate,
        "learning_rate": training.learning_rate,
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
