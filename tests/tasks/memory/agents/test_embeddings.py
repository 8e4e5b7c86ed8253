from __future__ import annotations

import pytest

from tasks.memory.agents.embeddings import MemoryEmbeddings
from tests.tasks.memory.directions import DIMENSION, Directions

TEXTS = ["my dog is called Rex", "I like green tea", "the train leaves at nine", ""]


@pytest.fixture
def embeddings() -> MemoryEmbeddings:
    return MemoryEmbeddings(Directions())


def test_many_at_once_are_as_each_alone(embeddings: MemoryEmbeddings) -> None:
    batch = embeddings.embed_batch(TEXTS)
    for text, vector in zip(TEXTS, batch, strict=True):
        assert vector == pytest.approx(embeddings.embed_conversation(text), abs=1e-5)
        assert len(vector) == embeddings.dimension == DIMENSION
    assert embeddings.embed_batch([]) == []


def test_a_text_is_as_near_to_itself_as_can_be_and_nearer_than_to_others(embeddings: MemoryEmbeddings) -> None:
    for text in TEXTS:
        assert embeddings.compute_similarity(text, text) == pytest.approx(1.0)
    near = embeddings.compute_similarity("my dog is called Rex", "what is my dog called?")
    assert near > embeddings.compute_similarity("my dog is called Rex", "the train leaves at nine")
