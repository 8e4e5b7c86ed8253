"""The step that decides whether an adapter may be served: it gathers what there is to know, and asks the gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tasks.contracts import atomic
from tasks.contracts.digests import file_sha256
from tasks.contracts.errors import ConfigurationError, RookeryError, UnknownModel
from tasks.contracts.learning import Sample, StepName
from tasks.jobs import consents
from tasks.jobs.consents import Consents
from tasks.training import gate
from tasks.training.dataset import figures as of_data
from tasks.training.dataset.figures import Figures
from tasks.training.dataset.kept import read_samples
from tasks.training.dataset.step import TRAIN_FILE
from tasks.training.evaluation import figures, people, rating
from tasks.training.evaluation.opening import ADAPTER, rival_of
from tasks.training.evaluation.people import Rating, Score
from tasks.training.evaluation.step import read_report
from tasks.training.gate import Evidence
from tasks.training.lora import bases
from tasks.training.lora.figures import read_figures
from tasks.training.provenance import Provenance, gaps
from tasks.training.registry.manifest import WEIGHTS
from tasks.training.runs.folder import VERDICT_FILE
from tasks.training.runs.spec import Run
from tasks.training.safety.step import FINDINGS_FILE
from tasks.training.safety.values import Findings
from tasks.transcript.database import opened_to_read

PEOPLE_FILE = "people.json"
DAY_MS = 86_400_000


class Gate:
    """Writes verdict.json, and in people.json what people think. A verdict that is no ends the run."""

    name = StepName.GATE
    resumes = False

    def work(self, run: Run, out: Path) -> None:
        """Decide.

        Raises:
            TranscriptUnavailable, StoreUnavailable: what people think, or who agreed, cannot be read now.
            RookeryError: an earlier step left nothing that can be read.
        """
        run.workshop.say("what was found is weighed", 0.0)
        evidence = gather(run)
        verdict = gate.decide(evidence)
        told = {
            "candidate": evidence.candidate.model_dump(),
            "before": evidence.before.model_dump(),
            "waived": evidence.waived,
        }
        atomic.write_json(out / PEOPLE_FILE, told)
        atomic.write_whole(out / VERDICT_FILE, verdict.model_dump_json(indent=1))
        run.workshop.say("it passes" if verdict.passed else f"{len(verdict.objections)} objections", 1.0)


def gather(run: Run) -> Evidence:
    """Return all that the gate decides by. Raises as `Gate.work` does."""
    spec = run.spec
    try:
        report = read_report(run.of(StepName.EVALUATE))
        data = Figures.model_validate_json((run.of(StepName.DATASET) / of_data.FILE).read_bytes())
        findings = Findings.model_validate_json((run.of(StepName.SAFETY) / FINDINGS_FILE).read_bytes())
    except (OSError, ValueError, KeyError) as exc:
        why = exc if isinstance(exc, OSError) else type(exc).__name__  # others quote the file, which is people's words
        raise RookeryError(f"what {spec.run} found cannot be read: {why}", next_step="have it trained anew") from exc
    served = rival_of(run)
    candidate, before = _people(run, served)
    waiver = rating.waiver_of(run.folder)
    return Evidence(
        report=report,
        metrics=figures.metrics(report),
        samples=data.new + data.held_out_new,
        min_samples=spec.training.min_samples,
        least_order=spec.training.least_order,
        gaps=gaps(provenance(run, data)),
        served=served,
        findings=findings.objections,
        candidate=people.score(candidate),
        before=before,
        min_ratings=spec.training.min_ratings,
        waits_for_people=spec.persona.wait_for_people,
        waived=waiver.words if waiver else "",
    )


def provenance(run: Run, data: Figures) -> Provenance:
    """Return where an adapter comes from, looked at anew: consents may have been taken back since it was trained."""
    trained, train_file = read_figures(run.of(StepName.TRAIN)), run.of(StepName.DATASET) / TRAIN_FILE
    learned = read_samples(train_file)
    agreed = run.workshop.store.run(consents.every())
    share = max((max(each.samples, each.characters) for each in data.shares.values()), default=0.0)
    return Provenance(
        base_trained=trained.base_sha256,
        base_served=_base(run),
        weights_trained=trained.adapter_sha256,
        weights_found=_digest(run.of(StepName.TRAIN) / ADAPTER / WEIGHTS),
        data_trained=trained.data_sha256,
        data_found=_digest(train_file),
        not_agreed=len(_strangers(learned, agreed)),
        closed=sum(sample.channel in agreed.closed for sample in learned if sample.channel),
        forgotten=len({sample.id for sample in learned}.intersection(run.spec.without)),
        most_of_one=share,
        share_bound=min(1.0, max(data.limit, run.spec.training.user_share)),
    )


def _strangers(learned: Iterable[Sample], agreed: Consents) -> set[str]:
    """Return those whose words were learned and who do not agree to it."""
    everybody = {person for sample in learned for person in sample.people or (sample.author,) if person}
    return {person for person in everybody if not agreed.allow((person,))}


def _base(run: Run) -> str:
    """Return what the model is made of now; empty: nobody can tell."""
    settings = run.workshop.settings()
    try:
        return bases.base_of(settings.fleet.model(run.spec.model), settings, run.workshop.weights).sha256
    except (ConfigurationError, UnknownModel):
        return ""


def _digest(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError:
        return ""


def _people(run: Run, served: str) -> tuple[Sequence[Rating], Score]:
    """Return the ratings of the candidate, and what people think of what is served."""
    spec, now_ms = run.spec, run.workshop.store.now_ms()
    since_ms = max(0, spec.until_ms - int(spec.training.window_days * DAY_MS))
    samples = [one.sample for one in rating.spoken_of(run.folder)]
    with opened_to_read(run.workshop.transcript_url) as transcript:
        candidate = rating.of_candidate(transcript, spec.run, samples, now_ms)
        return candidate, rating.of_served(transcript, spec.persona.name, served, since_ms, now_ms)
