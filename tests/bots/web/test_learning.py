"""`/api/learning` over real HTTP: everybody decides for themselves."""

from __future__ import annotations

import pytest

from tasks.jobs import consents


def test_who_sits_at_the_page_agrees_and_takes_it_back(client, ledger) -> None:
    assert client.get("/api/learning").json() == {"agreed": False, "at_ms": None}
    told = client.put("/api/learning", json={"agreed": True}).json()
    known = ledger.run(consents.every())
    assert known.allow(["web:local"])
    assert told == {"agreed": True, "at_ms": known.people["web:local"].at_ms}
    assert client.get("/api/learning").json() == told
    assert client.put("/api/learning", json={"agreed": False}).json() == {"agreed": False, "at_ms": None}
    assert not ledger.run(consents.every()).people


@pytest.mark.parametrize("body", [{}, {"agreed": "yes"}, {"agreed": True, "user": "web:eve"}])
def test_nobody_agrees_for_somebody_else(client, ledger, body) -> None:
    assert client.put("/api/learning", json=body).status_code == 422
    assert not ledger.run(consents.every()).people
