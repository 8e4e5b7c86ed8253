"""How long a training is, and that what the file of settings says reaches the libraries under the names of today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts.sections import Training
from tasks.training.lora.bases import TARGETS
from tasks.training.lora.device import Device, Kind
from tasks.training.lora.plan import learning_rate, lora_settings, plan, trainer_settings

CPU = Device(kind=Kind.CPU, name="CPU", weights="float32", compute="float32")
CARD = Device(
    kind=Kind.CUDA,
    name="a card",
    weights="nf4",
    compute="bfloat16",
    optimizer="paged_adamw_8bit",
    checkpointing=True,
)


LARGE = 8_000_000_000


@pytest.mark.parametrize(
    ("samples", "training", "steps"),
    [
        (303, Training(min_steps=0), 57),  # 76 batches of four, 19 steps an epoch
        (303, Training(max_steps=10), 10),
        (10, Training(min_steps=0, max_steps=100), 3),
        (1, Training(min_steps=0, epochs=0.1), 1),
        (64, Training(min_steps=0, epochs=1.5), 6),
    ],
)
def test_steps_follow_from_samples_and_epochs_up_to_a_bound(samples: int, training: Training, steps: int) -> None:
    assert plan(samples, training, LARGE).steps == steps


@pytest.mark.parametrize(
    ("samples", "accumulate", "steps"),
    [
        (3_000, 4, 564),
        (800, 3, 201),  # batches of a step give way first
        (250, 1, 200),  # then there is more than one epoch more
        (110, 1, 168),  # and never more than twice as many: it would be learned by heart
    ],
)
def test_of_few_samples_there_are_more_steps_within_reason(samples: int, accumulate: int, steps: int) -> None:
    made = plan(samples, Training(), LARGE)
    assert (made.accumulate, made.steps) == (accumulate, steps)
    assert (
        trainer_settings(made, Training(), CPU, Path("out"), judged=True)["gradient_accumulation_steps"] == accumulate
    )


def test_a_small_base_is_taught_at_a_higher_rate_unless_the_settings_name_one() -> None:
    rates = [learning_rate(size) for size in (3_049_920, 10**7, 10**8, 10**9, LARGE)]
    assert rates == sorted(rates, reverse=True)
    assert (rates[0], rates[1], rates[3], rates[4]) == pytest.approx((5e-3, 5e-3, 3e-4, 3e-4))
    assert plan(100, Training(), 10**8).learning_rate == rates[2]
    assert plan(100, Training(learning_rate=1e-5), 10**8).learning_rate == 1e-5


def test_a_short_training_is_not_all_warmup_and_still_shows_a_curve() -> None:
    short, long = plan(20, Training(), LARGE), plan(10_000, Training(), LARGE)
    assert (short.warmup_steps, short.logging_steps, short.checkpoint_steps) == (7, 3, 1)
    assert (long.warmup_steps, long.logging_steps, long.checkpoint_steps) == (10, 10, long.steps // 20)


def test_settings_are_what_the_rows_ask_for() -> None:
    said = trainer_settings(plan(1100, Training(), LARGE), Training(), CARD, Path("out"), judged=True)
    wanted = {
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": 4,
        "learning_rate": 3e-4,
        "logging_steps": 10,
        "warmup_steps": 10,
        "lr_scheduler_type": "cosine",
        "optim": "paged_adamw_8bit",
        "bf16": True,
        "fp16": False,
        "activation_checkpointing": True,
        "eval_strategy": "steps",
        "eval_steps": 69,  # an epoch
        "dataloader_num_workers": 0,
        "report_to": "none",
    }
    assert {name: said[name] for name in wanted} == wanted


def test_peft_is_told_of_q_k_v_and_o_and_of_no_bias() -> None:
    said = lora_settings(Training(), TARGETS)
    assert (said["r"], said["lora_alpha"], said["lora_dropout"], said["bias"]) == (16, 32.0, 0.1, "none")
    assert said["target_modules"] == ["q_proj", "k_proj", "v_proj", "o_proj"]
    assert said["task_type"] == "CAUSAL_LM"


def test_a_cpu_is_told_to_be_one_and_mixes_no_precisions() -> None:
    said = trainer_settings(plan(10, Training(), LARGE), Training(), CPU, Path("out"), judged=False)
    assert (said["use_cpu"], said["bf16"], said["fp16"], said["optim"]) == (True, False, False, "adamw_torch")
    assert said["eval_strategy"] == "no"
