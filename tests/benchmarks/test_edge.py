from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import edge
from benchmarks.edge import embedding_model, findings, measure, note
from tasks.memory.embedders.light import BertEmbedder
from tests.benchmarks.quick import by_name, nobody


def test_the_language_model_does_not_count_and_who_remembers_does() -> None:
    sizes = {"rookery run memory": 150e6, "workers.engines.llamacpp_server": 900e6, "redis-server": 10e6}
    found = by_name(findings(sizes))
    everything = found["everything but the language model"]
    assert (everything.value, everything.goal) == (160.0, edge.GOAL)
    assert found["the process that remembers, embedding model included"].value == 150.0


def test_the_embedding_model_is_of_the_usual_ones_shape_and_knows_each_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "LAYERS", 1)
    words = 400
    embedder = BertEmbedder("made up", embedding_model(tmp_path / "model", words))
    assert embedder.dimension == edge.WIDTH
    one, other = embedder.embed([note(0), note(1)])
    assert one != other
    assert len({*note(0).split(), *note(1).split()}) == 2 * edge.NOTE_WORDS


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert all(figure.value > 0 for figure in found.values())
