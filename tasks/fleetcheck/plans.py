"""Which questions tell something: from what the file says and who is up. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tasks.contracts.errors import BadInput
from tasks.contracts.fleet import Fleet, Host, Model
from tasks.fleetcheck.asking import Answer, Question
from tasks.jobs.values import HostSeen

READY = "ready"


@dataclass(frozen=True)
class Cover:
    """Who answers with a model, and who instead."""

    model: str
    hosts: tuple[str, ...]
    """Those that are up and may have it."""
    fallback: tuple[str, ...]
    """Models of its chain that have a host which is up."""

    @property
    def ok(self) -> bool:
        """Whether the loss of any one host leaves somebody to answer."""
        return len(self.hosts) > 1 or bool(self.hosts and self.fallback)


def up(seen: Sequence[HostSeen]) -> frozenset[str]:
    """Return the hosts that are up."""
    return frozenset(host.name for host in seen if host.live)


def one_each(fleet: Fleet, seen: Sequence[HostSeen]) -> Iterator[Question]:
    """Yield a question to every host that is up, for what it has in memory or else may hold."""
    held = {host.name: held_by(host) for host in seen if host.live}
    for host in _enabled(fleet):
        may = [model.name for model in fleet.models_of(host.name)] if host.name in held else []
        ready = [name for name in may if name in held[host.name]]
        for name in (ready or may)[:1]:
            yield Question(name, host.name)


def missing(fleet: Fleet, seen: Sequence[HostSeen]) -> list[Answer]:
    """Return what there is to say of every host that is switched on and not up: to ask it would be to wait in vain."""
    live = up(seen)
    return [Answer("", host.name, trouble="is not up") for host in _enabled(fleet) if host.name not in live]


def held_by(host: HostSeen) -> tuple[str, ...]:
    """Return the models that a host says it has ready."""
    return tuple(model["name"] for model in host.about.get("models", []) if model.get("state") == READY)


def in_turn(fleet: Fleet, live: Collection[str], names: Sequence[str], rounds: int) -> list[Question]:
    """Return questions to one host for two models in turn.

    Raises:
        BadInput: no host that is up may have two models, or those that were named.
    """
    for host in _enabled(fleet):
        may = [model.name for model in fleet.models_of(host.name)]
        pair = list(names) or may[:2]
        if host.name in live and len(pair) > 1 and set(pair) <= set(may):
            return [Question(name, host.name) for _ in range(rounds) for name in pair]
    wanted = f"all of {', '.join(names)}" if names else "two models"
    raise BadInput(f"no host that is up may have {wanted}", next_step="`rookery status` shows who is up")


def covers(fleet: Fleet, live: Collection[str]) -> tuple[Cover, ...]:
    """Return who answers with each model that somebody could ask for."""
    return tuple(
        Cover(
            model.name,
            _holders(fleet, model, live),
            tuple(name for name in model.fallback if _holders(fleet, fleet.model(name), live)),
        )
        for model in fleet.models
        if any(host.may_hold(model) for host in _enabled(fleet))
    )


def spread(fleet: Fleet, live: Collection[str], count: int, tokens: int) -> list[Question]:
    """Return `count` questions, over all models that have a host which is up.

    Raises:
        BadInput: there is no such model.
    """
    names = [cover.model for cover in covers(fleet, live) if cover.hosts]
    if not names:
        raise BadInput("no host is up", next_step="`rookery up` starts those of this machine")
    return [Question(names[at % len(names)], tokens=tokens) for at in range(count)]


def _enabled(fleet: Fleet) -> tuple[Host, ...]:
    return tuple(host for host in fleet.hosts if host.enabled)


def _holders(fleet: Fleet, model: Model, live: Collection[str]) -> tuple[str, ...]:
    return tuple(host.name for host in _enabled(fleet) if host.name in live and host.may_hold(model))
