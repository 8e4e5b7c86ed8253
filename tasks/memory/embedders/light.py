"""Vectors without torch: a model of the BERT kind computed by numpy, the same numbers in a fraction of the memory.

A folder of sentence-transformers is read as it is. Whatever it holds that is not computed here is refused, never left
out: a vector that is nearly right finds the wrong things.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.contracts.errors import ConfigurationError
from tasks.memory.embedders.wordpiece import WordPiece

CONFIG, MODULES, POOLING, LIMITS, TOKENS, VOCABULARY = (
    *("config.json", "modules.json", "1_Pooling/config.json"),
    *("sentence_bert_config.json", "tokenizer_config.json", "vocab.txt"),
)
WEIGHTS = "model.safetensors"
COMPUTED = ("Transformer", "Pooling", "Normalize")
#: What each file has to say for itself; where it says nothing, that is what is meant.
NEEDED: Mapping[str, Mapping[str, Any]] = {
    CONFIG: {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"},
    TOKENS: {"strip_accents": None, "tokenize_chinese_chars": True},
    LIMITS: {"do_lower_case": False},
    POOLING: {
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
        "pooling_mode_weightedmean_tokens": False,
        "pooling_mode_lasttoken": False,
    },
}
MOST_TOKENS = 1024  # at a time: the widest arrays of the usual model take 6 MB
#: A core for the memories, the others for who answers. Threads of BLAS spin while they wait for each other.
ONE_CORE = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class BertEmbedder:
    """A model in a folder of sentence-transformers, for any number of threads at the same time."""

    def __init__(self, name: str, folder: Path) -> None:
        """Open the model, which is called `name` from now on.

        Raises:
            ConfigurationError: it is of another kind, or cannot be read.
        """
        refuse_unlike(folder)
        for variable, value in ONE_CORE.items():
            os.environ.setdefault(variable, value)
        from tasks.memory.embedders.bert import Bert, Shape  # noqa: PLC0415 (numpy looks at these when it is loaded)
        from tasks.memory.embedders.weights import weights_in  # noqa: PLC0415

        config = _said(folder / CONFIG)
        try:
            first_alone = bool(_said(folder / POOLING).get("pooling_mode_cls_token"))
            shape = Shape(
                config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"], first_alone
            )
            self._bert = Bert(weights_in(folder / WEIGHTS), shape)
            lowercase = bool(_said(folder / TOKENS).get("do_lower_case", True))
            vocabulary = _vocabulary(folder)
            self._bert.refuse_unfit(vocabulary.values())
            self._tokens = WordPiece(vocabulary, lowercase=lowercase)
        except (KeyError, OSError, ValueError, TypeError) as exc:
            raise ConfigurationError(
                f"the embedding model in {folder} cannot be read: {exc!r:.200}", next_step="put its whole folder there"
            ) from exc
        self.model, self.dimension = name, self._bert.dimension
        self._longest = min(_said(folder / LIMITS).get("max_seq_length") or self._bert.longest, self._bert.longest)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text."""
        tokens = [self._tokens.ids(text, self._longest) for text in texts]
        return [vector for some in _some_at_a_time(tokens) for vector in self._bert.vectors(some).tolist()]


def refuse_unlike(folder: Path) -> None:
    """Raise ConfigurationError where a model is none that can be computed here."""
    if lacking := unlike(folder):
        raise ConfigurationError(
            f"numpy cannot compute the embedding model in {folder}: {lacking}",
            next_step='set embedder = "torch" in [memory], which takes any model of sentence-transformers',
        )


def unlike(folder: Path) -> str:
    """Return what of a model cannot be computed here, in words; empty where all of it can."""
    for file, needed in NEEDED.items():
        said = _said(folder / file)
        for key, value in needed.items():
            if said.get(key, value) != value:
                return f"{key} is {said[key]!r} in {file}"
    modules = [str(one.get("type", "")).rpartition(".")[2] for one in _said(folder / MODULES, list)]
    if foreign := [module for module in modules if module not in COMPUTED]:
        return f"{foreign[0] or 'an unknown part'} is in {MODULES}"
    for file in (CONFIG, VOCABULARY, WEIGHTS):
        if not (folder / file).is_file():
            return f"it has no {file}"
    return ""


def _some_at_a_time(texts: Sequence[list[int]]) -> Iterator[list[list[int]]]:
    """Yield the texts in their order, as many as may be computed at the same time."""
    some: list[list[int]] = []
    for text in texts:
        if some and sum(map(len, some)) + len(text) > MOST_TOKENS:
            yield some
            some = []
        some.append(text)
    if some:
        yield some


def _vocabulary(folder: Path) -> dict[str, int]:
    lines = (folder / VOCABULARY).read_text(encoding="utf-8").split("\n")
    return {token: at for at, token in enumerate(lines) if token}


def _said(path: Path, kind: type[Any] = dict) -> Any:
    """Return what a file of JSON says, which is of that kind; an empty one where there is no file."""
    try:
        said = json.loads(path.read_text(encoding="utf-8")) if path.exists() else kind()
    except (OSError, ValueError) as exc:
        said, why = None, str(exc)[:200]
    else:
        why = f"it holds no {kind.__name__}"
    if not isinstance(said, kind):
        raise ConfigurationError(f"{path} cannot be read: {why}", next_step="put the whole model there again")
    return said
