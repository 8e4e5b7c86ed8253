"""What each user of a Redis of our own may do there: commands, keys, channels. Pure.

Celery shares its queues and its list of who listens among all its processes, so nobody can be kept to their own part
of those. Everybody else's words are in the ledger's keys, which all but Flower work on. So a machine that is invited is
trusted with conversations, and with nothing of the server: no configuration, no users, no list of what there is.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from tasks.contracts.queues import MEMORY, RECALL, TRAINING, UPKEEP
from tasks.contracts.roles import ADMIN, BEAT, BOT, FLOWER, HOST
from tasks.contracts.roles import UPKEEP as UPKEEP_ROLE

QUEUES = ("model.*", RECALL, MEMORY, TRAINING, UPKEEP)
CELERY_KEYS = ("_kombu.*", "*.celery.pidbox", "celeryev*")
#: A pattern is compared letter by letter with what a client subscribes to by pattern.
CELERY_CHANNELS = ("/0.celery.pidbox", "/0.celeryev", "/0.celeryev/*", "/0.reply.celery.pidbox")
#: Data and nothing else: what would show, stop or change the server or its users is left out, and so is every command
#: that tells the names of keys one does not know.
COMMANDS = (
    *("-@all", "+@read", "+@write", "+@pubsub", "+@connection", "+@transaction"),
    *("-@admin", "-@dangerous", "-@scripting", "-scan", "-randomkey", "-dbsize", "-pubsub"),
    *("+eval", "+evalsha", "+script|load", "+script|exists", "+time"),
)
#: What only one who waits on a queue needs.
CONSUMING = ("brpop", "blpop", "brpoplpush", "blmove")

#: What is forgotten is to leave the disk: who remembers on this machine has the role of upkeep.
FORGETTING = ("+bgrewriteaof",)


def rules(role: str, namespace: str) -> tuple[str, ...]:
    """Return what `ACL SETUSER` is told of a role, its password left out. A machine has the role `host`."""
    if role == ADMIN:
        return ("~*", "&*", "+@all")
    ledger = f"{namespace}:*"
    keys: dict[str, tuple[str, ...]] = {
        HOST: (ledger, *QUEUES, *CELERY_KEYS),
        BOT: (ledger, *QUEUES),
        UPKEEP_ROLE: (ledger, *QUEUES, *CELERY_KEYS),
        BEAT: (ledger, *QUEUES, *CELERY_KEYS),
        FLOWER: (*QUEUES, *CELERY_KEYS),
    }
    channels = {BOT: (ledger,), FLOWER: CELERY_CHANNELS}.get(role, (ledger, *CELERY_CHANNELS))
    kept_from = tuple(f"-{command}" for command in CONSUMING) if role in (BOT, BEAT) else ()
    more = FORGETTING if role == UPKEEP_ROLE else ()
    return (
        "resetkeys",
        "resetchannels",
        *COMMANDS,
        *kept_from,
        *more,
        *(f"~{key}" for key in keys[role]),
        *(f"&{channel}" for channel in channels),
    )


def hashed(secret: str) -> str:
    """Return a password in the form in which Redis keeps it."""
    return sha256(secret.encode()).hexdigest()


def masked(invited: str, machine: str, digest: str) -> str:
    """Return the hash that a machine asks for, readable to who has the hash of its invitation; the same undoes it.

    It is asked for in the ledger, which every machine reads, and it is what the owner seals the fleet file with.
    """
    pad = hmac.new(invited.encode(), f"mask\n{machine}".encode(), sha256).digest()
    return bytes(one ^ other for one, other in zip(bytes.fromhex(digest), pad, strict=True)).hex()


def proof(digest: str, machine: str, mask: str) -> str:
    """Return what shows that who asks for `mask` knows the hash `digest` below it, and so has the invitation.

    Every machine may write into the ledger; what Redis keeps of passwords its owner alone can read.
    """
    return hmac.new(digest.encode(), f"{machine}\n{mask}".encode(), sha256).hexdigest()


def line(user: str, digest: str, granted: tuple[str, ...]) -> str:
    """Return the line of a file of users that lets `user` in with a password of this hash."""
    return f"user {user} on #{digest} {' '.join(granted)}"


def digests(text: str, prefix: str) -> dict[str, str]:
    """Return the hashes of passwords in a file of users, by user, of those whose name begins with `prefix`."""
    found = {}
    for words in map(str.split, text.splitlines()):
        if len(words) > 1 and words[0] == "user" and words[1].startswith(prefix):
            found[words[1]] = next((word[1:] for word in words[2:] if word.startswith("#")), "")
    return found
