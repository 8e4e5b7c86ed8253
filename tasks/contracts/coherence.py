"""What cannot be said together in one `rookery.toml`, each part being well by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tasks.contracts.engines import AT_AN_ADDRESS, Kind
from tasks.contracts.entries import AUTO, EVERY_MODEL, LLAMACPP, Host, Model, Persona
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.masking import mask
from tasks.contracts.platforms import Telegram
from tasks.contracts.problems import Problem, closest
from tasks.contracts.queues import refuse_collisions, slug
from tasks.contracts.routing import PRIMARY, Routing
from tasks.contracts.sections import Flower, Jobs, Redis, Training, Web


def lives(jobs: Jobs) -> Iterator[Problem]:
    """Yield what the lives of a job's parts say against each other."""
    if jobs.text_life_s > jobs.record_life_s:
        yield Problem(("jobs", "text_life_s"), "wanted no more than jobs.record_life_s", jobs.text_life_s)


def adapters(training: Training) -> Iterator[Problem]:
    """Yield that adapters would leave this machine where nobody said that they may."""
    scheme, is_url, _ = training.adapters.partition("://")
    if is_url and scheme != "file" and not training.allow_remote:
        wish = "wanted a folder of this machine, or allow_remote = true beside the URL of another one"
        yield Problem(("training", "adapters"), wish, mask(training.adapters))


def ports(redis: Redis, web: Web, flower: Flower, telegram: Telegram) -> Iterator[Problem]:
    """Yield the ports that two of our own would listen on."""
    taken = {} if redis.url else {redis.port: "redis.port"}
    for section, key, port, in_use in (
        ("web", "port", web.port, True),
        ("flower", "port", flower.port, flower.enabled),
        ("telegram", "webhook_port", telegram.webhook_port, bool(telegram.webhook_url)),
    ):
        if in_use and port in taken:
            yield Problem((section, key), f"wanted another port than {taken[port]}", port)
        taken.setdefault(port, f"{section}.{key}")


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
    names, kinds = [host.name for host in hosts], [kind.value for kind in AT_AN_ADDRESS if kind is not Kind.PACKAGE]
    for at, model in enumerate(models):
        for key in model.aliases:
            if key not in (*names, *kinds):
                wish = f"wanted the name of a host ({', '.join(names)}) or a kind of server ({', '.join(kinds)})"
                hint = closest(key, [*names, *kinds])
                yield Problem(("model", at, "aliases", key), f"{wish}; {hint}" if hint else wish)


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
            elif wish := _unholdable(host, known[name]):
                yield Problem(loc, wish, name)


def _unholdable(host: Host, model: Model) -> str:
    """Return what was wanted instead of a model that a host names and cannot have; empty where it can."""
    if host.kind is Kind.LLAMACPP and not (model.gguf or model.builtin):
        return f"wanted a model with gguf or builtin, which {LLAMACPP} can load itself"
    if host.remote and model.builtin:
        return f"wanted a model that a server can have; the built-in one needs {LLAMACPP}"
    if not host.reads(model):
        taken = " or ".join(sorted(host.takes))
        return f"wanted a model in {taken}, which is what this host takes; it is in {model.format_on(host)}"
    return ""


def chains(models: Sequence[Model]) -> Iterator[Problem]:
    """Yield the fallbacks that lead nowhere or back, and the name that stands for a choice."""
    known = {model.name: model for model in models}
    for at, model in enumerate(models):
        if slug(model.name) == AUTO:
            yield Problem(
                ("model", at, "name"), f'wanted another name: "{AUTO}" leaves the choice to [routing]', model.name
            )
        for index, name in enumerate(model.fallback):
            loc = ("model", at, "fallback", index)
            if name not in known:
                yield Problem(loc, _unknown("model", name, list(known)), name)
            elif name in model.fallback[:index]:
                yield Problem(loc, "wanted each model once", name)
            elif model.name in _reached(name, known):
                yield Problem(loc, f"leads back to {model.name!r}; wanted a chain that ends", name)


def _reached(start: str, known: Mapping[str, Model]) -> set[str]:
    """Return every model that the fallbacks of `start` lead to, itself with them."""
    found, ahead = set(), [start]
    while ahead:
        name = ahead.pop()
        if name in known and name not in found:
            found.add(name)
            ahead += known[name].fallback
    return found


def routes(routing: Routing, models: Sequence[Model]) -> Iterator[Problem]:
    """Yield the models that routing names and nobody has."""
    known = [model.name for model in models]
    for loc, name in routing.named():
        if name not in known:
            yield Problem(("routing", *loc), _unknown("model", name, known), name)


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


def personas(
    personas: Sequence[Persona], models: Sequence[Model], hosts: Sequence[Host], routing: Routing
) -> Iterator[Problem]:
    """Yield the personas that could never answer."""
    known = {model.name: model for model in models}
    hosts_by_name = {host.name: host for host in hosts}
    for at, persona in enumerate(personas):
        if persona.allow_cloud and persona.private:
            wish = "wanted private = false beside it: what is said to a private persona never leaves the flock"
            yield Problem(("persona", at, "allow_cloud"), wish, persona.allow_cloud)
        if wish := _unchosen(persona, list(known), routing):
            yield Problem(
                ("persona", at, "model"), wish, persona.model if "model" in persona.model_fields_set else None
            )
        elif persona.pin and persona.pin not in hosts_by_name:
            yield Problem(("persona", at, "pin"), _unknown("host", persona.pin, list(hosts_by_name)), persona.pin)
        elif hosts:
            for model in _choices(persona, models, routing):
                yield from _unanswerable(at, persona, model.name, [host for host in hosts if host.may_hold(model)])


def _choices(persona: Persona, models: Sequence[Model], routing: Routing) -> list[Model]:
    """Return the models that may be chosen for a persona, as far as there are any of these names."""
    names = routing.models() if persona.model == AUTO else (persona.model,)
    return [model for model in models if model.name in names]


def _unchosen(persona: Persona, known: list[str], routing: Routing) -> str:
    """Return what was wanted of a persona that no model would be chosen for; empty where one is."""
    if persona.model == AUTO:
        return "" if routing.primary else f"wanted a model, or {PRIMARY} under [routing], which then chooses one"
    return "" if persona.model in known else _unknown("model", persona.model, known)


def _unanswerable(at: int, persona: Persona, model: str, holders: list[Host]) -> Iterator[Problem]:
    """Narrow the hosts down as the ledger would, and yield the first wish that leaves none."""
    left = [host for host in holders if persona.pin in ("", host.name)]
    fitting = [host for host in left if set(persona.labels) <= set(host.labels)]
    if not holders:
        which = f"the model {model!r}" if persona.model == AUTO else "this model"
        wish = f"no host may hold {which}; name it in `models` of a host whose engine can have it"
        yield Problem(("persona", at, "model"), wish, persona.model)
    elif not left:
        wish = f"wanted a host that may hold the model {model!r}: {_names(holders)}"
        yield Problem(("persona", at, "pin"), wish, persona.pin)
    elif not fitting:
        wish = f"wanted labels that one of these hosts has: {_names(left)}"
        yield Problem(("persona", at, "labels"), wish, list(persona.labels))
    elif persona.private and all(host.cloud for host in fitting):
        wish = f"a private persona never leaves the flock, and it could only run in the cloud: {_names(fitting)}"
        yield Problem(("persona", at, "private"), wish, persona.private)
    elif not persona.allow_cloud and all(host.cloud for host in fitting):
        wish = f"wanted allow_cloud = true, since the model {model!r} is only in the cloud: {_names(fitting)}"
        yield Problem(("persona", at, "allow_cloud"), wish, persona.allow_cloud)


def _names(hosts: Sequence[Host]) -> str:
    return ", ".join(host.name for host in hosts)


def _unknown(what: str, name: str, known: list[str]) -> str:
    return f"no {what} has that name; {closest(name, known) or 'there are: ' + ', '.join(known)}"
