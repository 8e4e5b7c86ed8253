"""Trains a random Llama for a few steps and looks at the clock and at the memory. Who imports it waits for torch."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers

from benchmarks.training.shapes import SEED, SHAPES, Case, Outcome, lengths
from tasks.contracts.sections import Training
from tasks.training.lora import models
from tasks.training.lora.bases import TARGETS
from tasks.training.lora.collator import Collator
from tasks.training.lora.device import GIB, Device, Kind
from tasks.training.lora.plan import LARGE_RATE, lora_settings

POSITIONS = 8192
WARM, STEPS = 2, 8
PAGED = "paged_adamw_8bit"


@dataclass(frozen=True)
class Stand:
    """What is measured on."""

    kind: Kind
    name: str
    memory_gib: float
    steps: int = STEPS


def write_random(size: str, folder: Path, kind: Kind) -> None:
    """Write a random Llama of a size to `folder`, in bf16 where a GPU is to load it."""
    shape = SHAPES[size]
    torch.manual_seed(SEED)
    torch.set_default_dtype(torch.bfloat16 if kind is Kind.CUDA else torch.float32)
    try:
        with torch.device(kind.value):
            model = transformers.LlamaForCausalLM(
                transformers.LlamaConfig(
                    vocab_size=shape.vocabulary,
                    hidden_size=shape.hidden,
                    intermediate_size=shape.inner,
                    num_hidden_layers=shape.layers,
                    num_attention_heads=shape.heads,
                    num_key_value_heads=shape.shared,
                    max_position_embeddings=POSITIONS,
                    tie_word_embeddings=shape.tied,
                )
            )
    finally:
        torch.set_default_dtype(torch.float32)
    model.save_pretrained(folder)


def trial(folder: Path, case: Case, stand: Stand) -> Outcome:
    """Return what training a case costs; where it does not fit into memory, that it does not."""
    cuda = stand.kind is Kind.CUDA
    if cuda:
        torch.cuda.set_per_process_memory_fraction(min(1.0, (case.cap_gib or stand.memory_gib) / stand.memory_gib))
    try:
        return _measured(folder, case, stand)
    except torch.OutOfMemoryError:
        return Outcome(case)
    finally:
        gc.collect()
        if cuda:
            torch.cuda.empty_cache()
            torch.cuda.set_per_process_memory_fraction(1.0)


def _measured(folder: Path, case: Case, stand: Stand) -> Outcome:
    device = _device(case, stand)
    began_s = time.perf_counter()
    model = models.load_base(str(folder), device)
    if case.weights != "nf4":
        model = model.to(stand.kind.value)
    _settle(stand.kind)
    load_s = time.perf_counter() - began_s
    if case.saving:
        model.activation_checkpointing_enable({"use_reentrant": False})
    model = models.with_adapter(model, lora_settings(Training(), TARGETS), device).train()
    optimizer = _optimizer([each for each in model.parameters() if each.requires_grad], device)
    batches = list(_batches(case, stand))
    for batch, _ in batches[:WARM]:
        _step(model, optimizer, batch, device)
    _settle(stand.kind, anew=True)
    began_s = time.perf_counter()
    for batch, _ in batches[WARM:]:
        _step(model, optimizer, batch, device)
    _settle(stand.kind)
    took_s = time.perf_counter() - began_s
    peak = torch.cuda.max_memory_allocated() / GIB if stand.kind is Kind.CUDA else 0.0
    return Outcome(case, sum(useful for _, useful in batches[WARM:]) / took_s, peak, load_s)


def _device(case: Case, stand: Stand) -> Device:
    cuda = stand.kind is Kind.CUDA
    return Device(
        kind=stand.kind,
        name=stand.name,
        weights=case.weights,
        compute="bfloat16" if cuda else "float32",
        optimizer="paged_adamw_8bit" if case.weights == "nf4" else "adamw_torch",
        checkpointing=case.saving,
    )


def _optimizer(parameters: list[Any], device: Device) -> Any:
    if device.optimizer != PAGED:
        return torch.optim.AdamW(parameters, lr=LARGE_RATE)
    import bitsandbytes  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415  # only where 4 bits are

    return bitsandbytes.optim.PagedAdamW8bit(parameters, lr=LARGE_RATE)


def _batches(case: Case, stand: Stand) -> Iterator[tuple[dict[str, torch.Tensor], int]]:
    """Yield batches on the device, each with how many of its tokens are no padding."""
    collate = Collator(pad=0, multiple=8)
    dice = torch.Generator().manual_seed(SEED)
    vocabulary = SHAPES[case.size].vocabulary
    sizes = lengths(case, case.batch * (WARM + stand.steps))
    for start in range(0, len(sizes), case.batch):
        several = sizes[start : start + case.batch]
        rows = [torch.randint(1, vocabulary, (size,), generator=dice).tolist() for size in several]
        batch = collate([{"input_ids": row, "labels": row} for row in rows])
        yield {name: values.to(stand.kind.value) for name, values in batch.items()}, sum(several)


def _step(model: Any, optimizer: Any, batch: dict[str, torch.Tensor], device: Device) -> None:
    with torch.autocast(device.kind.value, torch.bfloat16, enabled=device.compute == "bfloat16"):
        loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def _settle(kind: Kind, *, anew: bool = False) -> None:
    """Wait until the device has done what it was told; `anew`: what it held at most is counted from now on."""
    if kind is Kind.CUDA:
        torch.cuda.synchronize()
        if anew:
            torch.cuda.reset_peak_memory_stats()
