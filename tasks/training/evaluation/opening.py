"""Loads what a run compares: its base, what is served now, and the adapter that it has trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tasks.contracts.learning import StepName
from tasks.training.evaluation.voices import Voice
from tasks.training.lora.bases import FILE, Base
from tasks.training.lora.figures import read_figures
from tasks.training.lora.offline import stay_offline
from tasks.training.registry.rivals import rival
from tasks.training.runs.spec import Interrupted, Run

if TYPE_CHECKING:  # torch takes seconds
    from tasks.training.evaluation.answering import Answering

ADAPTER = "adapter"  # in the folder of the step that trains


def adapters_of(run: Run) -> dict[Voice, Path]:
    """Return the folders of the adapters that a run compares; that of what is served is checked by its manifest.

    Raises:
        AdapterDamaged: what is served is not what was published.
    """
    registry, persona = run.workshop.registry, run.spec.persona.name
    served = rival_of(run)
    before = {Voice.SERVED: registry.folder(persona, served)} if served else {}
    return {**before, Voice.CANDIDATE: run.of(StepName.TRAIN) / ADAPTER}


def rival_of(run: Run) -> str:
    """Return the version that a run is compared with; empty: the base alone. Raises as `rivals.rival`."""
    base = read_figures(run.of(StepName.TRAIN)).base_sha256
    return rival(run.workshop.registry, run.spec.persona.name, run.spec.model, base)


def opened(run: Run) -> Answering:
    """Return who answers in the evaluation of a run, loaded on the device that trained it.

    Raises:
        AdapterDamaged: an adapter cannot be read, or does not fit the base.
        ConfigurationError: the base cannot be loaded any more.
        OutOfMemory: the device has too little.
        Interrupted: while it works, once this worker is to end.
    """
    stay_offline()
    from tasks.training.dataset.chat import Chat  # noqa: PLC0415
    from tasks.training.dataset.families import template_of  # noqa: PLC0415
    from tasks.training.evaluation.answering import Answering  # noqa: PLC0415
    from tasks.training.lora import models  # noqa: PLC0415

    trained = run.of(StepName.TRAIN)
    base = Base.model_validate_json((trained / FILE).read_bytes())
    device = read_figures(trained).device
    models.repeatable(run.spec.training.seed, device)
    tokenizer = models.load_tokenizer(base.folder)
    chat = Chat(tokenizer, template_of(tokenizer, run.spec.persona.prompt), run.spec.training.max_tokens)
    model = models.load_base(base.folder, device)
    if device.weights != "nf4":  # those lie there already
        model = model.to(device.kind.value)
    return Answering(model, tokenizer, chat, adapters_of(run), pause=lambda: _heed(run))


def _heed(run: Run) -> None:
    if run.workshop.ending.is_set():
        raise Interrupted(f"{run.spec.run} goes on with this step later")
