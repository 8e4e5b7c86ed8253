"""What a run compares is loaded from where its steps and the registry left it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.errors import AdapterDamaged
from tasks.contracts.learning import StepName
from tasks.training.evaluation.opening import ADAPTER, adapters_of, opened
from tasks.training.evaluation.voices import Voice
from tasks.training.lora.bases import FILE, read_base
from tasks.training.runs.spec import Run
from tests.tasks.training.evaluation.conftest import Small
from tests.tasks.training.runs.paces import spec, workshop
from tests.tasks.training.trained import served_is, write_figures

SERVED = "20261121-0badcafe"


def run_of(folder: Path, small: Small, served: str = SERVED) -> Run:
    """Return a run that trained the better adapter on the small base, while the ruined one is served."""
    from tests.tasks.training.evaluation import small as made

    made.base().save_pretrained(folder / "base")
    made.tokenizer().save_pretrained(folder / "base")
    registry: Any = served_is(served, small.ruined)
    run = Run(spec(), folder, workshop(registry=registry))
    trained = run.of(StepName.TRAIN)
    shutil.copytree(small.better, trained / ADAPTER)
    (trained / FILE).write_text(read_base("small", folder / "base").model_dump_json())
    write_figures(trained)
    return run


def test_all_three_are_asked_as_they_were_trained(small: Small, tmp_path: Path) -> None:
    from tests.tasks.training.evaluation.small import TAUGHT

    found = opened(run_of(tmp_path, small))
    assert found.voices == (Voice.BASE, Voice.SERVED, Voice.CANDIDATE)
    for voice in found.voices:
        expected = small.answering.nll(TAUGHT, voice)
        assert [one.tokens for one in found.nll(TAUGHT, voice)] == [one.tokens for one in expected]
        assert [one.nats for one in found.nll(TAUGHT, voice)] == pytest.approx([one.nats for one in expected], rel=1e-4)


def test_where_nothing_is_served_the_base_is_compared_with(small: Small, tmp_path: Path) -> None:
    run = run_of(tmp_path, small, served="")
    assert adapters_of(run) == {Voice.CANDIDATE: run.of(StepName.TRAIN) / ADAPTER}


def test_what_was_trained_on_another_model_is_not_loaded(small: Small, tmp_path: Path) -> None:
    run = run_of(tmp_path, small)
    run.workshop.registry.manifest("pirate", SERVED).origin.model = "former"  # type: ignore[misc]
    assert list(adapters_of(run)) == [Voice.CANDIDATE]


@pytest.mark.parametrize("spoiled", ["adapter_model.safetensors", "adapter_config.json"])
def test_an_adapter_that_cannot_be_read_is_told_so(small: Small, tmp_path: Path, spoiled: str) -> None:
    run = run_of(tmp_path, small, served="")
    (run.of(StepName.TRAIN) / ADAPTER / spoiled).write_bytes(b"not what it was")
    with pytest.raises(AdapterDamaged, match="does not fit"):
        opened(run)
