from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.learning import Pair, Sample, StepName
from tasks.training.runs.spec import Interrupted, Run
from tasks.training.samples.spool import line
from tasks.training.scrub.step import Scrub
from tests.tasks.training.runs.paces import spec, workshop
from tests.tasks.training.scrub.test_cleaning import TOKEN, pair, sample


def exported(folder: Path, samples: list[Sample], pairs: list[Pair], **abilities: Any) -> Run:
    """Return a run whose export is done."""
    out = folder / StepName.EXPORT.value
    out.mkdir(parents=True)
    (out / "samples.jsonl").write_bytes(b"".join(map(line, samples)))
    (out / "pairs.jsonl").write_bytes(b"".join(map(line, pairs)))
    return Run(spec(), folder, workshop(**abilities))


def scrubbed(run: Run) -> dict[str, Any]:
    out = run.of(StepName.SCRUB)
    out.mkdir()
    Scrub().work(run, out)
    counts: dict[str, Any] = json.loads((out / "counts.json").read_bytes())
    return counts


def test_what_may_be_learned_is_handed_on_and_what_was_held_back_is_counted(tmp_path: Path) -> None:
    samples = [sample("fine, thanks"), sample("mail ann@example.org", id="s2"), sample(f"it is {TOKEN}", id="s3")]
    run = exported(tmp_path, samples, [pair("call +49 170 1234567", "no")])
    counts = scrubbed(run)
    kept = [json.loads(told) for told in (run.of(StepName.SCRUB) / "samples.jsonl").read_bytes().splitlines()]
    assert [(one["id"], one["answer"]) for one in kept] == [("s1", "fine, thanks"), ("s2", "mail [email]")]
    assert counts["samples"] == {
        "kept": 2,
        "masked": 1,
        "dropped": {"a secret": 1},
        "found": {"GitHub token": 1, "email": 1},
        "suspected": {},
    }
    assert counts["pairs"]["found"] == {"phone": 1}
    assert b"call [phone]" in (run.of(StepName.SCRUB) / "pairs.jsonl").read_bytes()


def test_no_file_of_it_holds_what_was_found(tmp_path: Path) -> None:
    run = exported(tmp_path, [sample("mail ann@example.org"), sample(f"it is {TOKEN}", id="s2")], [])
    scrubbed(run)
    written = b"".join(path.read_bytes() for path in run.of(StepName.SCRUB).iterdir())
    assert TOKEN.encode() not in written
    assert b"example.org" not in written


def test_where_there_are_no_pairs_none_are_handed_on(tmp_path: Path) -> None:
    run = exported(tmp_path, [sample("fine")], [])
    (run.of(StepName.EXPORT) / "pairs.jsonl").unlink()
    assert scrubbed(run)["pairs"]["kept"] == 0
    assert (run.of(StepName.SCRUB) / "pairs.jsonl").read_bytes() == b""


def test_it_ends_where_the_worker_is_to_end(tmp_path: Path) -> None:
    ending = threading.Event()
    ending.set()
    run = exported(tmp_path, [sample("fine")], [], ending=ending)
    with pytest.raises(Interrupted):
        scrubbed(run)
