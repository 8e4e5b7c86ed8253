"""A machine that joined speaks to the gate that it was invited by, whatever else its system trusts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import kombu
import pytest
import redis

from tasks.celery import app
from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.membership import CERTIFICATE_FILE, Joined
from tasks.jobs import moves
from tasks.jobs.pinned import PinnedConnection
from tasks.jobs.store import AsyncStore, Store
from workers.fleet import certificate

PATIENCE_S = 20.0


class Impostor:
    """Speaks TLS with a certificate of its own, and notes what it is told."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        chain, key = certificate.ensure(folder)
        self.chain, self.heard = chain, b""
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(chain, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                with contextlib.suppress(OSError), plain:
                    plain.settimeout(PATIENCE_S)
                    with self._context.wrap_socket(plain, server_side=True) as secured:
                        self.heard += secured.recv(1024)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE_S)


@pytest.fixture
def impostor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Impostor]:
    made = Impostor(tmp_path / "impostor")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.chain))  # an authority that the system trusts has vouched for it
    yield made
    made.close()


@pytest.fixture
def url(impostor: Impostor, tmp_path: Path) -> str:
    """The address of a flock that was joined, where somebody else answers by now."""
    (tmp_path / "gate").mkdir()
    given, _ = certificate.ensure(tmp_path / "gate")
    kept = tmp_path / CERTIFICATE_FILE
    kept.write_text(given.read_text())
    return Joined(
        machine="studio", address=impostor.address, secret="canary", namespace="rookery", certificate=str(kept)
    ).url


def test_who_has_another_certificate_is_told_nothing(impostor: Impostor, url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("redis.backoff.ExponentialWithJitterBackoff.compute", lambda *_: 0)
    store = Store.open(url)
    with pytest.raises(StoreUnavailable, match="another certificate"):
        store.run(moves.note_heartbeat())
    store.close()
    assert impostor.heard == b""


def test_the_asyncio_face_tells_nothing_either(impostor: Impostor, url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("redis.backoff.ExponentialWithJitterBackoff.compute", lambda *_: 0)

    async def scene() -> None:
        store = AsyncStore.open(url)
        with pytest.raises(StoreUnavailable, match="another certificate"):
            await store.run(moves.note_heartbeat())
        await store.close()

    asyncio.run(scene())
    assert impostor.heard == b""


def test_the_broker_is_told_nothing_either(impostor: Impostor, url: str):
    assert app.main  # the app sees to it
    with kombu.Connection(url) as broker, pytest.raises((redis.RedisError, kombu.exceptions.OperationalError)):
        broker.connect()
    assert impostor.heard == b""


def test_an_address_of_ones_own_is_trusted_as_it_says(impostor: Impostor):
    options = "ssl_cert_reqs=required&ssl_check_hostname=false"
    connection = PinnedConnection(
        **Store.open(f"rediss://{impostor.address}/0?{options}").client.get_connection_kwargs()
    )
    with contextlib.suppress(redis.RedisError):  # it hangs up as soon as it has heard something
        connection.connect()
        connection.send_command("PING")
        connection.read_response()
    connection.disconnect()
    assert impostor.heard != b""
