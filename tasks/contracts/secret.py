"""Secrets: from a variable, or from the file that `<variable>_FILE` names. Never from an argument, never shown."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.problems import shown

FILE_SUFFIX = "_FILE"
#: Whom a secret is none of the business of.
OTHERS = stat.S_IRWXG | stat.S_IRWXO
#: Where container engines put secrets: readable by all, in a container where nobody else is.
ENGINES_OWN = Path("/run/secrets")


def secret(environ: Mapping[str, str], name: str) -> str:
    """Return a secret from the variable `name`, or from the file that `<name>_FILE` names; empty if neither is set.

    Raises:
        ConfigurationError: both are set, or the file cannot be read, is empty, or has more than one line.
    """
    value, path = environ.get(name, ""), environ.get(name + FILE_SUFFIX, "")
    if not path:
        return value
    if value:
        raise ConfigurationError(f"{name} and {name}{FILE_SUFFIX} are both set", next_step="keep one of them")
    return _content(f"{name}{FILE_SUFFIX}", path)


def required(environ: Mapping[str, str], name: str, purpose: str) -> str:
    """Return a secret that a start cannot do without; `purpose` is what it is, as in `the key of host 'studio'`.

    Raises:
        ConfigurationError: it is not set, or cannot be read.
    """
    if value := secret(environ, name):
        return value
    raise ConfigurationError(
        f"{name} is not set; it holds {purpose}", next_step=f"set it, or {name}{FILE_SUFFIX} to a file that holds it"
    )


def exposed(environ: Mapping[str, str], names: Iterable[str]) -> Iterator[str]:
    """Yield a line for each file of a secret that others on this machine may read."""
    for name in names:
        path = Path(environ.get(name + FILE_SUFFIX) or "/")
        if path.is_file() and open_to_others(path) and not path.is_relative_to(ENGINES_OWN):
            yield f"{name}{FILE_SUFFIX} = {shown(str(path))}: others may read that file; run `chmod 600` on it"


def open_to_others(path: Path) -> bool:
    """Return whether anybody but its owner may do anything with what is at `path`."""
    return bool(path.stat().st_mode & OTHERS)


def _content(variable: str, path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is not text"
        raise ConfigurationError(
            f"{variable} = {shown(path)}: cannot read that file: {why}", next_step="name a readable file with one line"
        ) from exc
    if not text.strip():
        raise ConfigurationError(f"{variable} = {shown(path)}: that file is empty", next_step="put the secret into it")
    if len(text.splitlines()) > 1:
        raise ConfigurationError(
            f"{variable} = {shown(path)}: that file has more than one line", next_step="leave only the secret in it"
        )
    return text
