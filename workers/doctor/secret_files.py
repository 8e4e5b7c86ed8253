"""Whether what holds secrets or people's words can be read by others on this machine."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tasks.contracts.cautions import passwords_in_file
from tasks.contracts.environment import SECRETS
from tasks.contracts.secret import ENGINES_OWN, FILE_SUFFIX, OTHERS
from tasks.contracts.settings import Settings
from workers.doctor.findings import Finding, Level
from workers.processes import FLOWER_PASSWORD_FILE

CHECK = "secrets"
DOTENV = ".env"


@dataclass(frozen=True, slots=True)
class Private:
    """A file or folder that is nobody else's business, and its permission bits."""

    path: Path
    mode: int
    is_folder: bool = False


def look(settings: Settings | None, environ: Mapping[str, str], folder: Path) -> list[Finding]:
    """Return what there is to say of what the settings, the environment and `folder` keep secret."""
    paths = dict.fromkeys(_paths(settings, environ, folder))
    return judge_all([_seen(path) for path in paths if path.exists()])


def judge_all(seen: list[Private]) -> list[Finding]:
    """Return what is open to others, or one finding for nothing being so."""
    found = [finding for private in seen if (finding := judge(private)) is not None]
    if found or not seen:
        return found
    return [Finding(CHECK, Level.OK, f"nobody else can read {', '.join(private.path.name for private in seen)}")]


def judge(private: Private) -> Finding | None:
    """Return a finding where others may look, other than in a container, where there are none."""
    if not private.mode & OTHERS or private.path.is_relative_to(ENGINES_OWN):
        return None
    if private.is_folder:
        what = f"other users of this machine can look into {private.path}, where the ledger is"
        return Finding(CHECK, Level.NOTE, what, f"run `chmod 700 {private.path}`")
    what = f"other users of this machine can read {private.path}, which holds a secret"
    return Finding(CHECK, Level.WARNING, what, f"run `chmod 600 {private.path}`")


def _seen(path: Path) -> Private:
    return Private(path.resolve(), stat.S_IMODE(path.stat().st_mode), path.is_dir())


def _paths(settings: Settings | None, environ: Mapping[str, str], folder: Path) -> Iterator[Path]:
    keys = [host.api_key_env for host in settings.fleet.hosts if host.api_key_env] if settings else []
    names = (*SECRETS, *keys)
    yield from (Path(environ[variable]) for name in names if environ.get(variable := name + FILE_SUFFIX))
    if _holds_any(folder / DOTENV, names):
        yield folder / DOTENV
    if settings is not None:
        if passwords_in_file(settings):
            yield Path(settings.source)
        yield settings.data_dir
        yield settings.data_dir / FLOWER_PASSWORD_FILE


def _holds_any(path: Path, names: tuple[str, ...]) -> bool:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    parts = (line.removeprefix("export ").partition("=") for line in lines)
    return any(name.strip() in names and value.strip() for name, _, value in parts)
