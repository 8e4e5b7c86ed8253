"""A BERT model of a few numbers, in a folder as sentence-transformers keeps one, and what it comes to, plainly."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from tasks.memory.embedders.bert import Shape

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh", "tea", "dog", "##s", "##a", "1", "."]
WIDTH, LAYERS, HEADS, WIDE, PLACES, EPSILON = 8, 2, 2, 12, 16, 1e-12
SHAPE = Shape(LAYERS, HEADS, EPSILON)


def weights(seed: int = 1) -> dict[str, np.ndarray]:
    """Return the weights of a model, by chance."""
    chance = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return chance.normal(0, 0.7, shape).astype(np.float32)

    named = {
        "embeddings.word_embeddings.weight": some(len(VOCABULARY), WIDTH),
        "embeddings.position_embeddings.weight": some(PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": some(2, WIDTH),
    }
    sizes = {"embeddings.LayerNorm": (WIDTH,)}
    for at in range(LAYERS):
        of = f"encoder.layer.{at}"
        sizes |= {f"{of}.attention.self.{what}": (WIDTH, WIDTH) for what in ("query", "key", "value")}
        sizes |= {f"{of}.attention.output.dense": (WIDTH, WIDTH), f"{of}.attention.output.LayerNorm": (WIDTH,)}
        sizes |= {f"{of}.intermediate.dense": (WIDE, WIDTH), f"{of}.output.dense": (WIDTH, WIDE)}
        sizes |= {f"{of}.output.LayerNorm": (WIDTH,)}
    for name, size in sizes.items():
        named |= {f"{name}.weight": some(*size), f"{name}.bias": some(size[0])}
    return named


def keep(folder: Path, files: dict[str, dict[str, Any]] | None = None) -> Path:
    """Write a model down; `files` says what is to be different in which of its files."""
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "layer_norm_eps": EPSILON,
    }
    said: dict[str, Any] = {
        "config.json": config,
        "modules.json": [{"type": f"sentence_transformers.models.{one}"} for one in ("Transformer", "Pooling")],
        "1_Pooling/config.json": {"pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": 12},
        "tokenizer_config.json": {"do_lower_case": True},
    }
    for name, about in said.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        changed = (files or {}).get(name)
        path.write_text(json.dumps({**about, **changed} if isinstance(about, dict) and changed else changed or about))
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    save_file(weights(), folder / "model.safetensors")
    return folder


def plainly(tokens: Sequence[int], named: dict[str, np.ndarray], *, first_alone: bool = False) -> list[float]:
    """Return the vector of one text, number by number."""

    def linear(name: str, row: Sequence[float]) -> list[float]:
        weight, bias = named[f"{name}.weight"], named[f"{name}.bias"]
        return [
            sum(float(w) * x for w, x in zip(line, row, strict=True)) + float(b)
            for line, b in zip(weight, bias, strict=True)
        ]

    def norm(name: str, row: Sequence[float]) -> list[float]:
        mean = sum(row) / len(row)
        spread = math.sqrt(sum((x - mean) ** 2 for x in row) / len(row) + EPSILON)
        scaled = zip(row, named[f"{name}.weight"], named[f"{name}.bias"], strict=True)
        return [(x - mean) / spread * float(w) + float(b) for x, w, b in scaled]

    def added(one: Sequence[float], other: Sequence[float]) -> list[float]:
        return [float(x) + float(y) for x, y in zip(one, other, strict=True)]

    def attended(of: str, rows: list[list[float]]) -> list[list[float]]:
        asked = {what: [linear(f"{of}.self.{what}", row) for row in rows] for what in ("query", "key", "value")}
        size, made = WIDTH // HEADS, []
        for query in asked["query"]:
            row: list[float] = []
            for part in (slice(head * size, (head + 1) * size) for head in range(HEADS)):
                near = [
                    math.exp(sum(map(float.__mul__, query[part], key[part])) / math.sqrt(size)) for key in asked["key"]
                ]
                row += [
                    sum(n * value[part][at] for n, value in zip(near, asked["value"], strict=True)) / sum(near)
                    for at in range(size)
                ]
            made.append(row)
        return made

    rows = [
        norm(
            "embeddings.LayerNorm",
            added(
                added(
                    named["embeddings.word_embeddings.weight"][token],
                    named["embeddings.position_embeddings.weight"][at],
                ),
                named["embeddings.token_type_embeddings.weight"][0],
            ),
        )
        for at, token in enumerate(tokens)
    ]
    for layer in range(LAYERS):
        of = f"encoder.layer.{layer}"
        heard = [linear(f"{of}.attention.output.dense", row) for row in attended(f"{of}.attention", rows)]
        rows = [norm(f"{of}.attention.output.LayerNorm", added(row, one)) for row, one in zip(rows, heard, strict=True)]
        wide = [
            [x * (1 + math.erf(x / math.sqrt(2))) / 2 for x in linear(f"{of}.intermediate.dense", row)] for row in rows
        ]
        rows = [
            norm(f"{of}.output.LayerNorm", added(row, linear(f"{of}.output.dense", one)))
            for row, one in zip(rows, wide, strict=True)
        ]
    made = rows[0] if first_alone else [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    length = math.sqrt(sum(x * x for x in made))
    return [x / length for x in made]
