"""Steps that only write files, each made of those before it; and a process that walks them and may be killed."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tasks.contracts.fleet import Fleet
from tasks.contracts.learning import StepName
from tasks.contracts.notices import Notice
from tasks.contracts.personas import Persona
from tasks.contracts.sections import Training
from tasks.training.abilities import Registry
from tasks.training.runs import folder
from tasks.training.runs.spec import Run, RunSpec, Step, Workshop
from tasks.training.runs.walking import Walker

PIRATE = Persona(name="pirate", model="demo", learns="liked")
RUN = "20261122-0200-pirate"
CHUNKS = 4
VERDICT = {"passed": True, "objections": [], "unrated": False}


def spec(run: str = RUN, **fields: Any) -> RunSpec:
    """Return what a run was told."""
    told = {"persona": PIRATE, "model": "demo", "training": Training(), "until_ms": 1, **fields}
    return RunSpec(run=run, **told)


def workshop(**abilities: Any) -> Workshop:
    """Return what steps may ask for; those that are not named nobody here asks for."""
    nothing: Any = None
    made: dict[str, Any] = {
        "settings": nothing,
        "store": nothing,
        "transcript_url": "",
        "registry": cast(Registry, nothing),
        "notify": nothing,
        "say": lambda _doing, _share: None,
        "ending": threading.Event(),
    }
    return Workshop(**{**made, **abilities})


@dataclass
class Pace:
    """A step: one file, made of those of the steps before it."""

    name: StepName
    resumes: bool = False
    extra: dict[str, str] = field(default_factory=dict)
    """Other files that it writes."""
    meets: Callable[[Run], None] = lambda _run: None
    """What happens to it half-way."""
    worked: int = 0
    found: list[str] = field(default_factory=list)
    """What was in its folder when it began last."""

    def work(self, run: Run, out: Path) -> None:
        """Write the file in chunks; one that resumes goes on behind those that are there."""
        self.worked += 1
        self.found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
        earlier = [folder.done(run.of(step)) for step in itertools.takewhile(lambda step: step != self.name, StepName)]
        seed = "".join(json.dumps(done.outputs, sort_keys=True) for done in earlier if done)
        for number in range(CHUNKS):
            chunk = out / "checkpoints" / f"{number}"
            chunk.parent.mkdir(exist_ok=True)
            if not chunk.exists():
                chunk.write_text(hashlib.sha256(f"{seed}{self.name}{number}".encode()).hexdigest())
            if number == CHUNKS // 2:
                self.meets(run)
            run.workshop.say(f"chunk {number}", (number + 1) / CHUNKS)
        (out / "made").mkdir(exist_ok=True)
        (out / "made" / "all.txt").write_text(
            "".join((out / "checkpoints" / f"{n}").read_text() for n in range(CHUNKS))
        )
        for name, text in self.extra.items():
            (out / name).write_text(text)


def paces(**meets: Callable[[Run], None]) -> list[Pace]:
    """Return one of each step, whose gate passes and whose canary is all jobs; `meets` is what happens to each."""
    made = [Pace(name, resumes=name is StepName.TRAIN) for name in StepName]
    for pace in made:
        pace.meets = meets.get(pace.name.value, pace.meets)
    of(made, StepName.GATE).extra = {folder.VERDICT_FILE: json.dumps(VERDICT)}
    of(made, StepName.CANARY).extra = {folder.CANARY_FILE: json.dumps({"version": "v", "share": 0})}
    return made


def of(made: Sequence[Pace], name: StepName) -> Pace:
    """Return one of these steps."""
    return next(pace for pace in made if pace.name is name)


@dataclass
class Walk:
    """A run in a folder."""

    training_dir: Path
    run: Run

    def by(self, steps: Sequence[Step], **how: Any) -> Walker:
        """Return who walks these steps."""
        return Walker(steps, now_ms=lambda: 7, **how)

    def digests(self) -> dict[str, str]:
        """Return what the steps that are done are known by."""
        found = {step.value: folder.done(self.run.of(step)) for step in StepName}
        return {name: done.digest for name, done in found.items() if done}

    def walked_by_one_that_is_killed(self, steps: Sequence[Step], crash: str = "") -> int:
        """Walk in a process of its own, which may be killed; returns how it ended."""
        if crash:
            (self.training_dir / crash).touch()
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                os.environ["ROOKERY_CRASH_AT"] = str(self.training_dir)
                self.by(steps).walk(self.run)
                code = 0
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def walk(training_dir: Path, **abilities: Any) -> Walk:
    """Begin a run in a folder."""
    training_dir.mkdir(parents=True, exist_ok=True)
    assert folder.create(training_dir, spec())
    return Walk(training_dir, Run(spec(), folder.find(training_dir, RUN), workshop(**abilities)))


def kill(_run: Run) -> None:
    """Be killed, as by the kernel."""
    os.kill(os.getpid(), signal.SIGKILL)


def learning_fleet(**training: Any) -> Fleet:
    """Return a fleet with a persona that learns."""
    model: Any = {"name": "demo", "builtin": "demo"}
    return Fleet.model_validate(
        {"persona": [PIRATE.model_dump()], "model": [model], "training": training}, strict=False
    )


@dataclass
class Ears:
    """Hears notices."""

    heard: list[Notice] = field(default_factory=list)

    def __call__(self, notice: Notice) -> None:
        self.heard.append(notice)
