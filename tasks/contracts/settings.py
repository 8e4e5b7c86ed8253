"""What this process was told: environment over file over defaults, read once at boot into one frozen value."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tasks.contracts import membership, roles, tablesfile
from tasks.contracts.environment import (
    CONFIG,
    DISCORD_TOKEN,
    ENV,
    FEED_KEY,
    FLOWER_PASSWORD,
    MAIN,
    NTFY_TOKEN,
    QDRANT_API_KEY,
    TELEGRAM_TOKEN,
    TELEGRAM_WEBHOOK_SECRET,
    WEB_KEY,
    Environment,
)
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet, Host, parse, refusal
from tasks.contracts.gathering import PERSONA, Gathered, gather
from tasks.contracts.masking import is_secret_name, mask
from tasks.contracts.personafiles import PersonaFiles
from tasks.contracts.problems import Source
from tasks.contracts.secret import required, secret
from tasks.contracts.sections import Data
from tasks.contracts.talking import TRANSCRIPT_FILE
from tasks.contracts.tiers import Tiers

__all__ = ["Settings", "load", "mask", "secret"]

DEFAULT_FILE = "rookery.toml"
DEFAULTS = "defaults"  # the source of settings where there is no file
NAMESPACE = "rookery"


@dataclass(frozen=True)
class Settings:
    """Everything a process was told, with absolute paths."""

    fleet: Fleet
    data_dir: Path
    logs_dir: Path
    models_dir: Path
    hot_dir: Path
    archive_dir: Path
    debug_dir: Path
    redis_url: str = field(repr=False)
    """Where Redis is; our own where `own_redis`."""
    own_redis: bool
    """Nobody named a Redis, so `rookery up` runs one."""
    namespace: str
    """What every key, queue and channel in Redis starts with, so that two environments may share one."""
    environment: str
    dry_run: bool
    """Nothing may be posted anywhere."""
    debug_prompts: bool
    """Every prompt is written down in `debug_dir`."""
    flower_password: str = field(repr=False)
    """Of the Flower page; empty: one is made and kept in the data folder."""
    discord_token: str = field(repr=False)
    telegram_token: str = field(repr=False)
    telegram_webhook_secret: str = field(repr=False)
    """What Telegram says with each call of the webhook."""
    feed_key: str = field(repr=False)
    """Of the feed's server; empty: it wants none."""
    ntfy_token: str = field(repr=False)
    """Of the server of ntfy; empty: it wants none."""
    web_key: str = field(repr=False)
    """Opens all of the page and the HTTP API, whatever other keys there are; empty: there is none such."""
    qdrant_api_key: str = field(repr=False)
    """Of the server of memories; empty: it wants none."""
    memory_dir: Path
    """Where memories are, unless they are on a server."""
    training_dir: Path
    """Where runs of training are."""
    adapters_url: str
    """Where adapters are kept, as fsspec reads it: a path, or a URL."""
    transcript_url: str = field(repr=False)
    """The database of what was said; a file in the data folder where nobody named one."""
    source: str
    """The file, or `defaults`."""
    folder: Path
    """What relative paths in the file start from."""
    origins: Source = field(repr=False, compare=False)
    """Where each value came from."""
    persona_files: PersonaFiles | None = field(default=None, repr=False, compare=False)
    """What was read beside `source`, for who wants to know whether that changed; None: nothing was."""
    troubles: tuple[str, ...] = ()
    """What is wrong with single personas, one line each; the rest holds."""
    machine: str = ""
    """What the flock calls this machine, where it joined one; empty on the machine that has the fleet file."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may hold, as far as these settings know it."""
        tokens = [
            self.discord_token,
            self.telegram_token,
            self.telegram_webhook_secret,
            self.feed_key,
            self.web_key,
            self.ntfy_token,
            self.qdrant_api_key,
        ]
        passwords = [*_passwords(self.redis_url), *_passwords(self.transcript_url)]
        return tuple(dict.fromkeys(filter(None, [self.flower_password, *tokens, *passwords])))

    @property
    def tables(self) -> dict[str, Any]:
        """What `source` says, with all that other files say about personas: for machines that have none of those."""
        if PERSONA not in self.origins.raw:
            return dict(self.origins.raw)
        personas = [told.model_dump(mode="json", exclude_defaults=True) for told in self.fleet.personas]
        return {**self.origins.raw, PERSONA: [{**entry, "workspace": ""} for entry in personas]}

    def api_key(self, host: Host, environ: Mapping[str, str]) -> str:
        """Return the key of a host's server; empty where it wants none.

        Raises:
            ConfigurationError: it wants one, and the variable that it names is not set or cannot be read.
        """
        name = host.api_key_env
        return required(environ, name, f"the key of host {host.name!r}") if name else ""

    def belongs_here(self, host: Host) -> bool:
        """Return whether the agent of `host` runs on this machine."""
        return host.agent == self.machine or (not self.machine and host.agent == platform.node())

    def resolve(self, path: str) -> Path:
        """Return a path from the file as an absolute one."""
        return _absolute(self.folder, path)

    def worded(self, path: str) -> Path:
        """Return a path of `[words]` as an absolute one: relative ones lie in the data folder."""
        return _absolute(self.data_dir, path)

    @property
    def tiers(self) -> Tiers:
        """Where model files lie."""
        return Tiers(self.folder, self.hot_dir, self.archive_dir)

    def child_environment(self) -> dict[str, str]:
        """Return the variables by which a child process, wherever it starts, reads the same settings. No secrets.

        Secrets reach it as they reached this process: by its inherited environment, or by the file.
        """
        paths = {"DIR": self.data_dir, "LOGS": self.logs_dir, "MODELS": self.models_dir, "DEBUG": self.debug_dir}
        paths |= {"HOT": self.hot_dir, "ARCHIVE": self.archive_dir}
        told = {f"ROOKERY_DATA_{key}": str(path) for key, path in paths.items()}
        return {**told, ENV: self.environment, CONFIG: "" if self.source == DEFAULTS else self.source}


def load(
    path: Path | None, environ: Mapping[str, str], role: str = roles.ADMIN, persona_files: PersonaFiles | None = None
) -> Settings:
    """Return the settings from the file at `path`, else at ROOKERY_CONFIG, else ./rookery.toml if there is one.

    `role` is what the process is to our own Redis, where that tells its users apart; `persona_files` what was read of
    them before.

    Raises:
        ConfigurationError: one line per problem: where, which value, and what was wanted.
    """
    told = Environment.read(environ)
    file = _file(path, told.config)
    raw, faults = tablesfile.read(file) if file else ({}, [])
    return settle(raw, faults, file, told, role, persona_files or PersonaFiles())


def settle(
    raw: Mapping[str, Any],
    faults: list[str],
    file: Path | None,
    told: Environment,
    role: str,
    persona_files: PersonaFiles | None,
) -> Settings:
    """Return what tables of a file and an environment come to; `faults` is what was wrong before. Raises as `load`.

    Without `persona_files` there are no other personas than those in the tables.
    """
    source = str(file) if file else DEFAULTS
    folder = file.parent if file else Path.cwd()
    data_dir = _absolute(folder, _data_dir(told.over(raw)))
    joined = membership.joined(data_dir)
    if joined:
        fleet_file = membership.told(data_dir)
        raw = membership.merged(raw, fleet_file.tables if fleet_file else {})
    fleet = _fleet(raw, faults, f"the fleet file as {joined.machine!r} was told it" if joined else source, told)
    own = not fleet.redis.url and not joined
    all_of = Gathered(fleet, dict(raw), {}, ())
    if persona_files and not joined:
        all_of = gather(fleet, raw, source, folder, persona_files, _absolute(data_dir, fleet.words.personas))
    return Settings(
        fleet=all_of.fleet,
        data_dir=data_dir,
        logs_dir=_absolute(folder, fleet.data.logs),
        models_dir=_absolute(folder, fleet.data.models),
        hot_dir=_absolute(folder, fleet.data.hot),
        archive_dir=_absolute(folder, fleet.data.archive or fleet.data.hot),
        debug_dir=_absolute(folder, fleet.data.debug),
        redis_url=fleet.redis.url
        or (joined.url if joined else roles.own_url(data_dir / roles.FOLDER, fleet.redis.port, role)),
        own_redis=own,
        namespace=joined.namespace if joined else NAMESPACE if told.name == MAIN else f"{NAMESPACE}-{told.name}",
        environment=told.name,
        dry_run=told.dry_run,
        debug_prompts=told.debug_prompts,
        flower_password=told.keys[FLOWER_PASSWORD],
        discord_token=told.keys[DISCORD_TOKEN],
        telegram_token=told.keys[TELEGRAM_TOKEN],
        telegram_webhook_secret=told.keys[TELEGRAM_WEBHOOK_SECRET],
        feed_key=told.keys[FEED_KEY],
        ntfy_token=told.keys[NTFY_TOKEN],
        qdrant_api_key=told.keys[QDRANT_API_KEY],
        memory_dir=_absolute(data_dir, fleet.memory.folder),
        training_dir=_absolute(data_dir, fleet.training.folder),
        adapters_url=kept if "://" in (kept := fleet.training.adapters) else str(_absolute(data_dir, kept)),
        web_key=told.keys[WEB_KEY],
        transcript_url=fleet.transcript.url or f"sqlite:///{data_dir / TRANSCRIPT_FILE}",
        source=source,
        folder=folder,
        origins=Source(source, all_of.raw, told.variables, all_of.files),
        persona_files=None if joined else persona_files,
        troubles=all_of.troubles,
        machine=joined.machine if joined else "",
    )


def _file(path: Path | None, config: str) -> Path | None:
    """Return the file to read, or None for the defaults. A file that was named must be there; ./rookery.toml may."""
    named = path or (Path(config).expanduser() if config else None)
    if named is None and not Path(DEFAULT_FILE).exists():
        return None
    return (named or Path(DEFAULT_FILE)).absolute()


def _fleet(raw: Mapping[str, Any], faults: list[str], source: str, told: Environment) -> Fleet:
    """Return the fleet, or raise one error for all that is wrong in the file and in the environment."""
    lines = [*faults, *told.faults]
    try:
        fleet = parse(told.over(raw), source, told.variables)
    except ConfigurationError as exc:
        raise refusal([*lines, exc.message]) from exc
    if lines:
        raise refusal(lines)
    return fleet


def _passwords(url: str) -> list[str]:
    """Return what an address holds that nobody may read, as written and as meant."""
    address = urlsplit(url)
    queried = [value for name, value in parse_qsl(address.query) if is_secret_name(name)]
    return [address.password or "", unquote(address.password or ""), *queried]


def _data_dir(raw: Mapping[str, Any]) -> str:
    """Return the data folder that the tables name, before anybody looked whether they hold together."""
    table = raw.get("data")
    named = table.get("dir") if isinstance(table, Mapping) else None
    return named if isinstance(named, str) and named else Data().dir


def _absolute(folder: Path, path: str) -> Path:
    return Path.cwd() / folder / Path(path).expanduser()
