"""Makes the secrets that compose.yaml names, each a file in `secrets/` beside it; what is there already is kept.

    python3 infra/docker/make_secrets.py

Compose shows these files to the containers as they are, owner and mode included. So the folder is closed to everybody
but its owner, and the files in it can be read: by a container that was given one, and by nobody else.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "secrets"
PASSWORD_BYTES, KEY_BYTES = 24, 32
PAGES = ("flower", "grafana")
URL = re.compile(r"redis://rookery:([^@]+)@")
ACL = """\
user default off
user health on nopass -@all +ping
user rookery on #{digest} ~* &* +@all -@admin -@dangerous +info +bgrewriteaof
"""


#: What Qdrant is told: nobody without the key, everything in its volume, and nothing to anybody else.
QDRANT = """\
service: {{api_key: {key}}}
storage: {{storage_path: /qdrant/storage, snapshots_path: /qdrant/storage/snapshots, temp_path: /qdrant/storage/tmp}}
telemetry_disabled: true
"""


def make(folder: Path) -> list[Path]:
    """Make what is missing in `folder` and return it. A new Redis password never leaves an old ACL behind."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    url, acl = folder / "redis_url", folder / "redis.acl"
    made = []
    if not url.exists():
        _write(url, f"redis://rookery:{secrets.token_urlsafe(PASSWORD_BYTES)}@redis:6379/0\n")
        acl.unlink(missing_ok=True)
        made.append(url)
    if not acl.exists():
        _write(acl, ACL.format(digest=hashlib.sha256(_password(url).encode()).hexdigest()))
        made.append(acl)
    for page in PAGES:
        password = folder / f"{page}_password"
        if not password.exists():
            _write(password, secrets.token_urlsafe(PASSWORD_BYTES) + "\n")
            made.append(password)
    if not (key := folder / "web_key").exists():
        _write(key, f"rk_{secrets.token_hex(KEY_BYTES)}\n")
        made.append(key)
    return [*made, *_for_qdrant(folder)]


def _for_qdrant(folder: Path) -> list[Path]:
    key, config = folder / "qdrant_api_key", folder / "qdrant.yaml"
    made = []
    if not key.exists():
        _write(key, secrets.token_hex(KEY_BYTES) + "\n")
        config.unlink(missing_ok=True)
        made.append(key)
    if not config.exists():
        _write(config, QDRANT.format(key=key.read_text("ascii").strip()))
        made.append(config)
    return made


def _password(url: Path) -> str:
    found = URL.match(url.read_text("ascii"))
    if found is None:
        sys.exit(f"{url} is no address of ours: wanted redis://rookery:PASSWORD@HOST:PORT/0")
    return found[1]


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o444), "w", encoding="ascii") as file:
        file.write(text)
    fresh.replace(path)


if __name__ == "__main__":
    made = make(FOLDER)
    print("\n".join(f"made {path}" for path in made) or f"all there: {FOLDER}")  # noqa: T201
