"""A run is a folder: made at once or not at all, and all that there is to know of it."""

from __future__ import annotations

import contextlib
import errno
import json
import secrets
import shutil
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tasks.contracts import atomic
from tasks.contracts.digests import file_sha256
from tasks.contracts.errors import RookeryError, UnknownThing
from tasks.contracts.folders import PRIVATE
from tasks.contracts.learning import Metric, StepName, Verdict
from tasks.training.runs.record import Begun, Done, Ended, Facts
from tasks.training.runs.spec import RunSpec

RUNS = "runs"  # below the folder of training
SPEC_FILE, DONE_FILE, BEGUN_FILE, ENDED_FILE = "run.json", "DONE.json", "begun.json", "ended.json"
SCORES_FILE, VERDICT_FILE, CANARY_FILE = "scores.json", "verdict.json", "canary.json"
CHECKPOINTS = "checkpoints"
CURVE_FILE = "curve.json"  # among the checkpoints of a training that goes on: its losses until now
#: Folders in that of a step which no other step reads, and which differ from try to try: they are not in its hashes.
UNHASHED = frozenset({CHECKPOINTS, "tensorboard"})
_METRICS = TypeAdapter(tuple[Metric, ...])
_THERE = {errno.ENOTEMPTY, errno.EEXIST}


def runs_of(training_dir: Path) -> Path:
    """Return where the folders of runs are."""
    return training_dir / RUNS


def create(training_dir: Path, spec: RunSpec) -> bool:
    """Make the folder of a run; False: there is one of that name already, and it is left as it is."""
    runs = runs_of(training_dir)
    runs.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    fresh = runs / f".{spec.run}.{secrets.token_hex(4)}"
    fresh.mkdir(mode=PRIVATE)
    try:
        atomic.write_whole(fresh / SPEC_FILE, spec.model_dump_json(indent=2))
        fresh.rename(runs / spec.run)
    except OSError as exc:
        shutil.rmtree(fresh)
        if exc.errno in _THERE:
            return False
        raise
    atomic.sync_folder(runs)
    return True


def names(training_dir: Path) -> tuple[str, ...]:
    """Return the names of all runs, the oldest first."""
    runs = runs_of(training_dir)
    if not runs.is_dir():
        return ()
    return tuple(sorted(path.parent.name for path in runs.glob(f"[!.]*/{SPEC_FILE}")))


def find(training_dir: Path, run: str) -> Path:
    """Return the folder of a run. Raises UnknownThing."""
    folder = runs_of(training_dir) / run
    if run not in names(training_dir):
        raise UnknownThing(f"there is no run {run!r}", next_step="`rookery train runs` shows those that there are")
    return folder


def read(folder: Path) -> RunSpec:
    """Return what a run was told. Raises RookeryError where it cannot be read."""
    try:
        return RunSpec.model_validate_json((folder / SPEC_FILE).read_bytes())
    except (OSError, ValidationError) as exc:
        raise RookeryError(
            f"{folder / SPEC_FILE} cannot be read: {exc}", next_step="delete that folder; another run begins anew"
        ) from exc


def done(out: Path) -> Done | None:
    """Return what a step says of its end; None: it has not come to it."""
    try:
        return Done.model_validate_json((out / DONE_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def note_done(out: Path, said: Done) -> None:
    """Write down that a step is done; from here on it is, after a power cut too."""
    atomic.write_whole(out / DONE_FILE, said.model_dump_json(indent=2))


def hashes(out: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that a step made, by its path."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file())
    told = {path.relative_to(out): path for path in files}
    return {
        name.as_posix(): file_sha256(path)
        for name, path in told.items()
        if name.parts[0] not in UNHASHED and name.as_posix() != DONE_FILE
    }


def begun(folder: Path) -> Begun | None:
    """Return the step that a run was at last; None: none, or it ended by itself."""
    try:
        return Begun.model_validate_json((folder / BEGUN_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def note_begun(folder: Path, said: Begun | None) -> None:
    """Write down which step a run is at; None: at none."""
    if said is None:
        (folder / BEGUN_FILE).unlink(missing_ok=True)
    else:
        atomic.write_whole(folder / BEGUN_FILE, said.model_dump_json())


def emptied(out: Path) -> None:
    """Have a folder that is there and in which nothing is."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(out)
    out.mkdir(mode=PRIVATE)


def drop_checkpoints(folder: Path) -> None:
    """Take away what a run that has ended would have gone on from: on a full disk, the next one needs that room."""
    for out in folder.glob(f"*/{CHECKPOINTS}"):
        shutil.rmtree(out, ignore_errors=True)


def end(folder: Path, said: Ended) -> None:
    """Write down what a run came to, in the place of what stood there."""
    atomic.write_whole(folder / ENDED_FILE, said.model_dump_json(indent=2))


def facts(folder: Path) -> Facts:
    """Return what the folder of a run says, as far as it can be read."""
    return Facts(
        done=tuple(step for step in StepName if (folder / step.value / DONE_FILE).is_file()),
        passed=verdict.passed if (verdict := verdict_of(folder)) else None,
        promoted=_promoted(folder / StepName.CANARY.value),
        ended=_ended(folder),
    )


def verdict_of(folder: Path) -> Verdict | None:
    """Return what the gate said; None: nothing yet."""
    out = folder / StepName.GATE.value
    if not (out / DONE_FILE).is_file():
        return None
    try:
        return Verdict.model_validate_json((out / VERDICT_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def metrics(folder: Path) -> tuple[Metric, ...]:
    """Return the figures of a run; none where it has not come to them."""
    try:
        return _METRICS.validate_json((folder / StepName.EVALUATE.value / SCORES_FILE).read_bytes())
    except (OSError, ValidationError):
        return ()


def _promoted(out: Path) -> bool:
    """Return whether nothing but the new adapter answers from the start."""
    try:
        return bool(json.loads((out / CANARY_FILE).read_bytes())["share"] == 0)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _ended(folder: Path) -> Ended | None:
    try:
        return Ended.model_validate_json((folder / ENDED_FILE).read_bytes())
    except (OSError, ValidationError):
        return None
