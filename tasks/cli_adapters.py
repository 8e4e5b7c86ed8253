"""`rookery train list|show|promote|rollback|diff|gc`: the adapters of a persona. Mounted by `tasks.cli_train`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tasks.contracts.notices import Notice
    from tasks.contracts.settings import Settings
    from tasks.training.canary.serving import Changed, Serving, Why
    from tasks.training.registry.registry import AdapterRegistry

app = typer.Typer()
Whose = Annotated[str, typer.Option("--persona", "-p", help="Whose; empty: everybody's, or whoever has that version.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="As `rookery train list` names it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Reason = Annotated[str, typer.Option("--why", help="For the record, and for who is told of it.")]
BASE = "base"


@app.command("list")
def list_adapters(persona: Whose = "", as_json: AsJson = False) -> None:
    """List adapters, the newest first: what each learned from, and which ones answer now."""
    from tasks.training.registry import cards, showing

    registry = _registry()
    found = [card for name in _personas(registry, persona) for card in cards.cards(registry, name)]
    _tell([card.public() for card in found], showing.table(found), as_json=as_json)


@app.command()
def show(version: Version, persona: Whose = "", as_json: AsJson = False) -> None:
    """Show one adapter: what it was made of, how good it was, what the gate said, and what happened to it."""
    from tasks.training.registry import cards, showing

    registry = _registry()
    found = cards.card(registry, persona or registry.persona_of(version), version)
    _tell(found.public(), showing.detail(found), as_json=as_json)


@app.command()
def promote(version: Version, persona: Whose = "", why: Reason = "", as_json: AsJson = False) -> None:
    """Have an adapter answer everybody, whatever the gate said of it; every file of it is checked before."""
    registry = _registry()
    whose = persona or registry.persona_of(version)
    _report(registry, whose, _serving(registry).promote(whose, version, _why(why)), as_json=as_json)


@app.command()
def rollback(
    persona: Annotated[str, typer.Option("--persona", "-p", help="Whose.")],
    to: Annotated[str, typer.Option(help="A version, or `base` for none; empty: what answered before.")] = "",
    why: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Take back what a persona learned last: the canary, else the last promotion. Saying it again changes nothing."""
    registry = _registry()
    _refuse_nobody(registry, persona)  # or a slip of the pen looks like a rollback that was not needed
    where = {"": None, BASE: ""}.get(to, to)
    _report(registry, persona, _serving(registry).roll_back(persona, _why(why), where), as_json=as_json)


@app.command()
def diff(
    one: Annotated[str, typer.Argument(metavar="A", help="A version.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    persona: Whose = "",
    as_json: AsJson = False,
) -> None:
    """Show in what two adapters differ: settings, data and figures."""
    import dataclasses

    from tasks.training.registry import comparing, showing

    registry = _registry()
    a, b = (registry.manifest(persona or registry.persona_of(version), version) for version in (one, other))
    found = comparing.differences(a, b)
    _tell([dataclasses.asdict(each) for each in found], showing.differences(one, other, found), as_json=as_json)


@app.command()
def gc(persona: Whose = "", as_json: AsJson = False) -> None:
    """Take away adapters that nobody will need: not among the last ones, never promoted, and no parent of these."""
    import time

    settings = _settings()
    registry, keep = _registry(settings), settings.fleet.training.keep
    now_ms = int(time.time() * 1000)
    gone = {name: registry.collect(name, keep, now_ms) for name in _personas(registry, persona)}
    named = [f"{name}@{version}" for name, versions in gone.items() for version in versions]
    _tell({"gone": named}, "\n".join(named) or "nothing to take away", as_json=as_json)


def _report(registry: AdapterRegistry, persona: str, changed: Changed, *, as_json: bool) -> None:
    from tasks.training.canary.telling import in_words
    from tasks.training.registry import lineage

    flag = lineage.flags(registry, persona).get(changed.served.current)
    told = {
        "persona": persona,
        "changed": changed.event is not None,
        "heard": changed.heard,
        "served": changed.served.model_dump(),
        "before": changed.before.model_dump(),
        "forgotten": len(flag.samples) if flag else 0,
        "withdrawn": len(flag.withdrawn) if flag else 0,
    }
    words = in_words(persona, changed.served, changed.event)
    if flag:
        words += f"\n{flag.words}; it is trained anew without"
    if not changed.heard:
        words += "\nRedis does not answer: workers hear of it once it does, and the training worker looks"
    _tell(told, words, as_json=as_json)


def _personas(registry: AdapterRegistry, persona: str) -> tuple[str, ...]:
    if not persona:
        return registry.personas()
    _refuse_nobody(registry, persona)
    return (persona,)


def _refuse_nobody(registry: AdapterRegistry, persona: str) -> None:
    from tasks.contracts.errors import UnknownPersona

    there = registry.personas()
    if persona not in there:
        known = f"those of {', '.join(there)} are there" if there else "nobody has any yet"
        raise UnknownPersona(f"{persona!r} has no adapters", next_step=known)


def _tell(told: object, shown: object, *, as_json: bool) -> None:
    import json

    from rich.console import Console

    if as_json:
        typer.echo(json.dumps(told, indent=2))
    elif isinstance(shown, str):
        typer.echo(shown)
    else:
        Console().print(shown)


def _why(words: str) -> Why:
    from tasks.training.canary.serving import Why
    from tasks.training.runs.spec import OPERATOR

    return Why(OPERATOR, words)


def _settings() -> Settings:
    from tasks.contracts.settings import load

    return load(None, os.environ)


def _registry(settings: Settings | None = None) -> AdapterRegistry:
    from tasks.training.registry.registry import AdapterRegistry

    return AdapterRegistry.of(settings or _settings())


def _serving(registry: AdapterRegistry) -> Serving:
    from tasks.jobs import notices
    from tasks.jobs.store import Store
    from tasks.training.canary.serving import Serving

    settings = _settings()
    store = Store.open(settings.redis_url, settings.namespace)

    def notify(notice: Notice) -> None:
        notices.notify(store, notice)

    return Serving(registry, store, notify)
