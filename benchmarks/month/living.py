"""Runs where the memory extra is installed: lets a month pass over two stores, and asks both at its end.

One keeps every turn; over the other the nights pass. python -m benchmarks.month.living [--people 5] [--days 30]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.month.life import BEGIN_MS, DAY_MS, DAYS, HOUR_MS, PERSONA, Month, Planted, month
from tasks.memory import terms
from tasks.memory.embedders.embedding import USUAL_MODEL, Embedder, embedder_of
from tasks.memory.finding import find
from tasks.memory.indexing import headed, indexed, surrounded
from tasks.memory.ingest import memories_of
from tasks.memory.rendering import rendered
from tasks.memory.stores.edge import EdgeStore
from tasks.memory.stores.payload import payload_of
from tasks.memory.stores.store import VectorStore
from tasks.memory.tiers import steps, writing
from tasks.memory.tiers.audit import audited
from tasks.memory.tiers.telling import telling
from tasks.memory.tiers.writing import ALL, Shelf
from tasks.memory.values import Memory, Scope

FIRST = 3  # answers that are looked at
NIGHT_MS = 2 * HOUR_MS
WEEK_DAYS = 7
AFTERWARDS = 2  # nights, so that the last days are over too
BYTES_A_NUMBER, DENSE = 4, 2
BLOCK = 512  # bytes, whatever the disk's own blocks are
LINE_TOKENS = 100  # of one memory in a prompt, at most


def main(words: Sequence[str] | None = None) -> None:
    """Print the figures as JSON, and progress beside them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--days", type=int, default=DAYS)
    options = parser.parse_args(words)
    embedder = embedder_of(USUAL_MODEL, Path())
    with tempfile.TemporaryDirectory(prefix="rookery-month-") as folder:
        verbatim, tiers = (EdgeStore(Path(folder) / name, embedder.dimension) for name in ("verbatim", "tiers"))
        try:
            found = lived(month(options.people, options.days), verbatim, tiers, embedder)
            both = {"before": (verbatim, "verbatim"), "after": (tiers, "tiers")}
            disk = {when: on_disk(store, Path(folder) / name) for when, (store, name) in both.items()}
            print(json.dumps(found | {"disk": disk}))
        finally:
            verbatim.close()
            tiers.close()


def lived(said: Month, verbatim: VectorStore, tiers: VectorStore, embedder: Embedder) -> dict[str, object]:
    """Return what is known at the end of a month with every turn kept, and after its nights, and what both take."""
    shelf, nights_s = Shelf(tiers, embedder), []
    for day in range(len(said.days) + AFTERWARDS):
        for session in said.days[day] if day < len(said.days) else ():
            made = indexed(surrounded([memory for one in session for memory in memories_of(one)]), embedder)
            verbatim.put(made)
            tiers.put(made)
        began_s = time.perf_counter()
        changed = sum(night(shelf, day + 1))
        nights_s.append(time.perf_counter() - began_s)
        print(f"night {day + 1}: {changed} memories changed", file=sys.stderr, flush=True)
    now_ms = BEGIN_MS + (len(said.days) + AFTERWARDS) * DAY_MS + NIGHT_MS
    return {
        "conversations": said.conversations,
        "questions": len(said.planted),
        "nights_s": nights_s,
        "before": state(verbatim, said.planted, embedder, now_ms),
        "after": state(tiers, said.planted, embedder, now_ms),
    }


def night(shelf: Shelf, day: int) -> Iterator[int]:
    """Let the night before a day pass, as the worker does; no model sums up."""
    now_ms = BEGIN_MS + day * DAY_MS + NIGHT_MS
    yield from writing.resumed(shelf.store)
    yield from steps.day_by_day(shelf, now_ms, lambda _turns: False)
    if day % WEEK_DAYS == 0:
        yield from steps.week_by_week(shelf)
    yield from steps.corrected(shelf)
    yield from steps.pruned(shelf, now_ms)


def state(store: VectorStore, planted: Sequence[Planted], embedder: Embedder, now_ms: int) -> Mapping[str, float]:
    """Return what a store knows, what is in it, and what it takes."""
    memories = list(steps.everything(store, ALL))
    found = audited(memories)
    told = [(one, told_of(one, store, embedder, now_ms)) for one in planted]
    changed = [(one, text) for one, text in told if one.before]
    return {
        "memories": found.memories,
        "junk": found.junk,
        "duplicates": found.duplicates,
        "recalled": found.recalled,
        "bytes": sum(bytes_of(memories, embedder.dimension)),
        "answered": sum(one.answer in text for one, text in told),
        "changed": len(changed),
        "outdated": sum(one.before in text for one, text in changed),
    }


def told_of(one: Planted, store: VectorStore, embedder: Embedder, now_ms: int) -> str:
    """Return the first three memories that a prompt would hold for a question, as the model would read them."""
    scope = Scope(one.user, PERSONA, one.user, direct=True)
    found = find(one.question, scope, store, embedder, now_ms, limit=FIRST)
    return "\n".join(
        rendered([type(hit)(telling(hit.memory, one.question), hit.score)], now_ms, LINE_TOKENS) for hit in found
    )


def on_disk(store: VectorStore, folder: Path) -> int:
    """Return what a store takes on the disk once nothing of what was deleted is there any more."""
    store.scour()
    return sum(file.stat().st_blocks * BLOCK for file in folder.rglob("*") if file.is_file())


def bytes_of(memories: Iterable[Memory], dimension: int) -> Iterator[int]:
    """Yield what each memory takes: its vectors, its words' weights, and what is known of it, as JSON."""
    for memory in memories:
        said = headed(memory)
        words = len(terms.weights(said)) + len(terms.weights(memory.around or said))
        numbers = DENSE * dimension + 2 * words  # a word is its number and its weight
        yield BYTES_A_NUMBER * numbers + len(json.dumps(payload_of(memory), ensure_ascii=False).encode())


if __name__ == "__main__":
    main()
