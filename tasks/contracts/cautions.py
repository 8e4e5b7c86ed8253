"""What is no mistake in `rookery.toml`, and still would not do on this machine, or not for long."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tasks.contracts import leaving, packages
from tasks.contracts.engines import Kind
from tasks.contracts.entries import LLAMACPP
from tasks.contracts.environment import ADDRESSES, REDIS_URL, SECRETS, TRANSCRIPT_URL
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.personas import AUTO
from tasks.contracts.secret import exposed, open_to_others
from tasks.contracts.settings import DEFAULTS, Settings


def cautions(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return one line for each: what is so, and what to do about it."""
    return (
        *settings.troubles,
        *_secrets(settings, environ),
        *_missing(settings, environ),
        *_not_installed(settings),
        *_not_taught(settings),
        *leaving.told(settings.fleet),
    )


def secrets_of(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return every secret that these settings and `environ` hold, as far as each can be read."""
    keys = []
    for host in settings.fleet.hosts:
        with contextlib.suppress(ConfigurationError):  # told where it is needed
            keys.append(settings.api_key(host, environ))
    return tuple(dict.fromkeys(filter(None, (*settings.secrets, *keys))))


def passwords_in_file(settings: Settings) -> tuple[str, ...]:
    """Return the variables that would better hold a password which stands in the settings file."""
    urls = {REDIS_URL: settings.redis_url, TRANSCRIPT_URL: settings.transcript_url}
    origins = {name: settings.origins.origin(key) for name, key in ADDRESSES.items()}
    return tuple(
        name
        for name, origin in origins.items()
        if origin == settings.source != DEFAULTS and urlsplit(urls[name]).password
    )


def _secrets(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    keys = [host.api_key_env for host in settings.fleet.hosts if host.api_key_env]
    yield from exposed(environ, (*SECRETS, *keys))
    for name in passwords_in_file(settings):
        if _others_may_look(Path(settings.source)):
            yield f"{settings.source} holds a password that others may read; run `chmod 600` on it, or use {name}_FILE"
    if _others_may_look(settings.data_dir):
        yield f"{settings.data_dir} is open to others on this machine; run `chmod 700` on it"


def _missing(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    for host in settings.fleet.hosts:
        if not host.enabled:
            continue
        try:
            settings.api_key(host, environ)
        except ConfigurationError as exc:
            yield f"{exc.message}; {exc.next_step}"
        if host.engine == LLAMACPP:
            for model in settings.fleet.models_of(host.name):
                path = settings.tiers.find(model.gguf)
                if model.gguf and not path.is_file():
                    yield f"model {model.name!r}: there is no file {path}; host {host.name!r} cannot start without it"


def _not_installed(settings: Settings) -> Iterator[str]:
    """Yield what other packages were to bring along, and do not here."""
    engines, channels = packages.brought(packages.ENGINES), packages.brought(packages.NOTIFIERS)
    for host in settings.fleet.hosts:
        if host.kind is Kind.PACKAGE and host.enabled and settings.belongs_here(host) and host.called not in engines:
            yield f"no package here brings the engine {host.called!r} along; host {host.name!r} cannot start without it"
    for name in settings.fleet.notify.channels:
        if not settings.machine and name not in channels:
            yield f"no package here brings the channel {name!r} along, which [notify] names; it is told nothing"


def _not_taught(settings: Settings) -> Iterator[str]:
    """Yield who is to learn and never will."""
    for persona in settings.fleet.personas:
        if settings.fleet.learns(persona) and persona.model == AUTO:
            yield f"persona {persona.name!r} learns nothing: an adapter is of one model, so name one in its `model`"


def _others_may_look(path: Path) -> bool:
    return path.exists() and open_to_others(path)
