"""Reads a checkpoint folder as transformers 5 writes it, and says in plain words what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError

from tasks.contracts.errors import ConfigurationError

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
TOKENIZER_CONFIG, GENERATION_CONFIG = "tokenizer_config.json", "generation_config.json"
CHAT_TEMPLATE = "chat_template.jinja"
DEFAULT_ROPE_THETA = 10_000.0


class _Read(BaseModel):
    """A part of a checkpoint's JSON: other fields may stand beside ours."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class Rope(_Read):
    """How positions are turned into angles."""

    rope_theta: PositiveFloat = DEFAULT_ROPE_THETA
    rope_type: Literal["default"] = "default"


class LlamaConfig(_Read):
    """The shape of a Llama, from `config.json`."""

    model_type: Literal["llama"]
    vocab_size: PositiveInt
    hidden_size: PositiveInt
    intermediate_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    num_key_value_heads: PositiveInt
    max_position_embeddings: PositiveInt
    rms_norm_eps: PositiveFloat
    head_dim: PositiveInt
    rope_parameters: Rope = Rope()
    hidden_act: Literal["silu"] = "silu"
    attention_bias: Literal[False] = False
    mlp_bias: Literal[False] = False
    tie_word_embeddings: bool = False
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | None = None

    @property
    def end_tokens(self) -> list[int]:
        """The tokens that end an answer; the first one is the one that a file can name."""
        ends = self.eos_token_id
        return [] if ends is None else [ends] if isinstance(ends, int) else ends


class TokenKind(Enum):
    """What a token is for."""

    ORDINARY = auto()
    CONTROL = auto()
    ADDED = auto()
    UNUSED = auto()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A byte-level BPE vocabulary, by token id."""

    tokens: tuple[str, ...]
    kinds: tuple[TokenKind, ...]
    merges: tuple[str, ...]


class _PreTokenizer(_Read):
    type: Literal["ByteLevel"]
    add_prefix_space: Literal[False] = False
    use_regex: Literal[True] = True


class _Bpe(_Read):
    type: Literal["BPE"]
    vocab: dict[str, int]
    merges: list[str | tuple[str, str]] = Field(min_length=1)


class _AddedToken(_Read):
    id: int
    content: str
    special: bool


class _TokenizerFile(_Read):
    model: _Bpe
    pre_tokenizer: _PreTokenizer
    normalizer: None = None
    added_tokens: list[_AddedToken] = []


_Part = TypeVar("_Part", bound=BaseModel)


def read_config(folder: Path) -> LlamaConfig:
    """Return the shape of the model in `folder`.

    Raises ConfigurationError when there is none, or when it is not a plain Llama.
    """
    data = dict(_json(folder / CONFIG))
    heads, hidden = data.get("num_attention_heads"), data.get("hidden_size")
    if data.get("num_key_value_heads") is None:
        data["num_key_value_heads"] = heads
    if data.get("head_dim") is None and isinstance(heads, int) and isinstance(hidden, int) and heads > 0:
        data["head_dim"] = hidden // heads
    if data.get("rope_parameters") is None:  # transformers 4 wrote these apart
        data["rope_parameters"] = {
            "rope_theta": data.get("rope_theta") or DEFAULT_ROPE_THETA,
            **(data.get("rope_scaling") or {}),
        }
    config = _parse(LlamaConfig, data, folder / CONFIG)
    for token in (config.bos_token_id, *config.end_tokens):
        if token is not None and not 0 <= token < config.vocab_size:
            raise ConfigurationError(f"{folder / CONFIG}: token {token} is outside the {config.vocab_size} tokens")
    return config


def read_vocabulary(folder: Path, size: int) -> Vocabulary:
    """Return the `size` tokens of the model in `folder`, the unused ones named too.

    Raises ConfigurationError when the tokenizer is missing or is not a byte-level BPE like GPT-2's.
    """
    path = folder / TOKENIZER
    tokenizer = _parse(_TokenizerFile, _json(path), path)
    tokens = [f"<|unused_{index}|>" for index in range(size)]
    kinds = [TokenKind.UNUSED] * size
    named = [(index, token, TokenKind.ORDINARY) for token, index in tokenizer.model.vocab.items()]
    named += [(t.id, t.content, TokenKind.CONTROL if t.special else TokenKind.ADDED) for t in tokenizer.added_tokens]
    for index, token, kind in named:
        if not 0 <= index < size:
            raise ConfigurationError(
                f"{path}: token {token!r} has id {index}, but {CONFIG} says vocab_size = {size}",
                next_step="use the tokenizer that the model was trained with",
            )
        tokens[index], kinds[index] = token, kind
    merges = (pair if isinstance(pair, str) else " ".join(pair) for pair in tokenizer.model.merges)
    return Vocabulary(tuple(tokens), tuple(kinds), tuple(merges))


def read_chat_template(folder: Path) -> str:
    """Return the chat template of the model in `folder`, or "" when it has none."""
    path = folder / CHAT_TEMPLATE
    if path.is_file():
        return path.read_text("utf-8")
    template = _optional_json(folder / TOKENIZER_CONFIG).get("chat_template")
    return template if isinstance(template, str) else ""


def read_temperature(folder: Path) -> float | None:
    """Return the temperature that the model's makers advise, if they do."""
    advice = _optional_json(folder / GENERATION_CONFIG).get("temperature")
    return float(advice) if isinstance(advice, int | float) and advice >= 0 else None


def starts_with_bos(folder: Path) -> bool:
    """Return whether every text given to the model in `folder` starts with its `bos` token."""
    return _optional_json(folder / TOKENIZER_CONFIG).get("add_bos_token") is True


def _parse(kind: type[_Part], data: Mapping[str, Any], path: Path) -> _Part:
    try:
        return kind.model_validate(data)
    except ValidationError as exc:
        first = exc.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"{path}: {key} = {first['input']!r:.80}: {first['msg']}",
            next_step="only Llama checkpoints with a byte-level BPE tokenizer can be exported",
        ) from exc


def _optional_json(path: Path) -> Mapping[str, Any]:
    return _json(path) if path.is_file() else {}


def _json(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as exc:
        raise ConfigurationError(
            f"{path}: {exc.strerror}", next_step="name a checkpoint folder as transformers writes it"
        ) from exc
    except ValueError as exc:
        raise ConfigurationError(f"{path}: not JSON: {exc}") from exc
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path}: not a JSON object")
    return data
