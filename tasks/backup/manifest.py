"""What a backup says of itself: what is in it, of which settings, and what is not. Pure, but for the version."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from tasks.contracts.errors import BackupDamaged, BadInput
from tasks.contracts.messages import Value
from tasks.contracts.settings import Settings

FORMAT = 1
MANIFEST = "manifest.json"
LEDGER, TRANSCRIPT = "ledger.jsonl", "transcript.sqlite3"
#: Folders in a backup; where each belongs is for the settings to say.
CONFIG, DATA, WORDS, WORKSPACES, MEMORIES = "config", "data", "words", "workspaces", "memories"
HASH_CHARS = 16
MODE = 0o777


def _safe(name: str) -> str:
    """Refuse a name that leads out of the folder that it is unpacked into."""
    parts = PurePosixPath(name).parts
    if not parts or "\0" in name or "\\" in name or name != "/".join(parts) or {"..", ".", "/"} & {*parts}:
        raise ValueError("a name in it leads elsewhere")
    return name


class Member(Value):
    """One file in a backup."""

    size_bytes: int = Field(ge=0)
    sha256: str
    mode: int = Field(ge=0, le=MODE)


class Manifest(Value):
    """What a backup holds."""

    format: int = Field(ge=1)
    rookery: str
    """The version that made it."""
    made_ms: int
    namespace: str
    settings: str
    """The hash of the settings that held."""
    config: Annotated[str, AfterValidator(lambda name: name and _safe(name))] = ""
    """How the file of settings is called; empty: there was none."""
    secrets: bool = False
    """Whether passwords and keys of this machine are in it."""
    members: dict[Annotated[str, AfterValidator(_safe)], Member]
    left_out: tuple[str, ...] = ()
    """What is not in it and could be missed, a line each."""

    @property
    def size_bytes(self) -> int:
        """What it takes when it is unpacked."""
        return sum(member.size_bytes for member in self.members.values())


def read(text: bytes) -> Manifest:
    """Return the manifest that a backup has.

    Raises:
        BackupDamaged: it is none.
        BadInput: a newer Rookery made it.
    """
    try:
        found = Manifest.model_validate_json(text)
    except ValidationError as exc:
        raise BackupDamaged(
            "what the backup says of itself cannot be read: it is damaged, or a newer version made it",
            next_step="take another backup, or the version that made this one",
        ) from exc
    if found.format > FORMAT:
        raise BadInput(
            f"the backup was made by Rookery {found.rookery}, whose backups this one does not know",
            next_step="restore it with that version or a newer one",
        )
    return found


def settings_hash(settings: Settings) -> str:
    """Return what tells settings apart: all that holds, personas with their workspaces included."""
    return hashlib.sha256(settings.fleet.model_dump_json().encode()).hexdigest()[:HASH_CHARS]


def rookery_version() -> str:
    """Return which Rookery this is."""
    try:
        return version("rookery")
    except PackageNotFoundError:
        return "unknown"
