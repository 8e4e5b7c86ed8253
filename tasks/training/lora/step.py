"""The step that trains: from samples to an adapter, as far as time allows."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tasks.contracts.atomic import write_whole
from tasks.contracts.digests import file_sha256
from tasks.contracts.errors import OutOfMemory
from tasks.contracts.learning import Sample, StepName
from tasks.training.dataset import weighing
from tasks.training.dataset.kept import read_samples
from tasks.training.lora import bases, finishing
from tasks.training.lora.bases import Base
from tasks.training.lora.device import Device, Found, decide, tighter
from tasks.training.lora.finding import find
from tasks.training.lora.offline import stay_offline
from tasks.training.runs.spec import Run

TRAIN_FILE, HELD_OUT_FILE = "train.jsonl", "held_out_new.jsonl"
DEVICE_FILE, CHECKPOINTS = "device.json", "checkpoints"
logger = logging.getLogger(__name__)

_Kept = TypeVar("_Kept", bound=BaseModel)


class Train:
    """Trains the adapter of a run. Killed at any time, it goes on and comes to the same bits."""

    name = StepName.TRAIN
    resumes = True

    def __init__(self, found: Callable[[], Found] = find) -> None:
        self._find = found

    def work(self, run: Run, out: Path) -> None:
        """Write `adapter/`, `figures.json`, `base.json`, `device.json` and `tensorboard/`.

        Raises:
            Interrupted: the worker is to end, and a checkpoint is kept.
            ConfigurationError: the model cannot be trained.
            OutOfMemory: it took more memory than was estimated; another try takes less, or the CPU.
        """
        stay_offline()
        if finishing.finished(out) is None:
            self._train(run, out)
        shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)  # with optimizers that nobody needs any more

    def _train(self, run: Run, out: Path) -> None:
        from tasks.training.dataset.encoding import encoded  # noqa: PLC0415  # all of these bring libraries of seconds
        from tasks.training.dataset.families import template_of  # noqa: PLC0415
        from tasks.training.lora import models  # noqa: PLC0415
        from tasks.training.lora.teaching import Lesson, teach  # noqa: PLC0415
        from tasks.training.lora.watch import Looking  # noqa: PLC0415

        shop, training = run.workshop, run.spec.training
        base = self._base(run, out)
        device = self._device(run, out, base)
        tokenizer = models.load_tokenizer(base.folder)
        template = template_of(tokenizer, run.spec.persona.prompt)
        most = min(training.max_tokens, base.context_tokens)
        data = run.of(StepName.DATASET)
        samples, held_out = (read_samples(data / name) for name in (TRAIN_FILE, HELD_OUT_FILE))
        lesson = Lesson(
            base=base,
            device=device,
            training=training,
            samples=list(encoded(self._lessons(run, samples), tokenizer, template, most)),
            held_out=list(encoded(held_out, tokenizer, template, most)) if held_out else [],
            pad=tokenizer.pad_token_id or 0,
            out=out,
        )
        try:
            last = teach(lesson, Looking(shop.say, shop.ending, training.time_budget_s))
        except OutOfMemory:
            self._settle(run, out, tighter(device, self._find(), base, training))
            raise
        figures = finishing.finish(
            out,
            last,
            base,
            device,
            persona=run.spec.persona.name,
            planned_steps=lesson.plan.steps,
            data_sha256=file_sha256(data / TRAIN_FILE),
            samples=len(samples),
        )
        told = {"steps": figures.steps, "end": figures.end.value, "share": f"{figures.share:.2%}"}
        logger.info("trained", extra={"run": run.spec.run, **told})
        shop.say(f"{figures.steps} steps, {figures.share:.2%} of the model trained", 1.0)

    @staticmethod
    def _lessons(run: Run, samples: Sequence[Sample]) -> list[Sample]:
        """Return what is learned in an epoch: some of it several times, which makes nobody too much of it."""
        training = run.spec.training
        weight = weighing.fair_weight(samples, training.correction_weight, training.user_share)
        return weighing.lessons(samples, weight, training.alone_share, f"{training.seed}:{run.spec.run}")

    def _base(self, run: Run, out: Path) -> Base:
        """Return the base of the run, which stays the same when the file of settings names another one meanwhile."""
        if (kept := _kept(out / bases.FILE, Base)) and Path(kept.folder).is_dir():
            return kept
        run.workshop.say("looking at the base", 0.0)
        settings = run.workshop.settings()
        base = bases.base_of(settings.fleet.model(run.spec.model), settings, run.workshop.weights)
        write_whole(out / bases.FILE, base.model_dump_json(indent=1))
        return base

    def _device(self, run: Run, out: Path, base: Base) -> Device:
        """Return how the run is trained: as it began, unless what it began on is gone."""
        found = self._find()
        kept = _kept(out / DEVICE_FILE, Device)
        if kept and kept.kind in (found.kind, "cpu"):
            return kept
        return self._settle(run, out, decide(found, base, run.spec.training))

    def _settle(self, run: Run, out: Path, device: Device) -> Device:
        """Have the run trained so from now on, from its beginning."""
        for words in device.warnings:
            logger.warning(words, extra={"run": run.spec.run})
        shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
        write_whole(out / DEVICE_FILE, device.model_dump_json(indent=1))
        return device


def _kept(path: Path, kind: type[_Kept]) -> _Kept | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
