"""Keys in a test's hands, and a page that other machines may reach: whoever asks there must show one."""

from __future__ import annotations

from typing import Any

import httpx

from tasks.jobs import keys
from tasks.jobs.keys import Key, Limits, Scope
from tasks.jobs.store import Store
from tests.bots.conftest import NO_TLS

EVERYWHERE = "0.0.0.0"


def cut(store: Store, name: str, *scopes: Scope, **limits: int) -> str:
    """Return a new key of the ledger."""
    secret, key_id = keys.fresh()
    assert store.run(keys.add(Key(key_id, name, frozenset(scopes), Limits(**limits)), secret))
    return secret


def holder(url: str, secret: str = "", **options: Any) -> httpx.Client:
    """Return a client of the page who shows a key, if any."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return httpx.Client(base_url=url, headers=headers, timeout=20.0, trust_env=False, verify=NO_TLS, **options)
