"""Runs where the memory extra is installed: has conversations remembered, asks about them, prints what was found.

python -m benchmarks.recalling.asking [--data FILE] [--conversations 10] [--records 0]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.recalling.conversations import CATEGORIES, Asked, Conversation, Line, made_up, read
from tasks.memory import terms
from tasks.memory.embedders.embedding import USUAL_MODEL, Embedder, embedder_of
from tasks.memory.finding import find
from tasks.memory.importance import importance
from tasks.memory.indexing import indexed, surrounded
from tasks.memory.stores.edge import EdgeStore
from tasks.memory.stores.store import Vectors, VectorStore
from tasks.memory.values import Memory, Scope

DEPTHS = (5, 10, 20)
CROWD, BATCH, ASKS, DISTINCT, NOISE = "crowd", 2_000, 60, 3_000, 0.5
Floats = npt.NDArray[np.float64]
CHANNEL, PERSONA = "talk", "Ada"
WARM_UP = 5


def main(words: Sequence[str] | None = None) -> None:
    """Print the figures as JSON, and progress beside them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a file of LoCoMo's shape; made-up conversations without it")
    parser.add_argument("--conversations", type=int, default=10)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--records", type=int, default=0, help="how long recall takes among so many, of one channel")
    options = parser.parse_args(words)
    talks = read(options.data) if options.data else _made_up(options.conversations, options.sessions)
    embedder = embedder_of(USUAL_MODEL, Path())
    with tempfile.TemporaryDirectory(prefix="rookery-recall-") as folder:
        store = EdgeStore(Path(folder) / "memories", embedder.dimension)
        crowd = EdgeStore(Path(folder) / "crowd", embedder.dimension)
        try:
            found = measured(talks, store, embedder)
            print(json.dumps(found | (crowded(talks, crowd, embedder, options.records) if options.records else {})))
        finally:
            store.close()
            crowd.close()


def _made_up(conversations: int, sessions: int) -> list[Conversation]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "made-up.json"
        file.write_text(json.dumps(made_up(conversations, sessions=sessions)), encoding="utf-8")
        return read(file)


def measured(talks: Sequence[Conversation], store: VectorStore, embedder: Embedder) -> dict[str, object]:
    """Return what was hit at which depth, overall and by category, and how long writing and asking took."""
    hits: dict[str, list[dict[int, tuple[bool, bool]]]] = defaultdict(list)
    write_ms, recall_ms, turns = [], [], 0
    for number, talk in enumerate(talks):
        tenant = f"talk:{number}"
        for session in talk.sessions:
            memories = surrounded([remembered(line, tenant) for line in session])
            began_s = time.perf_counter()
            store.put(indexed(memories, embedder))
            write_ms.append((time.perf_counter() - began_s) * 1000 / max(1, len(memories)))
            turns += len(memories)
        for asked in talk.asked:
            began_s = time.perf_counter()
            found = find(
                asked.question,
                Scope(tenant, PERSONA, "asker", CHANNEL),
                store,
                embedder,
                talk.last_ms,
                limit=max(DEPTHS),
            )
            recall_ms.append((time.perf_counter() - began_s) * 1000)
            hits[CATEGORIES.get(asked.category, "other")].append(hit(asked, [one.memory.source for one in found]))
        print(f"{number + 1} of {len(talks)} conversations", file=sys.stderr, flush=True)
    return {
        "turns": turns,
        "questions": sum(map(len, hits.values())),
        "rates": {
            "all": rates([one for each in hits.values() for one in each]),
            **{k: rates(v) for k, v in hits.items()},
        },
        "write_ms": write_ms,
        "recall_ms": recall_ms[WARM_UP:],
    }


def crowded(talks: Sequence[Conversation], store: VectorStore, embedder: Embedder, records: int) -> dict[str, object]:
    """Return how long writing and recall take among `records` memories of one channel, and what is found there.

    One conversation is as it was said; the others are lines of all of them, with vectors between those of two lines.
    Asked before a night has built the graph, and after.
    """
    chance = np.random.default_rng(7)
    lines = [line for talk in talks for session in talk.sessions for line in session]
    meant = _meant(lines, embedder)
    for session in talks[0].sessions:
        store.put(indexed(surrounded([remembered(line, CROWD) for line in session]), embedder))
    for begin in range(0, records, BATCH):
        store.put(
            [_filler(at, lines[at % len(lines)], meant, chance) for at in range(begin, min(begin + BATCH, records))]
        )
        print(f"{begin + BATCH} of {records} memories", file=sys.stderr, flush=True)
    asks, now_ms = talks[0].asked[:ASKS], talks[0].last_ms
    plain = [_timed(asked, store, embedder, now_ms) for asked in asks]
    began_s = time.perf_counter()
    deque(store.index(), maxlen=0)
    index_s, graph, write_ms = time.perf_counter() - began_s, [], []
    print(f"the graph took {index_s:.0f} s", file=sys.stderr, flush=True)
    for number, asked in enumerate(asks):
        graph.append(_timed(asked, store, embedder, now_ms))
        exchange = surrounded(
            [replace(remembered(line, CROWD), source=f"new:{number}:{line.id}") for line in lines[:2]]
        )
        began_s = time.perf_counter()
        store.put(indexed(exchange, embedder))
        write_ms.append((time.perf_counter() - began_s) * 1000)
    return {
        "crowd": records,
        "crowd_plain_ms": [took_ms for took_ms, _ in plain[WARM_UP:]],
        "crowd_recall_ms": [took_ms for took_ms, _ in graph[WARM_UP:]],
        "crowd_write_ms": write_ms[WARM_UP:],
        "crowd_index_s": index_s,
        "crowd_plain": rates([found for _, found in plain]),
        "crowd_graph": rates([found for _, found in graph]),
    }


def _timed(
    asked: Asked, store: VectorStore, embedder: Embedder, now_ms: int
) -> tuple[float, dict[int, tuple[bool, bool]]]:
    began_s = time.perf_counter()
    found = find(asked.question, Scope(CROWD, PERSONA, "asker", CHANNEL), store, embedder, now_ms, limit=max(DEPTHS))
    took_ms = (time.perf_counter() - began_s) * 1000
    return took_ms, hit(asked, [one.memory.source for one in found])


def _meant(lines: Sequence[Line], embedder: Embedder) -> Floats:
    texts = sorted({f"{line.speaker}: {line.text}" for line in lines})[:DISTINCT]
    return np.array([vector for at in range(0, len(texts), 64) for vector in embedder.embed(texts[at : at + 64])])


def _filler(number: int, line: Line, meant: Floats, chance: np.random.Generator) -> tuple[Memory, Vectors]:
    first, second = meant[chance.integers(len(meant), size=(2, 2))]
    made = first + second * chance.random((2, 1)) + NOISE * chance.normal(size=first.shape) / first.shape[1] ** 0.5
    meaning, around = (made / np.linalg.norm(made, axis=1, keepdims=True)).tolist()
    memory = replace(remembered(line, CROWD), source=f"filler:{number}")
    words = terms.weights(f"{line.speaker} {line.text} {number % 5_000}")
    return memory, Vectors(meaning, around, words, words)


def remembered(line: Line, tenant: str) -> Memory:
    """Return a turn as ingest would make it."""
    return Memory(
        source=line.id,
        tenant=tenant,
        author=line.speaker,
        name=line.speaker,
        text=line.text,
        at_ms=line.at_ms,
        persona=PERSONA,
        user=line.speaker,
        channel=CHANNEL,
        importance=importance(line.text),
    )


def hit(asked: Asked, found: Sequence[str]) -> dict[int, tuple[bool, bool]]:
    """Return by depth whether a turn of the evidence was found, and whether one of its sessions was."""
    sessions = {session_of(id_) for id_ in asked.evidence}
    return {
        depth: (
            bool(set(found[:depth]) & set(asked.evidence)),
            any(session_of(id_) in sessions for id_ in found[:depth]),
        )
        for depth in DEPTHS
    }


def rates(hits: Sequence[dict[int, tuple[bool, bool]]]) -> dict[str, float]:
    """Return the share of questions, in per cent, of which a turn and a session was found."""
    return dict(_rates(hits))


def _rates(hits: Sequence[dict[int, tuple[bool, bool]]]) -> Iterator[tuple[str, float]]:
    for depth in DEPTHS:
        for at, what in enumerate(("turn", "session")):
            yield f"{what}@{depth}", 100.0 * sum(one[depth][at] for one in hits) / max(1, len(hits))


def session_of(turn: str) -> str:
    """Return the session of a turn's id.

    >>> session_of("D3:7")
    'D3'
    """
    return turn.partition(":")[0]


if __name__ == "__main__":
    main()
