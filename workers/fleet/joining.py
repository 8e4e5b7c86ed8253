"""`rookery join`: this machine becomes one of another's flock. What can go wrong is told in words for people."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis

from tasks.contracts.errors import AlreadyRunning, ConfigurationError, RookeryError, StoreUnavailable
from tasks.contracts.fleet import parse
from tasks.contracts.membership import CERTIFICATE_FILE, JOINED_FILE, TOLD_FILE, Joined, Told, write_private
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_file
from tasks.jobs.store import Store
from tasks.jobs.values import MS
from workers.fleet import acl, certificate, seals, users
from workers.fleet.invitation import Invitation
from workers.supervision.instance import owner

REACH_S = 5.0
LET_IN_S = 20.0
POLL_S = 0.2
#: From here on people wonder about the times in logs; leases are measured by Redis.
ODD_CLOCK_S = 30.0
ASK_AGAIN = "ask for a new one: `rookery invite` on the machine that has the fleet file"


def join(invitation: Invitation, settings: Settings, tell: Callable[[str], None]) -> Joined:
    """Take up an invitation, write down what came of it in the data folder, and return it.

    Raises:
        ConfigurationError: it is used, revoked or over, or somebody else answers in the flock's place.
        StoreUnavailable: the flock cannot be reached.
        AlreadyRunning: this machine runs a flock of its own.
    """
    if settings.fleet.redis.url and not settings.machine:
        raise ConfigurationError(
            f"this machine was told of a Redis already: {settings.origins.place(('redis', 'url'))}",
            next_step="take that away first: the address comes with the invitation",
        )
    if pid := owner(settings.data_dir):
        raise AlreadyRunning(
            f"Rookery runs in {settings.data_dir} (pid {pid})",
            next_step="end it with `rookery down` or Ctrl-C first; or join from another folder",
        )
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    address, pem = reach(invitation)
    tell(f"reached {address}{', encrypted' if pem else ', NOT encrypted: keep to networks of your own'}")
    trusted = ""
    if pem:
        path = (settings.data_dir / CERTIFICATE_FILE).absolute()
        write_private(path, pem)
        trusted = str(path)
    invited = Joined(
        machine=invitation.machine,
        address=address,
        secret=invitation.secret,
        namespace=invitation.namespace,
        certificate=trusted,
    )
    joined = invited.model_copy(update={"secret": users.new_secret()})
    with _opened(invited) as store:
        _tell_clock(store, tell)
        digest = acl.hashed(joined.secret)
        mask = acl.masked(acl.hashed(invited.secret), joined.machine, digest)
        if not store.run(fleet_file.ask(joined.machine, mask, acl.proof(digest, joined.machine, mask))):
            raise ConfigurationError(f"the invitation of {joined.machine!r} is used or revoked", next_step=ASK_AGAIN)
    with _let_in(joined) as store:
        write_private(settings.data_dir / JOINED_FILE, joined.model_dump_json())
        _fetch(store, joined, settings.data_dir)
    return joined


def reach(invitation: Invitation) -> tuple[str, str]:
    """Return the first address of the flock that answers, and the gate's certificate where it has one.

    Raises:
        StoreUnavailable: none answers.
        ConfigurationError: something else answers than the gate that the invitation is for.
    """
    tried = []
    for host in invitation.hosts:
        address = f"[{host}]:{invitation.port}" if ":" in host else f"{host}:{invitation.port}"
        try:
            return address, _certificate(host, invitation)
        except OSError as exc:
            tried.append(f"{address} ({exc.strerror or exc})")
    raise StoreUnavailable(
        f"the flock cannot be reached at {', '.join(tried)}",
        next_step="see that `rookery up` runs there, and that no firewall is between; `rookery invite --address` "
        "names another way to it",
    )


def _certificate(host: str, invitation: Invitation) -> str:
    with socket.create_connection((host, invitation.port), REACH_S) as plain:
        if not invitation.fingerprint:
            return ""
        # Whose it is, is told by its fingerprint; everything later is verified against it.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with context.wrap_socket(plain) as secured:
                pem = ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True) or b"")
        except OSError as exc:  # what is no TLS says something else, hangs up, or waits for more
            raise ConfigurationError(
                f"what answers at {host}:{invitation.port} does not speak TLS, and the invitation says that it does",
                next_step=f"see what listens there; or {ASK_AGAIN}",
            ) from exc
    if certificate.fingerprint(pem) != invitation.fingerprint:
        raise ConfigurationError(
            f"what answers at {host}:{invitation.port} has another certificate than the one you were invited with",
            next_step=f"somebody may be in between; if the certificate was made anew, {ASK_AGAIN}",
        )
    return pem


@contextlib.contextmanager
def _opened(joined: Joined) -> Iterator[Store]:
    """Open the ledger as this machine, or say in words for people why that cannot be."""
    store = Store.open(joined.url, joined.namespace)
    try:
        try:
            store.client.ping()
        except redis.RedisError as exc:
            raise _in_words(exc, joined.address) from exc
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def _let_in(joined: Joined) -> Iterator[Store]:
    """Wait until the owner has let this machine in by its own password."""
    give_up_s = time.monotonic() + LET_IN_S
    while True:
        try:
            with _opened(joined) as store:
                yield store
                return
        except Uninvited as exc:
            if time.monotonic() >= give_up_s:
                raise ConfigurationError(
                    f"nobody let {joined.machine!r} in within {LET_IN_S:g} s",
                    next_step="see that `rookery up` runs where the fleet file is, then paste the line again",
                ) from exc
        time.sleep(POLL_S)


class Uninvited(ConfigurationError):
    """Redis does not know this password."""


def _in_words(exc: redis.RedisError, address: str) -> RookeryError:
    text = str(exc)
    if isinstance(exc, redis.AuthenticationError) or "WRONGPASS" in text:
        return Uninvited("this invitation is used, revoked or over", next_step=ASK_AGAIN)
    if "not yet valid" in text or "has expired" in text:
        return ConfigurationError(
            f"the certificate of {address} is not valid at the time that this machine has: {time.ctime()}",
            next_step="set this machine's clock, then paste the line again",
        )
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return ConfigurationError(
            f"{address} has another certificate than the one you were invited with", next_step=ASK_AGAIN
        )
    return StoreUnavailable(
        f"{address} was reached and then did not answer: {text}", next_step="see that `rookery up` runs there"
    )


def _tell_clock(store: Store, tell: Callable[[str], None]) -> None:
    off_s = time.time() - store.now_ms() / MS
    if abs(off_s) > ODD_CLOCK_S:
        tell(
            f"the clock of this machine is {abs(off_s):.0f} s {'ahead' if off_s > 0 else 'behind'}: nothing goes wrong "
            "by that, but times in logs will not fit"
        )


def _fetch(store: Store, joined: Joined, data_dir: Path) -> None:
    """Keep the fleet file as it is now, so that the machine can start while the flock is away."""
    give_up_s = time.monotonic() + LET_IN_S
    while True:
        published = store.run(fleet_file.read())
        if published is None:
            return
        serial = seals.serial_of(published.text, published.seals, joined.machine, acl.hashed(joined.secret))
        if serial is not None:
            break
        if time.monotonic() >= give_up_s:
            raise ConfigurationError(
                "joined, but what is published as the fleet file was not sealed by its owner for this machine",
                next_step="see that `rookery up` runs where the fleet file is, of the same version as here",
            )
        time.sleep(POLL_S)
    try:
        parse(json.loads(published.text), f"the fleet file of {published.owner}")
    except ConfigurationError as exc:
        raise ConfigurationError(
            f"joined, but the fleet file cannot be read here:\n{exc.message}",
            next_step="install the same version of Rookery here as there",
        ) from exc
    digest = fleet_file.digest_of(published.text)
    told = Told(version=published.version, digest=digest, text=published.text, serial=serial)
    write_private(data_dir / TOLD_FILE, told.model_dump_json())
