"""Parts of the folder of memories within this process: one is opened, made, copied, and caught up with another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import qdrant_edge as q

from tasks.memory.stores import edge_folder
from tasks.memory.stores.edge_language import config, indexes

BATCH = 500


def opened(folder: Path, dimension: int) -> tuple[Path, Any]:
    """Return the part that is in force, open; where there is none, one is made, and is in force once it is whole."""
    part = edge_folder.current(folder)
    if part.exists():
        return part, q.EdgeShard.load(str(part))
    part = edge_folder.following(part)
    shard = made(part, dimension)
    shard.flush()
    edge_folder.put_in_force(part)
    return part, shard


def made(part: Path, dimension: int) -> Any:
    """Return a part with nothing in it."""
    shutil.rmtree(part, ignore_errors=True)  # somebody began it, and had no room
    part.mkdir()
    shard = q.EdgeShard.create(str(part), config(dimension))
    for name, kind in indexes():
        shard.update(q.UpdateOperation.create_field_index(name, kind))
    return shard


def copied(shard: Any, fresh: Any) -> Iterator[None]:
    """Write all of a part to another, some at a time."""
    after = None
    while True:
        found, after = shard.scroll(q.ScrollRequest(offset=after, limit=BATCH, with_payload=True, with_vector=True))
        points = [q.Point(id=one.id, vector=one.vector, payload=one.payload) for one in found]
        fresh.update(q.UpdateOperation.upsert_points(points))
        yield
        if not after:
            return


def catch_up(shard: Any, fresh: Any, touched: Sequence[str]) -> None:
    """Write what changed while it was copied once more, as it is now."""
    for at in range(0, len(touched), BATCH):
        ids = touched[at : at + BATCH]
        there = [q.Point(id=one.id, vector=one.vector, payload=one.payload) for one in shard.retrieve(ids, True, True)]
        fresh.update(q.UpdateOperation.upsert_points(there))
        gone = set(ids) - {str(one.id) for one in there}
        fresh.update(q.UpdateOperation.delete_points(sorted(gone)))


def ids_of(shard: Any, which: Any, count: int) -> list[str]:
    """Return the ids of up to `count` memories that are so."""
    found, _following = shard.scroll(q.ScrollRequest(limit=count, filter=which, with_payload=False))
    return [str(one.id) for one in found]
