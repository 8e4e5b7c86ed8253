"""Loads a base for training, with a fresh adapter on it. Never from the network, and never code of a folder."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from typing import Any

import peft
import torch
import transformers

from tasks.contracts.errors import ConfigurationError, OutOfMemory
from tasks.training.lora.device import Device, Kind

LOCAL = {"local_files_only": True, "trust_remote_code": False}


def load_tokenizer(folder: str) -> Any:
    """Return the tokenizer of a base. Raises ConfigurationError where there is none that can be read."""
    with told(folder):
        return transformers.AutoTokenizer.from_pretrained(folder, **LOCAL)


def load_base(folder: str, device: Device) -> Any:
    """Return the base as the device has it. Raises ConfigurationError or OutOfMemory."""
    how: dict[str, Any] = {"dtype": getattr(torch, device.compute if device.weights == "nf4" else device.weights)}
    if device.weights == "nf4":
        how["quantization_config"] = transformers.BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=getattr(torch, device.compute),
        )
        how["device_map"] = {"": 0}
    with told(folder):
        return transformers.AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, **how, **LOCAL)


def with_adapter(model: Any, settings: dict[str, Any], device: Device) -> Any:
    """Return the base with a fresh adapter, which alone is trained."""
    model.config.use_cache = False
    if device.weights == "nf4":
        saves = device.checkpointing
        model = peft.prepare_model_for_kbit_training(model, saves)  # type: ignore[no-untyped-call]
    elif device.checkpointing:
        model.enable_input_require_grads()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)  # peft asks by an older name
        return peft.get_peft_model(model, peft.LoraConfig(**settings))


def repeatable(seed: int, device: Device) -> None:
    """Have the same training come to the same numbers: dice, threads, and the order in which sums are made."""
    transformers.set_seed(seed)
    torch.set_num_threads(device.threads)
    if device.kind is Kind.CUDA:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA is first used
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False


def trainable(model: Any) -> tuple[int, int]:
    """Return how many numbers are trained, and how many there are in all."""
    learned, whole = model.get_nb_trainable_parameters()
    return int(learned), int(whole)


@contextlib.contextmanager
def told(folder: str) -> Iterator[None]:
    """Translate what a library says of a folder, or of memory, into words of ours."""
    with within_memory(folder):
        try:
            yield
        except (OSError, ValueError, KeyError, ImportError) as exc:
            raise ConfigurationError(
                f"{folder} could not be loaded for training: {exc}",
                next_step="name a checkpoint folder as transformers writes it",
            ) from exc


@contextlib.contextmanager
def within_memory(folder: str) -> Iterator[None]:
    """Translate that a device is full into words of ours."""
    try:
        yield
    except torch.OutOfMemoryError as exc:
        raise OutOfMemory(
            f"{folder}: the device has not enough memory to train it: {exc}",
            next_step="set a smaller training.batch or training.max_tokens, or train a smaller model",
        ) from exc
