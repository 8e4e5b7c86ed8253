"""What cannot be said together in one `rookery.toml`, each part being well by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasks.contracts.entries import EVERY_MODEL, LLAMACPP, OPENAI, Host, Model, Persona
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.problems import Problem, closest
from tasks.contracts.queues import refuse_collisions
from tasks.contracts.sections import Flower, Jobs, Redis, Web


def lives(jobs: Jobs) -> Iterator[Problem]:
    """Yield what the lives of a job's parts say against each other."""
    if jobs.text_life_s > jobs.record_life_s:
        yield Problem(("jobs", "text_life_s"), "wanted no more than jobs.record_life_s", jobs.text_life_s)


def ports(redis: Redis, web: Web, flower: Flower) -> Iterator[Problem]:
    """Yield the ports that two of our own would listen on."""
    taken = {} if redis.url else {redis.port: "redis.port"}
    for section, port, in_use in (("web", web.port, True), ("flower", flower.port, flower.enabled)):
        if in_use and port in taken:
            yield Problem((section, "port"), f"wanted another port than {taken[port]}", port)
        taken.setdefault(port, f"{section}.port")


def names(what: str, entries: Sequence[Model] | Sequence[Host] | Sequence[Persona]) -> Iterator[Problem]:
    """Yield a problem if there is no entry, or two that queues and node names could not tell apart."""
    if not entries:
        yield Problem((what,), f"wanted at least one [[{what}]], or no such key at all", [])
    try:
        refuse_collisions([entry.name for entry in entries], what)
    except ConfigurationError as exc:
        yield Problem((what,), f"{exc.message}; {exc.next_step}")


def models(models: Sequence[Model], hosts: Sequence[Host]) -> Iterator[Problem]:
    """Yield the aliases that no host would ever look up."""
    known = [OPENAI, *(host.name for host in hosts)]
    for at, model in enumerate(models):
        for key in model.aliases:
            if key not in known:
                wish = f'wanted "{OPENAI}" or the name of a host: {", ".join(known[1:])}; {closest(key, known)}'
                yield Problem(("model", at, "aliases", key), wish.rstrip("; "))


def hosts(hosts: Sequence[Host], models: Sequence[Model]) -> Iterator[Problem]:
    """Yield the models that hosts name and cannot have."""
    known = {model.name: model for model in models}
    for at, host in enumerate(hosts):
        for index, name in enumerate(host.models):
            loc = ("host", at, "models", index)
            if name == EVERY_MODEL:
                continue
            if name not in known:
                yield Problem(loc, _unknown("model", name, list(known)), name)
            elif host.engine == LLAMACPP and not host.can_run(known[name]):
                yield Problem(loc, f"wanted a model with gguf or builtin, which {LLAMACPP} can load itself", name)
            elif host.remote and known[name].builtin:
                yield Problem(loc, f"wanted a model that a server can have; the built-in one needs {LLAMACPP}", name)


def residency(models: Sequence[Model], hosts: Sequence[Host]) -> Iterator[Problem]:
    """Yield the pins and preloads that no host could follow."""
    by_name = {host.name: host for host in hosts}
    for at, model in enumerate(models):
        for index, name in enumerate(model.pin):
            if name not in by_name:
                yield Problem(("model", at, "pin", index), _unknown("host", name, list(by_name)), name)
            elif not by_name[name].may_hold(model):
                yield Problem(("model", at, "pin", index), "wanted a host that may hold this model", name)
    for at, host in enumerate(hosts):
        for index, name in enumerate(host.preload):
            if name != EVERY_MODEL and name not in (known := [model.name for model in models]):
                yield Problem(("host", at, "preload", index), _unknown("model", name, known), name)


def personas(personas: Sequence[Persona], models: Sequence[Model], hosts: Sequence[Host]) -> Iterator[Problem]:
    """Yield the personas that could never answer."""
    known = {model.name: model for model in models}
    hosts_by_name = {host.name: host for host in hosts}
    for at, persona in enumerate(personas):
        if persona.model not in known:
            yield Problem(("persona", at, "model"), _unknown("model", persona.model, list(known)), persona.model)
        elif persona.pin and persona.pin not in hosts_by_name:
            yield Problem(("persona", at, "pin"), _unknown("host", persona.pin, list(hosts_by_name)), persona.pin)
        elif hosts:
            yield from _unanswerable(at, persona, [host for host in hosts if host.may_hold(known[persona.model])])


def _unanswerable(at: int, persona: Persona, holders: list[Host]) -> Iterator[Problem]:
    """Narrow the hosts down as the ledger would, and yield the first wish that leaves none."""
    left = [host for host in holders if persona.pin in ("", host.name)]
    fitting = [host for host in left if set(persona.labels) <= set(host.labels)]
    if not holders:
        wish = "no host may hold this model; name it in `models` of a host whose engine can have it"
        yield Problem(("persona", at, "model"), wish, persona.model)
    elif not left:
        wish = f"wanted a host that may hold the model {persona.model!r}: {_names(holders)}"
        yield Problem(("persona", at, "pin"), wish, persona.pin)
    elif not fitting:
        wish = f"wanted labels that one of these hosts has: {_names(left)}"
        yield Problem(("persona", at, "labels"), wish, list(persona.labels))
    elif persona.private and all(host.cloud for host in fitting):
        wish = f"a private persona never leaves the flock, and it could only run in the cloud: {_names(fitting)}"
        yield Problem(("persona", at, "private"), wish, persona.private)


def _names(hosts: Sequence[Host]) -> str:
    return ", ".join(host.name for host in hosts)


def _unknown(what: str, name: str, known: list[str]) -> str:
    return f"no {what} has that name; {closest(name, known) or 'there are: ' + ', '.join(known)}"
