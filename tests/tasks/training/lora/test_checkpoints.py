"""A checkpoint counts once it is sealed, and as long as it is what was sealed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.training.lora.checkpoints import SEAL, End, latest, prune, seal


def written(root: Path, step: int) -> Path:
    folder = root / f"checkpoint-{step}"
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes(b"weights %d" % step)
    (folder / "optimizer.pt").write_bytes(b"averages")
    return folder


def test_the_last_sealed_one_is_gone_on_with(tmp_path: Path) -> None:
    for step in (2, 10, 9):  # by number, not by name
        seal(written(tmp_path, step), spent_s=step)
    found = latest(tmp_path)
    assert found is not None
    assert (found.seal.step, found.seal.spent_s, found.seal.end) == (10, 10, End.NOT)


def test_why_it_ended_is_kept(tmp_path: Path) -> None:
    seal(written(tmp_path, 5), 1.0, End.BUDGET)
    found = latest(tmp_path)
    assert found is not None
    assert found.seal.end is End.BUDGET


def test_one_that_is_not_sealed_is_thrown_away(tmp_path: Path) -> None:
    seal(written(tmp_path, 1), 1.0)
    half = written(tmp_path, 2)
    found = latest(tmp_path)
    assert found is not None
    assert found.seal.step == 1
    assert not half.exists()


@pytest.mark.parametrize("harm", ["changed", "missing", "more", "seal"])
def test_one_that_is_not_what_was_sealed_is_thrown_away(tmp_path: Path, harm: str) -> None:
    folder = seal(written(tmp_path, 1), 1.0).folder
    match harm:
        case "changed":
            (folder / "optimizer.pt").write_bytes(b"average!")
        case "missing":
            (folder / "optimizer.pt").unlink()
        case "more":
            (folder / "scheduler.pt").write_bytes(b"")
        case _:
            (folder / SEAL).write_text("{")
    assert latest(tmp_path) is None
    assert not folder.exists()


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    for step in (1, 2, 3, 10):
        seal(written(tmp_path, step), 1.0)
    prune(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-10", "checkpoint-3"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert latest(tmp_path) is None
    assert latest(tmp_path / "gone") is None
