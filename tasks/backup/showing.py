"""What is told of a backup that was restored. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tasks.backup.manifest import Manifest
from tasks.backup.restoring import Restored

GOOD, CARE, PLAIN = "green", "yellow", ""


def sized(size_bytes: int) -> str:
    """Return a size in words.

    >>> sized(3_995), sized(5 * 2**30)
    ('4 KiB', '5.0 GiB')
    """
    for unit, name in ((2**30, "GiB"), (2**20, "MiB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes / 2**10:.0f} KiB"


def told(said: Manifest, restored: Restored, root: Path, command: str = "rookery") -> Iterator[tuple[str, str]]:
    """Yield the lines of the end of a restore, each with its style; `command` is how Rookery is called from there."""
    made = datetime.fromtimestamp(said.made_ms / 1000, UTC)
    settings = restored.settings
    yield f"Restored, as it was at {made:%H:%M:%S UTC on %d %B %Y} (Rookery {said.rookery})", f"bold {GOOD}"
    yield f"  settings     {settings.folder / said.config if said.config else 'the defaults: there was no file'}", PLAIN
    yield f"  data         {settings.data_dir}", PLAIN
    yield f"  ledger       {restored.entries} entries", PLAIN
    yield f"  memories     {restored.memories}", PLAIN
    if not restored.same_settings:
        yield "! the settings are others than they were: the environment, or a password that was left out", CARE
    for line in said.left_out:
        yield f"! not in the backup: {line}", CARE
    for name in restored.homeless:
        yield f"! nothing in the settings says where {name} belongs; it was left out", CARE
    where = "" if root.resolve() == Path.cwd() else f"cd {shlex.quote(str(root))} && "
    yield f"Next: `{where}{command} up`. Models are not in a backup: see that they are where the settings say.", PLAIN
