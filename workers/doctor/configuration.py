"""Whether the settings can be used: every problem of `rookery.toml` and of the environment, and the files it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tasks.contracts import leaving
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet
from tasks.contracts.settings import DEFAULTS, Settings, load
from workers.doctor.findings import Finding, Level

CHECK = "settings"


def read(path: Path | None, environ: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """Return the settings, or None where they cannot be used, and what there is to say of them."""
    try:
        settings = load(path, environ)
    except ConfigurationError as exc:
        return None, judge_refusal(exc)
    missing = [
        model.name for model in settings.fleet.models if model.gguf and not settings.tiers.find(model.gguf).is_file()
    ]
    fleet = settings.fleet
    return settings, [judge_settings(settings.source, fleet), *judge_model_files(fleet, missing), *judge_leaving(fleet)]


def judge_refusal(refusal: ConfigurationError) -> list[Finding]:
    """Return one finding for each line of what is wrong, and one for what could not be looked at."""
    problems = [Finding(CHECK, Level.PROBLEM, line, refusal.next_step) for line in refusal.message.splitlines()]
    unseen = Finding(CHECK, Level.NOTE, "ports, folders and Redis were not looked at: the settings say where they are")
    return [*problems, unseen]


def judge_settings(source: str, fleet: Fleet) -> Finding:
    """Return where the settings come from, and what they describe."""
    if source == DEFAULTS:
        what = "no rookery.toml here, so the defaults hold: the demo model on this machine"
        return Finding(CHECK, Level.OK, what)
    parts = ((fleet.models, "model"), (fleet.hosts, "host"), (fleet.personas, "persona"))
    told = ", ".join(f"{len(entries)} {noun}{'s' * (len(entries) != 1)}" for entries, noun in parts)
    return Finding(CHECK, Level.OK, f"{source} can be used: {told}")


def judge_leaving(fleet: Fleet) -> Iterator[Finding]:
    """Yield what may leave the house."""
    for line in leaving.told(fleet):
        yield Finding(CHECK, Level.NOTE, line, "leave `allow_cloud` out of that persona if this is not meant")


def judge_model_files(fleet: Fleet, missing: list[str]) -> Iterator[Finding]:
    """Yield the models whose file is not there."""
    for name in missing:
        what = f"the file of model {name!r} is not there: {fleet.model(name).gguf}"
        yield Finding(CHECK, Level.PROBLEM, what, "put it there, or correct `gguf` in rookery.toml")
