"""Which inference servers run here, how to put them to use, and whether those in use have what is asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tasks.contracts import engines
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet, Host
from tasks.contracts.settings import Settings
from tasks.contracts.tomltext import written
from workers.doctor import proposal, switches
from workers.doctor.findings import Finding, Level
from workers.doctor.listings import Kind, Server
from workers.doctor.servers import identify

CHECK = "engines"
#: Where LM Studio, Ollama, llama-server and vLLM listen unless told otherwise.
DEFAULT_ADDRESSES = tuple(f"http://127.0.0.1:{port}" for port in (1234, 11434, 8080, 8000))
MS = 1000
LOOPBACK_NAMES = {"localhost": "127.0.0.1", "::1": "127.0.0.1"}


def look_at_host(settings: Settings, host: Host, environ: Mapping[str, str]) -> list[Finding]:
    """Return whether the server of a host answers, and has the models that the host is to serve."""
    try:
        server = identify(host.address, settings.api_key(host, environ))
    except ConfigurationError as exc:
        return [Finding(CHECK, Level.PROBLEM, exc.message, exc.next_step)]
    found = [judge_host(settings.fleet, host, server)]
    if server is None or server.kind is Kind.LOCKED:
        return found
    managed = host.kind is not engines.Kind.OPENAI
    return [*found, *judge_kind(host, server), *switches.judge(server, datetime.now(UTC), managed=managed)]


def look_around(fleet: Fleet, address: str) -> list[Finding]:
    """Return what there is to say of a server at an address that the settings do not name."""
    server = identify(address)
    if server is None:
        return []
    return [judge_found(server, fleet), *switches.judge(server, datetime.now(UTC), managed=True)]


def unnamed(fleet: Fleet, addresses: tuple[str, ...]) -> Iterator[str]:
    """Yield those of `addresses` that no host in the settings has."""
    named = {_place(host.address) for host in fleet.hosts if host.remote}
    yield from (address for address in addresses if _place(address) not in named)


def judge_found(server: Server, fleet: Fleet) -> Finding:
    """Return what was found, with the lines that put it to use."""
    where = f"{server.kind} runs at {server.url}"
    if server.kind is Kind.LOCKED:
        what = f"{server.url} answers those alone who have its key"
        step = "if that is a model server, give it a [[host]] with `engine` and `api_key_env`, and run this again"
        return Finding(CHECK, Level.NOTE, what, step)
    if not server.offers:
        step = "load or download one there, and run `rookery doctor` again for the lines to write"
        return Finding(CHECK, Level.NOTE, f"{where}, without a model to talk to", step)
    many = f"{len(server.offers)} models" if len(server.offers) > 1 else server.offers[0].key
    step = "write the lines below into rookery.toml, if Rookery is to use it"
    return Finding(CHECK, Level.NOTE, f"{where}, with {many}", step, proposal.lines(server, fleet))


def judge_host(fleet: Fleet, host: Host, server: Server | None) -> Finding:
    """Return whether the server of a host that the settings name will do."""
    where = f"host {host.name!r}"
    if server is None:
        what = f"{where}: no inference server answers at {host.address}"
        return Finding(CHECK, Level.PROBLEM, what, "start it, correct `engine`, or write enabled = false for that host")
    if server.kind is Kind.LOCKED:
        if host.api_key_env:
            step = f"put the key that it knows into {host.api_key_env}"
            return Finding(CHECK, Level.PROBLEM, f"{where}: {host.address} refuses the key that we have", step)
        step = "put the key into a variable, and write the name of that as `api_key_env`"
        return Finding(CHECK, Level.PROBLEM, f"{where}: {host.address} wants a key", step)
    wanted = {model.name_on(host): model.name for model in fleet.models if host.may_hold(model)}
    missing = sorted(wanted.keys() - server.names)
    if missing:
        there = ", ".join(sorted(server.names)) or "none"
        what = f"{where}: {server.kind} at {server.url} has no {', '.join(missing)}; there are: {there}"
        return Finding(CHECK, Level.PROBLEM, what, "load it there, or correct the model's `aliases` in rookery.toml")
    has = ", ".join(sorted(wanted)) or "no work"
    what = f"{where}: {server.kind} at {server.url} answers in {server.latency_s * MS:.0f} ms and has {has}"
    return Finding(CHECK, Level.OK, what)


def judge_kind(host: Host, server: Server) -> Iterator[Finding]:
    """Yield what there is to say of `engine`, where another server answers than it names or it could say more."""
    wanted = proposal.engine_of(server).removesuffix(server.url) + host.address
    if wanted == host.engine:
        return
    if host.kind is engines.Kind.OPENAI:
        what = f"host {host.name!r} is asked only for what {server.kind} at {server.url} has in memory"
        step = f"write engine = {written(wanted)}, if Rookery is to load and unload models there"
        yield Finding(CHECK, Level.NOTE, what, step)
    else:
        what = f"host {host.name!r}: {server.kind} answers at {server.url}, where `engine` says {host.kind.value}"
        yield Finding(CHECK, Level.PROBLEM, what, f"write engine = {written(wanted)}")


def _place(address: str) -> tuple[str, int | None]:
    parts = urlsplit(address)
    host = parts.hostname or ""
    return LOOPBACK_NAMES.get(host, host), parts.port
