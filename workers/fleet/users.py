"""The users of a Redis of our own: their passwords in a file of ours, what they may in a file of Redis."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from tasks.contracts import roles
from tasks.contracts.errors import RookeryError
from tasks.contracts.membership import user_of, write_private
from tasks.jobs.store import Store, translated
from workers.fleet import acl

USERS_FILE = "users.acl"
MACHINES = user_of("")
SECRET_BYTES = 32
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Users:
    """Who may use the Redis in `folder`, for the keys of `namespace`."""

    folder: Path
    namespace: str

    @property
    def file(self) -> Path:
        """What Redis reads and writes."""
        return self.folder / USERS_FILE

    def prepare(self) -> None:
        """Write both files: the same passwords as before, the rules of today, and the machines that were let in."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        before = roles.secrets_in(self.folder)
        known = {role: before.get(role) or new_secret() for role in roles.ROLES}
        machines = acl.digests(self.file.read_text("utf-8"), MACHINES) if self.file.exists() else {}
        lines = ["user default off resetpass resetkeys resetchannels -@all"]
        lines += [acl.line(role, acl.hashed(known[role]), acl.rules(role, self.namespace)) for role in roles.ROLES]
        of_machines = acl.rules(roles.HOST, self.namespace)
        lines += [acl.line(user, digest, of_machines) for user, digest in machines.items()]
        write_private(self.folder / roles.ROLES_FILE, json.dumps(known, indent=2) + "\n")
        write_private(self.file, "\n".join(lines) + "\n")


def open_to_all(folder: Path) -> None:
    """Forget the passwords of a Redis that listens on loopback alone; the machines that were let in stay known."""
    (folder / roles.ROLES_FILE).unlink(missing_ok=True)


def admit(store: Store, machine: str, digest: str) -> None:
    """Let a machine in with a password of this hash and no other, and have Redis remember it.

    Raises:
        RookeryError: Redis does not let us, or keeps no users.
    """
    granted = acl.rules(roles.HOST, store.key.namespace)
    _acl(store, "SETUSER", user_of(machine), "reset", "on", f"#{digest}", *granted)
    _acl(store, "SAVE")


def asked_for(store: Store, machine: str, mask: str, proof: str) -> str:
    """Return the hash that a machine asks to be let in by, empty where who asks has not its invitation.

    Raises as `admit` does.
    """
    if not _HASH.fullmatch(mask):
        return ""
    said = _ask(store, "GETUSER", user_of(machine)) or {}
    user = said if isinstance(said, dict) else dict(zip(said[::2], said[1::2], strict=True))
    for known in user.get("passwords", ()):
        # Its own password: it was let in, and that was not noted.
        for digest in (acl.masked(known, machine, mask), known):
            if hmac.compare_digest(acl.proof(digest, machine, mask).encode(), proof.encode("utf-8", "replace")):
                return digest
    return ""


def passwords(store: Store) -> dict[str, str]:
    """Return the hash of the password of every machine that is let in. Raises as `admit` does."""
    found = acl.digests("\n".join(_acl(store, "LIST")), MACHINES)
    return {user.removeprefix(MACHINES): digest for user, digest in found.items() if digest}


def dismiss(store: Store, machine: str) -> bool:
    """Let a machine in no more and end its connections; False when it was not known. Raises as `admit` does."""
    known = bool(_acl(store, "DELUSER", user_of(machine)))
    _acl(store, "SAVE")
    return known


def admitted(store: Store) -> tuple[str, ...]:
    """Return the machines that are let in. Raises as `admit` does."""
    return tuple(sorted(user.removeprefix(MACHINES) for user in _acl(store, "USERS") if user.startswith(MACHINES)))


def new_secret() -> str:
    """Return a password that nobody guesses."""
    return secrets.token_urlsafe(SECRET_BYTES)


def _acl(store: Store, *words: str) -> list[str]:
    answer = _ask(store, *words)
    return list(answer) if isinstance(answer, (list, tuple)) else [answer] if answer not in (0, "0", None) else []


def _ask(store: Store, *words: str) -> Any:
    try:
        return store.client.execute_command("ACL", *words)
    except redis.ResponseError as exc:
        raise RookeryError(
            f"Redis refused ACL {words[0]}: {exc}",
            next_step="this needs the Redis of `rookery up --listen`, and the machine and user that run it",
        ) from exc
    except redis.RedisError:
        with translated():
            raise
