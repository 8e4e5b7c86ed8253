"""One HTTP request whose answer is read by a thread of its own, and which can be cut at any moment.

`requests` limits the time of each read, not of all of them, and cannot be told to stop. So whoever asks waits on a
queue, and to stop is to shut the socket down under the thread that reads from it: the server sees that at once.
Every request has a connection of its own: a kept-alive one may be closed by the server at the very moment it is used
again (llama.cpp closes it after every stream), and then nobody could tell whether the request was taken.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

CONNECT_S = 5.0
READ_BYTES = 64 * 1024
WAITING_READS = 64  # reads that may lie in the queue, 4 MiB; the server is held back beyond
PUT_S = 0.1  # how often a held-back reader looks whether it is still wanted


@dataclass(frozen=True)
class Request:
    """What to send."""

    method: str
    url: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Head:
    """The first thing that comes."""

    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True)
class End:
    """The last thing that comes: in good order, or because something broke."""

    broken: Exception | None = None


class Wire:
    """A request under way. What it yields is a `Head`, bytes, and an `End`; without a head, only the `End`."""

    def __init__(self, request: Request, *, read_s: float) -> None:
        """Send `request`. `read_s` bounds each wait for bytes, in case nobody ever cuts the wire."""
        self._came: queue.Queue[Head | bytes | End] = queue.Queue(WAITING_READS)
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._cut = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(request, read_s), name="engine-wire", daemon=True)
        self._thread.start()

    def next(self, wait_s: float) -> Head | bytes | End | None:
        """Return what came next, None when nothing did within `wait_s`."""
        with contextlib.suppress(queue.Empty):
            return self._came.get(timeout=max(wait_s, 0.0))
        return None

    def cut(self) -> None:
        """Stop now: the server sees the connection close, the reading thread ends. Idempotent."""
        self._cut.set()
        self._hang_up()

    def _hang_up(self) -> None:
        with self._lock:
            if self._socket is not None:
                # Not close(): the thread may be inside recv(), and a closed number could be another's socket by then.
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _run(self, request: Request, read_s: float) -> None:
        _HERE.wire = self
        try:
            self._exchange(_session(), request, read_s)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as exc:
            # ValueError: http.client, when the socket is shut down while it parses.
            self._put(End(exc))
        else:
            self._put(End())
        finally:
            self._hang_up()

    def _exchange(self, session: requests.Session, request: Request, read_s: float) -> None:
        with session.request(
            request.method,
            request.url,
            json=request.body,
            headers={"Accept-Encoding": "identity", "Connection": "close", **request.headers},
            timeout=(CONNECT_S, read_s),
            stream=True,
            allow_redirects=False,
        ) as response:
            self._put(Head(response.status_code, response.headers))
            # read1 returns what is there; read and iter_content wait for a full buffer on a body without chunks.
            while not self._cut.is_set() and (received := response.raw.read1(READ_BYTES, decode_content=True)):
                self._put(received)

    def _put(self, item: Head | bytes | End) -> None:
        while not self._cut.is_set():
            with contextlib.suppress(queue.Full):
                self._came.put(item, timeout=PUT_S)
                return

    def attach(self, connected: socket.socket) -> None:
        """Take the socket that `cut` shuts down."""
        with self._lock:
            self._socket = connected
            if self._cut.is_set():
                raise ConnectionAbortedError("cut while it connected")


class _Here(threading.local):
    """The wire whose request this thread makes."""

    wire: Wire


_HERE = _Here()


@functools.cache
def _session() -> requests.Session:
    """Return what makes all requests; to make one for each would take longer than a short answer."""
    session = requests.Session()
    session.trust_env = False  # neither a proxy nor a .netrc stands between us and an inference server
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # servers know each request by itself
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(pool_maxsize=1))
    return session


class _Adapter(HTTPAdapter):
    """Hands the socket of each connection to its wire: there is no other way to it before the headers came."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return a pool whose connections tell their wire when they stand."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if not issubclass(pool.ConnectionCls, _Watched):
            pool.ConnectionCls = type("Watched", (_Watched, pool.ConnectionCls), {})
        return pool


class _Watched(HTTPConnection):
    """Mixed into the connection class of the scheme."""

    def connect(self) -> None:
        super().connect()
        _HERE.wire.attach(self.sock)
