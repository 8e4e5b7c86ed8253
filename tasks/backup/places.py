"""Which files a backup holds, and where each of them belongs: only settings say where, never the backup.

All of the data folder is taken but what is named here, so what is kept there one day is in every backup from then on.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tasks.backup.manifest import CONFIG, DATA, WORDS, WORKSPACES
from tasks.contracts import membership, roles
from tasks.contracts.personas import Persona
from tasks.contracts.settings import DEFAULTS, Settings
from tasks.transcript.copying import file_of

BACKUPS = "backups"  # in the data folder, unless another one is named
PERSONAS, BLOCKED, GUILDS = f"{WORDS}/personas", f"{WORDS}/blocked", f"{WORDS}/settings"
DOTENV = ".env"
#: What processes keep while they run, or make again by themselves.
FLEETING = re.compile(r"(up\.lock|up\.json|restoring\.json|beat-schedule.*|hosts/.*|.*\.new|(.*/)?\.rookery-.*)")
#: Passwords, and what shows who this machine is. Redis' folder holds nothing else that is not in the ledger.
SECRET = re.compile(
    rf"flower\.password|{roles.FOLDER}/({roles.ROLES_FILE}|users\.acl|gate\.pem|gate\.key)"
    rf"|{membership.JOINED_FILE}|{membership.CERTIFICATE_FILE}"
)
WORKSPACE_DEPTH, WORKSPACE_FILE = 2, re.compile(r"[^.].*\.md")
MOST_WORKSPACE_BYTES = 4 << 20
#: A password in an address, as in redis://user:password@host.
PASSWORD = re.compile(r"(://[^\s:/@\"']*:)([^\s@/\"']+)(?=@)")


@dataclass(frozen=True)
class File:
    """A file that is there."""

    name: str
    """What a backup calls it."""
    path: Path


def files_of(settings: Settings, *, secrets: bool) -> Iterator[File]:
    """Yield what a backup takes, besides ledger, transcript and memories, and the file of settings itself."""
    data, transcript = settings.data_dir, file_of(settings.transcript_url)
    for path in _below(data, _elsewhere(settings)):
        inner = path.relative_to(data).as_posix()
        if _taken(inner, secrets=secrets) and not _is_of(path, transcript):
            yield File(f"{DATA}/{inner}", path)
    for name, place in words_of(settings):
        if not place.is_relative_to(data):
            yield from _at(name, place)
    for persona, folder in workspaces_of(settings):
        yield from _of_workspace(f"{WORKSPACES}/{quote(persona.name, safe='')}", folder)
    if secrets and _is_file(settings.folder / DOTENV):
        yield File(f"{CONFIG}/{DOTENV}", settings.folder / DOTENV)


def config_of(settings: Settings) -> Path | None:
    """Return the file of settings; None: there is none."""
    return None if settings.source == DEFAULTS else Path(settings.source)


def without_passwords(text: str) -> tuple[str, bool]:
    """Return a file of settings without the passwords in its addresses, and whether there were any.

    >>> without_passwords('url = "redis://:pa@10.0.0.5/0"')
    ('url = "redis://:@10.0.0.5/0"', True)
    """
    bare = PASSWORD.sub(r"\1", text)
    return bare, bare != text


def target_of(name: str, settings: Settings) -> Path | None:
    """Return where a file of a backup belongs by these settings; None: nowhere, say of a persona that is gone."""
    head, _, inner = name.partition("/")
    if head == CONFIG and inner == DOTENV:
        return settings.folder / DOTENV
    if head == DATA:
        return settings.data_dir / inner
    places = dict(words_of(settings))
    places |= {f"{WORKSPACES}/{quote(persona.name, safe='')}": folder for persona, folder in workspaces_of(settings)}
    for place, path in places.items():
        if name == place or name.startswith(f"{place}/"):
            return path.joinpath(*name.removeprefix(place).split("/")[1:])
    return None


def words_of(settings: Settings) -> tuple[tuple[str, Path], ...]:
    """Return the files and folders that people edit, by what a backup calls them."""
    words = settings.fleet.words
    named = ((PERSONAS, words.personas), (BLOCKED, words.blocked), (GUILDS, words.settings))
    return tuple((name, settings.worded(path)) for name, path in named)


def workspaces_of(settings: Settings) -> Iterator[tuple[Persona, Path]]:
    """Yield the personas with a workspace, each with its folder."""
    for n, persona in enumerate(settings.fleet.personas):
        if persona.workspace:
            origin = settings.origins.files.get(("persona", n))
            beside = Path(origin).parent if origin else settings.folder
            with contextlib.suppress(RuntimeError):  # nobody is called so whose home it is to be in
                yield persona, beside / Path(persona.workspace).expanduser()


def _elsewhere(settings: Settings) -> frozenset[Path]:
    """Return folders that may lie in the data folder, and are made again, too large, or read in another way."""
    others = (settings.logs_dir, settings.models_dir, settings.hot_dir, settings.archive_dir, settings.debug_dir)
    return frozenset({*others, settings.memory_dir, settings.data_dir / BACKUPS})


def _taken(inner: str, *, secrets: bool) -> bool:
    if FLEETING.fullmatch(inner):
        return False
    if SECRET.fullmatch(inner):
        return secrets
    return not inner.startswith(f"{roles.FOLDER}/")


def _is_of(path: Path, transcript: Path | None) -> bool:
    """Return whether a file is the transcript or one of its companions."""
    return transcript is not None and path.parent == transcript.parent and path.name.startswith(transcript.name)


def _at(name: str, place: Path) -> Iterator[File]:
    if _is_file(place):
        yield File(name, place)
    elif place.is_dir():
        for path in _below(place, frozenset()):
            if path.parent == place:
                yield File(f"{name}/{path.name}", path)


def _of_workspace(name: str, folder: Path) -> Iterator[File]:
    for path in _below(folder, frozenset(), WORKSPACE_DEPTH):
        if WORKSPACE_FILE.fullmatch(path.name) and path.stat().st_size <= MOST_WORKSPACE_BYTES:
            yield File(f"{name}/{path.relative_to(folder).as_posix()}", path)


def _below(folder: Path, without: frozenset[Path], depth: int = 0) -> Iterator[Path]:
    """Yield the ordinary files below a folder, so many folders deep (0: all of them). Links to folders lead nowhere."""
    for at, folders, names in os.walk(folder):
        here = Path(at)
        at_the_end = depth and len(here.relative_to(folder).parts) + 1 >= depth
        folders[:] = [] if at_the_end else sorted(name for name in folders if here / name not in without)
        for name in sorted(names):
            if _is_file(here / name):
                yield here / name


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:  # gone, or a link in a circle
        return False
