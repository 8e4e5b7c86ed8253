"""The mark by which a platform knows that it has a message already. Pure."""

from __future__ import annotations

import base64
import hashlib

NONCE_CHARS = 25  # the most that Discord takes


def nonce_of(job: str, kind: str, chunk: str) -> str:
    """Return the nonce of one chunk of what a job came to: the same in every process, for ever.

    A failure notice is of another kind than the reply, so that none swallows the other.

    >>> nonce_of("j", "reply", "0") == nonce_of("j", "reply", "0") != nonce_of("j", "notice", "0")
    True
    """
    digest = hashlib.sha256(f"{job}\x1f{kind}\x1f{chunk}".encode()).digest()
    return base64.b32encode(digest).decode()[:NONCE_CHARS]
