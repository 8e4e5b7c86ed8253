"""Who is who to a Redis of our own that listens to other machines too: one user for each kind of process.

While it listens on loopback alone there are no users, and nobody needs a password.
"""

from __future__ import annotations

import json
from pathlib import Path

ADMIN = "admin"
"""The command, and `rookery up`."""
HOST = "host"
"""An agent and its workers."""
BOT = "bot"
"""The page and the bots."""
UPKEEP = "upkeep"
BEAT = "beat"
FLOWER = "flower"
ROLES = (ADMIN, HOST, BOT, UPKEEP, BEAT, FLOWER)

FOLDER = "redis"
ROLES_FILE = "roles.json"
LOOPBACK = "127.0.0.1"


def own_url(folder: Path, port: int, role: str) -> str:
    """Return the address of a Redis of our own, which keeps its data in `folder`, as `role` reaches it."""
    secret = secrets_in(folder).get(role, "")
    return f"redis://{f'{role}:{secret}@' if secret else ''}{LOOPBACK}:{port}/0"


def secrets_in(folder: Path) -> dict[str, str]:
    """Return the passwords of a Redis of our own by role; none where it has no users, or they are not ours to read."""
    try:
        return dict(json.loads((folder / ROLES_FILE).read_text("utf-8")))
    except (OSError, ValueError):
        return {}
