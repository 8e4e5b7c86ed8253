"""`rookery invite`: credentials for one machine, made where Redis runs, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.contracts.errors import ConfigurationError, UnknownThing
from tasks.contracts.roles import FOLDER
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_file
from tasks.jobs.fleet_file import Machine
from tasks.jobs.store import Store
from workers.fleet import acl, gate, users
from workers.fleet.gate import GateState
from workers.fleet.invitation import Invitation, checked_name, write

MS = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """How a machine stands to the flock."""

    name: str
    state: str
    """`invited`, `joined` or `lapsed`."""
    since_ms: int
    """How long it has been so; for an invitation, how long it is still good, negative once it is over."""


def invite(settings: Settings, store: Store, name: str, life_s: int, address: str = "") -> str:
    """Let a machine in, and return the invitation that it joins with. What it was let in by before is void.

    `address` is where it reaches the gate, when that is not the address that the gate listens on.

    Raises:
        ConfigurationError: our own Redis is not open to other machines.
        BadInput: the name cannot be one.
    """
    checked_name(name)
    state = refuse_closed(settings)
    secret = users.new_secret()
    store.run(fleet_file.invite(name, life_s * MS))
    users.admit(store, name, acl.hashed(secret))
    hosts = (address,) if address else tuple(gate.addresses(state.host))
    return write(
        Invitation(
            machine=name,
            secret=secret,
            hosts=hosts,
            port=state.port,
            fingerprint=state.fingerprint,
            namespace=settings.namespace,
        )
    )


def refuse_closed(settings: Settings) -> GateState:
    """Return what the gate says of itself. Raises ConfigurationError where there is none to come in by."""
    state = gate.read_state(settings.data_dir / FOLDER)
    if settings.own_redis and state:
        return state
    raise ConfigurationError(
        "no other machine can reach this flock: its Redis listens on this machine alone",
        next_step="start it with `rookery up --listen 0.0.0.0`, or set `listen` in [redis] of rookery.toml",
    )


def revoke(store: Store, name: str) -> None:
    """Let a machine in no more: at once, whether it has joined or not.

    Raises:
        UnknownThing: no machine of that name was invited.
    """
    known = store.run(fleet_file.note_gone(name))
    if not (users.dismiss(store, name) or known):
        names = ", ".join(each.name for each in store.run(fleet_file.machines())) or "none"
        raise UnknownThing(f"no machine {name!r} was invited; there are: {names}")


def standings(store: Store) -> list[Standing]:
    """Return how every machine stands that was invited."""
    return [standing(machine) for machine in store.run(fleet_file.machines())]


def standing(machine: Machine) -> Standing:
    """Return how a machine stands. Pure."""
    if machine.joined_ms:
        return Standing(machine.name, "joined", machine.now_ms - machine.joined_ms)
    left_ms = machine.until_ms - machine.now_ms
    return Standing(machine.name, "invited" if left_ms > 0 else "lapsed", left_ms)
