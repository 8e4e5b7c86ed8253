"""The step that publishes: what the gate let through goes into the registry, with all that is known of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tasks.contracts.atomic import write_json
from tasks.contracts.digests import file_sha256
from tasks.contracts.errors import RookeryError
from tasks.contracts.learning import Metric, StepName, Verdict
from tasks.training.dataset.kept import read_samples
from tasks.training.registry.manifest import Origin
from tasks.training.runs.spec import Run

ADAPTER, FIGURES, BASE, TRAINED_ON = "adapter", "figures.json", "base.json", "train.jsonl"
SCORES, COMPARED = "scores.json", "compared.json"
VERDICT, PUBLISHED = "verdict.json", "published.json"
_METRICS = TypeAdapter(tuple[Metric, ...])


class Publish:
    """Publishes the adapter of a run; walked again it comes to the same version."""

    name = StepName.PUBLISH
    resumes = False

    def work(self, run: Run, out: Path) -> None:
        """Write `published.json`: the version.

        Raises:
            RookeryError: something of what it learned was forgotten meanwhile, so nothing would tell that it knows it.
            BadInput, AdapterDamaged: what was trained is not let in, or did not arrive as it was.
            RetryableError: the registry does not answer.
        """
        run.workshop.say("publishing", 0.0)
        version = run.workshop.registry.publish(run.of(StepName.TRAIN) / ADAPTER, origin_of(run))
        write_json(out / PUBLISHED, {"version": version})
        run.workshop.say(version, 1.0)


def origin_of(run: Run) -> Origin:
    """Return what the adapter of a run was made of, as its steps wrote it down. Raises RookeryError: one did not."""
    spec, data = run.spec, run.of(StepName.DATASET)
    try:
        learned = read_samples(data / TRAINED_ON)
        digest = file_sha256(data / TRAINED_ON)
        of_data, of_training = _figures(data), _figures(run.of(StepName.TRAIN))
    except (OSError, ValidationError, ValueError) as exc:
        raise _unknown(spec.run, exc) from exc
    if digest != of_training.get("data_sha256"):  # read after the samples, so that none is missing where it is right
        raise RookeryError(
            f"what {spec.run} learned from is not what it was: something of it was forgotten",
            next_step="the next run leaves that out",
        )
    try:
        against = judged_against(run)
        return Origin(
            persona=spec.persona.name,
            model=spec.model,
            base=str(of_training.get("base_sha256", "")),
            run=spec.run,
            by=spec.by,
            data=digest,
            base_file=_base_file(run.of(StepName.TRAIN)),
            samples={sample.id: sample.jobs for sample in learned},
            consents=tuple(map(str, of_data.get("consents", ()))),
            parents=(against,) if against else (),
            settings=spec.training.model_dump(mode="json"),
            figures={"data": of_data, "training": {**of_training, "curve": []}},
            metrics=_METRICS.validate_json((run.of(StepName.EVALUATE) / SCORES).read_bytes()),
            verdict=Verdict.model_validate_json((run.of(StepName.GATE) / VERDICT).read_bytes()),
            until_ms=spec.until_ms,
            created_ms=spec.until_ms,
        )
    except (OSError, ValidationError, ValueError) as exc:
        raise _unknown(spec.run, exc) from exc


def _unknown(run: str, exc: Exception) -> RookeryError:
    return RookeryError(f"what the adapter of {run} was made of is not known: {exc}", next_step="have it trained anew")


def judged_against(run: Run) -> str:
    """Return the version that a run was compared with; empty: the base alone. Raises OSError, ValueError."""
    told = json.loads((run.of(StepName.EVALUATE) / COMPARED).read_bytes())
    if "served" not in told:
        raise ValueError(f"{COMPARED} does not say what it was compared with")
    return str(told["served"])


def _base_file(folder: Path) -> str:
    """Return the SHA-256 of the GGUF file that the base of a training was made of; empty: of none."""
    try:
        told = json.loads((folder / BASE).read_bytes())
    except FileNotFoundError:
        return ""
    return str(told.get("file_sha256", "")) if isinstance(told, dict) else ""


def _figures(folder: Path) -> dict[str, Any]:
    told = json.loads((folder / FIGURES).read_bytes())
    return told if isinstance(told, dict) else {}
