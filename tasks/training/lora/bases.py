"""Which weights a model is trained on, and what they are: an adapter fits this base and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from tasks.contracts.digests import file_sha256
from tasks.contracts.entries import Model
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.messages import Name, Value
from tasks.contracts.settings import Settings
from tasks.training.lora import unpacking
from tasks.training.lora.tensors import Tensor, parameters, read_tensors, weights_sha256

BASES, CONFIG, FILE = "bases", "config.json", "base.json"
#: What an adapter changes. Engines know these names, and `tasks.evolution` writes them as GGUF.
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj")
INNER = ("gate_proj", "up_proj", "down_proj")
#: Of smaller bases the inner layers are changed, too: attention alone holds too little for how somebody speaks. With
#: them the replies of the demo model, of three million, were in the style and whole; without them they were garbled.
SMALL = 100_000_000


class Base(Value):
    """What an adapter is trained on: `base.json` in the folder of a run's training."""

    model: Name
    folder: str
    """On this machine; for whoever loads it."""
    sha256: str
    """Over all tensors: equal weights, equal digest, whatever files they lie in."""
    source: Literal["checkpoint", "gguf"]
    file_sha256: str = ""
    """Of the GGUF file that it was made of; empty for a checkpoint that was named."""
    parameters: int = Field(gt=0)
    hidden: int = Field(gt=0)
    inner: int = Field(gt=0)
    layers: int = Field(gt=0)
    vocabulary: int = Field(gt=0)
    context_tokens: int = Field(gt=0)
    inner_targets: bool = False
    """Whether its inner layers have names that an adapter can change."""


def targets_of(base: Base, wish: Literal["auto", "attention", "all"]) -> tuple[str, ...]:
    """Return what an adapter of a base changes: attention, and as wished the inner layers, where it has such."""
    wide = wish == "all" or (wish == "auto" and base.parameters < SMALL)
    return (*TARGETS, *INNER) if wide and base.inner_targets else TARGETS


def base_of(model: Model, settings: Settings, weights: Callable[[Model], Path]) -> Base:
    """Return the base of a model; where it has only a GGUF file, that is made into a checkpoint folder, once.

    Args:
        model: the model, as the file of settings has it.
        settings: says where relative paths begin, and where bases are kept.
        weights: returns the GGUF file of a model.

    Raises:
        ConfigurationError: there are no weights, or none that can be trained.
    """
    if model.checkpoint:
        named = Path.cwd() / settings.folder / Path(model.checkpoint).expanduser()
        return read_base(model.name, named)
    if not (model.gguf or model.builtin):
        raise ConfigurationError(
            f"model {model.name!r} has no weights on this machine, so it cannot be trained",
            next_step="name the folder of its weights as `checkpoint` in rookery.toml",
        )
    file = weights(model)
    try:
        digest = file_sha256(file)
    except OSError as exc:
        raise ConfigurationError(f"{file} could not be read: {exc.strerror}", next_step="check `gguf`") from exc
    folder = settings.training_dir / BASES / digest
    if not folder.is_dir():
        unpacking.unpack(file, folder)
    return read_base(model.name, folder, file_sha256=digest)


def read_base(model: str, folder: Path, *, file_sha256: str = "") -> Base:
    """Return what the checkpoint in `folder` is. Raises ConfigurationError where it is none that can be trained."""
    config = _config(folder)
    tensors = read_tensors(folder)
    _refuse_without_targets(folder, tensors)
    return Base(
        model=model,
        folder=str(folder),
        sha256=weights_sha256(tensors),
        source="gguf" if file_sha256 else "checkpoint",
        file_sha256=file_sha256,
        parameters=parameters(tensors),
        hidden=_count(config, "hidden_size", folder),
        inner=config.get("intermediate_size") or 4 * _count(config, "hidden_size", folder),
        layers=_count(config, "num_hidden_layers", folder),
        vocabulary=_count(config, "vocab_size", folder),
        context_tokens=_count(config, "max_position_embeddings", folder),
        inner_targets=not _missing(tensors, INNER),
    )


def _config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(
            f"{path} could not be read: {exc}", next_step="name a checkpoint folder as transformers writes it"
        ) from exc
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path} is no JSON object", next_step="copy the folder anew")
    nested = data.get("text_config")  # of models that also see
    return {**data, **nested} if isinstance(nested, dict) else data


def _count(config: dict[str, Any], key: str, folder: Path) -> int:
    value = config.get(key)
    if not isinstance(value, int) or value < 1:
        raise ConfigurationError(
            f"{folder / CONFIG}: {key} = {value!r}, wanted a number", next_step="only language models can be trained"
        )
    return value


def _refuse_without_targets(folder: Path, tensors: dict[str, Tensor]) -> None:
    if missing := _missing(tensors, TARGETS):
        raise ConfigurationError(
            f"{folder}: it has no {', '.join(missing)}, which is what an adapter changes",
            next_step="train a model of the Llama, Mistral, Qwen or Gemma kind",
        )


def _missing(tensors: dict[str, Tensor], targets: tuple[str, ...]) -> list[str]:
    held = {name.removesuffix(".weight").rpartition(".")[2] for name in tensors}
    return [name for name in targets if name not in held]
