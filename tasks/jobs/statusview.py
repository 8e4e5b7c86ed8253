"""How the flock looks in a terminal: hosts, what they hold and how that is, and who waits for what. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tasks.contracts.entries import DEMO_LABEL
from tasks.jobs.durations import S, age
from tasks.jobs.health import OPEN, PROBATION, READY, TRUSTED, HostHealth, ModelHealth, health_of
from tasks.jobs.roster import PersonaState
from tasks.jobs.showing import plain
from tasks.jobs.troubles import troubles_of
from tasks.jobs.values import HostSeen, Status, Word

NO_HOST = "no host has ever been up; `rookery up` starts one"
BAR_CELLS = 16
NOTHING_WAITS = "nothing waits"
HEALTH = {TRUSTED: ("well", "green"), PROBATION: ("on probation", "yellow"), OPEN: ("rests", "red")}
WORDS = {Word.RUN: ("up", "green"), Word.PAUSE: ("paused", "yellow"), Word.DRAIN: ("draining", "yellow")}


def status_view(seen: Status) -> RenderableType:
    """Return hosts, what they hold, and what waits."""
    heard = (
        f"beat was heard {age(seen.now_ms - seen.heartbeat_ms)} ago" if seen.heartbeat_ms else "beat was never heard"
    )
    parts: list[RenderableType] = [Text(f"{seen.live} live jobs · {seen.dead} dead · {heard}", style="dim")]
    parts.append(_hosts(seen) if seen.hosts else Text(NO_HOST, style="yellow"))
    if any(host.live and host.about.get("models") for host in seen.hosts):
        parts += [Text(), _held(seen)]
    troubles = [f"{host.name}: {line}" for host in seen.hosts for line in troubles_of(host)]
    parts += [Text(), *map(plain, troubles)] if troubles else []
    return Group(*parts, Text(), _waiting(seen) if seen.backlogs else Text(NOTHING_WAITS, style="dim"))


def away(states: Mapping[str, PersonaState], now_ms: int) -> Iterator[Text]:
    """Yield a line on each persona that was disabled, and why."""
    for name, known in states.items():
        if known.disabled:
            why = f": {known.why}" if known.why else ""
            line = plain(f"{name} takes no messages{why} ({known.by}, {age(max(0, now_ms - known.at_ms))} ago)")
            line.stylize("yellow")
            yield line


def _hosts(seen: Status) -> Table:
    table = Table("host", "state", "engine", "memory", box=None, header_style="bold")
    for host in seen.hosts:
        memory = host.about.get("memory") or {}
        table.add_row(plain(host.name), _state(host), plain(host.about.get("engine", "")), _memory(memory))
    return table


def _held(seen: Status) -> Table:
    table = Table("model", "on", "takes", "now", "pace", "health", box=None, header_style="bold")
    health = health_of(seen)
    for host in seen.hosts:
        for row in _models(host, health[host.name]) if host.live else ():
            table.add_row(*row)
    return table


def _state(host: HostSeen) -> Text:
    word, style = WORDS[host.word] if host.live else ("gone", "red")
    return Text(word, style=style)


def _memory(memory: Mapping[str, Any]) -> Text:
    """Return a bar and its figures: what our models take, what others loaded there, and what is left."""
    used, total, foreign = memory.get("used_gib"), memory.get("total_gib"), memory.get("foreign_gib") or 0.0
    if used is None:
        return Text()
    others = f", others take {foreign:.1f}" if foreign else ""
    if total is None:
        return Text(f"{used:.1f} GiB{others}")
    ours = _cells(used, total)
    theirs = min(BAR_CELLS - ours, _cells(foreign, total))
    bar = Text().append("━" * ours, style="green").append("━" * theirs, style="yellow")
    bar.append("━" * (BAR_CELLS - ours - theirs), style="dim")
    return bar.append(f" {used:.1f} of {total:.1f} GiB{others}")


def _cells(gib: float, total: float) -> int:
    """Return how much of the bar that is; what is there at all is seen."""
    share = gib / total if total else 1.0
    return min(BAR_CELLS, max(round(share * BAR_CELLS), 1 if gib else 0))


def _models(host: HostSeen, health: HostHealth) -> Iterator[tuple[Text, ...]]:
    memory = host.about.get("memory") or {}
    residents = {each["slug"]: each for each in memory.get("residents", [])}
    loads = {each["slug"]: each for each in memory.get("loads", [])}
    demos = {said["name"] for said in host.about.get("models", []) if said.get("demo")}
    for model in health.models:
        name = f"{model.model} ({DEMO_LABEL})" if model.model in demos else model.model
        resident = residents.get(model.slug, {})
        now = _now(model, resident, loads.get(model.slug, {}))
        yield plain(name), plain(host.name), Text(_takes(resident)), plain(now), Text(_pace(model)), _health(model)


def _takes(resident: Mapping[str, Any]) -> str:
    if resident.get("size_gib") is None:
        return ""
    return f"{resident['size_gib']:.1f} GiB{', pinned' if resident.get('pinned') else ''}"


def _now(model: ModelHealth, resident: Mapping[str, Any], load: Mapping[str, Any]) -> str:
    if model.state == READY and resident:
        return f"{resident['busy']} of {resident['slots']} busy"
    if load.get("eta_s") is not None:
        return f"{model.state}, {age(int(load['eta_s'] * S))} to go"
    return model.state


def _pace(model: ModelHealth) -> str:
    """Return how soon the first word comes, and how fast the rest."""
    parts = [] if model.first_token_s is None else [age(round(model.first_token_s * S))]
    if model.decode_tokens_per_s is not None:
        parts.append(f"{model.decode_tokens_per_s:.0f} tokens/s")
    return ", ".join(parts)


def _health(model: ModelHealth) -> Text:
    if model.state != READY:
        return Text()
    word, style = HEALTH[model.standing]
    return Text(word, style=style)


def _waiting(seen: Status) -> Table:
    titles = ("model", "waiting", "oldest", "which is", "no turn for", "an answer in", "")
    table = Table(*titles, box=None, header_style="bold")
    table.columns[3].overflow = "fold"  # to be copied whole
    for backlog in seen.backlogs:
        turn = age(seen.now_ms - backlog.turn_ms) if backlog.turn_ms else ""
        eta = f"about {age(int(backlog.eta_s * S))}" if backlog.eta_s is not None else ""
        held = "" if backlog.slots else "nobody holds it"
        loading = f"{backlog.loading} loads it" if backlog.loading else held
        oldest = age(seen.now_ms - backlog.oldest_ms)
        cells = (backlog.slug, str(backlog.waiting), oldest, backlog.head, turn, eta, loading)
        table.add_row(*map(plain, cells))
    return table
