"""Looks which model files of the fleet lie where on this machine, who has them in memory, and what room there is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from tasks.contracts.engines import Kind
from tasks.contracts.errors import Refused, RetryableError
from tasks.contracts.fleet import Host, Model
from tasks.contracts.queues import slug
from tasks.contracts.settings import Settings
from tasks.contracts.tiers import Tier
from tasks.jobs import fleet_moves
from tasks.jobs.store import Store
from workers.children import host_folder
from workers.residency.diary import last_uses
from workers.storage.moving import PART
from workers.storage.plan import GIB, Space, Stored, parts
from workers.supervision import instance

_BEGINNING, _END = PART.split("{}")


def stored(settings: Settings, held: Mapping[str, tuple[str, ...]]) -> list[Stored]:
    """Return the models of the fleet file that have a file, in its order; `held` is who has which, by slug."""
    used_s = last_uses(host_folder(settings, host) for host in readers(settings))
    found = []
    for model in settings.fleet.models:
        if model.gguf:
            path = settings.tiers.find(model.gguf)
            same = [slug(other.name) for other in _of_file(settings, path)]
            hosts = sorted({host for name in same for host in held.get(name, ())})
            used = max((used_s[name] for name in same if name in used_s), default=None)
            found.append(Stored(model.name, path, settings.tiers.of(path), _size(path), used, tuple(hosts)))
    return found


def holders(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return which hosts of this machine hold or load each model, by slug, as far as they read files themselves.

    Raises:
        RetryableError: Redis does not answer, and an agent of this machine is up: nobody knows.
    """
    here = {host.name for host in readers(settings)}
    try:
        seen = Store.open(settings.redis_url, settings.namespace).run(fleet_moves.status()).hosts
    except RetryableError:
        if any(instance.owner(host_folder(settings, host)) is not None for host in readers(settings)):
            raise
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for host in seen:
        for entry in host.about.get("models") or () if host.live and host.name in here else ():
            name = str(entry.get("slug"))
            found[name] = (*found.get(name, ()), host.name)
    return found


def refuse_unknown(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the holders of models. Raises Refused where nobody knows them."""
    try:
        return holders(settings)
    except RetryableError as exc:
        raise Refused(
            f"hosts run here, and which models they have in memory is not known: {exc.message}",
            next_step="wait until Redis answers, or end them with `rookery down`",
        ) from exc


def readers(settings: Settings) -> Iterator[Host]:
    """Yield the hosts of this machine whose engine reads files of ours."""
    return (host for host in settings.fleet.hosts if host.kind is Kind.LLAMACPP and settings.belongs_here(host))


def spaces(settings: Settings) -> dict[Tier, Space]:
    """Return the room on each storage; one where both are the same."""
    budget = int(settings.fleet.data.hot_gib * GIB) or None
    found = {Tier.HOT: _space(settings.hot_dir, settings.archive_dir, budget)}
    if not settings.tiers.one:
        found[Tier.ARCHIVE] = _space(settings.archive_dir, settings.hot_dir, None)
    return found


def _of_file(settings: Settings, path: Path) -> Iterator[Model]:
    return (model for model in settings.fleet.models if model.gguf and settings.tiers.find(model.gguf) == path)


def _size(path: Path) -> int | None:
    sizes = [part.stat().st_size for part in parts(path) if part.is_file()]
    return sum(sizes) if path.is_file() else None


def _space(folder: Path, other: Path, budget_bytes: int | None) -> Space:
    """Return what lies in a folder, less what lies in the other one within it. What was half copied counts as free."""
    used = unfinished = 0
    for at, within, names in os.walk(folder):
        within[:] = [name for name in within if Path(at) / name != other]
        for name in names:
            size = os.lstat(os.path.join(at, name)).st_size
            half = name.startswith(_BEGINNING) and name.endswith(_END)
            used, unfinished = (used, unfinished + size) if half else (used + size, unfinished)
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    return Space(folder, used, shutil.disk_usage(nearest).free + unfinished, budget_bytes)
