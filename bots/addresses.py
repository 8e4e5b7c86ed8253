"""Which addresses a bot may fetch from: public ones alone, whatever form somebody gives them. Pure."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from tasks.contracts.errors import BadInput

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
PORTS = {"http": 80, "https": 443}
MOST_URL_CHARS = 2_048
AS_THEY_ARE = "%/:@!$&'()*+,;=~-._?"  # signs that an address may hold
UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that is handed out
TRANSLATED = (
    ipaddress.ip_network("2002::/16"),  # each carries an IPv4 address within, to wherever that is
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("2001::/32"),
)


@dataclass(frozen=True)
class Target:
    """An address of the web, taken apart."""

    scheme: str
    host: str
    port: int
    path: str
    """With its query."""

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def target(url: str, base: str = "", *, usual_ports: bool = True) -> Target:
    """Return what an address names; one that a redirect gave may lean on `base`.

    Raises:
        BadInput: it is no plain http or https address on the usual port.
    """
    if len(url) > MOST_URL_CHARS or not url.isprintable() or "\\" in url or " " in url:
        raise _refused("it is no address of the web")
    try:
        parts = urlsplit(urljoin(base, url) if base else url)
        port, host = parts.port, (parts.hostname or "").rstrip(".").encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as exc:
        raise _refused("it is no address of the web") from exc
    if parts.scheme not in PORTS or not host:
        raise _refused("only http and https are fetched")
    if parts.username is not None or parts.password is not None:
        raise _refused("it has a name or password in it")
    if usual_ports and port not in (None, PORTS[parts.scheme]):
        raise _refused("it names an unusual port")
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=AS_THEY_ARE)
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path)


def is_public(address: IpAddress) -> bool:
    """Return whether an address is one of the public internet, and surely of nothing nearer.

    >>> [is_public(ipaddress.ip_address(each)) for each in ("1.1.1.1", "10.0.0.1", "100.64.0.1", "::ffff:127.0.0.1")]
    [True, False, False, False]
    """
    if address.version == 6 and (address not in UNICAST or any(address in network for network in TRANSLATED)):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def literal(host: str) -> IpAddress | None:
    """Return the address that a host is, in any form that a system takes for one; None where it is a name.

    >>> literal("0x7f.1"), literal("::1"), literal("example.com")
    (IPv4Address('127.0.0.1'), IPv6Address('::1'), None)
    """
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _refused(why: str) -> BadInput:
    return BadInput(f"the attachment cannot be fetched: {why}", next_step="send it as text, or from a public address")
