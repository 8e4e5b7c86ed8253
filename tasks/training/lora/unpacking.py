"""Turns a GGUF file into a checkpoint folder that transformers trains on: once, and whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.contracts.atomic import sync_folder, write_whole
from tasks.contracts.errors import ConfigurationError
from tasks.training.lora.offline import stay_offline

TOKENIZER, TOKENIZER_CONFIG = "tokenizer.json", "tokenizer_config.json"
NEXT_STEP = "name the folder that it was made of as the model's `checkpoint`"
PRE, KIND = "tokenizer.ggml.pre", "tokenizer.ggml.model"
BYTE_PAIRS = "gpt2"
#: Splits of text that llama.cpp makes as GPT-2 does. Others have to be known to transformers by their names.
AS_GPT2 = frozenset({"gpt-2", "phi-2", "mpt", "olmo", "jais"})
#: How weights are kept here, by how most of them are kept in the file; whatever is quantised there fits into half.
DTYPES = {"F32": "float32", "BF16": "bfloat16"}
HALF = "float16"
KILLED_S = 6 * 3600.0  # no model takes so long


@dataclass(frozen=True, slots=True)
class Packed:
    """What a GGUF file says of itself."""

    architecture: str
    most: str
    """How most of its numbers are stored, as `Q8_0`."""
    tokenizer: str
    pre: str
    tokens: int


def unpack(file: Path, target: Path) -> Path:
    """Write the model of a GGUF file to the folder `target`, and return it; one that is there already is left alone.

    Raises ConfigurationError for a file that cannot be read, or whose model or tokenizer transformers does not know.
    """
    if target.is_dir():
        return target
    _drop_killed(target)
    packed = inspect(file)
    refuse_unknown_split(file, packed)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        partial.mkdir(parents=True)
        _write(file, partial, packed)
        if not target.is_dir():  # another process may have been as quick
            os.rename(partial, target)
            sync_folder(target.parent)
    except OSError as exc:
        if target.is_dir():
            return target
        raise ConfigurationError(
            f"{target} could not be written: {exc}", next_step="free some space, or name another training.folder"
        ) from exc
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _drop_killed(target: Path) -> None:
    """Take away what tries left that were killed: each has the size of the model. One under way is younger."""
    for partial in target.parent.glob(f".{target.name}.*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - partial.stat().st_mtime > KILLED_S:
                shutil.rmtree(partial, ignore_errors=True)


def inspect(file: Path) -> Packed:
    """Return what a GGUF file says of itself. Raises ConfigurationError where it is none."""
    import gguf  # noqa: PLC0415

    try:
        reader = gguf.GGUFReader(file)
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{file} is no GGUF file: {exc}", next_step=NEXT_STEP) from exc
    sizes: Counter[str] = Counter()
    for tensor in reader.tensors:
        sizes[tensor.tensor_type.name] += int(tensor.n_elements)
    tokens = reader.get_field("tokenizer.ggml.tokens")
    return Packed(
        architecture=_text(reader, "general.architecture"),
        most=max(sizes, key=lambda name: sizes[name], default=""),
        tokenizer=_text(reader, KIND),
        pre=_text(reader, PRE),
        tokens=len(tokens.data) if tokens else 0,
    )


def refuse_unknown_split(file: Path, packed: Packed) -> None:
    """Raise ConfigurationError where transformers would cut text into other tokens than llama.cpp does."""
    stay_offline()
    from transformers.integrations.gguf import gguf_tokenizer_mapping  # noqa: PLC0415

    known = AS_GPT2 | gguf_tokenizer_mapping.GGUF_PRE_TOKENIZER_SPLITS.keys()
    if packed.tokenizer == BYTE_PAIRS and packed.pre not in known:
        raise ConfigurationError(
            f"{file}: how its tokenizer cuts text ({packed.pre or 'unnamed'}) is not known to transformers",
            next_step=NEXT_STEP,
        )


def _text(reader: Any, key: str) -> str:
    field = reader.get_field(key)
    return str(field.contents()) if field else ""


def _write(file: Path, folder: Path, packed: Packed) -> None:
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    where = {"gguf_file": file.name, "local_files_only": True, "trust_remote_code": False}
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            file.parent,
            dtype=getattr(torch, DTYPES.get(packed.most, HALF)),
            quantization_config=transformers.GgufConfig(dequantize=True),
            **where,
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(file.parent, **where)
    except (ValueError, KeyError, NotImplementedError, ImportError) as exc:
        raise ConfigurationError(
            f"{file}: transformers cannot train a model of the kind {packed.architecture!r}: {exc}", next_step=NEXT_STEP
        ) from exc
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _mend_tokenizer(folder, packed.tokens, model.config.max_position_embeddings)


def _mend_tokenizer(folder: Path, tokens: int, context_tokens: int) -> None:
    """Take out tokens that the model has no row for, which come with the class that transformers reads it by."""
    whole = json.loads((folder / TOKENIZER).read_text("utf-8"))
    whole["added_tokens"] = [each for each in whole["added_tokens"] if each["id"] < tokens]
    write_whole(folder / TOKENIZER, json.dumps(whole, ensure_ascii=False))
    settings = json.loads((folder / TOKENIZER_CONFIG).read_text("utf-8"))
    settings |= {
        "pad_token": settings.get("pad_token") or settings.get("eos_token"),
        "model_max_length": context_tokens,
    }
    for told in ("is_local", "local_files_only"):
        settings.pop(told, None)
    write_whole(folder / TOKENIZER_CONFIG, json.dumps(settings, ensure_ascii=False, indent=2, sort_keys=True))
