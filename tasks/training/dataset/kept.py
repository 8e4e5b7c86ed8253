"""What of a persona outlasts its runs: what was held out, and what its adapters have learned. Files of its own folder.

What was held out once is never learned. Both only grow, but for what was forgotten or taken back.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from tasks.contracts import atomic
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.folders import PRIVATE
from tasks.contracts.learning import Sample
from tasks.contracts.messages import Value
from tasks.training.dataset.alignment import is_alignment
from tasks.training.registry import layout

PERSONAS = "personas"  # below the folder of training
HELD_OUT_FILE, LEARNED_FILE, SALT_FILE = "held_out.jsonl", "learned.jsonl", "salt"
SALT_BYTES = 16


class Kept(Value):
    """A sample, and the run that it was held out or learned in."""

    run: str
    sample: Sample


class Shelf:
    """The folder of one persona."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def held_out(self) -> tuple[Kept, ...]:
        """Return what was held out, by any run."""
        return _read(self._folder / HELD_OUT_FILE)

    def learned(self) -> tuple[Kept, ...]:
        """Return what was learned by runs that were promoted."""
        return _read(self._folder / LEARNED_FILE)

    def hold_out(self, run: str, samples: Iterable[Sample]) -> None:
        """Keep what a run held out, in the place of what it held out when it was walked before."""
        others = (kept for kept in self.held_out() if kept.run != run)
        self._write(HELD_OUT_FILE, _with(others, run, samples))

    def learn(self, run: str, samples: Iterable[Sample]) -> None:
        """Keep what a run that was promoted has learned."""
        if any(kept.run == run for kept in self.learned()):
            return
        self._write(LEARNED_FILE, _with(self.learned(), run, (one for one in samples if not is_alignment(one))))

    def forget(self, gone: Callable[[Sample], bool]) -> int:
        """Take away what is to be known no more, and return how much that was."""
        count = 0
        for name in (HELD_OUT_FILE, LEARNED_FILE):
            there = _read(self._folder / name)
            stays = tuple(kept for kept in there if not gone(kept.sample))
            if len(stays) < len(there):
                self._write(name, stays)
            count += len(there) - len(stays)
        return count

    def salt(self) -> str:
        """Return what digests of this persona's authors are made with, so that nobody finds them by trying."""
        path = self._folder / SALT_FILE
        if not path.is_file():
            self._folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            atomic.write_whole(path, secrets.token_hex(SALT_BYTES), mode=0o600)
        return path.read_text("ascii")

    def _write(self, name: str, rows: Sequence[Kept]) -> None:
        self._folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        atomic.write_whole(self._folder / name, b"".join(map(line, rows)), mode=0o600)


def shelf_of(training_dir: Path, persona: str) -> Shelf:
    """Return what is kept of a persona, whatever it is called."""
    return Shelf(training_dir / PERSONAS / layout.home(persona))


def shelves(training_dir: Path) -> tuple[Shelf, ...]:
    """Return what is kept of all personas that ever learned: whoever forgets somebody looks at each."""
    folder = training_dir / PERSONAS
    return tuple(Shelf(path) for path in sorted(folder.iterdir())) if folder.is_dir() else ()


def line(value: Value) -> bytes:
    """Return a value as a line of JSON: equal values as equal bytes, and no character that some take for its end."""
    return json.dumps(value.model_dump(mode="json"), sort_keys=True).encode() + b"\n"


def read_samples(path: Path) -> tuple[Sample, ...]:
    """Return the samples in a file of JSON lines; none where there is no such file."""
    if not path.is_file():
        return ()
    with path.open("rb") as lines:
        return tuple(Sample.model_validate_json(told) for told in lines)


def _with(rows: Iterable[Kept], run: str, samples: Iterable[Sample]) -> tuple[Kept, ...]:
    there = {kept.sample.id: kept for kept in rows}
    for sample in samples:
        there.setdefault(sample.id, Kept(run=run, sample=sample))
    return tuple(sorted(there.values(), key=lambda kept: (kept.sample.at_ms, kept.sample.id)))


def _read(path: Path) -> tuple[Kept, ...]:
    if not path.is_file():
        return ()
    try:
        with path.open("rb") as lines:
            return tuple(Kept.model_validate_json(told) for told in lines)
    except ValidationError as exc:
        raise ConfigurationError(
            f"{path} cannot be read: a line of it is no sample", next_step="put it back from a backup, or move it away"
        ) from exc
