"""Where a Redis is, as each of the libraries that go there writes it. Pure."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

SCHEMES = ("redis", "rediss", "unix")
SOCKET = "unix://"
BROKER_SOCKET = "redis+socket://"


def is_socket(url: str) -> bool:
    """Return whether a Redis is reached by a file of this machine, not by a port."""
    return url.startswith(SOCKET)


def is_sound(url: str) -> bool:
    """Return whether this can be the address of a Redis: of a socket, the whole path is needed."""
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError:  # a port that is none, a bracket that does not close
        return False
    if "://" not in url or address.scheme not in SCHEMES or port == 0:
        return False
    return not is_socket(url) or (not address.hostname and address.path.strip("/") != "")


def broker_url(url: str) -> str:
    """Return the address as Celery knows it: it has other words than redis-py for a socket and for its database.

    >>> broker_url("redis://127.0.0.1:6390/0"), broker_url("unix://:secret@/run/redis.sock?db=2")
    ('redis://127.0.0.1:6390/0', 'redis+socket://:secret@/run/redis.sock?virtual_host=2')
    """
    if not is_socket(url):
        return url
    address = urlsplit(url)
    database = dict(parse_qsl(address.query)).get("db", "0")
    return f"{BROKER_SOCKET}{address.netloc}{address.path}?virtual_host={database}"
