"""What is trained on, and how: decided by us, for every kind of machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.contracts.sections import Training
from tasks.training.lora.bases import Base
from tasks.training.lora.device import Found, Kind, decide, needs_gib, tighter

EIGHT_BILLION = Base(
    model="8B",
    folder="8b",
    sha256="0",
    source="checkpoint",
    parameters=8_030_000_000,
    hidden=4096,
    inner=14_336,
    layers=32,
    vocabulary=128_256,
    context_tokens=8192,
)
SMALL = EIGHT_BILLION.model_copy(
    update={"model": "small", "parameters": 3_000_000, "hidden": 192, "inner": 512, "layers": 6, "vocabulary": 2048}
)
TRAINING = Training()
CUDA = Found(Kind.CUDA, "a card", free_gib=80.0, memory_gib=64.0, cores=8, bf16=True, bitsandbytes=True)
MAC = Found(Kind.MPS, "arm", free_gib=12.0, memory_gib=12.0, cores=8)
LAPTOP = Found(Kind.CPU, "CPU", free_gib=8.0, memory_gib=8.0, cores=8)


def test_a_large_card_trains_in_bf16_with_the_plain_optimizer() -> None:
    device = decide(CUDA, EIGHT_BILLION, TRAINING)
    assert (device.kind, device.weights, device.compute) == (Kind.CUDA, "bfloat16", "bfloat16")
    assert (device.optimizer, device.checkpointing, device.warnings) == ("adamw_torch", False, ())


def test_a_card_without_bf16_trains_in_fp16() -> None:
    device = decide(replace(CUDA, bf16=False), EIGHT_BILLION, TRAINING)
    assert (device.weights, device.compute) == ("float16", "float16")


def test_where_it_is_tight_layers_are_computed_twice_and_the_optimizer_is_paged() -> None:
    device = decide(replace(CUDA, free_gib=32.0), EIGHT_BILLION, TRAINING)
    assert (device.weights, device.optimizer, device.checkpointing) == ("bfloat16", "paged_adamw_8bit", True)


def test_the_paged_optimizer_is_not_asked_for_where_its_library_is_missing() -> None:
    device = decide(replace(CUDA, free_gib=32.0, bitsandbytes=False), EIGHT_BILLION, TRAINING)
    assert (device.kind, device.optimizer, device.checkpointing) == (Kind.CUDA, "adamw_torch", True)


def test_four_bits_are_for_what_does_not_fit_in_sixteen() -> None:
    device = decide(replace(CUDA, free_gib=18.0), EIGHT_BILLION, TRAINING)
    assert (device.weights, device.compute, device.optimizer) == ("nf4", "bfloat16", "paged_adamw_8bit")
    assert device.needs_gib < 17


def test_without_bitsandbytes_it_says_so_and_trains_on_the_cpu() -> None:
    device = decide(replace(CUDA, free_gib=18.0, memory_gib=256.0, bitsandbytes=False), EIGHT_BILLION, TRAINING)
    assert (device.kind, device.weights, device.optimizer) == (Kind.CPU, "float32", "adamw_torch")
    assert "bitsandbytes has to be installed" in device.warnings[0]


def test_what_fits_no_card_goes_to_the_cpu_and_is_told() -> None:
    device = decide(replace(CUDA, free_gib=6.0), EIGHT_BILLION, TRAINING)
    assert device.kind is Kind.CPU
    assert "it is trained on the CPU" in device.warnings[0]
    assert "bitsandbytes" not in device.warnings[0]


def test_what_training_may_take_of_a_card_is_what_the_file_says() -> None:
    device = decide(CUDA, EIGHT_BILLION, Training(memory_gib=18.0))
    assert device.weights == "nf4"


def test_a_mac_never_quantises_and_never_pages() -> None:
    device = decide(replace(MAC, bitsandbytes=True), EIGHT_BILLION, TRAINING)
    assert (device.kind, device.weights, device.optimizer) == (Kind.MPS, "bfloat16", "adamw_torch")
    assert decide(MAC, SMALL, TRAINING).weights == "float32"


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (16, 2)])
def test_a_cpu_trains_in_single_precision_with_few_threads(cores: int, threads: int) -> None:
    middling = SMALL.model_copy(update={"parameters": 150_000_000})
    device = decide(replace(LAPTOP, cores=cores), middling, TRAINING)
    assert (device.weights, device.optimizer, device.threads) == ("float32", "adamw_torch", threads)
    assert device.warnings == ()


def test_what_is_small_is_trained_by_one_thread() -> None:
    assert decide(LAPTOP, SMALL, TRAINING).threads == 1


def test_a_cpu_without_room_trains_in_sixteen_bits_and_says_how_much_is_missing() -> None:
    device = decide(LAPTOP, EIGHT_BILLION, TRAINING)
    assert device.weights == "bfloat16"
    assert "8.0 GiB are free: it is trained in 16 bits, and even that takes about" in device.warnings[-1]


def test_what_did_not_fit_after_all_is_tried_in_less_and_last_of_all_on_the_cpu() -> None:
    device, ways = decide(CUDA, EIGHT_BILLION, TRAINING), []
    while device.kind is Kind.CUDA:
        ways.append((device.weights, device.checkpointing))
        device = tighter(device, CUDA, EIGHT_BILLION, TRAINING)
    assert ways == [("bfloat16", False), ("bfloat16", True), ("nf4", True)]


@pytest.mark.parametrize("weights", ["float32", "bfloat16", "nf4"])
def test_what_is_needed_is_more_than_the_weights_and_grows_with_the_batch(weights: str) -> None:
    one, eight = (needs_gib(EIGHT_BILLION, Training(batch=batch), weights, checkpointing=True) for batch in (1, 8))
    assert EIGHT_BILLION.parameters * 0.5 / 2**30 < one < eight
