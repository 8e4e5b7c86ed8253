"""The moves around the fleet file as values: its owner publishes it, others follow, machines are invited and join."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from tasks.jobs import record
from tasks.jobs.values import Move

OFFICE = "fleet"  # whose holder publishes
OWNER_LEASE_MS = 10_000
DIGEST_CHARS = 16


@dataclass(frozen=True, slots=True)
class Published:
    """The fleet file as its owner published it."""

    version: int
    digest: str
    text: str
    """Empty where the reader has it already."""
    owner: str
    problem: str
    """Why the file as it stands at the owner's is not the one in force; empty: it is."""
    silent_ms: int
    """Since the owner was heard last."""
    seals: str = ""
    """What shows each machine that its owner published it, as JSON. With the text only."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that was invited."""

    name: str
    invited_ms: int
    until_ms: int
    """When the invitation ends; 0: it was taken up."""
    joined_ms: int
    """0: it has not joined yet."""
    asks: str
    """The hash of the password that it asks to be let in by, masked for the owner's eyes; empty: it asks nothing."""
    proof: str
    """That who asks has the invitation."""
    now_ms: int

    @property
    def lapsed(self) -> bool:
        """Whether it was invited, did not come in time, and does not ask."""
        return not self.joined_ms and self.now_ms > self.until_ms


def digest_of(text: str) -> str:
    """Return what a published text is known by: Redis can tell it too, and nobody is shown by it whose the text is."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:DIGEST_CHARS]


def publish(text: str, digest: str, owner: str, problem: str, seals: str = "") -> Move[int]:
    """Say what the fleet file holds, and return its version: another one where the text is another one.

    The text may be left empty where it was said before; 0 comes back, and nothing is changed, where it is wanted anew.
    """
    return Move("fleet_publish", (digest, text, owner, problem, seals), int, rings=False)


def read(known: str = "") -> Move[Published | None]:
    """Read what the owner said last, its text only where its digest is not `known`; None: nobody has one."""

    def of(answer: list[Any]) -> Published | None:
        return Published(*answer) if answer else None

    return Move("fleet_read", (known,), of, rings=False)


def invite(machine: str, life_ms: int) -> Move[bool]:
    """Note that a machine was invited, whatever was known of it before."""
    return Move("fleet_machine", ("invite", machine, life_ms), bool, rings=False)


def ask(machine: str, mask: str, proof: str) -> Move[bool]:
    """Ask to be let in by another password; False when the machine was not invited, or has joined already."""
    return Move("fleet_machine", ("ask", machine, mask, proof), bool, rings=False)


def note_joined(machine: str, mask: str) -> Move[bool]:
    """Note that a machine was let in as it asked; False when it was revoked or invited anew meanwhile."""
    return Move("fleet_machine", ("joined", machine, mask), bool, rings=False)


def note_gone(machine: str) -> Move[bool]:
    """Forget a machine; False when it was not known."""
    return Move("fleet_machine", ("gone", machine, ""), bool, rings=False)


def machines() -> Move[tuple[Machine, ...]]:
    """List the machines that were invited, in the order in which that was."""

    def of(answer: list[Any]) -> tuple[Machine, ...]:
        now_ms, *rest = answer
        return tuple(
            _machine(name, record.paired(flat), now_ms) for name, flat in zip(rest[::2], rest[1::2], strict=True)
        )

    return Move("fleet_machines", (), of, rings=False)


def _machine(name: str, said: dict[str, str], now_ms: int) -> Machine:
    return Machine(
        name=name,
        invited_ms=int(said.get("invited_ms", "0")),
        until_ms=int(said.get("until_ms", "0")),
        joined_ms=int(said.get("joined_ms", "0")),
        asks=said.get("asks", ""),
        proof=said.get("proof", ""),
        now_ms=now_ms,
    )


def told(published: Published) -> str:
    """Return which fleet file is in force, in words."""
    if not published.problem:
        return f"fleet file: version {published.version} of {published.owner}"
    return (
        f"the fleet file at {published.owner} cannot be, so version {published.version} stays in force:\n"
        f"{published.problem}"
    )
