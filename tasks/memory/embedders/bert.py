"""A BERT model as numpy computes it: from the tokens of texts to one vector for each. Nothing but numbers here.

Texts stand one after the other in one array, so nothing is padded and none changes what another one comes to; only
where words look at each other is each text on its own. Source: Devlin et al., 2018.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from tasks.memory.embedders.weights import Numbers

ROWS = 64  # of the widest array at a time: they stay in the cache of a core
#: erf(x) is x·P(x²)/Q(x²) up to 4, and 1 beyond, to seven digits; the coefficients of Eigen's `erf` for floats.
ERF_END = 4.0
ERF_P = (
    *(-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05),
    *(-7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02),
)
ERF_Q = (
    *(-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03),
    *(-1.42647390514189e-02,),
)


@dataclass(frozen=True)
class Shape:
    """How large a model is, and how it ends."""

    layers: int
    heads: int
    epsilon: float
    """What keeps a layer's norm from dividing by nothing."""
    first_alone: bool = False
    """Whether the first token speaks for a text, in the place of the mean of all."""


@dataclass(frozen=True)
class _Linear:
    weight: Numbers
    bias: Numbers

    def __call__(self, rows: Numbers) -> Numbers:
        made: Numbers = rows @ self.weight.T
        made += self.bias
        return made


@dataclass(frozen=True)
class _Norm:
    weight: Numbers
    bias: Numbers
    epsilon: float

    def __call__(self, rows: Numbers) -> Numbers:
        rows -= rows.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", rows, rows) / rows.shape[1]
        rows /= np.sqrt(spread + np.float32(self.epsilon))[:, None]
        rows *= self.weight
        rows += self.bias
        return rows


@dataclass(frozen=True)
class _Layer:
    asks: _Linear  # queries, keys and values
    answers: _Linear
    says: _Linear
    heard: _Linear
    heard_norm: _Norm
    widens: _Linear
    narrows: _Linear
    norm: _Norm


class Bert:
    """One model, for any number of threads."""

    def __init__(self, weights: Mapping[str, Numbers], shape: Shape) -> None:
        """Take the weights by their names in checkpoints. Raises KeyError, ValueError: they do not fit."""
        named = {name.removeprefix("bert."): numbers for name, numbers in weights.items()}
        self._shape = shape
        self._words = named["embeddings.word_embeddings.weight"]
        self._places = (
            named["embeddings.position_embeddings.weight"] + named["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _norm(named, "embeddings.LayerNorm", shape)
        self._layers = [_layer(named, f"encoder.layer.{at}", shape) for at in range(shape.layers)]
        self.dimension = int(self._words.shape[1])
        self.longest = int(self._places.shape[0])
        """Tokens that a text may have."""
        if self.dimension % shape.heads:
            raise ValueError(f"{self.dimension} numbers cannot be shared by {shape.heads} heads")

    def refuse_unfit(self, tokens: Collection[int]) -> None:
        """Raise ValueError where a vocabulary has tokens that this model has no vector for."""
        if max(tokens, default=0) >= self._words.shape[0]:
            raise ValueError(f"its vocabulary has more than the {self._words.shape[0]} tokens that it knows")

    def vectors(self, texts: Sequence[Sequence[int]]) -> Numbers:
        """Return a vector of length 1 for the tokens of each text; none is empty or longer than `longest`."""
        ends = list(accumulate(map(len, texts), initial=0))
        spans = [slice(*each) for each in pairwise(ends)]
        rows = self._words[np.concatenate([np.asarray(tokens) for tokens in texts])]
        for span in spans:
            rows[span] += self._places[: span.stop - span.start]
        rows = self._norm(rows)
        for layer in self._layers:
            rows = _through(layer, rows, spans, self._shape.heads)
        made = rows[ends[:-1]] if self._shape.first_alone else np.stack([rows[span].mean(axis=0) for span in spans])
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return np.asarray(made, dtype=np.float32)


def _through(layer: _Layer, rows: Numbers, spans: Sequence[slice], heads: int) -> Numbers:
    queries, keys, values = layer.asks(rows), layer.answers(rows), layer.says(rows)
    queries *= np.float32((queries.shape[1] / heads) ** -0.5)
    heard = np.empty_like(rows)
    for span in spans:
        heard[span] = _heard(*(_by_head(each[span], heads) for each in (queries, keys, values)))
    rows = layer.heard_norm(layer.heard(heard) + rows)
    return layer.norm(layer.narrows(_gelu(layer.widens(rows))) + rows)


def _by_head(rows: Numbers, heads: int) -> Numbers:
    return rows.reshape(rows.shape[0], heads, -1).transpose(1, 0, 2)


def _heard(queries: Numbers, keys: Numbers, values: Numbers) -> Numbers:
    """Return what each token of one text takes in from all of them."""
    near = queries @ keys.transpose(0, 2, 1)
    near -= near.max(axis=2, keepdims=True)
    np.exp(near, out=near)
    near /= near.sum(axis=2, keepdims=True)
    heard: Numbers = np.asarray((near @ values).transpose(1, 0, 2), dtype=np.float32)
    return heard.reshape(heard.shape[0], -1)


def _gelu(rows: Numbers) -> Numbers:
    """Change the rows, some at a time, to x·(1 + erf(x/√2))/2, and return them."""
    for begin in range(0, rows.shape[0], ROWS):
        some = rows[begin : begin + ROWS]
        at: Numbers = np.clip(some * np.float32(math.sqrt(0.5)), -ERF_END, ERF_END)
        square = at * at
        at *= _polynomial(ERF_P, square)
        at /= _polynomial(ERF_Q, square)
        at += 1.0
        some *= at
        some *= 0.5
    return rows


def _polynomial(coefficients: Sequence[float], of: Numbers) -> Numbers:
    made = of * np.float32(coefficients[0])
    made += np.float32(coefficients[1])
    for coefficient in coefficients[2:]:
        made *= of
        made += np.float32(coefficient)
    return made


def _layer(named: Mapping[str, Numbers], prefix: str, shape: Shape) -> _Layer:
    asks, answers, says = (_linear(named, f"{prefix}.attention.self.{what}") for what in ("query", "key", "value"))
    return _Layer(
        asks=asks,
        answers=answers,
        says=says,
        heard=_linear(named, f"{prefix}.attention.output.dense"),
        heard_norm=_norm(named, f"{prefix}.attention.output.LayerNorm", shape),
        widens=_linear(named, f"{prefix}.intermediate.dense"),
        narrows=_linear(named, f"{prefix}.output.dense"),
        norm=_norm(named, f"{prefix}.output.LayerNorm", shape),
    )


def _linear(named: Mapping[str, Numbers], name: str) -> _Linear:
    return _Linear(named[f"{name}.weight"], named[f"{name}.bias"])


def _norm(named: Mapping[str, Numbers], name: str, shape: Shape) -> _Norm:
    return _Norm(named[f"{name}.weight"], named[f"{name}.bias"], shape.epsilon)
