"""The lines for the end of `rookery.toml` that put an inference server to use. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.contracts import engines
from tasks.contracts.engines import EngineAt
from tasks.contracts.fleet import DEMO, HOME, Fleet
from tasks.contracts.queues import slug
from tasks.contracts.tomltext import written
from workers.doctor.listings import Kind, Offer, Server

#: Each model has a worker of its own; what is beyond stands in a comment, to be copied by who wants it.
MOST_MODELS = 6
LEAST_CONTEXT_TOKENS, MOST_SLOTS = 64, 1024  # what rookery.toml takes
#: None of these is the name of a kind: in `aliases` that would stand for every server of the kind.
HOST_NAMES = {
    Kind.LM_STUDIO: "lm-studio",
    Kind.OLLAMA: "ollama-server",
    Kind.LLAMACPP: "llama-server",
    Kind.LLAMACPP_ROUTER: "llama-server",
    Kind.VLLM: "vllm-server",
}
#: As whom a host names them, so that models are loaded and unloaded there by request.
ENGINES = {
    Kind.LM_STUDIO: engines.Kind.LM_STUDIO,
    Kind.OLLAMA: engines.Kind.OLLAMA,
    Kind.LLAMACPP_ROUTER: engines.Kind.ROUTER,
    Kind.VLLM: engines.Kind.VLLM,
}
#: Ollama answers one at a time unless OLLAMA_NUM_PARALLEL says otherwise, and lists no number.
SLOTS = {Kind.OLLAMA: 1}


def lines(server: Server, fleet: Fleet) -> str:
    """Return TOML that adds `server` and its models to a file which says `fleet`, and takes nothing away from that."""
    offers = sorted(server.offers, key=lambda offer: not offer.loaded)
    chosen, rest = offers[:MOST_MODELS], offers[MOST_MODELS:]
    host = _unique(HOST_NAMES.get(server.kind, "server"), {entry.name for entry in fleet.hosts})
    names = _names(chosen, {model.name for model in fleet.models}, host)
    tables = [*_kept(fleet), *(_model(offer, names[offer.key], host) for offer in chosen)]
    tables.append(_host(server, host, list(names.values())))
    if rest:
        tables.append(f"# Also there, to be written in the same way: {', '.join(written(offer.key) for offer in rest)}")
    return "\n\n".join(tables)


def engine_of(server: Server) -> str:
    """Return what `engine` is to say for a host that has this server."""
    return str(EngineAt(ENGINES.get(server.kind, engines.Kind.OPENAI), server.url))


def _kept(fleet: Fleet) -> Iterator[str]:
    """Yield the defaults that the first [[model]] or [[host]] in a file would end, where the file counts on them."""
    said = fleet.model_fields_set
    counts_on_demo = "models" not in said and not said.isdisjoint({"hosts", "personas"})
    if counts_on_demo:
        yield f"[[model]]\nname = {written(DEMO.name)}\nbuiltin = {written(DEMO.builtin)}"
    if "hosts" not in said and (counts_on_demo or "models" in said):
        yield f"[[host]]\nname = {written(HOME.name)}"


def _model(offer: Offer, name: str, host: str) -> str:
    rows = ["[[model]]", f"name = {written(name)}", f"aliases = {{ {host} = {written(offer.key)} }}"]
    if offer.context_tokens is not None and offer.context_tokens >= LEAST_CONTEXT_TOKENS:
        rows.append(f"context_tokens = {offer.context_tokens}")
    if offer.slots is not None:
        rows.append(f"slots = {min(offer.slots, MOST_SLOTS)}")
    return "\n".join(rows)


def _host(server: Server, name: str, models: list[str]) -> str:
    rows = ["[[host]]", f"name = {written(name)}", f"engine = {written(engine_of(server))}"]
    rows.append(f"models = {written(models)}")
    if slots := SLOTS.get(server.kind):
        rows.append(f"slots = {slots}")
    return "\n".join(rows)


def _names(offers: list[Offer], taken: set[str], host: str) -> dict[str, str]:
    """Return a name of ours for each key: its last part, or more of it where that is taken."""
    names: dict[str, str] = {}
    for offer in offers:
        short = slug(offer.key.rpartition("/")[2].removesuffix(".gguf").removesuffix(":latest"))
        wishes = [wish for wish in (short, slug(offer.key)) if wish] or [f"{host}-model"]
        used = {slug(name) for name in (*taken, *names.values())}
        names[offer.key] = next((wish for wish in wishes if wish not in used), "") or _unique(wishes[0], used)
    return names


def _unique(name: str, taken: set[str]) -> str:
    """Return `name`, with a number behind it where another has the same form on queues."""
    used = {slug(other) for other in taken}
    numbered = (f"{name}-{number}" for number in range(2, len(used) + 3))
    return name if name not in used else next(other for other in numbered if other not in used)
